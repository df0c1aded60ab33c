import {
  getOperationAST,
  GraphQLError,
  type ExecutionArgs,
  type ExecutionResult,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type OperationTypeNode,
} from 'graphql';
import type { Identity } from '../auth/identify.js';
import type { Context } from '../context.js';
import { checkedDocuments } from './checked-documents.js';
import { excessOf, measureDocument, type DocumentLimits } from './document-limits.js';
import { presentErrors } from './present-error.js';
import { requestContext, type RequestContext, type RequestFacts } from './request-context.js';
import { variablesRefusal } from './variable-faults.js';

export interface ExecutionParts {
  readonly app: Context;
  readonly schema: GraphQLSchema;
  readonly limits: DocumentLimits;
  readonly introspection: boolean;
}

/** An operation as a client sends it over a socket or a stream. */
export interface OperationRequest {
  readonly query: string;
  readonly operationName?: string | null | undefined;
  readonly variables?: Record<string, unknown> | null | undefined;
}

/** What graphql-js needs to run an operation that passed every check. */
export interface PreparedExecution extends ExecutionArgs {
  readonly contextValue: RequestContext;
  readonly kind: OperationTypeNode;
  /** What a single answer says of its price; null for a subscription, which would say it with every event. */
  readonly cost: { readonly price: number; readonly limit: number } | null;
}

/** The result with its price in `extensions`, as over HTTP. */
export function withCost(result: ExecutionResult, { cost }: PreparedExecution): ExecutionResult {
  return cost ? { ...result, extensions: { ...result.extensions, cost } } : result;
}

/** What sockets and event streams share: checks before an operation runs, and errors as clients see them. */
export function executionPreparer({ app, schema, limits, introspection }: ExecutionParts) {
  const documentOf = checkedDocuments({ schema, introspection, limits });
  return {
    /** Answers faults instead of throwing them: thrown, they would close the whole socket. */
    prepare: (
      identity: Identity,
      { query, operationName, variables: given }: OperationRequest,
      facts: Omit<RequestFacts, 'identity' | 'requestId'>,
    ): PreparedExecution | GraphQLError[] => {
      const document = documentOf(query);
      if (Array.isArray(document)) return document;
      const operation = getOperationAST(document, operationName);
      if (!operation) {
        return [
          new GraphQLError('Unknown or missing operation name.', {
            extensions: { code: 'OPERATION_RESOLUTION_FAILURE' },
          }),
        ];
      }
      const variables = given ?? {};
      const measure = measureDocument(schema, document, operation, variables);
      const refusal =
        excessOf(limits, measure) ?? variablesRefusal(schema, limits, operation, variables, identity);
      if (refusal) return [new GraphQLError(refusal.message, { originalError: refusal })];
      return {
        schema,
        document,
        kind: operation.operation,
        cost: operation.operation === 'subscription' ? null : { price: measure.cost, limit: limits.cost },
        operationName: operationName ?? null,
        variableValues: variables,
        contextValue: requestContext(app, { ...facts, identity, requestId: app.ids.ulid() }),
      };
    },
    present: (errors: readonly GraphQLError[], requestId: string): GraphQLFormattedError[] =>
      presentErrors(errors, requestId, app.logger),
  };
}

/** What an execution throws answers its operation; thrown on, it would end a socket with all of its operations. */
export async function answered<T>(run: () => T | Promise<T>): Promise<T | ExecutionResult> {
  try {
    return await run();
  } catch (error) {
    const cause = error instanceof Error ? error : new Error(String(error));
    return { errors: [new GraphQLError(cause.message, { originalError: cause })] };
  }
}
