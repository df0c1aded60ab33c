import fc from 'fast-check';
import { Query } from 'mingo';
import { expect, it } from 'vitest';

import type { Scalar } from './document-store.js';
import { afterPosition, sortOf, toMongoFilter } from './mongo-filter.js';

interface Place {
  readonly state: Scalar;
  readonly rank?: Scalar | undefined;
  readonly _id: string;
}

const index = { name: 'state_rank', fields: ['state', 'rank'], unique: false };

const places: fc.Arbitrary<Place> = fc.record({
  state: fc.constantFrom('A', 'B', null),
  rank: fc.constantFrom(1, 2, 3, null, undefined),
  _id: fc.constantFrom('a', 'b', 'c'),
});

const keyOf = ({ state, rank, _id }: Place): Scalar[] => [state, rank ?? null, _id];

function compare(a: readonly Scalar[], b: readonly Scalar[]): number {
  for (const [at, left] of a.entries()) {
    const right = b[at] as Scalar;
    if (left === right) continue;
    return left === null || (right !== null && left < right) ? -1 : 1;
  }
  return 0;
}

it('passes exactly what comes after a position, forwards and backwards', () => {
  fc.assert(
    fc.property(places, places, fc.boolean(), fc.boolean(), (place, from, reverse, fixed) => {
      // Where the state is fixed, both have it.
      const other = fixed ? { ...place, state: from.state } : place;
      const filter = fixed ? { state: from.state } : {};
      const order = compare(keyOf(other), keyOf(from));
      const query = new Query<object>(afterPosition(filter, index, keyOf(from), reverse), {});
      expect(query.test(other)).toBe(reverse ? order < 0 : order > 0);
    }),
    { numRuns: 3000 },
  );
});

it('bounds the first field that the filter does not fix', () => {
  const bound = (filter: object, reverse = false): unknown => {
    const { $and } = afterPosition(filter as never, index, ['A', 2, 'b'], reverse);
    return ($and as unknown[])[0];
  };
  expect(bound({})).toEqual({ state: { $gte: 'A' } });
  expect(bound({ state: 'A' })).toEqual({ rank: { $gte: 2 } });
  expect(bound({ $and: [{ state: { $eq: 'A' } }] }, true)).toEqual({ rank: { $not: { $gt: 2 } } });
  expect(bound({ state: { $in: ['A'] } })).toEqual({ state: { $gte: 'A' } });
  expect(bound({ state: 'A', rank: 2 })).toEqual({ _id: { $gte: 'b' } });
});

it('names the id as MongoDB does, at every depth, and nothing else', () => {
  expect(
    toMongoFilter({ id: 'a', 'outbox.id': 'e', $or: [{ id: { $gt: 'b' } }, { $and: [{ id: 'c' }] }] }),
  ).toEqual({
    _id: 'a',
    'outbox.id': 'e',
    $or: [{ _id: { $gt: 'b' } }, { $and: [{ _id: 'c' }] }],
  });
  expect(sortOf(index, true)).toEqual({ state: -1, rank: -1, _id: -1 });
  expect(sortOf({ name: 'code', fields: ['code'], unique: true }, false)).toEqual({ code: 1 });
});
