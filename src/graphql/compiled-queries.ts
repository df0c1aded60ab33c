import {
  getVariableValues,
  GraphQLScalarType,
  Kind,
  OperationTypeNode,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
  type VariableNode,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import { compileFacts, withConditions, type CompileFacts } from './compilable.js';
import { asGraphqlErrors, type Where } from './compiled-errors.js';
import { schemaWithWrittenLists, writeLists } from './written-lists.js';
import { Unwritable } from './written-objects.js';

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
  /**
   * The same for an answer that goes out as text: lists in the data of a query may be {@link JsonPart}s. What cannot be
   * written is executed again, so nothing of a mutation is.
   */
  findWritten: CompiledQueries['find'];
}

type Compiled<Result = ExecutionResult> = (
  rootValue: unknown,
  contextValue: unknown,
  coerced: Variables,
) => Promise<Result>;

interface Entry {
  uses: number;
  /** Null before it is worth while, and for what cannot be compiled. */
  compiled: Compiled | null;
  /** Made when it is first asked for. Answers null for what cannot be written. */
  written: Compiled<ExecutionResult | null> | null;
}

interface Known {
  readonly facts: CompileFacts | null;
  readonly key: string;
}

interface Found {
  readonly entry: Entry & { readonly compiled: Compiled };
  readonly coerced: Variables;
}

/** Compiling takes as long as some executions, which a document that comes once would not give back. */
const WORTH_WHILE = 2;

/** Keeps the `limit` operations that were used last, by their text and what `@skip` and `@include` say. */
export function compiledQueries(schema: GraphQLSchema, limit: number): CompiledQueries {
  const entries = new LRUCache<string, Entry>({ max: limit });
  const known = new WeakMap<OperationDefinitionNode, Known>();
  const withLists = schemaWithWrittenLists(schema);

  function knownOf(document: DocumentNode, operation: OperationDefinitionNode): Known {
    const before = known.get(operation);
    if (before) return before;
    const text = document.loc?.source.body;
    const facts = text === undefined ? null : compileFacts(schema, document, operation);
    const fresh = { facts, key: `${operation.name?.value ?? ''} ${text ?? ''}` };
    known.set(operation, fresh);
    return fresh;
  }

  function look(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Variables,
  ): Found | null {
    const { facts, key } = knownOf(document, operation);
    if (!facts) return null;
    const { variableDefinitions = [] } = operation;
    const { coerced } =
      variableDefinitions.length === 0
        ? { coerced: {} as Variables }
        : getVariableValues(schema, variableDefinitions, variables);
    if (!coerced || facts.nested.some((name) => (coerced[name] ?? null) === null)) return null;
    const conditions = facts.conditions.map((name) => coerced[name]);
    if (!conditions.every((value) => typeof value === 'boolean')) return null;
    const fullKey = conditions.length === 0 ? key : `${conditions.join()} ${key}`;
    const entry = entries.get(fullKey) ?? { uses: 0, compiled: null, written: null };
    entry.uses++;
    if (entry.uses === 1) entries.set(fullKey, entry);
    if (entry.uses === WORTH_WHILE)
      entry.compiled = compile(schema, withConditions(document, coerced), operation);
    return entry.compiled && { entry: entry as Found['entry'], coerced };
  }

  return {
    find(document, operation, variables) {
      const found = look(document, operation, variables);
      if (!found) return null;
      const { entry, coerced } = found;
      return (rootValue, contextValue) => entry.compiled(rootValue, contextValue, coerced);
    },
    findWritten(document, operation, variables) {
      const found = look(document, operation, variables);
      if (!found) return null;
      const { entry, coerced } = found;
      entry.written ??= writtenOf(withLists, withConditions(document, coerced), operation) ?? entry.compiled;
      const { written } = entry;
      return async (rootValue, contextValue) => {
        const result = await written(rootValue, contextValue, coerced);
        if (result) return result;
        // A broken document stays so: nobody is to execute each request twice.
        entry.written = entry.compiled;
        return entry.compiled(rootValue, contextValue, coerced);
      };
    },
  };
}

const Coerced = new GraphQLScalarType({ name: 'Coerced' });

/** Executes with variables coerced before. */
function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Compiled | null {
  const execute = compileRaw(schema, document, operation, []);
  if (!execute) return null;
  return async (rootValue, contextValue, coerced) =>
    withErrors(await execute(rootValue, contextValue, coerced), { schema, document, operation });
}

/** With the errors as the compiler has them. `more` names variables that the document has no definitions of. */
function compileRaw(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  more: readonly string[],
): Compiled | null {
  const name = operation.name?.value ?? '';
  const options = { disablingCapturingStackErrors: true };
  const compiled = compileQuery(
    knowingCoerced(schema),
    coercedBefore(document, operation, more),
    name,
    options,
  );
  if (!isCompiledQuery(compiled)) return null;
  return async (rootValue, contextValue, coerced) => compiled.query(rootValue, contextValue, coerced);
}

function withErrors({ data = null, errors }: ExecutionResult, where: Where): ExecutionResult {
  if (!errors || errors.length === 0) return { data };
  return { data, errors: asGraphqlErrors(errors, data, where) };
}

/** With lists as text; null where there are none. */
function writtenOf(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Compiled<ExecutionResult | null> | null {
  const written =
    operation.operation === OperationTypeNode.QUERY ? writeLists(schema, document, operation) : null;
  const execute = written && compileRaw(schema, written.document, operation, Object.keys(written.plans));
  if (!execute) return null;
  return async (rootValue, contextValue, coerced) => {
    const result = await execute(rootValue, contextValue, { ...coerced, ...written.plans });
    const isWritten = !result.errors?.some(({ originalError }) => originalError instanceof Unwritable);
    return isWritten ? withErrors(result, { schema, document: written.document, operation }) : null;
  };
}

/**
 * Variables are coerced by graphql-js: the compiler misses defaults of fields that allow no null, and does not come to
 * an end for types that hold themselves. For it they are of a type that takes them as they are.
 */
function coercedBefore(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  more: readonly string[],
): DocumentNode {
  const type = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: Coerced.name } } as const;
  const definitionOf = (variable: VariableNode): VariableDefinitionNode => ({
    kind: Kind.VARIABLE_DEFINITION,
    variable,
    type,
  });
  const added = more.map((value) => definitionOf({ kind: Kind.VARIABLE, name: { kind: Kind.NAME, value } }));
  const definitions = document.definitions.map((each) =>
    each.kind === Kind.OPERATION_DEFINITION && each.name?.value === operation.name?.value
      ? {
          ...each,
          variableDefinitions: [
            ...(each.variableDefinitions ?? []).map(({ variable }) => definitionOf(variable)),
            ...added,
          ],
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
