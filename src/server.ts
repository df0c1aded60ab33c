import { fastifyApolloHandler } from '@as-integrations/fastify';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import {
  developmentTokens,
  DEVELOPMENT_AUDIENCE,
  DEVELOPMENT_ISSUER,
  type DevelopmentTokens,
} from './auth/development-tokens.js';
import { identify } from './auth/identify.js';
import { fileKeys, remoteKeys, tokenVerifier, type TokenVerifier } from './auth/tokens.js';
import { ConfigError, hasIdentityProvider, type Config } from './config.js';
import { createContext, type Context, type Overrides } from './context.js';
import { DeploymentMismatch } from './deployment/open-deployment.js';
import { FolderInUse } from './embedded/data-folder.js';
import { createApollo } from './graphql/apollo.js';
import type { DocumentLimits } from './graphql/document-limits.js';
import { acceptEventStreams } from './graphql/event-streams.js';
import { requestContext } from './graphql/request-context.js';
import { buildGraphqlSchema } from './graphql/schema.js';
import { acceptSockets } from './graphql/sockets.js';
import { Closing } from './lib/closing.js';
import { retryHintMs } from './lib/retry-hint.js';
import { healthMonitor, templateCheck } from './rest/health.js';
import { httpFaults } from './rest/http-faults.js';
import { jsonBodies } from './rest/json-bodies.js';
import { operationsRoutes } from './rest/operations-routes.js';
import { pageRoutes } from './rest/pages.js';
import { protocolFaults } from './rest/protocol-faults.js';
import { restRoutes } from './rest/rest-routes.js';
import { sessionRoutes } from './rest/session.js';
import { StartFailed } from './stores.js';
import { storeError } from './translate-error.js';

export interface RunningServer {
  /** `http://host:port` without a slash at the end. */
  readonly url: string;
  readonly context: Context;
  /** Signs development tokens; null with an identity provider. */
  readonly tokens: DevelopmentTokens | null;
  close(): Promise<void>;
}

const GRAPHQL_PATH = '/graphql';
const STREAM_PATH = '/graphql/stream';
/** How long a stop waits until subscribers have been sent what waits for them. */
const FINISH_MS = 2000;

/** Opens the stores and serves HTTP and WebSocket on one port. @throws StartFailed, DeploymentMismatch, FolderInUse */
export async function startServer(config: Config, overrides: Overrides = {}): Promise<RunningServer> {
  const closing = new Closing();
  try {
    const context = closing.add('context', await createContext(config, overrides));
    const { verify, tokens } = await credentials(config);
    const schema = buildGraphqlSchema();
    const { introspection, maxSocketMessageBytes: maxMessageBytes } = config;
    const limits = documentLimits(config);
    const apollo = createApollo({ schema, limits, introspection, logger: context.logger });
    await apollo.start();
    closing.defer('apollo', () => apollo.stop());

    const server = createHttp(config, context);
    closing.defer('http', () => server.close());
    const health = createHealth(config, context);
    operationsRoutes(server, { health, metrics: context.metrics });
    sessionRoutes(server, verify);
    await pageRoutes(server);
    const callOf = async (request: FastifyRequest) =>
      requestContext(context, await requestFacts(verify, request));
    await restRoutes(server, {
      schema,
      run: async (request, operation, input) => (await callOf(request)).run(operation, input),
    });
    server.route({
      url: GRAPHQL_PATH,
      method: ['GET', 'POST'],
      handler: fastifyApolloHandler(apollo, {
        context: callOf,
      }),
    });
    const { maxSocketsPerUser: maxPerUser, maxSocketSubscriptions: maxSubscriptions } = config;
    const streaming = {
      ...{ app: context, schema, limits, verify, introspection },
      retryAfterMs: (clients: number) => retryHintMs(clients, Math.random),
    };
    const sockets = { path: GRAPHQL_PATH, maxMessageBytes, maxPerUser, maxSubscriptions };
    closing.add('sockets', acceptSockets(server.server, { ...streaming, ...sockets }));
    const streams = { path: STREAM_PATH, maxPerUser: maxPerUser * maxSubscriptions };
    closing.add('event streams', acceptEventStreams(server, { ...streaming, ...streams }));
    // Added last, so closed first: whoever balances load hears of the stop before anything ends.
    closing.defer('subscribers', () => context.hub.finish(FINISH_MS));
    let isListening = false;
    closing.defer('notice', () => (isListening ? setTimeout(config.shutdownNoticeMs) : undefined));
    closing.add('health', health);
    await health.check();
    await server.listen({ host: config.host, port: config.port });
    isListening = true;
    const { address, port, family } = server.server.address() as AddressInfo;
    const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
    return { url, context, tokens, close: () => closing.close() };
  } catch (error) {
    await closing.close().catch(() => undefined);
    throw error;
  }
}

