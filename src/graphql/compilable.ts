import {
  getNamedType,
  isAbstractType,
  isCompositeType,
  Kind,
  visit,
  type DocumentNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from './fragments.js';

/** Of the compiler's work: fields with all fragments written out, once for each type they may be of. */
const MAX_FIELDS = 1500;

/**
 * The compiler writes texts of arguments into the code that it makes, and takes some of them for code. So only texts
 * that cannot be any are compiled.
 */
const HARMLESS_TEXT = /^(?!.*__)[\w .:@+-]{0,200}$/;

/** What is known of an operation before it is compiled. */
export interface CompileFacts {
  /** Variables of `@skip` and `@include`. */
  readonly conditions: readonly string[];
  /** Variables within lists and objects of arguments; the compiler answers rightly where they have values. */
  readonly nested: readonly string[];
}

/** Null for what the compiler would answer otherwise than graphql-js, or take too long for. */
export function compileFacts(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): CompileFacts | null {
  // Root fields of a mutation run one after the other; graphql-js sees to that.
  if (operation.operation === 'mutation' && !hasOneField(operation.selectionSet)) return null;
  const conditions = new Set<string>();
  const nested = new Set<string>();
  let compilable = true;
  visit(document, {
    Field({ name, alias }) {
      const isMeta = name.value.startsWith('__') && name.value !== '__typename';
      if (isMeta || alias?.value.startsWith('__')) compilable = false;
    },
    StringValue({ value }) {
      if (!HARMLESS_TEXT.test(value)) compilable = false;
    },
    Directive({ name, arguments: given }) {
      if (name.value !== 'skip' && name.value !== 'include') compilable = false;
      for (const { value } of given ?? []) {
        if (value.kind === Kind.VARIABLE) conditions.add(value.name.value);
      }
    },
    Variable({ name }, _key, parent) {
      if (Array.isArray(parent) || (parent as { kind?: string }).kind === Kind.OBJECT_FIELD) {
        nested.add(name.value);
      }
    },
  });
  if (!compilable || fieldsOf(schema, document, operation) > MAX_FIELDS) return null;
  return { conditions: [...conditions], nested: [...nested] };
}

function hasOneField({ selections: [first, ...more] }: SelectionSetNode): boolean {
  return first?.kind === Kind.FIELD && more.length === 0;
}

/** Fields to compile; each fragment is counted once, so this takes no longer than the document is. */
function fieldsOf(schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode): number {
  const fragments = fragmentsOf(document);
  const known = new Map<string, number>();

  const ofSet = ({ selections }: SelectionSetNode, type: GraphQLCompositeType): number =>
    selections.reduce((sum, selection) => sum + ofSelection(selection, type), 0);

  function ofSelection(selection: SelectionNode, type: GraphQLCompositeType): number {
    switch (selection.kind) {
      case Kind.INLINE_FRAGMENT:
        return ofSet(selection.selectionSet, typeNamed(selection.typeCondition?.name.value) ?? type);
      case Kind.FRAGMENT_SPREAD:
        return ofFragment(selection.name.value);
      case Kind.FIELD: {
        const field = 'getFields' in type ? type.getFields()[selection.name.value] : undefined;
        const inner = field && getNamedType(field.type);
        if (!selection.selectionSet || !isCompositeType(inner)) return 1;
        const types = isAbstractType(inner) ? schema.getPossibleTypes(inner).length : 1;
        return 1 + types * ofSet(selection.selectionSet, inner);
      }
    }
  }

  function ofFragment(name: string): number {
    const before = known.get(name);
    if (before !== undefined) return before;
    const fragment = fragments.get(name);
    const type = typeNamed(fragment?.typeCondition.name.value);
    const count = fragment && type ? ofSet(fragment.selectionSet, type) : 0;
    known.set(name, count);
    return count;
  }

  function typeNamed(name: string | undefined): GraphQLCompositeType | null {
    const type = name === undefined ? undefined : schema.getType(name);
    return isCompositeType(type) ? type : null;
  }

  const root = schema.getRootType(operation.operation);
  return root ? ofSet(operation.selectionSet, root) : 0;
}

/** The document as it is where `@skip` and `@include` find these values; the compiler mixes them up between fragments. */
export function withConditions(
  document: DocumentNode,
  values: Readonly<Record<string, unknown>>,
): DocumentNode {
  const decide = (node: SelectionNode) => {
    if (!node.directives?.length) return undefined;
    const isTaken = node.directives.every(({ name, arguments: given }) => {
      const value = given?.[0]?.value;
      const condition =
        value?.kind === Kind.VARIABLE
          ? values[value.name.value] === true
          : value?.kind === Kind.BOOLEAN && value.value;
      return name.value === 'include' ? condition : !condition;
    });
    return isTaken ? { ...node, directives: [] } : null;
  };
  return visit(document, { Field: decide, InlineFragment: decide, FragmentSpread: decide });
}
