import { isAlias, isMap, isScalar, isSeq, type Document, type LineCounter, type Node } from 'yaml';

/** Places of the template file: from paths and offsets to lines, entries and fields. */

/** Keys and list positions from the root. */
export type Path = readonly PropertyKey[];

export interface Place {
  /** Name of the template, or `#` and its position from 1 when it has none; null outside the list. */
  readonly entry: string | null;
  /** Dotted, within the entry if there is one. */
  readonly field: string | null;
}

/** The line, from 1, of what a path leads to; of the innermost part that is there when something is missing. */
export function lineOf(document: Document.Parsed, path: Path, lines: LineCounter): number {
  let node: Node | null = document.contents;
  let offset = node?.range?.[0] ?? 0;
  for (const step of path) {
    const next = stepInto(document, node, step);
    if (!next) break;
    node = next.node;
    offset = next.offset;
  }
  return lines.linePos(offset).line || 1;
}

function stepInto(document: Document.Parsed, from: Node | null, step: PropertyKey) {
  const node: Node | null = isAlias(from) ? (from.resolve(document) ?? null) : from;
  if (isMap<Node, Node | null>(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
    return pair && { node: pair.value, offset: pair.key.range?.[0] ?? 0 };
  }
  const item = isSeq<Node>(node) ? node.items[Number(step)] : undefined;
  return item && { node: item, offset: item.range?.[0] ?? 0 };
}

/** The entry and the field a path leads to. */
export function placeOf(data: unknown, path: Path): Place {
  const [list, position, ...field] = path;
  if (list !== 'templates' || position === undefined) return { entry: null, field: dotted(path) };
  const name = valueAt(data, [list, position, 'name']);
  return { entry: typeof name === 'string' ? name : `#${Number(position) + 1}`, field: dotted(field) };
}

/** The entry at an offset of the text; for a file that is not valid as a whole. */
export function entryAt(document: Document.Parsed, offset: number): string | null {
  const list: unknown = isMap(document.contents) ? document.contents.get('templates') : null;
  const items = isSeq<Node>(list) ? list.items : [];
  const position = items.findIndex(({ range }) => range && range[0] <= offset && offset < range[2]);
  const item = items[position];
  if (!item) return null;
  const name: unknown = isMap(item) ? item.get('name') : null;
  return typeof name === 'string' ? name : `#${position + 1}`;
}

/** The value a path leads to, undefined where there is none. */
export function valueAt(data: unknown, path: Path): unknown {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[step];
  }
  return value;
}

function dotted(path: Path): string | null {
  return path.length === 0 ? null : path.map(String).join('.');
}
