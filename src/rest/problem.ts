import type { FastifyReply } from 'fastify';
import { STATUS_CODES } from 'node:http';
import { ERROR_CODES, type ErrorCode } from '../errors.js';
import { retryAfterSeconds } from '../lib/retry-hint.js';

/** A failure as HTTP tells it: a `LabletError`, or one of the protocol, whose code is BAD_REQUEST. */
export interface Fault {
  readonly code: ErrorCode | 'BAD_REQUEST';
  readonly message: string;
  readonly httpStatus: number;
  readonly retryable: boolean;
  readonly details: object;
}

/** The body of problem details (RFC 9457), with the code and the fields that every transport shows. */
export function problemBody(fault: Fault, requestId: string) {
  const { code, message: detail, httpStatus: status, retryable, details } = fault;
  // A failure of the protocol means what its status means, which RFC 9457 calls about:blank.
  const kind =
    code === 'BAD_REQUEST'
      ? { type: 'about:blank', title: STATUS_CODES[status] ?? 'Bad Request' }
      : { type: `/problems/${code}`, title: ERROR_CODES[code].when };
  return { ...kind, status, detail, code, retryable, details, requestId };
}

/** Answers a failure outside GraphQL. */
export function problem(reply: FastifyReply, fault: Fault, requestId: string): FastifyReply {
  const { httpStatus: status } = fault;
  if (status === 401) void reply.header('www-authenticate', 'Bearer');
  sayWhenAgain(reply, fault);
  const body = problemBody(fault, requestId);
  return reply.code(status).type('application/problem+json').send(JSON.stringify(body));
}

/** Tells with `Retry-After` when a refusal for now is over. */
export function sayWhenAgain(reply: FastifyReply, { retryable, httpStatus, details }: Fault): void {
  if (!retryable || (httpStatus !== 429 && httpStatus !== 503)) return;
  void reply.header('retry-after', retryAfter(details));
}

/** A store that does not answer is worth asking again soon. */
function retryAfter({ retryAfterMs = 1000 }: { retryAfterMs?: number }): number {
  return retryAfterSeconds(retryAfterMs);
}
