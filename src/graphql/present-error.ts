import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { extensionsOf, isLabletError, LabletError, type ErrorExtensions } from '../errors.js';
import type { Logger } from '../logger.js';
import { storeError } from '../translate-error.js';
import { tokenExcessOf } from './document-limits.js';

/** Messages of the parser and of validation quote the document, whose names may be as long as a body. */
const MAX_MESSAGE = 500;

/**
 * The error as clients see it. Expected failures keep code and details, those of stores have the code that operations
 * give them; failures of the protocol keep their own code; anything else is masked, and `log` hears of it under the
 * request id.
 */
export function presentError(
  error: GraphQLError,
  requestId: string,
  log: (cause: unknown) => void,
): GraphQLFormattedError {
  const { locations, path } = error;
  const shown = (message: string, extensions: ErrorExtensions): GraphQLFormattedError => ({
    message,
    ...(locations ? { locations } : {}),
    ...(path ? { path } : {}),
    extensions: { ...extensions },
  });
  const cause = rootOf(error) ?? tokenExcessOf(error);
  // Edges and counts ask the stores outside operations, which have translated their failures already.
  const expected = isLabletError(cause) ? cause : storeError(cause);
  if (expected) return shown(expected.message, extensionsOf(expected, requestId));
  const protocolCode = error.extensions['code'];
  if (
    typeof protocolCode === 'string' &&
    protocolCode !== 'INTERNAL_SERVER_ERROR' &&
    !hasForeignCause(error)
  ) {
    const httpStatus = protocolStatus(error);
    return shown(error.message.slice(0, MAX_MESSAGE), {
      code: protocolCode,
      retryable: false,
      httpStatus,
      details: {},
      requestId,
    });
  }
  if (!cause && isBadRequest(error)) {
    const httpStatus = protocolStatus(error);
    return shown(error.message, {
      code: 'BAD_REQUEST',
      retryable: false,
      httpStatus,
      details: {},
      requestId,
    });
  }
  log(cause ?? error);
  const masked = new LabletError('INTERNAL', 'Something went wrong; the request id finds it in the log.', {});
  return shown(masked.message, extensionsOf(masked, requestId));
}

/** All errors of one answer; the log hears of the cause of each that is masked. */
export function presentErrors(
  errors: readonly GraphQLError[],
  requestId: string,
  logger: Logger,
): GraphQLFormattedError[] {
  const log = (cause: unknown) => logger.error({ err: cause, requestId }, 'a request failed unexpectedly');
  return errors.map((error) => presentError(error, requestId, log));
}

/** A failure of the document itself, with the code Apollo Server gives it. */
export function documentError(error: GraphQLError, code: string): GraphQLError {
  const { message, nodes, source, positions } = error;
  return new GraphQLError(message, { nodes, source, positions, extensions: { code } });
}

function rootOf(error: GraphQLError): unknown {
  let cause: unknown = error;
  while (cause instanceof GraphQLError && cause.originalError) cause = cause.originalError;
  return cause instanceof GraphQLError ? null : cause;
}

function hasForeignCause(error: GraphQLError): boolean {
  return error.originalError !== undefined && !(error.originalError instanceof GraphQLError);
}

/** Apollo Server gives some failures of the protocol a status, but no code of their own. */
function isBadRequest(error: GraphQLError): boolean {
  const { status = 500 } = (error.extensions['http'] ?? {}) as { status?: number };
  return status >= 400 && status < 500;
}

function protocolStatus(error: GraphQLError): number {
  const http = error.extensions['http'] as { status?: number } | undefined;
  return http?.status ?? 400;
}
