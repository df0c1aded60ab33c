import {
  getNamedType,
  GraphQLError,
  isCompositeType,
  isListType,
  isNonNullType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from './fragments.js';
import { responseKey } from './response-key.js';

export interface Where {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/**
 * The errors of a compiled query as graphql-js has them. Of several failures that empty the same part of the answer
 * it names the first alone, and every error has extensions.
 */
export function asGraphqlErrors(
  errors: readonly GraphQLError[],
  data: unknown,
  where: Where,
): readonly GraphQLError[] {
  const emptied = new Set<string>();
  const told = errors.filter(({ path }) => {
    if (!path || errors.length === 1) return true;
    const empty = emptyPart(data, path);
    if (empty.length === path.length || !isNonNullAt(where, path)) return true;
    const key = JSON.stringify(empty);
    if (emptied.has(key)) return false;
    emptied.add(key);
    return true;
  });
  return told.map(asGraphqlError);
}

function asGraphqlError({ message, path, locations, originalError }: GraphQLError): GraphQLError {
  const error = new GraphQLError(message, { path: path ?? null, originalError: originalError ?? null });
  return Object.assign(error, { locations });
}

/** The path as far as there is data. */
function emptyPart(data: unknown, path: readonly (string | number)[]): readonly (string | number)[] {
  let value = data;
  for (const [depth, key] of path.entries()) {
    if (value === null || value === undefined) return path.slice(0, depth);
    value = (value as Record<string | number, unknown>)[key];
  }
  return path;
}

/** True where the schema allows no null. Fields that share a name in an answer agree on that, whatever their types. */
function isNonNullAt({ schema, document, operation }: Where, path: readonly (string | number)[]): boolean {
  const fragments = fragmentsOf(document);
  type Place = { readonly set: SelectionSetNode; readonly type: GraphQLNamedType | undefined };

  function find(
    places: readonly Place[],
    name: string,
  ): { node: FieldNode; type: GraphQLOutputType | undefined }[] {
    return places.flatMap(({ set, type }) =>
      set.selections.flatMap((selection) => {
        if (selection.kind === Kind.FIELD) {
          if (responseKey(selection) !== name) return [];
          const fields = isCompositeType(type) && 'getFields' in type ? type.getFields() : {};
          return [{ node: selection, type: fields[selection.name.value]?.type }];
        }
        const part =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        const condition = part?.typeCondition?.name.value;
        const inner = condition === undefined ? type : schema.getType(condition);
        return part ? find([{ set: part.selectionSet, type: inner }], name) : [];
      }),
    );
  }

  let places: readonly Place[] = [
    { set: operation.selectionSet, type: schema.getRootType(operation.operation) ?? undefined },
  ];
  let type: GraphQLOutputType | undefined;
  for (const key of path) {
    if (typeof key === 'number') {
      const list = isNonNullType(type) ? type.ofType : type;
      type = isListType(list) ? (list.ofType as GraphQLOutputType) : undefined;
      continue;
    }
    const found = find(places, key);
    type = found.find((each) => each.type)?.type;
    places = found.flatMap(({ node, type: of }) =>
      node.selectionSet ? [{ set: node.selectionSet, type: of && getNamedType(of) }] : [],
    );
  }
  return isNonNullType(type);
}
