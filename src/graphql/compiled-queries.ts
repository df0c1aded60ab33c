import {
  getVariableValues,
  GraphQLScalarType,
  Kind,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { recent } from '../lib/recent.js';
import { compileFacts, withConditions, type CompileFacts } from './compilable.js';
import { asGraphqlErrors } from './compiled-errors.js';

type Variables = Readonly<Record<string, unknown>>;

/** Executes an operation with its variables as `execute` of graphql-js does. */
export type CompiledQuery = (rootValue: unknown, contextValue: unknown) => Promise<ExecutionResult>;

export interface CompiledQueries {
  /** Null when graphql-js has to execute it, or to say what is wrong. The document is valid. */
  find(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Variables,
  ): CompiledQuery | null;
}

type Compiled = (rootValue: unknown, contextValue: unknown, coerced: Variables) => Promise<ExecutionResult>;

interface Entry {
  uses: number;
  /** Null before it is worth while, and for what cannot be compiled. */
  compiled: Compiled | null;
}

interface Known {
  readonly facts: CompileFacts | null;
  readonly key: string;
}

/** Compiling takes as long as some executions, which a document that comes once would not give back. */
const WORTH_WHILE = 2;

/** Keeps the `limit` operations that were used last, by their text and what `@skip` and `@include` say. */
export function compiledQueries(schema: GraphQLSchema, limit: number): CompiledQueries {
  const entries = recent<string, Entry>(limit);
  const known = new WeakMap<OperationDefinitionNode, Known>();

  function knownOf(document: DocumentNode, operation: OperationDefinitionNode): Known {
    const before = known.get(operation);
    if (before) return before;
    const text = document.loc?.source.body;
    const facts = text === undefined ? null : compileFacts(schema, document, operation);
    const fresh = { facts, key: `${operation.name?.value ?? ''} ${text ?? ''}` };
    known.set(operation, fresh);
    return fresh;
  }

  return {
    find(document, operation, variables) {
      const { facts, key } = knownOf(document, operation);
      if (!facts) return null;
      const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
      if (!coerced || facts.nested.some((name) => (coerced[name] ?? null) === null)) return null;
      const conditions = facts.conditions.map((name) => coerced[name]);
      if (!conditions.every((value) => typeof value === 'boolean')) return null;
      const fullKey = conditions.length === 0 ? key : `${conditions.join()} ${key}`;
      const entry = entries.get(fullKey) ?? { uses: 0, compiled: null };
      entry.uses++;
      if (entry.uses === 1) entries.set(fullKey, entry);
      if (entry.uses === WORTH_WHILE) entry.compiled = compile(schema, document, operation, coerced);
      const { compiled } = entry;
      return compiled && ((rootValue, contextValue) => compiled(rootValue, contextValue, coerced));
    },
  };
}

const Coerced = new GraphQLScalarType({ name: 'Coerced' });

function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  values: Variables,
): Compiled | null {
  const name = operation.name?.value ?? '';
  const options = { disablingCapturingStackErrors: true };
  const bare = coercedBefore(withConditions(document, values), operation);
  const compiled = compileQuery(knowingCoerced(schema), bare, name, options);
  if (!isCompiledQuery(compiled)) return null;
  return async (rootValue, contextValue, coerced) => {
    const { data, errors } = await compiled.query(rootValue, contextValue, coerced);
    if (!errors || errors.length === 0) return { data };
    return { data, errors: asGraphqlErrors(errors, data, { schema, document, operation }) };
  };
}

/**
 * Variables are coerced by graphql-js: the compiler misses defaults of fields that allow no null, and does not come to
 * an end for types that hold themselves. For it they are of a type that takes them as they are.
 */
function coercedBefore(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode {
  const type = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: Coerced.name } } as const;
  const definitions = document.definitions.map((each) =>
    each.kind === Kind.OPERATION_DEFINITION && each.name?.value === operation.name?.value
      ? {
          ...each,
          variableDefinitions: each.variableDefinitions?.map(({ kind, variable }) => ({
            ...{ kind, variable, type },
          })),
        }
      : each,
  );
  return { ...document, definitions };
}

/** The schema with one more type, which no document can name. */
function knowingCoerced(schema: GraphQLSchema): GraphQLSchema {
  const getType = (name: string) => (name === Coerced.name ? Coerced : schema.getType(name));
  return Object.create(schema, { getType: { value: getType } }) as GraphQLSchema;
}
