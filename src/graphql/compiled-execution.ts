import { HeaderMap, type ApolloServerPlugin } from '@apollo/server';
import {
  OperationTypeNode,
  type DocumentNode,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import type { Logger } from '../logger.js';
import { KEPT_DOCUMENTS } from './checked-documents.js';
import { compiledQueries, type CompiledQueries, type CompiledQuery } from './compiled-queries.js';
import { excessOf, type DocumentLimits } from './document-limits.js';
import { measuredDocuments } from './measured-documents.js';
import { presentErrors } from './present-error.js';
import type { RequestContext } from './request-context.js';
import { variablesRefusal } from './variable-faults.js';

export interface CompiledExecution {
  /** Lets compiled operations answer in the place of graphql-js, where there are some. */
  readonly plugin: ApolloServerPlugin<RequestContext>;
  /**
   * Answers the body of a request without Apollo Server, which has let the same query through before. Null, with nothing
   * executed, for everything else and for whatever is not in order: Apollo Server has to look at it.
   */
  answer(body: unknown, context: () => RequestContext): Promise<KnownAnswer | null>;
}

/** What is sent, in the order in which Apollo Server puts it; to be written with {@link jsonOf}. */
export interface KnownAnswer {
  readonly errors: readonly GraphQLFormattedError[] | undefined;
  readonly data: unknown;
  readonly extensions: { readonly cost: { readonly price: number; readonly limit: number } };
}

interface Known {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

type Variables = Readonly<Record<string, unknown>>;

interface Parts {
  readonly schema: GraphQLSchema;
  readonly queries: CompiledQueries;
  readonly measureOf: ReturnType<typeof measuredDocuments>;
}

/** Keeps the operations used last, compiled, and those queries among them that Apollo Server need not see again. */
export function compiledExecution(limits: DocumentLimits, logger: Logger): CompiledExecution {
  const known = new LRUCache<string, Known>({ max: KEPT_DOCUMENTS.count });
  let parts: Parts | null = null;

  /** Apollo Server does not tell its other plugins of errors in an answer that is not its own. */
  async function run(query: CompiledQuery, context: RequestContext) {
    const { data = null, errors } = await query(undefined, context);
    return { data, errors: errors && presentErrors(errors, context.requestId, logger) };
  }

  const plugin: ApolloServerPlugin<RequestContext> = {
    serverWillStart: async () => ({
      schemaDidLoadOrUpdate: ({ apiSchema: schema }) => {
        const queries = compiledQueries(schema, KEPT_DOCUMENTS.count);
        parts = { schema, queries, measureOf: measuredDocuments(schema) };
      },
    }),
    requestDidStart: async () => ({
      responseForOperation: async ({ document, request, source, contextValue, ...found }) => {
        // Missing, against its type, where the document has no operation of the name asked for.
        const operation = found.operation as OperationDefinitionNode | undefined;
        if (!operation) return null;
        const query = parts?.queries.find(document, operation, request.variables ?? {});
        if (!query) return null;
        const isQuery = operation.operation === OperationTypeNode.QUERY;
        if (isQuery && source.length <= KEPT_DOCUMENTS.characters)
          known.set(keyOf(source, request.operationName), { document, operation });
        const { data, errors } = await run(query, contextValue);
        return {
          http: { headers: new HeaderMap() },
          body: { kind: 'single', singleResult: { data, ...(errors ? { errors } : {}) } },
        };
      },
    }),
  };

  return {
    plugin,
    async answer(body, context) {
      const request = requestOf(body);
      const before = request && known.get(keyOf(request.query, request.operationName));
      if (!parts || !before) return null;
      const { document, operation } = before;
      const { schema, queries, measureOf } = parts;
      const variables = request.variables ?? {};
      const measure = measureOf(document, operation, variables);
      const caller = context();
      const refusal =
        excessOf(limits, measure) ?? variablesRefusal(schema, limits, operation, variables, caller.identity);
      const query = refusal ? null : queries.findWritten(document, operation, variables);
      if (!query) return null;
      const { data, errors } = await run(query, caller);
      return { errors, data, extensions: { cost: { price: measure.cost, limit: limits.cost } } };
    },
  };
}

/** Its length tells the name from the text, as callers may put anything into either. */
const keyOf = (source: string, operationName: string | null | undefined) =>
  `${operationName?.length ?? ''} ${operationName ?? ''}${source}`;

interface KnownRequest {
  readonly query: string;
  readonly operationName: string | null;
  readonly variables: Variables | null;
}

const FIELDS: ReadonlySet<string> = new Set(['query', 'operationName', 'variables']);

/** The body of a request, where it holds nothing but what all of them hold. */
function requestOf(body: unknown): KnownRequest | null {
  if (!isRecord(body)) return null;
  for (const name in body) if (!FIELDS.has(name)) return null;
  const { query, operationName = null, variables = null } = body;
  if (typeof query !== 'string' || (operationName !== null && typeof operationName !== 'string')) return null;
  return variables === null || isRecord(variables) ? { query, operationName, variables } : null;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
