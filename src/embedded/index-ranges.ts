import type { Filter, Scalar } from '../db/document-store.js';
import { isStorableId, type IndexModel } from '../db/collection-model.js';
import { encodeField, encodeId, endOf, prefixRange, typeRange, type Part } from './index-keys.js';

/** Index entries from `start` (inclusive) to `end` (exclusive). */
export interface KeyRange {
  readonly start: Buffer;
  readonly end: Buffer;
}

/** The part of an index that can hold what a filter asks for. */
export interface Narrowed {
  /** Ascending, without overlap. */
  readonly ranges: readonly KeyRange[];
  /** True when every entry of the ranges passes the filter, and need not be looked at. */
  readonly exact: boolean;
  /** How many leading fields are fixed to one value. */
  readonly fixed: number;
}

type Condition = readonly [operator: string, operand: unknown];

interface Bounds extends KeyRange {
  readonly exact: boolean;
  /** How many conditions it takes account of. */
  readonly used: number;
}

/** More prefixes than this (products of `$in` lists) are not worth their seeks. */
const MAX_RANGES = 256;

const EVERYTHING: KeyRange = { start: Buffer.of(0), end: Buffer.of(0xff) };

/**
 * Narrows an index by a filter: equality and `$in` on its leading fields, then a range or a text prefix on the
 * next one. `$or` does not narrow.
 */
export function narrow(filter: Filter, index: IndexModel): Narrowed {
  const conditions = new Map<string, Condition[]>();
  let exact = collect(filter, conditions);
  let unused = [...conditions.values()].flat().length;
  let prefixes: Buffer[] = [Buffer.alloc(0)];
  let fixed = 0;
  let last: Bounds | null = null;
  for (const [position, field] of [...index.fields, 'id'].entries()) {
    const encode = field === 'id' ? encodeWhole : encodeField;
    const given = conditions.get(field) ?? [];
    if (field === 'id' && !given.every(isEncodable)) break;
    const equal = given.find(([operator]) => operator === '$eq' || operator === '$in');
    if (!equal) {
      last = boundsOf(given, encode);
      break;
    }
    const values = (equal[0] === '$in' ? equal[1] : [equal[1]]) as readonly Scalar[];
    const parts = values.map(encode);
    if (prefixes.length * parts.length > MAX_RANGES) break;
    const distinct = [...new Map(parts.map(({ bytes }) => [bytes.toString('latin1'), bytes])).values()];
    prefixes = prefixes.flatMap((prefix) => distinct.map((part) => Buffer.concat([prefix, part])));
    if (values.length === 1 && fixed === position) fixed += 1;
    exact &&= !parts.some(({ cut }) => cut);
    unused -= 1;
  }
  exact &&= (last?.exact ?? true) && unused === (last?.used ?? 0);
  const ranges = prefixes.sort((a, b) => a.compare(b)).map((prefix) => rangeBelow(prefix, last));
  return { ranges, exact, fixed };
}

/** Gathers the conditions that all have to hold; false if there are others. */
function collect(filter: Filter, into: Map<string, Condition[]>): boolean {
  let complete = true;
  for (const [field, condition] of Object.entries(filter)) {
    if (field === '$or') {
      complete = false;
    } else if (field === '$and') {
      for (const part of condition as Filter[]) complete = collect(part, into) && complete;
    } else {
      const isOperators = typeof condition === 'object' && condition !== null;
      const given: Condition[] = isOperators ? Object.entries(condition) : [['$eq', condition]];
      into.set(field, [...(into.get(field) ?? []), ...given]);
    }
  }
  return complete;
}

function rangeBelow(prefix: Buffer, bounds: KeyRange | null): KeyRange {
  if (bounds) {
    return { start: Buffer.concat([prefix, bounds.start]), end: Buffer.concat([prefix, bounds.end]) };
  }
  return prefix.length === 0 ? EVERYTHING : { start: prefix, end: endOf(prefix) };
}

function boundsOf(given: readonly Condition[], encode: (value: Scalar) => Part): Bounds | null {
  const prefix = given.find(([operator, text]) => operator === '$regex' && (text as string).startsWith('^'));
  if (prefix) {
    const literal = (prefix[1] as string).slice(1).replace(/\\(.)/gs, '$1');
    return { ...prefixRange(literal), used: 1 };
  }
  const isRange = ([operator]: Condition): boolean => /^\$[gl]te?$/.test(operator);
  const operand = given.find(isRange)?.[1] as string | number | undefined;
  if (operand === undefined) return null;
  const sameType = given.filter((it) => isRange(it) && typeof it[1] === typeof operand);
  const lower = sameType.find(([operator]) => operator.startsWith('$g'));
  const upper = sameType.find(([operator]) => operator.startsWith('$l'));
  let [start, end] = typeRange(operand);
  let exact = true;
  if (lower) {
    const { bytes, cut } = encode(lower[1] as Scalar);
    start = lower[0] === '$gt' && !cut ? endOf(bytes) : bytes;
    exact &&= !cut;
  }
  if (upper) {
    const { bytes, cut } = encode(upper[1] as Scalar);
    end = upper[0] === '$lt' && !cut ? bytes : endOf(bytes);
    exact &&= !cut;
  }
  return { start, end, exact, used: Number(lower !== undefined) + Number(upper !== undefined) };
}

/** Ids that no document can have may be too long for a key. */
function isEncodable([, operand]: Condition): boolean {
  return [operand].flat().every((value) => typeof value !== 'string' || value === '' || isStorableId(value));
}

function encodeWhole(value: Scalar): Part {
  return typeof value === 'string' ? { bytes: encodeId(value), cut: false } : encodeField(value);
}
