import {
  ApolloServer,
  type ApolloServerOptions,
  type ApolloServerPlugin,
  type BaseContext,
} from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { Logger } from '../logger.js';
import { answerStatuses } from './answer-status.js';
import type { CompiledExecution } from './compiled-execution.js';
import { asRefusal, MAX_VALIDATION_ERRORS, refuseFloods } from './document-floods.js';
import { excessOf, type DocumentLimits } from './document-limits.js';
import { measuredDocuments } from './measured-documents.js';
import { noIntrospection } from './no-introspection.js';
import { presentError, presentErrors } from './present-error.js';
import type { RequestContext } from './request-context.js';
import { variablesRefusal } from './variable-faults.js';

export interface ApolloParts {
  readonly schema: GraphQLSchema;
  readonly limits: DocumentLimits;
  readonly introspection: boolean;
  readonly logger: Logger;
  readonly compiled: Pick<CompiledExecution, 'plugin'>;
  /** Options of Apollo Server that go before ours; its plugins come after ours. */
  readonly options?: Partial<ApolloServerOptions<RequestContext>>;
  /** Parts that are left out. */
  readonly without?: readonly ApolloPart[];
}

export type ApolloPart =
  | 'noCacheControl'
  | 'noLandingPage'
  | 'subscriptions'
  | 'floods'
  | 'limits'
  | 'variables'
  | 'requestIds'
  | 'statuses'
  | 'compiled';

/** Apollo Server over our schema. The transport around it belongs to `server.ts`. */
export function createApollo({
  schema,
  limits,
  introspection,
  logger,
  compiled,
  options = {},
  without = [],
}: ApolloParts): ApolloServer<RequestContext> {
  const parts = {
    noCacheControl: ApolloServerPluginCacheControlDisabled(),
    noLandingPage: ApolloServerPluginLandingPageDisabled(),
    subscriptions: refuseSubscriptions,
    floods: refuseFloods(limits),
    limits: refuseCostlyDocuments(limits),
    variables: refuseBadVariables(limits),
    requestIds: nameRequests(logger),
    statuses: answerStatuses,
    compiled: compiled.plugin,
  } as Record<ApolloPart, ApolloServerPlugin<BaseContext>>;
  const plugins = (Object.keys(parts) as ApolloPart[])
    .filter((name) => !without.includes(name))
    .map((name) => parts[name]);
  return new ApolloServer<RequestContext>({
    schema,
    // Ours refuses it, with a message for callers; names that are nearly right would tell the schema as well.
    introspection: true,
    validationRules: introspection ? [] : [noIntrospection],
    nodeEnv: 'production',
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: limits.tokens },
    validationOptions: { maxErrors: MAX_VALIDATION_ERRORS, hideSuggestions: !introspection },
    logger: quiet(logger),
    formatError: (formatted, error) =>
      error instanceof GraphQLError
        ? presentError(error, '', () => undefined)
        : presentError(asGraphQL(formatted, error), '', () => undefined),
    ...options,
    plugins: [...plugins, ...(options.plugins ?? [])],
  } as ApolloServerOptions<RequestContext>);
}

/** Answers the request id with every error, and logs the cause of those that are masked. */
function nameRequests(logger: Logger): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ errors, contextValue }) => {
        // What is shown of them is made once more where Apollo Server formats them, which does not know the request.
        presentErrors(errors, contextValue.requestId, logger);
      },
      willSendResponse: async ({ response, contextValue }) => {
        if (response.body.kind !== 'single') return;
        for (const { extensions } of response.body.singleResult.errors ?? []) {
          if (extensions) extensions['requestId'] = contextValue.requestId;
        }
      },
    }),
  };
}

/** Refuses what asks for too much before anything is executed, and says in every answer what it cost. */
function refuseCostlyDocuments(limits: DocumentLimits): ApolloServerPlugin<RequestContext> {
  let measureOf: ReturnType<typeof measuredDocuments> | null = null;
  return {
    serverWillStart: async () => ({
      schemaDidLoadOrUpdate: ({ apiSchema }) => void (measureOf = measuredDocuments(apiSchema)),
    }),
    requestDidStart: async () => {
      let price: number | null = null;
      return {
        didResolveOperation: async ({ document, operation, request }) => {
          if (!operation || !measureOf) return;
          const measure = measureOf(document, operation, request.variables ?? {});
          price = measure.cost;
          const refusal = excessOf(limits, measure);
          if (refusal) throw asRefusal(refusal);
        },
        willSendResponse: async ({ response: { body } }) => {
          if (body.kind !== 'single' || price === null) return;
          const cost = { price, limit: limits.cost };
          body.singleResult.extensions = { ...body.singleResult.extensions, cost };
        },
      };
    },
  };
}

function refuseBadVariables(limits: DocumentLimits): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ schema, operation, request, contextValue }) => {
        if (!operation) return;
        const variables = request.variables ?? {};
        const refusal = variablesRefusal(schema, limits, operation, variables, contextValue.identity);
        if (refusal) throw asRefusal(refusal);
      },
    }),
  };
}

const refuseSubscriptions: ApolloServerPlugin<RequestContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ operation }) => {
      if (operation?.operation !== 'subscription') return;
      const message =
        'A subscription does not end with an answer: open a WebSocket (graphql-transport-ws) at this path, or send it to ' +
        '/graphql/stream with Accept: text/event-stream.';
      throw new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } });
    },
  }),
};

function asGraphQL(
  formatted: { message: string; extensions?: Record<string, unknown> },
  error: unknown,
): GraphQLError {
  const originalError = error instanceof Error ? error : new Error(String(error));
  return new GraphQLError(formatted.message, { originalError, extensions: formatted.extensions ?? {} });
}

function quiet(logger: Logger) {
  return {
    debug: (message: unknown) => logger.debug({}, String(message)),
    info: (message: unknown) => logger.debug({}, String(message)),
    warn: (message: unknown) => logger.debug({}, String(message)),
    error: (message: unknown) => logger.error({}, String(message)),
  };
}
