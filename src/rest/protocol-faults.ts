import type { FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Ids } from '../lib/ids.js';
import { problem, problemBody, type Fault } from './problem.js';

const MESSAGES: Readonly<Record<number, string>> = {
  400: 'This is no HTTP request.',
  405: 'The path does not know this method; Allow names those that it does.',
  406: 'Answers are application/json.',
  408: 'The request did not come in time.',
  414: 'A part of the path is too long.',
  415: 'Send application/json.',
  431: 'The headers are too large.',
};

/** A failure of HTTP itself, which means what its status means. */
export function protocolFault(status: number, message = MESSAGES[status]): Fault {
  const text = message ?? `${STATUS_CODES[status] ?? 'The request cannot be answered'}.`;
  return { code: 'BAD_REQUEST', message: text, httpStatus: status, retryable: status === 408, details: {} };
}

/** Options of the HTTP server for what fails before there is a request, or a route for it. */
export function protocolFaults(
  ids: Ids,
): Pick<FastifyServerOptions, 'clientErrorHandler' | 'frameworkErrors'> {
  return {
    clientErrorHandler: (error, socket) => refuseConnection(error, socket, ids.ulid()),
    frameworkErrors: (error, request: FastifyRequest, reply: FastifyReply) => {
      const isLong = error.code === 'FST_ERR_MAX_PARAM_LENGTH';
      const fault = isLong ? protocolFault(414) : protocolFault(400, 'The path is not a valid address.');
      void problem(reply.header('x-request-id', request.id), fault, request.id);
    },
  };
}

const STATUS_OF: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/** Bytes that are no request have no reply object: the answer is written to the socket. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket, requestId: string): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = STATUS_OF[error.code ?? ''] ?? 400;
  const body = JSON.stringify(problemBody(protocolFault(status), requestId));
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nContent-Type: application/problem+json\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nX-Request-Id: ${requestId}\r\nConnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroy(error);
}
