import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { CounterDocument } from '../../tests/support/counter.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { isLabletError } from '../errors.js';
import type { Collection } from './document-store.js';
import { findPage, mapPage, pageFields, type Page, type PageRequest } from './paging.js';

const QUERY = { filter: {}, index: 'total' };
const COUNT = 60;

let stores: TempStores;
let counters: Collection<CounterDocument>;

const document = (id: string, total: number): CounterDocument => ({
  id,
  name: id,
  total,
  updatedAt: 'then',
  rank: null,
  revision: 1,
  schemaVersion: 1,
  eventNumber: 0,
  outbox: [],
  hasOutbox: false,
  appliedRecords: [],
});

beforeAll(async () => {
  stores = await tempStores([CounterDocument]);
  counters = stores.documents.collection(CounterDocument);
  // Three of each total, so that ties are common.
  for (let n = 0; n < COUNT; n++)
    await counters.insert(document(`c${String(n).padStart(2, '0')}`, Math.floor(n / 3)));
});
afterAll(() => stores.close());

const ALL = Array.from({ length: COUNT }, (_, n) => `c${String(n).padStart(2, '0')}`);
const idsOf = ({ items }: Page<CounterDocument>) => items.map(({ item }) => item.id);
const page = (request: PageRequest, query: object = {}) =>
  findPage(counters, { ...QUERY, ...query }, request);

/** The fields that a refused request names. */
async function refusal(request: PageRequest, query: object = {}) {
  const error = await page(request, query).catch((failure: unknown) => failure);
  return isLabletError(error, 'VALIDATION_FAILED') ? error.details.fields : error;
}

describe('a page', () => {
  it('is the first 50 unless asked otherwise', async () => {
    const found = await page({});
    expect(idsOf(found)).toEqual(ALL.slice(0, 50));
    expect(found).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(await found.totalCount()).toBe(COUNT);
  });

  it('says what lies around it', async () => {
    const first = await page({ first: COUNT });
    expect(first).toMatchObject({ hasNextPage: false, hasPreviousPage: false });
    const cursor = first.items[9]?.cursor;
    expect(await page({ first: 5, after: cursor })).toMatchObject({
      hasNextPage: true,
      hasPreviousPage: true,
    });
    expect(await page({ last: 5 })).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    expect(await page({ last: 20, before: cursor })).toMatchObject({
      hasNextPage: true,
      hasPreviousPage: false,
    });
  });

  it('of the end is in the order of the list', async () => {
    const found = await page({ last: 3 });
    expect(idsOf(found)).toEqual(ALL.slice(-3));
    expect(idsOf(await page({ last: 2, before: found.items[0]?.cursor }))).toEqual(ALL.slice(-5, -3));
    expect(idsOf(await page({ before: found.items[0]?.cursor }))).toEqual(ALL.slice(-53, -3));
  });

  it('of a list that runs backwards follows it, ties included', async () => {
    const reversed = [...ALL].reverse();
    const query = { descending: true };
    const found = await page({ first: 4 }, query);
    expect(idsOf(found)).toEqual(reversed.slice(0, 4));
    expect(idsOf(await page({ first: 4, after: found.items[3]?.cursor }, query))).toEqual(
      reversed.slice(4, 8),
    );
    expect(idsOf(await page({ last: 4 }, query))).toEqual(reversed.slice(-4));
  });

  it('holds and counts what the filter lets through, without the fields left out', async () => {
    const found = await page({ first: 2 }, { filter: { total: 4 }, omit: ['rank'] });
    expect(idsOf(found)).toEqual(['c12', 'c13']);
    expect(await found.totalCount()).toBe(3);
    expect(found.items[0]?.item).not.toHaveProperty('rank');
  });

  it('may be empty', async () => {
    const found = await page({}, { filter: { total: 999 } });
    expect(found).toMatchObject({ items: [], hasNextPage: false, hasPreviousPage: false });
    expect(await found.totalCount()).toBe(0);
  });

  it('is counted only when asked', async () => {
    const count = vi.spyOn(counters, 'count');
    const found = await page({ first: 1 });
    expect(count).not.toHaveBeenCalled();
    await found.totalCount();
    expect(count).toHaveBeenCalledTimes(1);
  });

  it('keeps cursors and counts when its items are changed', async () => {
    const found = await page({ first: 2 });
    const mapped = mapPage(found, ({ id }) => id.toUpperCase());
    expect(mapped).toEqual({ ...found, items: expect.anything() });
    expect(mapped.items.map(({ item, cursor }) => [item, cursor])).toEqual(
      found.items.map(({ cursor }, n) => [`C0${n}`, cursor]),
    );
  });
});

