import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { setMaxListeners } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import {
  developmentTokens,
  DEVELOPMENT_AUDIENCE,
  DEVELOPMENT_ISSUER,
  type DevelopmentTokens,
} from './auth/development-tokens.js';
import { callerLimits, type CallerRates } from './auth/caller-limits.js';
import { rememberedTokens } from './auth/remembered-tokens.js';
import { remoteKeys } from './auth/remote-keys.js';
import { fileKeys, tokenVerifier, type TokenVerifier } from './auth/tokens.js';
import { ConfigError, hasIdentityProvider, rolesInTokens, type Config } from './config.js';
import { createContext, type Context, type Overrides } from './context.js';
import { DeploymentMismatch } from './deployment/open-deployment.js';
import { FolderInUse } from './embedded/data-folder.js';
import { LabletError } from './errors.js';
import { createApollo } from './graphql/apollo.js';
import type { DocumentLimits } from './graphql/document-limits.js';
import { compiledExecution } from './graphql/compiled-execution.js';
import { acceptEventStreams } from './graphql/event-streams.js';
import { graphqlHandler } from './graphql/http-handler.js';
import { requestContext } from './graphql/request-context.js';
import { buildGraphqlSchema } from './graphql/schema.js';
import { acceptSockets } from './graphql/sockets.js';
import { callerAddress } from './lib/caller-address.js';
import type { Clock } from './lib/clock.js';
import { Closing } from './lib/closing.js';
import { retryHintMs } from './lib/retry-hint.js';
import { admission } from './rest/admission.js';
import { bodyShape } from './rest/body-shape.js';
import { compressAnswers } from './rest/compression.js';
import { healthMonitor, templateCheck } from './rest/health.js';
import { httpFaults } from './rest/http-faults.js';
import { jsonBodies } from './rest/json-bodies.js';
import { leaveInOrder } from './rest/leave-in-order.js';
import { operationsRoutes } from './rest/operations-routes.js';
import { pageRoutes } from './rest/pages.js';
import { protocolFaults, refuseUnfit, wrongSocketPath } from './rest/protocol-faults.js';
import { countRequests } from './rest/request-counts.js';
import { restRoutes } from './rest/rest-routes.js';
import { API } from './rest/route.js';
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
const REMEMBERED_TOKENS = { limit: 5000, forMs: 10_000 };
const STREAM_PATH = '/graphql/stream';
/** Of the grace of a stop: what is under way is given up so long before its end, and still answered. */
const ANSWER_MS = 2000;
/** How long a stop waits until subscribers have been sent what waits for them. */
const FINISH_MS = 2000;

