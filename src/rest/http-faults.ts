import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { extensionsOf, isLabletError, LabletError, type ErrorExtensions } from '../errors.js';
import type { Logger } from '../logger.js';
import { problem, sayWhenAgain, type Fault } from './problem.js';
import { protocolFault, ProtocolError } from './protocol-faults.js';
import { routePatterns } from './route-patterns.js';
import { decodedPath, routePath } from './route-path.js';

interface HttpError {
  readonly statusCode?: number;
  readonly code?: string;
  readonly message: string;
}

/** Failures before an operation is reached (body, path, method): GraphQL form on its paths, problem details elsewhere. */
export function httpFaults(
  server: FastifyInstance,
  parts: { graphqlPaths: readonly string[]; logger: Logger },
): void {
  const { graphqlPaths, logger } = parts;
  const isGraphql = (request: FastifyRequest) => graphqlPaths.includes(routePath(request));
  const patterns = routePatterns();

  function answer(request: FastifyRequest, reply: FastifyReply, fault: Fault): FastifyReply {
    if (!isGraphql(request)) return problem(reply, fault, request.id);
    sayWhenAgain(reply, fault);
    const extensions = graphqlExtensions(fault, request.id);
    return reply.code(fault.httpStatus).send({ errors: [{ message: fault.message, extensions }] });
  }

  server.addHook('onRoute', ({ method, url }) => patterns.add(url, [method].flat()));

  function missing(request: FastifyRequest, reply: FastifyReply): FastifyReply {
    const path = decodedPath(request.url);
    const methods = patterns.methodsOf(path);
    if (methods.length > 0 && !methods.includes(request.method)) {
      return answer(request, reply.header('allow', methods.join(', ')), protocolFault(405));
    }
    const details = { entity: 'Route', id: `${request.method} ${path}` };
    return problem(reply, new LabletError('NOT_FOUND', 'There is nothing here.', details), request.id);
  }

  // Asked before the body is read: what is wrong with the body of a path that is not there does not matter.
  server.addHook('onRequest', async (request, reply) =>
    request.is404 || isNameless(request) ? missing(request, reply) : undefined,
  );
  server.setNotFoundHandler(missing);

  server.setErrorHandler<Error & HttpError>((error, request, reply) => {
    const fault = faultOf(error, server.initialConfig.bodyLimit ?? 0);
    if (fault.code === 'INTERNAL')
      logger.error({ err: error, requestId: request.id }, 'a request failed unexpectedly');
    if (error instanceof ProtocolError) void reply.headers(error.headers);
    return answer(request, reply, fault);
  });

  // Apollo answers protocol failures before there is a context to take the request id from.
  server.addHook<string>('onSend', async (request, reply, payload) => {
    if (reply.statusCode < 400 || !isGraphql(request) || typeof payload !== 'string') return payload;
    return withRequestId(payload, request.id);
  });
}

/** The router takes what is between two slashes, or behind the last one, for a parameter also where nothing is there. */
function isNameless({ params }: FastifyRequest): boolean {
  return Object.entries(params as Record<string, string>).some(
    ([name, value]) => name !== '*' && value === '',
  );
}

const BODY_FAULTS: Readonly<Record<string, string>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: 'The body is empty.',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'The body is not as long as Content-Length says.',
};

function faultOf(error: HttpError, bodyLimit: number): Fault {
  if (isLabletError(error)) return error;
  if (error instanceof ProtocolError) return protocolFault(error.statusCode, error.message);
  const status = error.statusCode ?? 500;
  if (status === 413)
    return new LabletError('PAYLOAD_TOO_LARGE', 'The body is too large.', { limit: bodyLimit });
  if (status === 400) {
    const message = BODY_FAULTS[error.code ?? ''] ?? 'Invalid JSON in the body.';
    return new LabletError('VALIDATION_FAILED', message, { fields: [] });
  }
  if (status > 400 && status < 500) return protocolFault(status);
  return new LabletError('INTERNAL', 'Something went wrong; the request id finds it in the log.', {});
}

/** A body that is no GraphQL request has the code that Apollo gives it. */
function graphqlExtensions(fault: Fault, requestId: string): ErrorExtensions {
  if (isLabletError(fault) && fault.code !== 'VALIDATION_FAILED') return extensionsOf(fault, requestId);
  const { httpStatus, retryable } = fault;
  return { code: 'BAD_REQUEST', retryable, httpStatus, details: {}, requestId };
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