describe('pages one after the other', () => {
  it('are the list, in either direction and whatever their size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 70 }),
        fc.boolean(),
        fc.boolean(),
        async (size, back, descending) => {
          const seen: string[] = [];
          let request: PageRequest = back ? { last: size } : { first: size };
          for (;;) {
            const found = await page(request, { descending });
            seen[back ? 'unshift' : 'push'](...idsOf(found));
            if (!(back ? found.hasPreviousPage : found.hasNextPage)) break;
            request = back
              ? { last: size, before: found.items[0]?.cursor }
              : { first: size, after: found.items.at(-1)?.cursor };
          }
          expect(seen).toEqual(descending ? [...ALL].reverse() : ALL);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('neither repeat nor skip an older item while others are put in between', async () => {
    const first = await page({ first: 10 });
    await counters.insert(document('b-early', 0));
    const last = first.items.at(-1);
    const rest = await page({ first: 200, after: last?.cursor });
    expect([...idsOf(first), ...idsOf(rest)]).toEqual(ALL);
    await counters.remove('b-early', 1);
  });
});

describe('a request for a page', () => {
  it('keeps its limits', () => {
    const schema = z.object(pageFields);
    const good = [{}, { first: 1 }, { first: 200 }, { last: 200, before: null }, { after: 'x'.repeat(2000) }];
    const bad = [{ first: 0 }, { first: 201 }, { last: 1.5 }, { after: 'x'.repeat(2001) }, { before: 7 }];
    expect(good.map((request) => schema.safeParse(request).success)).toEqual(good.map(() => true));
    expect(bad.map((request) => schema.safeParse(request).success)).toEqual(bad.map(() => false));
  });

  it.each([
    { first: 1, last: 1 },
    { after: 'x', before: 'x' },
    { first: 1, before: 'x' },
    { last: 1, after: 'x' },
  ])('from both sides is refused: %j', async (request) => {
    expect(await refusal(request)).toMatchObject([{ path: 'last', rule: 'EXCLUSIVE' }]);
  });

  const cursorOf = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  /** A cursor of the list with other values behind the name of the list. */
  const forged = async (...values: unknown[]) => {
    const [first] = (await page({ first: 1 })).items;
    const [list] = JSON.parse(Buffer.from(first?.cursor ?? '', 'base64url').toString()) as unknown[];
    return cursorOf([list, ...values]);
  };

  it.each([
    ['no base64', '!!'],
    ['no JSON', Buffer.from('{').toString('base64url')],
    ['no list', cursorOf({ 0: 'total' })],
    ['of another list', cursorOf(['name', 'c01', 'c01'])],
    ['empty', ''],
  ])('with a cursor that is %s is refused', async (_, cursor) => {
    expect(await refusal({ after: cursor })).toMatchObject([{ path: 'after', rule: 'CURSOR' }]);
    expect(await refusal({ before: cursor })).toMatchObject([{ path: 'before', rule: 'CURSOR' }]);
  });

  it.each([
    ['other values', [{ $gt: 0 }, 'c01']],
    ['too few values', [3]],
    ['too many values', [3, 3, 'c01']],
    ['no id', [3, 4]],
  ])('with a cursor that holds %s is refused', async (_, values) => {
    expect(await refusal({ after: await forged(...values) })).toMatchObject([
      { path: 'after', rule: 'CURSOR' },
    ]);
    expect(idsOf(await page({ first: 1, after: await forged(3, 'c09') }))).toEqual(['c10']);
  });

  it.each([
    ['filter', { filter: { total: { $gte: 0 } } }],
    ['direction', { descending: true }],
    ['index', { index: 'name' }],
  ])('with a cursor of a list with another %s is refused', async (_, query) => {
    const cursor = (await page({ first: 1 })).items[0]?.cursor;
    expect(await refusal({ after: cursor }, query)).toMatchObject([{ path: 'after', rule: 'CURSOR' }]);
    expect(idsOf(await page({ first: 1, after: cursor }))).toEqual(['c01']);
  });
});
