import { GraphQLError } from 'graphql';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import type { CallerLimits } from '../auth/caller-limits.js';
import { identify, type Identity } from '../auth/identify.js';
import type { TokenVerifier } from '../auth/tokens.js';
import type { Closable } from '../lib/closing.js';
import { resultOfCode } from '../metrics.js';
import { executionPreparer, type ExecutionParts } from './prepare-execution.js';
import type { RequestContext } from './request-context.js';
import { sharedSubscriptions, type SubscriberArgs } from './shared-subscriptions.js';
import { holdBackFloods, SOCKET_CODES, socketGuard, type SocketLimits } from './socket-guard.js';

export interface SocketParts extends ExecutionParts, SocketLimits {
  readonly verify: TokenVerifier;
  readonly callers: CallerLimits;
  readonly path: string;
  readonly maxMessageBytes: number;
  /** False executes every subscription by itself. */
  readonly shared: boolean;
  /** How long each client is asked to wait before it comes back after a restart. */
  readonly retryAfterMs: (open: number) => number;
}

interface SocketExtra extends Record<PropertyKey, unknown> {
  identity: Identity;
}

/** A client that has not taken leave by then is cut off. */
const LEAVE_MS = 2000;

/** GraphQL over WebSocket (graphql-transport-ws) on the port of the HTTP server. */
export function acceptSockets(server: Server, parts: SocketParts): Closable {
  const { app, verify } = parts;
  const { logger, metrics, ids } = app;
  const { prepare, present } = executionPreparer(parts);
  const { subscribe } = sharedSubscriptions(app);
  const guard = socketGuard({ ...parts, onCount: (change) => metrics.sockets.inc(change) });
  const wss = new WebSocketServer({
    server,
    path: parts.path,
    maxPayload: parts.maxMessageBytes,
    // One message of a socket in each turn of the loop, so that a flood does not keep all others waiting.
    allowSynchronousEvents: false,
  });
  holdBackFloods(wss);

  const count = (code: string) =>
    metrics.requests.inc({ transport: 'WEBSOCKET', result: resultOfCode(code) });

  const graphqlServer = useServer<Record<string, unknown>, SocketExtra>(
    {
      onConnect: async ({ extra, connectionParams }) => {
        const { headers } = extra.request;
        const { origin, host, cookie } = headers;
        const given = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
        const authorization = typeof given === 'string' ? given : headers.authorization;
        extra.identity = await identify(verify, { authorization, cookie, origin, host });
        return guard.admit(extra.socket, extra.identity, sourceOf(extra));
      },
      onSubscribe: async ({ extra, subscriptions }, id, payload) => {
        const [identity, source] = [extra.identity as Identity, sourceOf(extra)];
        const refusal = await parts.callers.refusal(identity, source);
        if (refusal) return [new GraphQLError(refusal.message, { originalError: refusal })];
        const execution = prepare(identity, payload, { source, onCode: count });
        if (Array.isArray(execution)) return execution;
        const { socket } = extra;
        const excess = guard.refusal(socket, id, execution.kind, subscriptions);
        if (excess) metrics.errors.inc({ code: 'RATE_LIMITED' });
        return excess ?? ({ ...execution, socket, id, present } satisfies SubscriberArgs);
      },
      ...(parts.shared ? { subscribe: (args) => subscribe(args as SubscriberArgs) } : {}),
      jsonMessageReviver: refuseAnswers,
      onError: (_ctx, _id, _payload, errors) => {
        metrics.requests.inc({ transport: 'WEBSOCKET', result: 'REFUSED' });
        return present(errors, ids.ulid());
      },
      onNext: (_ctx, _id, _payload, { contextValue }, { errors, ...result }) =>
        errors
          ? { ...result, errors: present(errors, (contextValue as RequestContext).requestId) }
          : undefined,
    },
    wss,
  );

  // What a client does wrong below the protocol, such as a frame that is too large, is closed by `ws` with its own code.
  wss.on('connection', (socket) => {
    socket.removeAllListeners('error');
    socket.on('error', (error) => logger.debug({ err: error }, 'a socket failed'));
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
      await graphqlServer.dispose();
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

function sourceOf(extra: Pick<Extra, 'request'>): string | null {
  return extra.request.socket.remoteAddress ?? null;
}