/** What to tell the person who started a server that could not start; null for what nobody foresaw. */
export function explainStart(error: unknown): string | null {
  const known = [ConfigError, DeploymentMismatch, FolderInUse, StartFailed].some(
    (type) => error instanceof type,
  );
  return known ? (error as Error).message : (storeError(error)?.message ?? null);
}

function createHttp(config: Config, { ids, logger }: Context): FastifyInstance {
  const server = Fastify({
    bodyLimit: config.maxBodyBytes,
    genReqId: () => ids.ulid(),
    requestTimeout: 30_000,
    connectionTimeout: 30_000,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    ...protocolFaults(ids),
  });
  jsonBodies(server);
  httpFaults(server, { graphqlPaths: [GRAPHQL_PATH, STREAM_PATH], logger });
  let closing = false;
  server.addHook('preClose', async () => {
    closing = true;
  });
  server.addHook('onSend', async (request, reply) => {
    void reply.header('x-request-id', request.id);
    // A connection that is kept alive would keep the server from closing.
    if (closing) void reply.header('connection', 'close');
  });
  return server;
}

function documentLimits(config: Config): DocumentLimits {
  return {
    tokens: config.maxQueryTokens,
    depth: config.maxQueryDepth,
    aliases: config.maxQueryAliases,
    rootFields: config.maxQueryRootFields,
    directives: config.maxQueryDirectives,
    cost: config.maxQueryCost,
  };
}

function createHealth(config: Config, context: Context) {
  const { documents, live, hub, clock, templateLoads, guard, owner } = context;
  const check = (name: string, fault: string | null) => ({ name, ok: fault === null, detail: fault });
  return healthMonitor({
    documents,
    live,
    hub,
    clock,
    watchFreshMs: config.watchFreshSeconds * 1000,
    further: () => [check('epoch', guard.fault()), ...(owner ? [check('owner', owner.fault())] : [])],
    notes: () => [templateCheck(templateLoads.latest())],
  });
}

async function requestFacts(verify: TokenVerifier, request: FastifyRequest) {
  const { authorization, cookie, origin, host } = request.headers;
  const identity = await identify(verify, { authorization, cookie, origin, host });
  return { identity, requestId: request.id, source: request.ip };
}

/** The verifier of the identity provider, or our own keys on loopback. */
async function credentials(
  config: Config,
): Promise<{ verify: TokenVerifier; tokens: DevelopmentTokens | null }> {
  const { authJwksUrl, authJwksFile, authIssuer, authAudience, authRolesClaim: rolesClaim } = config;
  if (!hasIdentityProvider(config)) {
    const tokens = await developmentTokens(config.dataDir, rolesClaim);
    const [issuer, audience] = [DEVELOPMENT_ISSUER, DEVELOPMENT_AUDIENCE];
    return { verify: tokenVerifier({ keys: tokens.keys, issuer, audience, rolesClaim }), tokens };
  }
  const keys =
    authJwksUrl === null
      ? await fileKeys(authJwksFile as string).catch((error: unknown) => {
          throw new StartFailed(`AUTH_JWKS_FILE ${authJwksFile} cannot be read as a key set.`, error);
        })
      : remoteKeys(authJwksUrl);
  const [issuer, audience] = [authIssuer as string, authAudience as string];
  return { verify: tokenVerifier({ keys, issuer, audience, rolesClaim }), tokens: null };
}
