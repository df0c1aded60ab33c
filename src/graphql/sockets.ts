import { CloseCode } from 'graphql-ws';
import { useServer, type Extra } from 'graphql-ws/use/ws';
import { getOperationAST, GraphQLError, type GraphQLSchema } from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { Server } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import type { CallerLimits } from '../auth/caller-limits.js';
import { identify, type Identity } from '../auth/identify.js';
import type { TokenVerifier } from '../auth/tokens.js';
import type { Context } from '../context.js';
import type { Closable } from '../lib/closing.js';
import { resultOfCode } from '../metrics.js';
import { checkedDocuments } from './checked-documents.js';
import { variablesExcess } from './document-floods.js';
import { excessOf, measureDocument, type DocumentLimits } from './document-limits.js';
import { presentError } from './present-error.js';
import { requestContext, type RequestContext } from './request-context.js';
import { sharedSubscriptions, type SubscriberArgs } from './shared-subscriptions.js';
import { variableFaults } from './variable-faults.js';

export interface SocketParts {
  readonly app: Context;
  readonly schema: GraphQLSchema;
  readonly limits: DocumentLimits;
  readonly verify: TokenVerifier;
  readonly callers: CallerLimits;
  readonly path: string;
  readonly maxMessageBytes: number;
  readonly introspection: boolean;
  /** False executes every subscription by itself. */
  readonly shared: boolean;
}

interface SocketExtra extends Record<PropertyKey, unknown> {
  identity: Identity;
  expiry?: NodeJS.Timeout;
}

const RESTARTING = 1012;
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** GraphQL over WebSocket (graphql-transport-ws) on the port of the HTTP server. */
export function acceptSockets(server: Server, parts: SocketParts): Closable {
  const { app, schema, verify, introspection } = parts;
  const { logger, metrics, ids } = app;
  const wss = new WebSocketServer({ server, path: parts.path, maxPayload: parts.maxMessageBytes });
  const documentOf = checkedDocuments({ schema, introspection, limits: parts.limits });
  const { subscribe } = sharedSubscriptions(app);

  // A fault in one message answers that message; thrown, it would close the whole socket.
  function executionArgs(
    { identity, socket, ...extra }: SocketExtra & Extra,
    id: string,
    payload: SubscribePayload,
  ): SubscriberArgs | GraphQLError[] {
    const document = documentOf(payload.query);
    if (Array.isArray(document)) return document;
    const operation = getOperationAST(document, payload.operationName);
    if (!operation) {
      return [
        new GraphQLError('Unknown or missing operation name.', {
          extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
        }),
      ];
    }
    const variables = payload.variables ?? {};
    const refusal =
      excessOf(parts.limits, measureDocument(schema, document, operation, variables)) ??
      variablesExcess(variables, parts.limits) ??
      variableFaults(schema, operation, variables, identity);
    if (refusal) return [new GraphQLError(refusal.message, { originalError: refusal })];
    return {
      schema,
      document,
      operationName: payload.operationName ?? null,
      variableValues: variables,
      contextValue: requestContext(app, {
        ...{ identity, requestId: ids.ulid(), source: sourceOf(extra), onCode: count },
      }),
      ...{ socket, id, present },
    };
  }

  const count = (code: string) =>
    metrics.requests.inc({ transport: 'WEBSOCKET', result: resultOfCode(code) });
  const present = (errors: readonly GraphQLError[], requestId: string) =>
    errors.map((error) =>
      presentError(error, requestId, (cause) =>
        logger.error({ err: cause, requestId }, 'a request failed unexpectedly'),
      ),
    );

  const graphqlServer = useServer<Record<string, unknown>, SocketExtra>(
    {
      onConnect: async ({ extra, connectionParams }) => {
        const { headers } = extra.request;
        const { origin, host, cookie } = headers;
        const given = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
        const authorization = typeof given === 'string' ? given : headers.authorization;
        extra.identity = await identify(verify, { authorization, cookie, origin, host });
        extra.expiry = endWithToken(extra.socket, extra.identity);
        metrics.sockets.inc();
      },
      onDisconnect: ({ extra }) => {
        clearTimeout(extra.expiry);
        metrics.sockets.dec();
      },
      onSubscribe: async ({ extra }, id, payload) => {
        const refusal = await parts.callers.refusal(extra.identity as Identity, sourceOf(extra));
        if (refusal) return [new GraphQLError(refusal.message, { originalError: refusal })];
        return executionArgs(extra as SocketExtra & Extra, id, payload);
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
      for (const socket of wss.clients) socket.close(RESTARTING, 'Service restart');
      await graphqlServer.dispose();
      await new Promise((resolve) => wss.close(resolve));
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

/** A socket lives no longer than the token it was opened with. */
function endWithToken(socket: WebSocket, { actor }: Identity): NodeJS.Timeout | undefined {
  if (!actor) return undefined;
  const wait = Math.max(0, actor.expiresAt - Date.now());
  if (wait > LONGEST_TIMER_MS) return undefined;
  const timer = setTimeout(() => socket.close(CloseCode.Forbidden, 'Token expired'), wait);
  timer.unref();
  return timer;
}

function sourceOf(extra: Pick<Extra, 'request'>): string | null {
  return extra.request.socket.remoteAddress ?? null;
}