/** Opens the stores and serves HTTP and WebSocket on one port. @throws StartFailed, DeploymentMismatch, FolderInUse */
export async function startServer(config: Config, overrides: Overrides = {}): Promise<RunningServer> {
  const closing = new Closing();
  const leaving = new AbortController();
  // Every operation that may have to wait listens to it.
  setMaxListeners(0, leaving.signal);
  try {
    const context = closing.add('context', await createContext(config, overrides));
    const { clock } = context;
    const { verify: check, tokens } = await credentials(config, clock);
    const verify = rememberedTokens(check, { ...REMEMBERED_TOKENS, clock });
    const callers = callerLimits(callerRates(config), clock, { onRefusal: () => countRefusal(context) });
    const schema = buildGraphqlSchema();
    const { introspection, maxSocketMessageBytes: maxMessageBytes } = config;
    const limits = documentLimits(config);
    const { logger } = context;
    const compiled = compiledExecution(limits, logger);
    const apollo = createApollo({ schema, limits, introspection, logger, compiled });
    await apollo.start();
    closing.defer('apollo', () => apollo.stop());

    const server = createHttp(config, context);
    closing.defer('http', () => server.close());
    const paths = [GRAPHQL_PATH, API, '/session'];
    if (config.compressFromBytes > 0)
      await compressAnswers(server, { paths, fromBytes: config.compressFromBytes });
    const addressOf = callerAddress(config.trustedProxies);
    const identityOf = admission(server, { verify, limits: callers, paths, addressOf });
    const health = createHealth(config, context);
    const counts = countRequests(server, context.metrics, { graphqlPath: GRAPHQL_PATH, restPath: '/api/' });
    operationsRoutes(server, { health, metrics: context.metrics });
    sessionRoutes(server, verify);
    await pageRoutes(server);
    const callOf = (request: FastifyRequest) =>
      requestContext(context, {
        identity: identityOf(request),
        requestId: request.id,
        source: addressOf(request.raw),
        trace: traceOf(request),
        onCode: counts.hear(request),
        signal: leaving.signal,
      });
    await restRoutes(server, {
      schema,
      run: (request, operation, input) => callOf(request).run(operation, input),
    });
    server.route({
      url: GRAPHQL_PATH,
      method: ['GET', 'POST'],
      exposeHeadRoute: false,
      handler: graphqlHandler({ apollo, compiled, contextOf: callOf }),
    });
    const { maxSocketsPerUser: maxPerUser, maxSocketSubscriptions: maxSubscriptions } = config;
    const streaming = {
      ...{ app: context, schema, limits, introspection, addressOf },
      retryAfterMs: (clients: number) => retryHintMs(clients, Math.random),
    };
    const sockets = {
      ...{ path: GRAPHQL_PATH, maxMessageBytes, maxPerUser, maxSubscriptions, verify, callers },
      shared: config.liveShared,
      wrongPath: () => wrongSocketPath(context.ids),
    };
    closing.add('sockets', acceptSockets(server.server, { ...streaming, ...sockets }));
    const streams = { path: STREAM_PATH, maxPerUser: maxPerUser * maxSubscriptions, identityOf };
    closing.add('event streams', acceptEventStreams(server, { ...streaming, ...streams }));
    // Added last, so closed first: whoever balances load hears of the stop before anything ends.
    closing.defer('subscribers', async () => {
      const until = clock.monotonic() + FINISH_MS;
      await context.hub.finish(FINISH_MS);
      await context.feeds.finish(until - clock.monotonic());
    });
    let isListening = false;
    closing.defer('notice', () => (isListening ? setTimeout(config.shutdownNoticeMs) : undefined));
    closing.defer('work under way', () => giveUpLater(leaving, config.shutdownGraceSeconds * 1000));
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

/** Before the process would be ended with requests that nobody answered. */
function giveUpLater(work: AbortController, graceMs: number): void {
  const limitMs = Math.max(0, graceMs - ANSWER_MS);
  const reason = new LabletError('TIMEOUT', 'The server stops; send it again.', { limitMs });
  globalThis.setTimeout(() => work.abort(reason), limitMs).unref();
}

/** What to tell the person who started a server that could not start; null for what nobody foresaw. */
export function explainStart(error: unknown): string | null {
  const known = [ConfigError, DeploymentMismatch, FolderInUse, StartFailed].some(
    (type) => error instanceof type,
  );
  return known ? (error as Error).message : (storeError(error)?.message ?? null);
}

/** The HTTP server with what all its routes share. */
export function createHttp(
  config: Config,
  { ids, logger, metrics }: Pick<Context, 'ids' | 'logger'> & Partial<Pick<Context, 'metrics'>>,
  graphqlPath = GRAPHQL_PATH,
): FastifyInstance {
  const server = Fastify({
    bodyLimit: config.maxBodyBytes,
    genReqId: () => ids.ulid(),
    requestTimeout: config.requestTimeoutMs,
    connectionTimeout: 30_000,
    http: {
      headersTimeout: Math.min(config.headersTimeoutMs, config.requestTimeoutMs),
      // How often Node looks for requests that are late; by default only twice a minute.
      connectionsCheckingInterval: Math.min(1000, config.headersTimeoutMs),
      requireHostHeader: false,
    },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    ...protocolFaults(ids),
  });
  server.server.maxConnections = config.maxConnections;
  refuseUnfit(server, ids);
  const graphqlPaths = [graphqlPath, STREAM_PATH];
  jsonBodies(server, {
    maxBytes: config.maxBodiesBytes,
    shape: bodyShape(config.maxQueryValues),
    graphqlPaths,
    onRefusal: () => metrics && countRefusal({ metrics }),
  });
  httpFaults(server, { graphqlPaths, logger });
  leaveInOrder(server);
  server.addHook('onSend', (request, reply, _payload, done) => {
    void reply.header('x-request-id', request.id);
    done();
  });
  return server;
}

/** Who is refused before an operation runs is counted as one that ended so. */
function countRefusal({ metrics }: Pick<Context, 'metrics'>): void {
  metrics.errors.inc({ code: 'RATE_LIMITED' });
}

export function documentLimits(config: Config): DocumentLimits {
  return {
    tokens: config.maxQueryTokens,
    depth: config.maxQueryDepth,
    aliases: config.maxQueryAliases,
    rootFields: config.maxQueryRootFields,
    directives: config.maxQueryDirectives,
    fragments: config.maxQueryFragments,
    repeats: config.maxQueryRepeats,
    values: config.maxQueryValues,
    cost: config.maxQueryCost,
  };
}

function createHealth(config: Config, context: Context) {
  const { documents, live, hub, clock, templateLoads, guard, owner, repairHeldBack } = context;
  const check = (name: string, fault: string | null) => ({ name, ok: fault === null, detail: fault });
  return healthMonitor({
    documents,
    live,
    hub,
    clock,
    watchFreshMs: config.watchFreshSeconds * 1000,
    further: () => [check('epoch', guard.fault()), ...(owner ? [check('owner', owner.fault())] : [])],
    notes: () => [templateCheck(templateLoads.latest()), check('repair', repairHeldBack())],
  });
}

function traceOf({ headers: { traceparent, tracestate } }: FastifyRequest) {
  return {
    ...(typeof traceparent === 'string' ? { traceparent } : {}),
    ...(typeof tracestate === 'string' ? { tracestate } : {}),
  };
}

function callerRates(config: Config): CallerRates {
  return {
    callerPerSecond: config.callerRequestsPerSecond,
    servicePerSecond: config.serviceRequestsPerSecond,
    failuresPerMinute: config.authFailuresPerMinute,
  };
}

/** The verifier of the identity provider, or our own keys on loopback. */
async function credentials(
  config: Config,
  clock: Clock,
): Promise<{ verify: TokenVerifier; tokens: DevelopmentTokens | null }> {
  const { authJwksUrl, authJwksFile, authIssuer, authAudience } = config;
  const roles = rolesInTokens(config);
  if (!hasIdentityProvider(config)) {
    const tokens = await developmentTokens(config.dataDir, roles);
    const [issuer, audience] = [DEVELOPMENT_ISSUER, DEVELOPMENT_AUDIENCE];
    return { verify: tokenVerifier({ keys: tokens.keys, issuer, audience, ...roles }), tokens };
  }
  const keys =
    authJwksUrl === null
      ? await fileKeys(authJwksFile as string).catch((error: unknown) => {
          throw new StartFailed(`AUTH_JWKS_FILE ${authJwksFile} cannot be read as a key set.`, error);
        })
      : remoteKeys(authJwksUrl, clock);
  const [issuer, audience] = [authIssuer as string, authAudience as string];
  return { verify: tokenVerifier({ keys, issuer, audience, ...roles }), tokens: null };
}
