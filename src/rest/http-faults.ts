import type { FastifyInstance } from 'fastify';
import { extensionsOf, LabletError, type ErrorExtensions } from '../errors.js';
import type { Logger } from '../logger.js';
import { problem } from './problem.js';

interface HttpError {
  readonly statusCode?: number;
  readonly code?: string;
  readonly message: string;
}

/** Failures before an operation is reached (body, path, method): GraphQL form on its path, problem details elsewhere. */
export function httpFaults(server: FastifyInstance, parts: { graphqlPath: string; logger: Logger }): void {
  const { graphqlPath, logger } = parts;
  const isGraphql = (url: string) => url === graphqlPath || url.startsWith(`${graphqlPath}?`);

  server.setErrorHandler<Error & HttpError>((error, request, reply) => {
    const known = faultOf(error, server.initialConfig.bodyLimit ?? 0);
    if (known.code === 'INTERNAL')
      logger.error({ err: error, requestId: request.id }, 'a request failed unexpectedly');
    if (!isGraphql(request.url)) return problem(reply, known, request.id);
    const extensions =
      known.code === 'VALIDATION_FAILED' ? badRequest(known, request.id) : extensionsOf(known, request.id);
    return reply.code(known.httpStatus).send({ errors: [{ message: known.message, extensions }] });
  });

  server.setNotFoundHandler((request, reply) => {
    const details = { entity: 'Route', id: `${request.method} ${request.url.split('?')[0]}` };
    return problem(reply, new LabletError('NOT_FOUND', 'There is nothing here.', details), request.id);
  });

  // Apollo answers protocol failures before there is a context to take the request id from.
  server.addHook<string>('onSend', async (request, reply, payload) => {
    if (reply.statusCode < 400 || !isGraphql(request.url) || typeof payload !== 'string') return payload;
    return withRequestId(payload, request.id);
  });
}

function faultOf(error: HttpError, bodyLimit: number): LabletError {
  const status = error.statusCode ?? 500;
  if (status === 413)
    return new LabletError('PAYLOAD_TOO_LARGE', 'The body is too large.', { limit: bodyLimit });
  if (status >= 400 && status < 500) {
    const message = status === 415 ? 'Send application/json.' : 'The body is not valid JSON.';
    return new LabletError('VALIDATION_FAILED', message, { fields: [] });
  }
  return new LabletError('INTERNAL', 'Something went wrong; the request id finds it in the log.', {});
}

function badRequest(error: LabletError, requestId: string): ErrorExtensions {
  return { ...extensionsOf(error, requestId), code: 'BAD_REQUEST', details: {} };
}

function withRequestId(payload: string, requestId: string): string {
  try {
    const body = JSON.parse(payload) as { errors?: { extensions?: Record<string, unknown> }[] };
    for (const { extensions } of body.errors ?? []) if (extensions) extensions['requestId'] = requestId;
    return JSON.stringify(body);
  } catch {
    return payload;
  }
}
