import { Kind, visit, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql';
import { LRUCache } from 'lru-cache';
import { measureDocument, type DocumentMeasure } from './document-limits.js';

interface Known {
  /** Variables that say how many objects are asked for; nothing else in the variables changes the price. */
  readonly sizes: readonly string[];
  readonly measures: LRUCache<string, DocumentMeasure>;
}

const KEPT_SIZES = 20;

/** Measures as {@link measureDocument} does, an operation that comes again once for the same sizes of its pages. */
export function measuredDocuments(schema: GraphQLSchema) {
  const known = new WeakMap<OperationDefinitionNode, Known>();
  return function measure(
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Readonly<Record<string, unknown>>,
  ): DocumentMeasure {
    const { sizes, measures } = known.get(operation) ?? {
      sizes: sizeVariables(document),
      measures: new LRUCache<string, DocumentMeasure>({ max: KEPT_SIZES }),
    };
    if (!known.has(operation)) known.set(operation, { sizes, measures });
    const key = sizes.map((name) => sizeOf(variables[name])).join();
    const before = measures.get(key);
    if (before) return before;
    const measured = measureDocument(schema, document, operation, variables);
    measures.set(key, measured);
    return measured;
  };
}

const SIZES = new Set(['first', 'last', 'ids']);

function sizeOf(value: unknown): number | string {
  if (Array.isArray(value)) return `ids ${value.length}`;
  return typeof value === 'number' ? value : '';
}

function sizeVariables(document: DocumentNode): string[] {
  const names = new Set<string>();
  visit(document, {
    Argument({ name, value }) {
      if (SIZES.has(name.value) && value.kind === Kind.VARIABLE) names.add(value.name.value);
    },
  });
  return [...names];
}
