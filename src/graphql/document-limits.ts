import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isObjectType,
  Kind,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type GraphQLField,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { LabletError } from '../errors.js';
import { DEFAULT_PAGE, MAX_PAGE } from '../lib/page-size.js';
import { fragmentsOf } from './fragments.js';

/** What a document may ask for, at most. */
export interface DocumentLimits {
  /** Words and signs; counted by the parser, which stops there. */
  readonly tokens: number;
  /** Fields within fields. */
  readonly depth: number;
  readonly aliases: number;
  readonly rootFields: number;
  readonly directives: number;
  readonly fragments: number;
  /** Fields beside one of the same name. */
  readonly repeats: number;
  /** Values in its variables. */
  readonly values: number;
  /** Price, see {@link measureDocument}. */
  readonly cost: number;
}

const MEASURED = ['depth', 'aliases', 'rootFields', 'directives', 'cost', 'introspectionAliases'] as const;

/** Each would list the types, or their fields, once more; nothing that reads a schema gives them other names. */
const MAX_INTROSPECTION_ALIASES = 0;

export interface DocumentMeasure extends Readonly<Record<(typeof MEASURED)[number], number>> {
  /** A text of megabytes is asked for each item of a list. */
  readonly longTextInList: boolean;
}

/** Entries of a list of objects that has no pages, on the average. */
const ASSUMED_ENTRIES = 10;
const LONG_TEXTS: ReadonlySet<string> = new Set(['labYamlCached', 'renderedLabYaml']);
const NOTHING: DocumentMeasure = {
  depth: 0,
  aliases: 0,
  rootFields: 0,
  directives: 0,
  cost: 0,
  introspectionAliases: 0,
  longTextInList: false,
};

/** Fields that every schema has at its root; beside them there is `__typename`. */
const META_FIELDS: Readonly<Record<string, GraphQLField<unknown, unknown>>> = {
  __schema: SchemaMetaFieldDef,
  __type: TypeMetaFieldDef,
};

/**
 * What an operation asks for, with its fragments. The price counts objects with an id that the answer may hold, and
 * one for each list; a page counts with the size asked for, what is asked for by ids with their number, another list
 * with ten. Fragments are measured once, so this takes no longer than the document is. Introspection has neither price
 * nor depth: graphql-js limits how deep its lists nest, and of aliases in it there may be none.
 */
export function measureDocument(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): DocumentMeasure {
  const fragments = fragmentsOf(document);
  const known = new Map<string, DocumentMeasure>();

  function ofSelections(set: SelectionSetNode, type: GraphQLCompositeType, page: number): DocumentMeasure {
    let total = NOTHING;
    for (const selection of set.selections) {
      const directives = selection.directives?.length ?? 0;
      total = plus(total, { ...NOTHING, directives });
      switch (selection.kind) {
        case Kind.FIELD:
          total = plus(total, ofField(selection, type, page));
          break;
        case Kind.INLINE_FRAGMENT: {
          const name = selection.typeCondition?.name.value;
          total = plus(total, ofSelections(selection.selectionSet, compositeOf(name) ?? type, page));
          break;
        }
        case Kind.FRAGMENT_SPREAD:
          total = plus(total, ofFragment(selection.name.value, page));
      }
    }
    return total;
  }

  function ofFragment(name: string, page: number): DocumentMeasure {
    // What a fragment costs depends on the page that it is spread in.
    const key = `${name} ${page}`;
    const before = known.get(key);
    if (before) return before;
    const fragment = fragments.get(name);
    const type = compositeOf(fragment?.typeCondition.name.value);
    // Validation refuses cycles; here they end.
    known.set(key, NOTHING);
    const measure = fragment && type ? ofSelections(fragment.selectionSet, type, page) : NOTHING;
    known.set(key, measure);
    return measure;
  }

  function ofField(field: FieldNode, parent: GraphQLCompositeType, page: number): DocumentMeasure {
    const name = field.name.value;
    const aliases = field.alias ? 1 : 0;
    const own = { ...NOTHING, depth: name === '__typename' || isIntrospectionType(parent) ? 0 : 1, aliases };
    const meta = META_FIELDS[name];
    const definition = meta ?? ('getFields' in parent ? parent.getFields()[name] : undefined);
    const type = definition && getNamedType(definition.type);
    if (!definition || !isCompositeType(type) || !field.selectionSet) {
      return own;
    }
    const inner = ofSelections(field.selectionSet, type, isConnection(type) ? pageOf(field) : page);
    if (meta || isIntrospectionType(parent)) {
      const again = meta ? 0 : aliases;
      const introspectionAliases = inner.introspectionAliases + again;
      return { ...inner, depth: 0, cost: 0, aliases: inner.aliases + aliases, introspectionAliases };
    }
    const entries = entriesOf(definition.type, parent, page, field);
    const price = (isNode(type) ? 1 : 0) + inner.cost;
    const textsInList = isListType(getNullableType(definition.type)) && asksForText(field.selectionSet);
    return {
      ...inner,
      depth: inner.depth + 1,
      aliases: inner.aliases + aliases,
      cost: entries * price + (entries === 1 && !isConnection(type) ? 0 : 1),
      longTextInList: inner.longTextInList || textsInList,
    };
  }

  /** How many values a field may have. */
  function entriesOf(
    type: GraphQLOutputType,
    parent: GraphQLCompositeType,
    page: number,
    field: FieldNode,
  ): number {
    if (!isListType(getNullableType(type))) return 1;
    if (isConnection(parent)) return page;
    return isNode(getNamedType(type)) ? (idsOf(field) ?? ASSUMED_ENTRIES) : 1;
  }

  /** How many objects are asked for by their ids; null where they are not. */
  function idsOf(field: FieldNode): number | null {
    const value = field.arguments?.find(({ name }) => name.value === 'ids')?.value;
    if (!value) return null;
    if (value.kind === Kind.LIST) return value.values.length;
    const given = value.kind === Kind.VARIABLE ? variables[value.name.value] : null;
    return Array.isArray(given) ? given.length : 1;
  }

  /** True when a long text is asked for anywhere below. */
  function asksForText(set: SelectionSetNode, seen = new Set<string>()): boolean {
    return set.selections.some((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value;
        if (seen.has(name)) return false;
        seen.add(name);
        const fragment = fragments.get(name);
        return fragment !== undefined && asksForText(fragment.selectionSet, seen);
      }
      if (selection.kind === Kind.FIELD && LONG_TEXTS.has(selection.name.value)) return true;
      return selection.selectionSet !== undefined && asksForText(selection.selectionSet, seen);
    });
  }

  function pageOf(field: FieldNode): number {
    for (const { name, value } of field.arguments ?? []) {
      if (name.value !== 'first' && name.value !== 'last') continue;
      const given = value.kind === Kind.VARIABLE ? variables[value.name.value] : numberOf(value);
      if (typeof given === 'number' && given > 0) return Math.min(given, MAX_PAGE);
    }
    return DEFAULT_PAGE;
  }

  function compositeOf(name: string | undefined): GraphQLCompositeType | null {
    const type = name === undefined ? undefined : schema.getType(name);
    return isCompositeType(type) ? type : null;
  }

  const root = schema.getRootType(operation.operation);
  const directives = operation.directives?.length ?? 0;
  if (!root) return { ...NOTHING, directives };
  const measure = ofSelections(operation.selectionSet, root, 1);
  const isStream = operation.operation === 'subscription';
  return {
    ...measure,
    // A stream is a list that comes one by one, and its messages are bounded.
    longTextInList: measure.longTextInList || (isStream && asksForText(operation.selectionSet)),
    directives: measure.directives + directives,
    rootFields: rootFieldsOf(operation.selectionSet, fragments),
  };
}

