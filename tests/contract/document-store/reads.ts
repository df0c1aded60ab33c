import { expect, it } from 'vitest';

import { escapeRegex, type Filter } from '../../../src/db/document-store.js';
import type { Bench } from './harness.js';
import { collectionOf, idsOf, next, thing, thingModel, type Thing, type Things } from './things.js';

const ALL = { limit: 100 };

export function reads(bench: Bench): void {
  const fresh = async (...things: Thing[]): Promise<Things> => {
    const model = thingModel(bench.freshName());
    return collectionOf(await bench.open([model]), model, things);
  };

  it('reads many by id, each once, without those it does not have', async () => {
    const things = await fresh(thing('t1'), thing('t2', { details: [1] }));
    const found = await things.getMany(['t2', 't1', 't2', 't3']);
    expect(found.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toStrictEqual([
      thing('t1'),
      thing('t2', { details: [1] }),
    ]);
    expect(await things.getMany([])).toEqual([]);
  });

  it('leaves out the fields it is told to', async () => {
    const things = await fresh(thing('t1', { details: { a: 1 }, tags: ['x'] }));
    const { details: _, tags: __, ...rest } = thing('t1');
    expect(await things.getMany(['t1'], { omit: ['details', 'tags'] })).toStrictEqual([rest]);
    expect(await things.find({}, { index: 'at', limit: 1, omit: ['details', 'tags'] })).toStrictEqual([rest]);
    await expect(things.getMany(['t1'], { omit: ['id'] })).rejects.toThrow(TypeError);
  });

  const samples: Thing[] = [
    thing('a', { rank: 1, at: '2027-01-01', done: true, tags: ['red'], details: { size: 1 } }),
    thing('b', { rank: 2, at: '2027-01-02', done: false, tags: ['red', 'blue'], details: { size: 2 } }),
    thing('c', { rank: 3, at: '2027-02-01', done: null, parts: [{ name: 'p1', size: 5 }] }),
    thing('d', { rank: null, at: null, state: 'OPEN', parts: [{ name: 'p2' }] }),
    thing('e', { state: 'OPEN', name: 'x.y(z)*', details: { size: null } }),
  ];

  it.each<[Filter, string]>([
    [{}, 'abcde'],
    [{ rank: 2 }, 'b'],
    [{ rank: { $eq: 2 } }, 'b'],
    [{ rank: { $ne: 2 } }, 'acde'],
    [{ rank: null }, 'de'],
    [{ rank: { $eq: null } }, 'de'],
    [{ rank: { $ne: null } }, 'abc'],
    [{ rank: { $exists: true } }, 'abcd'],
    [{ rank: { $exists: false } }, 'e'],
    [{ rank: { $in: [1, 3, 9] } }, 'ac'],
    [{ rank: { $in: [1, null] } }, 'ade'],
    [{ rank: { $in: [] } }, ''],
    [{ rank: { $gt: 1 } }, 'bc'],
    [{ rank: { $gte: 2 } }, 'bc'],
    [{ rank: { $lt: 2 } }, 'a'],
    [{ rank: { $lte: 2 } }, 'ab'],
    [{ rank: { $gt: 1, $lt: 3 } }, 'b'],
    [{ rank: { $gt: 'a' } }, ''],
    [{ at: { $gte: '2027-01-02', $lt: '2027-02-01' } }, 'b'],
    [{ at: { $lt: 5 } }, ''],
    [{ at: { $regex: '^2027-01' } }, 'ab'],
    [{ at: { $regex: '-01$'.slice(0, 3) } }, 'abc'],
    [{ name: { $regex: `^${escapeRegex('x.y(')}` } }, 'e'],
    [{ name: { $regex: escapeRegex('.y(z)*') } }, 'e'],
    [{ name: { $regex: escapeRegex('.') } }, 'e'],
    [{ done: true }, 'a'],
    [{ done: { $ne: true } }, 'bcde'],
    [{ done: null }, 'cde'],
    [{ tags: 'red' }, 'ab'],
    [{ tags: { $in: ['blue'] } }, 'b'],
    [{ 'parts.name': 'p2' }, 'd'],
    [{ 'parts.size': { $gt: 4 } }, 'c'],
    [{ 'details.size': 2 }, 'b'],
    [{ 'details.size': null }, 'cde'],
    [{ id: { $in: ['a', 'e', 'zz'] } }, 'ae'],
    [{ id: { $gt: 'b', $lte: 'd' } }, 'cd'],
    [{ id: { $ne: 'c' }, state: 'NEW' }, 'ab'],
    [{ $and: [{ rank: { $gte: 1 } }, { rank: { $lte: 2 } }, { done: false }] }, 'b'],
    [{ $or: [{ rank: 1 }, { state: 'OPEN', rank: null }] }, 'ade'],
    [{ state: 'NEW', $or: [{ rank: 1 }, { tags: 'blue' }, { at: '2027-02-01' }] }, 'abc'],
    [{ $and: [{ $or: [{ id: 'a' }, { id: 'd' }] }, { $or: [{ state: 'OPEN' }, { done: true }] }] }, 'ad'],
    [{ $or: [{ $and: [{ rank: 1 }, { done: true }] }, { id: 'e' }] }, 'ae'],
  ])('finds and counts %j by any index', async (filter, expected) => {
    const things = await fresh(...samples);
    for (const index of ['id', 'at', 'rank', 'state_at', 'state_rank_at', 'name_version', 'guard']) {
      const found = idsOf(await things.find(filter, { ...ALL, index }));
      expect(found.toSorted().join(''), index).toBe(expected);
      expect(await things.count(filter, { index }), index).toBe(expected.length);
    }
  });

  it.each<[string, unknown]>([
    ['a script', { $where: 'true' }],
    ['an unknown operator', { rank: { $mod: [2, 0] } }],
    ['a negation', { rank: { $not: { $gt: 1 } } }],
    ['$nor', { $nor: [{ rank: 1 }] }],
    ['an undefined value', { state: undefined }],
    ['an undefined operand', { state: { $eq: undefined } }],
    ['a list as a value', { tags: ['red'] }],
    ['an object as a value', { details: { size: 1 } }],
    ['an empty object', { details: {} }],
    ['a date', { at: { $lt: new Date() } }],
    ['a regular expression', { name: /x/ }],
    ['a pattern that is no literal text', { name: { $regex: '^a.*b' } }],
    ['an order operator with null', { rank: { $lte: null } }],
    ['an empty $or', { $or: [] }],
    ['null in $and', { $and: [null] }],
    ['a field of no schema', { colour: 'red' }],
    ['a field of no schema in $or', { $or: [{ colour: 'red' }] }],
  ])('refuses %s in a filter', async (_, filter) => {
    const things = await fresh(thing('a'));
    await expect(things.find(filter as Filter, { ...ALL, index: 'at' })).rejects.toThrow(TypeError);
    await expect(things.count(filter as Filter, { index: 'at' })).rejects.toThrow(TypeError);
  });

  it('refuses an index it does not have, a limit that is none, and a position of another index', async () => {
    const things = await fresh(thing('a'));
    await expect(things.find({}, { index: 'colour', limit: 1 })).rejects.toThrow(TypeError);
    await expect(things.count({}, { index: 'colour' })).rejects.toThrow(TypeError);
    await expect(things.find({}, { index: 'at', limit: 0 })).rejects.toThrow(TypeError);
    await expect(things.find({}, { index: 'at', limit: 1, after: ['NEW', null, 'a'] })).rejects.toThrow(
      RangeError,
    );
    await expect(things.find({}, { index: 'at', limit: 1, after: [null, 7] })).rejects.toThrow(RangeError);
  });

  it('orders by the fields of the index, null and missing first, ties by id, and backwards', async () => {
    const order = [
      thing('m', { rank: null }),
      thing('n'),
      thing('z', { rank: -5 }),
      thing('b', { rank: 0 }),
      thing('c', { rank: 0 }),
      thing('a', { rank: 10 }),
    ];
    const things = await fresh(...order.toReversed());
    expect(idsOf(await things.find({}, { ...ALL, index: 'rank' }))).toEqual(idsOf(order));
    const backwards = await things.find({}, { ...ALL, index: 'rank', reverse: true });
    expect(idsOf(backwards)).toEqual(idsOf(order).toReversed());
  });

  it('orders text by its bytes: capitals before small letters, umlauts last', async () => {
    const words = ['', 'A', 'Z', 'a', 'a\u0000', 'a b', 'ab', 'b', 'ä', '漢'];
    const things = await fresh(...words.map((at, n) => thing(`t${9 - n}`, { at })));
    expect((await things.find({}, { ...ALL, index: 'at' })).map(({ at }) => at)).toEqual(words);
  });

  it('follows a document to its new place when it changes', async () => {
    const things = await fresh(thing('a', { rank: 1 }), thing('b', { rank: 2 }));
    await things.replace(next(thing('a'), { rank: 3 }), 1);
    expect(idsOf(await things.find({}, { ...ALL, index: 'rank' }))).toEqual(['b', 'a']);
    expect(await things.count({ rank: 1 }, { index: 'rank' })).toBe(0);
  });

  it('tells its time', async () => {
    const store = await bench.open([]);
    const before = Date.now();
    const now = await store.now();
    expect(now).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(Math.abs(Date.parse(now) - before)).toBeLessThan(1_000);
    await store.ping();
  });
}
