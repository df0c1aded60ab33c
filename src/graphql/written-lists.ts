import {
  extendSchema,
  getNullableType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  parse,
  separateOperations,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type DocumentNode,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql';
import { fragmentsOf } from './fragments.js';
import { JsonPart } from './json-parts.js';
import { responseKey } from './response-key.js';
import { Unwritable, writerOfList, type WriteObjects } from './written-objects.js';

/** The field that answers for a list, which no document of a caller can name: theirs are checked by the schema itself. */
const WRITTEN = '_written';

/** Of the selections in lists, with all fragments written out; what is compiled has no more fields. */
const MAX_SELECTIONS = 1500;

/** A field of a page, and how it is written. */
interface Plan {
  readonly field: string;
  readonly write: WriteObjects;
}

export interface WrittenDocument {
  readonly document: DocumentNode;
  /** Variables to be given with those of the caller. */
  readonly plans: Readonly<Record<string, Plan>>;
}

/** The schema with one more field in every connection, which answers one of its lists as text. */
export function schemaWithWrittenLists(schema: GraphQLSchema): GraphQLSchema {
  const connections = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && isConnection(type),
  );
  const fields = connections.map(({ name }) => `extend type ${name} { ${WRITTEN}(plan: Plan): JsonPart! }`);
  const text = ['scalar Plan', 'scalar JsonPart', ...fields].join('\n');
  const extended = extendSchema(schema, parse(text));
  for (const { name } of connections) {
    const type = extended.getType(name);
    const field = isObjectType(type) && type.getFields()[WRITTEN];
    if (!field) continue;
    field.resolve = writePart;
  }
  return extended;
}

/** @throws Unwritable */
function writePart(page: Readonly<Record<string, unknown>>, { plan }: { readonly plan: Plan }): JsonPart {
  try {
    return new JsonPart(plan.write(page[plan.field]));
  } catch (cause) {
    throw new Unwritable(`${plan.field} cannot be written`, { cause });
  }
}

/** The document with the lists of its pages as text, where nothing but plain fields is asked for; null without any. */
export function writeLists(
  schema: GraphQLSchema,
  whole: DocumentNode,
  operation: OperationDefinitionNode,
): WrittenDocument | null {
  const document = separateOperations(whole)[operation.name?.value ?? ''] ?? whole;
  const parts = { schema, fragments: fragmentsOf(document), left: MAX_SELECTIONS };
  const variables = variablesOf(document);
  const plans: Record<string, Plan> = {};
  const types = new TypeInfo(schema);
  const keys = placesOf(schema, document);
  const written = visit(
    document,
    visitWithTypeInfo(types, {
      Field(node) {
        const parent = types.getParentType();
        const definition = types.getFieldDef();
        if (!isObjectType(parent) || !isConnection(parent) || !definition || definition.resolve)
          return undefined;
        // Selected twice, its parts are put together by whoever executes it.
        if (keys.get(placeOf(parent, node)) !== 1 || node.directives?.length || !node.selectionSet)
          return undefined;
        const list = getNullableType(definition.type);
        const item = isListType(list) && isNonNullType(list.ofType) ? (list.ofType.ofType as unknown) : null;
        const write = isObjectType(item) ? writerOfList(item, node.selectionSet, parts) : null;
        if (!write) return undefined;
        const variable = unusedName(variables);
        plans[variable] = { field: node.name.value, write };
        return writtenField(responseKey(node), variable);
      },
    }),
  );
  return Object.keys(plans).length === 0 ? null : { document: written, plans };
}

/** Whether the type is a page of a list in the sense of Relay. One with interfaces may be selected by their names. */
const isConnection = (type: GraphQLObjectType): boolean =>
  'pageInfo' in type.getFields() && type.getInterfaces().length === 0;

const placeOf = (parent: { readonly name: string } | null | undefined, node: FieldNode): string =>
  `${parent?.name}.${responseKey(node)}`;

/** How often each name of an answer is written below each type. */
function placesOf(schema: GraphQLSchema, document: DocumentNode): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  const types = new TypeInfo(schema);
  const Field = (node: FieldNode): void => {
    const place = placeOf(types.getParentType(), node);
    places.set(place, (places.get(place) ?? 0) + 1);
  };
  visit(document, visitWithTypeInfo(types, { Field }));
  return places;
}

function variablesOf(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  visit(document, { Variable: ({ name }) => void names.add(name.value) });
  return names;
}

/** A name that is not used yet, and from now on is. */
function unusedName(used: Set<string>): string {
  let name = `_plan${used.size}`;
  while (used.has(name)) name = `_${name}`;
  used.add(name);
  return name;
}

function writtenField(key: string, variable: string): FieldNode {
  const name = (value: string) => ({ kind: Kind.NAME, value }) as const;
  const value = { kind: Kind.VARIABLE, name: name(variable) } as const;
  return {
    kind: Kind.FIELD,
    alias: name(key),
    name: name(WRITTEN),
    arguments: [{ kind: Kind.ARGUMENT, name: name('plan'), value }],
  };
}
