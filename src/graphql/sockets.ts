import { execute, GraphQLError } from 'graphql';
import { handleProtocols, makeServer } from 'graphql-ws';
import type { IncomingHttpHeaders, IncomingMessage, Server } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import type { CallerLimits } from '../auth/caller-limits.js';
import { identify, NOBODY, type Identity } from '../auth/identify.js';
import type { TokenVerifier } from '../auth/tokens.js';
import type { CallerAddress } from '../lib/caller-address.js';
import type { Closable } from '../lib/closing.js';
import { resultOfCode } from '../metrics.js';
import { alone } from './lone-subscription.js';
import {
  answered,
  executionPreparer,
  withCost,
  type ExecutionParts,
  type PreparedExecution,
} from './prepare-execution.js';
import { sharedSubscriptions, type SubscriberArgs } from './shared-subscriptions.js';
import { openConnection, type ConnectionExtra } from './socket-connection.js';
import { holdBackFloods, SOCKET_CODES, socketGuard, type SocketLimits } from './socket-guard.js';

export interface SocketParts extends ExecutionParts, SocketLimits {
  readonly verify: TokenVerifier;
  readonly callers: CallerLimits;
  readonly addressOf: CallerAddress;
  readonly path: string;
  /** What is answered to a WebSocket that is opened at any other path. */
  readonly wrongPath: () => { status: number; body: string; headers: Record<string, string> };
  readonly maxMessageBytes: number;
  /** False executes every subscription by itself. */
  readonly shared: boolean;
  /** How long each client is asked to wait before it comes back after a restart. */
  readonly retryAfterMs: (open: number) => number;
}

interface SocketExtra extends ConnectionExtra {
  /** Of the request that asked for the socket, until it is known who calls. */
  headers: IncomingHttpHeaders | null;
  identity: Identity;
  /** Address of the caller. */
  readonly source: string | null;
}

/** A client that has not taken leave by then is cut off. */
const LEAVE_MS = 2000;

/** GraphQL over WebSocket (graphql-transport-ws) on the port of the HTTP server. */
export function acceptSockets(server: Server, parts: SocketParts): Closable {
  const { app, verify } = parts;
  const { logger, metrics, ids } = app;
  const { prepare, present } = executionPreparer(parts);
  const { subscribe } = sharedSubscriptions(app);
  const guard = socketGuard({
    ...parts,
    onCount: (change) => metrics.sockets.inc(change),
    onRefusal: () => metrics.errors.inc({ code: 'RATE_LIMITED' }),
  });
  const wss = new WebSocketServer({
    server,
    // In place of `path`, which answers with a status alone.
    verifyClient: ({ req }, done) => {
      if (req.url?.split('?', 1)[0] === parts.path) return done(true);
      const { status, body, headers } = parts.wrongPath();
      return done(false, status, body, headers);
    },
    maxPayload: parts.maxMessageBytes,
    // One message of a socket in each turn of the loop, so that a flood does not keep all others waiting.
    allowSynchronousEvents: false,
    handleProtocols,
  });

  const count = (code: string) =>
    metrics.requests.inc({ transport: 'WEBSOCKET', result: resultOfCode(code) });

  const protocol = makeServer<Record<string, unknown>, SocketExtra>({
    onConnect: async (connection) => {
      const { extra, connectionParams } = connection;
      const { authorization: asked, cookie, origin, host } = extra.headers ?? {};
      const given = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
      const authorization = typeof given === 'string' ? given : asked;
      // They are of no use any more, and a socket that only listens would keep them.
      extra.headers = null;
      Object.assign(connection, { connectionParams: undefined });
      extra.identity = await identify(verify, { authorization, cookie, origin, host });
      return guard.admit(extra.socket, extra.identity, extra.source);
    },
    onSubscribe: async ({ extra }, id, payload) => {
      const { identity, source, operations } = extra;
      const refusal = await parts.callers.refusal(identity, source);
      if (refusal) return [new GraphQLError(refusal.message, { originalError: refusal })];
      const execution = prepare(identity, payload, { source, onCode: count });
      if (Array.isArray(execution)) return execution;
      const excess = guard.refusal(operations, id, execution.kind);
      return excess ?? ({ ...execution, peer: extra, id, present } satisfies SubscriberArgs);
    },
    execute: (args) => answered(() => execute(args)),
    subscribe: (args) => answered(() => (parts.shared ? subscribe(args as SubscriberArgs) : alone(args))),
    jsonMessageReviver: refuseAnswers,
    onError: (_ctx, _id, _payload, errors) => {
      metrics.requests.inc({ transport: 'WEBSOCKET', result: 'REFUSED' });
      return present(errors, ids.ulid());
    },
    onNext: (_ctx, _id, _payload, args, result) => {
      const execution = args as PreparedExecution;
      const { errors, ...rest } = withCost(result, execution);
      return errors ? { ...rest, errors: present(errors, execution.contextValue.requestId) } : rest;
    },
  });

  wss.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const { headers, socket: stream } = request;
    holdBackFloods(socket, stream);
    const facts = { headers, identity: NOBODY, source: parts.addressOf(request) };
    openConnection(protocol, { socket, stream }, facts, logger);
  });

  return {
    async close() {
      const { clients } = wss;
      for (const socket of clients) {
        const reason = `Service restart; retryAfterMs=${parts.retryAfterMs(clients.size)}`;
        socket.close(SOCKET_CODES.restarting, reason);
      }
      const late = setTimeout(() => {
        for (const socket of clients) socket.terminate();
      }, LEAVE_MS);
      await new Promise((resolve) => wss.close(resolve));
      clearTimeout(late);
    },
  };
}

const ANSWERS = ['connection_ack', 'next', 'error'];

/** Messages that only a server sends are bad messages from a client (4400); graphql-ws takes them for its own failure. */
function refuseAnswers(key: string, value: unknown): unknown {
  const type = key === '' ? (value as { type?: unknown } | null)?.type : undefined;
  if (typeof type === 'string' && ANSWERS.includes(type)) throw new Error(`a client does not send ${type}`);
  return value;
}
