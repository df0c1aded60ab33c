import {
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import { responseKey } from './response-key.js';

/** What an answer shows of a value; throws where graphql-js has an error to answer. */
type Show = (value: unknown) => unknown;

/** JSON of what is selected of objects; throws where graphql-js has an error to answer. */
export type WriteObjects = (objects: unknown) => string;

/** A list has a value that has no place in an answer, such as null where none may be. */
export class Unwritable extends Error {
  override readonly name = 'Unwritable';
}

export interface WriterParts {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** How many selections may still be looked at, over all lists of a document: fragments multiply. */
  left: number;
}

/** Characters of text that is kept, over all selections. */
const KEPT_CHARACTERS = 8_000_000;

/**
 * The text of objects that nobody can change, by what was selected of them. All of it is forgotten at once when it is
 * too much; what is read often is soon there again.
 */
class KeptTexts {
  #texts = new WeakMap<WriteObjects, WeakMap<object, string>>();
  #characters = 0;

  /** Those of one selection; to be asked for each time, since they may have been forgotten. */
  of(selection: WriteObjects): WeakMap<object, string> {
    const known = this.#texts.get(selection);
    if (known) return known;
    const fresh = new WeakMap<object, string>();
    this.#texts.set(selection, fresh);
    return fresh;
  }

  /** Counts a text that was put among those of a selection. */
  count({ length }: string): void {
    this.#characters += length;
    if (this.#characters <= KEPT_CHARACTERS) return;
    this.#texts = new WeakMap();
    this.#characters = 0;
  }
}

const kept = new KeptTexts();

/**
 * Writes lists of objects of which nothing is selected but plain fields: no arguments, no resolvers, no directives.
 * Null where there is more to it.
 */
export function writerOfList(
  type: GraphQLObjectType,
  set: SelectionSetNode,
  parts: WriterParts,
): WriteObjects | null {
  const found = showObject(type, set, parts);
  if (!found) return null;
  const show: Show = found;
  const write: WriteObjects = (objects) => {
    if (!Array.isArray(objects)) throw new TypeError(`no list of ${type.name}`);
    const texts = kept.of(write);
    return `[${objects.map((object) => one(object, texts)).join()}]`;
  };
  function one(object: unknown, texts: WeakMap<object, string>): string {
    // What a store shares is frozen with all that it holds.
    if (typeof object !== 'object' || object === null || !Object.isFrozen(object))
      return JSON.stringify(show(object));
    const before = texts.get(object);
    if (before !== undefined) return before;
    const text = JSON.stringify(show(object));
    texts.set(object, text);
    kept.count(text);
    return text;
  }
  return write;
}

function showObject(type: GraphQLObjectType, set: SelectionSetNode, parts: WriterParts): Show | null {
  const fields = type.isTypeOf ? null : plainFields(type, set, parts);
  if (!fields) return null;
  return (value) => {
    if (typeof value !== 'object' || value === null || value instanceof Error || 'then' in value)
      throw new TypeError(`no ${type.name}`);
    const shown: Record<string, unknown> = {};
    for (const { key, name, show } of fields) shown[key] = show((value as Record<string, unknown>)[name]);
    return shown;
  };
}

interface PlainField {
  readonly key: string;
  readonly name: string;
  readonly show: Show;
}

/** In the order of the answer. Null for a selection that needs more than reading. */
function plainFields(
  type: GraphQLObjectType,
  set: SelectionSetNode,
  parts: WriterParts,
): PlainField[] | null {
  const fields = new Map<string, PlainField>();
  const nodes = nodesOf(type, set, parts);
  if (!nodes) return null;
  for (const node of nodes) {
    const name = node.name.value;
    const show = name === '__typename' ? () => type.name : showField(type, node, parts);
    if (!show || node.directives?.length) return null;
    const key = responseKey(node);
    const before = fields.get(key);
    // Two selections of one object are put together by graphql-js.
    if (before && node.selectionSet) return null;
    if (!before) fields.set(key, { key, name, show });
  }
  return [...fields.values()];
}

function showField(type: GraphQLObjectType, node: FieldNode, parts: WriterParts): Show | null {
  const definition = type.getFields()[node.name.value];
  const isPlain = definition && !definition.resolve && definition.args.length === 0;
  return isPlain ? showType(definition.type, node, parts) : null;
}

/** All fields selected of a type, those of its fragments among them; null where a directive decides, or there are too many. */
function nodesOf(type: GraphQLObjectType, set: SelectionSetNode, parts: WriterParts): FieldNode[] | null {
  const nodes: FieldNode[] = [];
  for (const selection of set.selections) {
    if (--parts.left < 0) return null;
    if (selection.kind === Kind.FIELD) {
      nodes.push(selection);
      continue;
    }
    const isSpread = selection.kind === Kind.FRAGMENT_SPREAD;
    const part = isSpread ? parts.fragments.get(selection.name.value) : selection;
    if (!part || selection.directives?.length) return null;
    const condition = parts.schema.getType(part.typeCondition?.name.value ?? type.name);
    const isMeant = isAbstractType(condition) ? parts.schema.isSubType(condition, type) : condition === type;
    const inner = isMeant ? nodesOf(type, part.selectionSet, parts) : [];
    if (!inner) return null;
    nodes.push(...inner);
  }
  return nodes;
}

function showType(type: GraphQLOutputType, node: FieldNode, parts: WriterParts): Show | null {
  if (isNonNullType(type)) {
    const show = showType(type.ofType as Exclude<GraphQLOutputType, typeof type>, node, parts);
    return show && ((value) => show(present(value)));
  }
  const show = showPresent(type, node, parts);
  return show && ((value) => (value == null ? null : show(value)));
}

function present(value: unknown): unknown {
  if (value == null) throw new TypeError('null where there may be none');
  return value;
}

function showPresent(type: GraphQLOutputType, node: FieldNode, parts: WriterParts): Show | null {
  if (isListType(type)) {
    const show = showType(type.ofType as GraphQLOutputType, node, parts);
    return (
      show &&
      ((values) => {
        if (!Array.isArray(values)) throw new TypeError('no list');
        return values.map(show);
      })
    );
  }
  if (isObjectType(type)) return node.selectionSet ? showObject(type, node.selectionSet, parts) : null;
  if (!isLeafType(type)) return null;
  return (value) => {
    if (typeof value === 'function') throw new TypeError('a method');
    return present(type.serialize(value));
  };
}
