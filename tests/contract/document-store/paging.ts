import fc from 'fast-check';
import { expect, it } from 'vitest';

import type { Filter, FindOptions, IndexKey, Scalar } from '../../../src/db/document-store.js';
import type { Bench, Harness } from './harness.js';
import { collectionOf, idsOf, thing, thingModel, type Thing, type Things } from './things.js';

type Query = Pick<FindOptions, 'index' | 'reverse'>;

/** Reads page after page; `between` runs after each. */
async function pages(
  things: Things,
  filter: Filter,
  query: Query,
  limit: number,
  between: (page: number) => Promise<void> = async () => undefined,
): Promise<Thing[]> {
  const all: Thing[] = [];
  for (let after: IndexKey | undefined, page = 0; ; page += 1) {
    const found = await things.find(filter, { ...query, limit, ...(after && { after }) });
    all.push(...found);
    const last = found.at(-1);
    if (!last || found.length < limit) return all;
    after = things.keyOf(last, query.index);
    await between(page);
  }
}

const INDEXES: Readonly<Record<string, readonly (keyof Thing)[]>> = {
  id: [],
  at: ['at'],
  rank: ['rank'],
  guard: ['guard'],
  state_at: ['state', 'at'],
  state_rank_at: ['state', 'rank', 'at'],
};

/** Text of which some is alike in more than what a store may keep of it in an index. */
const LONG = 'n'.repeat(400);
const texts = fc.constantFrom(
  '',
  'a',
  'b',
  'ba',
  'é',
  'a\u0000',
  'a\u0000b',
  `${LONG}b`,
  `${LONG}a`,
  LONG,
  `${LONG}é`,
);
const ranks = fc.constantFrom(-2, -0.5, 0, 1, 2, 1e9, null, undefined);
const things = fc.array(
  fc.record({
    state: fc.constantFrom('NEW', 'OPEN', 'DONE'),
    at: fc.option(texts),
    rank: ranks,
    late: fc.boolean(),
  }),
  { maxLength: 24 },
);

const comparison = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<object> =>
  fc
    .record({ operator: fc.constantFrom('$gt', '$gte', '$lt', '$lte'), value: values })
    .map((it) => ({ [it.operator]: it.value }));
const condition = (field: string, values: fc.Arbitrary<Scalar>, ordered: fc.Arbitrary<string | number>) =>
  fc
    .oneof(
      values,
      values.map((value) => ({ $ne: value })),
      fc.array(values, { maxLength: 3 }).map((list) => ({ $in: list })),
      comparison(ordered),
      fc.boolean().map((value) => ({ $exists: value })),
    )
    .map((it): Filter => ({ [field]: it }));
const simple = fc.oneof(
  condition('state', fc.constantFrom('NEW', 'OPEN', 'DONE'), texts),
  condition('at', fc.option(texts), texts),
  condition(
    'rank',
    ranks.map((rank) => rank ?? null),
    fc.constantFrom(-1, 0, 0.5, 1),
  ),
  condition('id', fc.constantFrom('t03', 't10', 't15'), fc.constantFrom('t05', 't12')),
);
const filters: fc.Arbitrary<Filter> = fc.oneof(
  fc.constant({}),
  simple,
  fc.array(simple, { minLength: 1, maxLength: 3 }).map((all) => ({ $and: all })),
  fc
    .tuple(simple, fc.array(simple, { minLength: 1, maxLength: 3 }))
    .map(([one, any]) => ({ ...one, $or: any })),
);

/** Null (and missing), numbers, text by its bytes. */
function compare(a: unknown, b: unknown): number {
  if ((a ?? null) === (b ?? null)) return 0;
  if (a == null || b == null) return a == null ? -1 : 1;
  return typeof a === 'string'
    ? Buffer.compare(Buffer.from(a), Buffer.from(b as string))
    : Number(a) - Number(b);
}

function passes(filter: Filter, document: Thing): boolean {
  return Object.entries(filter).every(([field, wanted]) => {
    if (field === '$and') return (wanted as Filter[]).every((part) => passes(part, document));
    if (field === '$or') return (wanted as Filter[]).some((part) => passes(part, document));
    const value = document[field as keyof Thing];
    if (typeof wanted !== 'object' || wanted === null) return (value ?? null) === wanted;
    return Object.entries(wanted).every(([operator, operand]) => holds(operator, value, operand));
  });
}

function holds(operator: string, value: unknown, operand: unknown): boolean {
  const sameType = typeof value === typeof operand;
  switch (operator) {
    case '$ne':
      return (value ?? null) !== operand;
    case '$in':
      return (operand as unknown[]).includes(value ?? null);
    case '$exists':
      return (value !== undefined) === operand;
    case '$gt':
      return sameType && compare(value, operand) > 0;
    case '$gte':
      return sameType && compare(value, operand) >= 0;
    case '$lt':
      return sameType && compare(value, operand) < 0;
    default:
      return sameType && compare(value, operand) <= 0;
  }
}

function inOrder(index: string, a: Thing, b: Thing): number {
  for (const field of [...(INDEXES[index] ?? []), 'id' as const]) {
    const order = compare(a[field], b[field]);
    if (order !== 0) return order;
  }
  return 0;
}

export function paging(bench: Bench, harness: Harness): void {
  it('neither repeats nor skips while others insert', async () => {
    const model = thingModel(bench.freshName());
    const before = Array.from({ length: 40 }, (_, n) =>
      thing(`m${n}`, { rank: n % 7, state: n % 2 ? 'NEW' : 'OPEN' }),
    );
    const collection = await collectionOf(await bench.open([model]), model, before);
    for (const reverse of [false, true]) {
      const found = idsOf(
        await pages(collection, {}, { index: 'rank', reverse }, 3, async (page) => {
          await collection.insert(thing(`a${reverse}${page}`, { rank: 3 }));
          await collection.insert(thing(`z${reverse}${page}`, { rank: page % 7 }));
        }),
      );
      expect(new Set(found).size).toBe(found.length);
      expect(found).toEqual(expect.arrayContaining(idsOf(before)));
    }
  });

  it('pages through any filter by any index as sorting and filtering all would', async () => {
    const model = thingModel(bench.freshName());
    const store = await bench.open([model]);
    const collection = store.collection(model);
    const sizes = fc.integer({ min: 1, max: 9 });
    const query = fc.record({ index: fc.constantFrom(...Object.keys(INDEXES)), reverse: fc.boolean() });
    const property = fc.asyncProperty(
      things,
      fc.array(fc.tuple(filters, query, sizes), { minLength: 4, maxLength: 8 }),
      async (drawn, questions) => {
        const documents = drawn.map(({ rank, late, ...fields }, n) =>
          thing(`t${String(late ? 30 - n : n).padStart(2, '0')}${late ? 'x' : ''}`, {
            ...fields,
            ...(rank !== undefined && { rank }),
          }),
        );
        try {
          await Promise.all(documents.map((it) => collection.insert(it)));
          for (const [filter, asked, size] of questions) {
            const expected = documents
              .filter((it) => passes(filter, it))
              .sort((a, b) => inOrder(asked.index, a, b));
            if (asked.reverse) expected.reverse();
            const question = JSON.stringify({ filter, asked, size });
            expect(idsOf(await pages(collection, filter, asked, size)), question).toEqual(idsOf(expected));
            expect(await collection.count(filter, asked), question).toBe(expected.length);
          }
        } finally {
          await Promise.all(documents.map((it) => collection.remove(it.id, 1)));
        }
      },
    );
    await fc.assert(property, { numRuns: harness.runs });
  }, 120_000);
}