/** QUERY_TOO_COSTLY naming the first limit that is passed, what it is and what was asked for; null within all. */
export function excessOf(limits: DocumentLimits, measure: DocumentMeasure): LabletError | null {
  const maxOf = (name: (typeof MEASURED)[number]) =>
    name === 'introspectionAliases' ? MAX_INTROSPECTION_ALIASES : limits[name];
  const limit = MEASURED.find((name) => measure[name] > maxOf(name));
  if (limit) {
    const [max, actual] = [maxOf(limit), Math.min(measure[limit], Number.MAX_SAFE_INTEGER)];
    const message = `The document asks for too much: ${limit} ${actual}, at most ${max}.`;
    return new LabletError('QUERY_TOO_COSTLY', message, { limit, max, actual });
  }
  if (!measure.longTextInList) return null;
  const message = 'Texts of lab files are answered for single objects only; query one at a time.';
  return new LabletError('QUERY_TOO_COSTLY', message, { limit: 'longTextInList', max: 0, actual: null });
}

const TOO_MANY_TOKENS = /^Syntax Error: Document contains more tha[nt] (\d+) tokens/;

/** The same for a document that the parser gave up; null for any other fault of its syntax. */
export function tokenExcessOf(error: { readonly message: string }): LabletError | null {
  const max = Number(TOO_MANY_TOKENS.exec(error.message)?.[1]);
  if (Number.isNaN(max)) return null;
  const message = `The document asks for too much: more than ${max} tokens.`;
  return new LabletError('QUERY_TOO_COSTLY', message, { limit: 'tokens', max, actual: null });
}

function plus(a: DocumentMeasure, b: DocumentMeasure): DocumentMeasure {
  return {
    depth: Math.max(a.depth, b.depth),
    aliases: a.aliases + b.aliases,
    rootFields: a.rootFields + b.rootFields,
    directives: a.directives + b.directives,
    cost: a.cost + b.cost,
    introspectionAliases: a.introspectionAliases + b.introspectionAliases,
    longTextInList: a.longTextInList || b.longTextInList,
  };
}

function rootFieldsOf(
  set: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  known = new Map<string, number>(),
): number {
  let total = 0;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) total++;
    else if (selection.kind === Kind.INLINE_FRAGMENT) {
      total += rootFieldsOf(selection.selectionSet, fragments, known);
    } else {
      const name = selection.name.value;
      const before = known.get(name);
      known.set(name, before ?? 0);
      const fragment = fragments.get(name);
      const count = before ?? (fragment ? rootFieldsOf(fragment.selectionSet, fragments, known) : 0);
      known.set(name, count);
      total += count;
    }
  }
  return total;
}

function numberOf(value: { readonly kind: string; readonly value?: unknown }): number | null {
  return value.kind === Kind.INT ? Number(value.value) : null;
}

function isConnection(type: unknown): boolean {
  return isObjectType(type) && type.name.endsWith('Connection');
}

function isNode(type: unknown): boolean {
  if (isInterfaceType(type)) return type.name === 'Node';
  return isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node');
}
