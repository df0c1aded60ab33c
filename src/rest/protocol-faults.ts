import type { FastifyInstance, FastifyReply, FastifyRequest, FastifyServerOptions } from 'fastify';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
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
  417: 'The only expectation that is known is 100-continue.',
  431: 'The headers are too large.',
};

/** A failure of HTTP itself, which means what its status means. */
export function protocolFault(status: number, message = MESSAGES[status]): Fault {
  const text = message ?? `${STATUS_CODES[status] ?? 'The request cannot be answered'}.`;
  return { code: 'BAD_REQUEST', message: text, httpStatus: status, retryable: status === 408, details: {} };
}

/** A failure of HTTP itself that is thrown; the headers say what the server would take. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  constructor(
    readonly statusCode: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
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

/** What HTTP/1.1 asks of every request; Node alone would refuse these without a word. */
export function refuseUnfit(server: FastifyInstance, ids: Ids): void {
  server.addHook('onRequest', ({ headers, raw }, _reply, done) => {
    if (headers.host !== undefined || raw.httpVersion !== '1.1') return done();
    done(new ProtocolError(400, 'A request of HTTP/1.1 names its host in the header Host.'));
  });
  server.server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const { status, body, headers } = rawProblem(protocolFault(417), ids.ulid());
    // Whether its body follows is not known.
    response.writeHead(status, { ...headers, connection: 'close' }).end(body);
  });
}

const WRONG_SOCKET =
  'WebSockets are opened at /graphql, with the subprotocol graphql-transport-ws; /graphql/stream takes GET and POST with ' +
  'Accept: text/event-stream.';

/** The answer to a WebSocket that is opened where there are none. */
export const wrongSocketPath = (ids: Ids) => rawProblem(protocolFault(400, WRONG_SOCKET), ids.ulid());

/** A failure as it is written where there is no reply of the framework. */
function rawProblem(fault: Fault, requestId: string) {
  const body = JSON.stringify(problemBody(fault, requestId));
  const headers: Record<string, string> = {
    'Content-Type': 'application/problem+json',
    'Content-Length': String(Buffer.byteLength(body)),
    'X-Request-Id': requestId,
  };
  return { status: fault.httpStatus, body, headers };
}

const STATUS_OF: Readonly<Record<string, number>> = {
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  HPE_HEADER_OVERFLOW: 431,
};

/** Bytes that are no request have no reply object: the answer is written to the socket. */
function refuseConnection(error: NodeJS.ErrnoException, socket: Socket, requestId: string): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const status = STATUS_OF[error.code ?? ''] ?? 400;
  const { body, headers } = rawProblem(protocolFault(status), requestId);
  if (socket.writable) {
    const lines = Object.entries({ ...headers, Connection: 'close' }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, ...lines].join('\r\n');
    socket.write(`${head}\r\n\r\n${body}`);
  }
  socket.destroy(error);
}
