import { HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import type { OperationDefinitionNode } from 'graphql';
import type { Logger } from '../logger.js';
import { compiledQueries, type CompiledQueries } from './compiled-queries.js';
import { presentError } from './present-error.js';
import type { RequestContext } from './request-context.js';

/** Lets compiled queries answer in the place of graphql-js, where there are some; keeps the `limit` used last. */
export function executeCompiled(limit: number, logger: Logger): ApolloServerPlugin<RequestContext> {
  let queries: CompiledQueries | null = null;
  return {
    serverWillStart: async () => ({
      schemaDidLoadOrUpdate: ({ apiSchema }) => void (queries = compiledQueries(apiSchema, limit)),
    }),
    requestDidStart: async () => ({
      responseForOperation: async ({ document, request, contextValue, ...found }) => {
        // Missing, against its type, where the document has no operation of the name asked for.
        const operation = found.operation as OperationDefinitionNode | undefined;
        if (!operation) return null;
        const query = queries?.find(document, operation, request.variables ?? {});
        if (!query) return null;
        const { data = null, errors } = await query(undefined, contextValue);
        const { requestId } = contextValue;
        // Errors of an answer that does not come from Apollo Server are not told to its other plugins.
        const shown = errors?.map((error) =>
          presentError(error, requestId, (cause) =>
            logger.error({ err: cause, requestId }, 'a request failed unexpectedly'),
          ),
        );
        return {
          http: { headers: new HeaderMap() },
          body: { kind: 'single', singleResult: { data, ...(shown ? { errors: shown } : {}) } },
        };
      },
    }),
  };
}
