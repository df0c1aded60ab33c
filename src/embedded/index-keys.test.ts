import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Scalar } from '../db/document-store.js';
import {
  decodeEntry,
  encodeEntry,
  encodePosition,
  endOf,
  MAX_TEXT_BYTES,
  prefixRange,
} from './index-keys.js';

const MAX_LMDB_KEY = 1978;

const long = 'x'.repeat(MAX_TEXT_BYTES);
const texts = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom(
    '',
    '\0',
    '\0\0',
    'a\0',
    'a\0b',
    long,
    `${long}é`,
    `${long.slice(1)}é`,
    `${long.slice(1)}漢`,
    `${long}\0`,
  ),
);
const scalars = fc.oneof<fc.Arbitrary<Scalar>[]>(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true }),
  texts,
);
const ids = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((id) => !id.includes('\0'));
const keys = fc.tuple(scalars, scalars, ids);

const RANK = ['object', 'number', 'string', 'boolean'];

function compare(a: Scalar, b: Scalar): number {
  if (typeof a !== typeof b) return RANK.indexOf(typeof a) - RANK.indexOf(typeof b);
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  return Number(a) - Number(b) || 0;
}

function compareKeys(a: readonly Scalar[], b: readonly Scalar[]): number {
  for (const [at, value] of a.entries()) {
    const order = compare(value, b[at] as Scalar);
    if (order !== 0) return Math.sign(order);
  }
  return 0;
}

const isWhole = (key: readonly Scalar[]): boolean =>
  key.slice(0, -1).every((value) => typeof value !== 'string' || Buffer.byteLength(value) <= MAX_TEXT_BYTES);

describe('entries of an index', () => {
  it('sort as MongoDB sorts the values, and cut text never sorts wrongly', () => {
    fc.assert(
      fc.property(keys, keys, (a, b) => {
        const order = compareKeys(a, b);
        expect(Math.sign(encodePosition(a).compare(encodePosition(b)))).toBe(order);
        // Where a text is cut, keys that are alike in what is kept are told apart by their documents.
        const [first, second] = [a, b].map((key) => encodeEntry([key[0], null, 'id']));
        const entries = Math.sign((first as Buffer).compare(second as Buffer));
        if (entries !== 0) expect(entries).toBe(Math.sign(compare(a[0], b[0])));
        else if (isWhole(a) || isWhole(b)) expect(compare(a[0], b[0])).toBe(0);
      }),
      { numRuns: 2000 },
    );
  });

  it('give back what they were made of, unless a text was cut', () => {
    fc.assert(
      fc.property(keys, (key) => {
        const { id, key: decoded, cutLength } = decodeEntry(encodeEntry(key), 0);
        expect(id).toBe(key[2]);
        expect(cutLength > 0).toBe(!isWhole(key));
        expect(decoded).toEqual(isWhole(key) ? key.map((it) => (it === 0 ? 0 : it)) : null);
      }),
      { numRuns: 1000 },
    );
  });

  it('fit in a key of LMDB at their longest', () => {
    const zeros = '\0'.repeat(1000);
    const entry = encodeEntry([zeros, zeros, zeros, zeros, 'x'.repeat(512)]);
    expect(endOf(entry).length).toBeLessThanOrEqual(MAX_LMDB_KEY);
  });

  it('that begin with a prefix lie in its range, and no others', () => {
    fc.assert(
      fc.property(texts, texts, (text, prefix) => {
        const { start, end, exact } = prefixRange(prefix);
        const entry = encodeEntry([text, 'id']);
        const inside = entry.compare(start) >= 0 && entry.compare(end) < 0;
        if (Buffer.from(text).subarray(0, Buffer.byteLength(prefix)).equals(Buffer.from(prefix)))
          expect(inside).toBe(true);
        else if (exact && isWhole([text, ''])) expect(inside).toBe(false);
      }),
      { numRuns: 2000 },
    );
  });
});
