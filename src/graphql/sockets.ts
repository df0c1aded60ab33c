import { useServer, type Extra } from 'graphql-ws/use/ws';
import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';
import { identify, type Identity } from '../auth/identify.js';
import type { TokenVerifier } from '../auth/tokens.js';
import type { Closable } from '../lib/closing.js';
import { executionPreparer, type ExecutionParts } from './prepare-execution.js';
import type { RequestContext } from './request-context.js';
import { holdBackFloods, SOCKET_CODES, socketGuard, type SocketLimits } from './socket-guard.js';

export interface SocketParts extends ExecutionParts, SocketLimits {
  readonly verify: TokenVerifier;
  readonly path: string;
  readonly maxMessageBytes: number;
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
  const { prepare, present } = executionPreparer(parts);
  const guard = socketGuard({ ...parts, onCount: (change) => app.metrics.sockets.inc(change) });
  const wss = new WebSocketServer({
    server,
    path: parts.path,
    maxPayload: parts.maxMessageBytes,
    // One message of a socket in each turn of the loop, so that a flood does not keep all others waiting.
    allowSynchronousEvents: false,
  });
  holdBackFloods(wss);

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
      onSubscribe: ({ extra, subscriptions }, id, payload) => {
        const execution = prepare(extra.identity as Identity, payload, { source: sourceOf(extra) });
        if (Array.isArray(execution)) return execution;
        return guard.refusal(extra.socket, id, execution.kind, subscriptions) ?? execution;
      },
      onError: (_ctx, _id, _payload, errors) => present(errors, app.ids.ulid()),
      onNext: (_ctx, _id, _payload, { contextValue }, { errors, ...result }) =>
        errors
          ? { ...result, errors: present(errors, (contextValue as RequestContext).requestId) }
          : undefined,
    },
    wss,
  );

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

function sourceOf(extra: Extra): string | null {
  return extra.request.socket.remoteAddress ?? null;
}
