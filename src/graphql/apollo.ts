import { ApolloServer, type ApolloServerPlugin, type BaseContext } from '@apollo/server';
import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled';
import { GraphQLError, type GraphQLSchema } from 'graphql';
import type { Logger } from '../logger.js';
import type { LabletError } from '../errors.js';
import { executeCompiled } from './compiled-execution.js';
import { compiledQueries } from './compiled-queries.js';
import { excessOf, type DocumentLimits } from './document-limits.js';
import { measuredDocuments } from './measured-documents.js';
import { presentError } from './present-error.js';
import type { RequestContext } from './request-context.js';
import { variableFaults } from './variable-faults.js';

export interface ApolloParts {
  readonly schema: GraphQLSchema;
  readonly limits: DocumentLimits;
  readonly introspection: boolean;
  readonly logger: Logger;
}

const COMPILED_QUERIES = 500;

/** Apollo Server over our schema. The transport around it belongs to `server.ts`. */
export function createApollo({
  schema,
  limits,
  introspection,
  logger,
}: ApolloParts): ApolloServer<RequestContext> {
  const plugins = [
    ApolloServerPluginCacheControlDisabled(),
    ApolloServerPluginLandingPageDisabled(),
    refuseCostlyDocuments(schema, limits),
    refuseBadVariables,
    nameRequests(logger),
    executeCompiled(compiledQueries(schema, COMPILED_QUERIES), logger),
  ] as ApolloServerPlugin<BaseContext>[];
  return new ApolloServer<RequestContext>({
    schema,
    introspection,
    plugins,
    nodeEnv: 'production',
    includeStacktraceInErrorResponses: false,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    parseOptions: { maxTokens: limits.tokens },
    logger: quiet(logger),
    formatError: (formatted, error) =>
      error instanceof GraphQLError
        ? presentError(error, '', () => undefined)
        : presentError(asGraphQL(formatted, error), '', () => undefined),
  });
}

/** Answers the request id with every error, and logs the cause of those that are masked. */
function nameRequests(logger: Logger): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: async () => ({
      didEncounterErrors: async ({ errors, contextValue }) => {
        const { requestId } = contextValue;
        for (const error of errors) {
          presentError(error, requestId, (cause) =>
            logger.error({ err: cause, requestId }, 'a request failed unexpectedly'),
          );
        }
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
function refuseCostlyDocuments(
  schema: GraphQLSchema,
  limits: DocumentLimits,
): ApolloServerPlugin<RequestContext> {
  const measureOf = measuredDocuments(schema);
  return {
    requestDidStart: async () => {
      let price: number | null = null;
      return {
        didResolveOperation: async ({ document, operation, request }) => {
          if (!operation) return;
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

function asRefusal(refusal: LabletError): GraphQLError {
  return new GraphQLError(refusal.message, {
    originalError: refusal,
    extensions: { http: { status: 400 } },
  });
}

const refuseBadVariables: ApolloServerPlugin<RequestContext> = {
  requestDidStart: async () => ({
    didResolveOperation: async ({ schema, operation, request, contextValue }) => {
      const refusal =
        operation && variableFaults(schema, operation, request.variables ?? {}, contextValue.identity);
      if (refusal) throw asRefusal(refusal);
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
