import type { FastifyReply } from 'fastify';
import type { LabletError } from '../errors.js';

/** An expected failure outside GraphQL: problem details (RFC 9457) with the same code and fields. */
export function problem(reply: FastifyReply, error: LabletError, requestId: string): FastifyReply {
  const { code, message: detail, httpStatus: status, retryable, details } = error;
  const body = { type: 'about:blank', title: code, status, detail, code, retryable, details, requestId };
  return reply.code(status).type('application/problem+json').send(JSON.stringify(body));
}
