import { expect, it } from 'vitest';

import {
  DocumentMissing,
  DuplicateKey,
  RevisionConflict,
  type ModelClass,
} from '../../../src/db/document-store.js';
import type { Bench } from './harness.js';
import { collectionOf, next, thing, thingModel, type Thing, type Things } from './things.js';

/** Everything JSON can hold that a store might bend. */
const AWKWARD = {
  nothing: null,
  empty: { list: [], object: {}, text: '' },
  deep: { a: [{ b: [[], [null, { c: null }]] }] },
  numbers: [0, -1, 1.5, 2 ** 31, 2 ** 53 - 1, -(2 ** 53) + 1, 1e-300, 1e300],
  text: 'ä 漢字 \u{1f600} \u0000 \u2028 "\\ \n',
  'odd name, ünïcode ': true,
  type: 'Buffer',
  __proto: { constructor: 'x', toString: null, length: 3 },
};

export function writes(bench: Bench): void {
  const fresh = async (...things: Thing[]): Promise<Things> => {
    const model = thingModel(bench.freshName());
    return collectionOf(await bench.open([model]), model, things);
  };

  it('gives back what was inserted, deep-equal, and lets no reader change it', async () => {
    const stored = thing('t1', {
      at: null,
      rank: 7,
      tags: ['a', ''],
      parts: [{ name: 'p', size: null }, { name: 'q' }],
      outbox: [{ id: 'e1', number: 1, payload: { x: [] } } as never],
      details: AWKWARD,
    });
    const things = await fresh(stored);
    const first = await things.get('t1');
    expect(first).toStrictEqual(stored);
    // Readers may share it, frozen, or have one of their own.
    Reflect.set(first!.tags, 2, 'changed');
    expect(await things.get('t1')).toStrictEqual(stored);
  });

  it('keeps absent fields absent, undefined ones too', async () => {
    const things = await fresh(thing('t1', { at: undefined as never, details: { a: undefined, b: 1 } }));
    expect(await things.get('t1')).toStrictEqual(thing('t1', { details: { b: 1 } }));
  });

  it('answers null for an id it does not have, whatever the id', async () => {
    const things = await fresh(thing('t1'));
    for (const id of ['t2', '', 'x'.repeat(5000), 'a\0b', '$ne']) expect(await things.get(id)).toBeNull();
  });

  it('refuses a second document with the same id, and keeps the first', async () => {
    const things = await fresh(thing('t1'));
    const second = things.insert(thing('t1', { name: 'other', guard: 'other', state: 'DONE' }));
    await expect(second).rejects.toMatchObject({
      name: 'DuplicateKey',
      index: 'id',
      collection: things.name,
    });
    expect(await things.get('t1')).toStrictEqual(thing('t1'));
  });

  it('inserts of many those it does not have, and leaves the others as they are', async () => {
    const things = await fresh(thing('t2', { rank: 2 }));
    await things.insertMissing(['t1', 't2', 't3'].map((id) => thing(id, { rank: 9 })));
    await things.insertMissing([thing('t3', { rank: 10 }), thing('t4')]);
    await things.insertMissing([]);
    const ranks = await Promise.all(['t1', 't2', 't3', 't4'].map(async (id) => (await things.get(id))?.rank));
    expect(ranks).toEqual([9, 2, 9, thing('t4').rank]);
  });

  it('inserts none after one that a unique index refuses, nor any when one is no document', async () => {
    const things = await fresh(thing('t1'));
    const some = things.insertMissing([thing('t2'), thing('t3', { guard: 't1' }), thing('t4')]);
    await expect(some).rejects.toMatchObject({ name: 'DuplicateKey', index: 'guard' });
    expect(await things.get('t2')).toStrictEqual(thing('t2'));
    expect(await things.get('t4')).toBeNull();
    const wrong = things.insertMissing([thing('t5'), { ...thing('t6'), unknown: 1 } as Thing]);
    await expect(wrong).rejects.toThrow(TypeError);
    expect(await things.get('t5')).toBeNull();
  });

  it('inserts once what many insert at the same time', async () => {
    const things = await fresh();
    const many = Array.from({ length: 20 }, (_, n) => thing(`t${String(n).padStart(2, '0')}`));
    await Promise.all([0, 5, 10].map((from) => things.insertMissing(many.slice(from))));
    expect(await things.count({}, { index: 'id' })).toBe(20);
  });

  it('refuses a value that a unique index has, by insert, replace and amend', async () => {
    const things = await fresh(thing('t1'), thing('t2'));
    const guard = { name: 'DuplicateKey', index: 'guard' };
    await expect(things.insert(thing('t3', { guard: 't1' }))).rejects.toMatchObject(guard);
    await expect(things.replace(next(thing('t2'), { guard: 't1' }), 1)).rejects.toMatchObject(guard);
    await expect(things.amend('t2', { guard: 't1' })).rejects.toMatchObject(guard);
    expect(await things.get('t2')).toStrictEqual(thing('t2'));
    expect(await things.get('t3')).toBeNull();
  });

  it('takes a compound unique index by all of its fields', async () => {
    const things = await fresh(thing('t1', { name: 'n', version: '1.0.0' }));
    await things.insert(thing('t2', { name: 'n', version: '1.0.1' }));
    const clash = things.insert(thing('t3', { name: 'n', version: '1.0.0' }));
    await expect(clash).rejects.toMatchObject({ index: 'name_version' });
    await expect(clash).rejects.toBeInstanceOf(DuplicateKey);
  });

  it('frees a unique value when its document takes another or is removed', async () => {
    const things = await fresh(thing('t1'), thing('t2'));
    await things.replace(next(thing('t1'), { guard: 'g' }), 1);
    expect(await things.remove('t2', 1)).toBe(true);
    await things.insert(thing('t3', { guard: 't1' }));
    await things.insert(thing('t4', { guard: 't2' }));
  });

  it('tells long unique values apart by their ends', async () => {
    const long = 'x'.repeat(3000);
    const things = await fresh(thing('t1', { guard: `${long}a` }), thing('t2', { guard: `${long}b` }));
    await expect(things.insert(thing('t3', { guard: `${long}b` }))).rejects.toMatchObject({ index: 'guard' });
    expect(await things.count({ guard: `${long}b` }, { index: 'guard' })).toBe(1);
  });

  it('replaces the whole document under the revision it expects', async () => {
    const things = await fresh(thing('t1', { at: 'x', details: { a: 1, b: 2 } }));
    const changed = next(thing('t1'), { state: 'DONE', details: { a: 2 } });
    await things.replace(changed, 1);
    expect(await things.get('t1')).toStrictEqual(changed);
  });

  it('refuses a replacement with the actual revision, and changes nothing', async () => {
    const stored = thing('t1', { revision: 7 });
    const things = await fresh(stored);
    const late = things.replace(thing('t1', { revision: 4, state: 'DONE' }), 3);
    await expect(late).rejects.toMatchObject({ name: 'RevisionConflict', expected: 3, actual: 7 });
    await expect(late).rejects.toBeInstanceOf(RevisionConflict);
    expect(await things.get('t1')).toStrictEqual(stored);
  });

  it('refuses to replace what is not there', async () => {
    const things = await fresh();
    const missing = things.replace(next(thing('t1')), 1);
    await expect(missing).rejects.toBeInstanceOf(DocumentMissing);
    await expect(missing).rejects.toMatchObject({ collection: things.name, id: 't1' });
  });

  it('amends single fields and leaves the revision and the others alone', async () => {
    const things = await fresh(thing('t1', { rank: 1, details: { a: 1 } }));
    expect(await things.amend('t1', { rank: 2, at: null, details: { b: 2 }, done: undefined })).toBe(true);
    expect(await things.get('t1')).toStrictEqual(thing('t1', { rank: 2, at: null, details: { b: 2 } }));
    expect(await things.amend('t2', { rank: 2 })).toBe(false);
    expect(await things.amend('t1', {})).toBe(true);
    expect(await things.find({ rank: 2 }, { index: 'rank', limit: 5 })).toHaveLength(1);
    await expect(things.amend('t1', { revision: 9 })).rejects.toThrow(TypeError);
  });

  it('leaves what only amendments change as it is stored when it replaces', async () => {
    const loaded = thing('t1', { heard: 'early', rank: 1, details: { a: 1 }, tags: ['a'] });
    const things = await fresh(loaded, thing('t2'));
    await things.amend('t1', { heard: 'late' });
    const { rank: _gone, ...changed } = next(loaded, { tags: [], details: { b: 2 } });
    await things.replace(changed, 1);
    expect(await things.get('t1')).toStrictEqual({ ...changed, heard: 'late' });
    expect(await things.find({ rank: 1 }, { index: 'rank', limit: 5 })).toEqual([]);
    await things.replace(next(thing('t2'), { heard: 'never' }), 1);
    expect(await things.get('t2')).toStrictEqual(next(thing('t2')));
    await expect(things.replace(next(changed), 1)).rejects.toBeInstanceOf(RevisionConflict);
  });

  it('pulls events by id and clears the mark with the last of them', async () => {
    const outbox = [1, 2, 3].map((number) => ({ id: `e${number}`, number }));
    const stored = thing('t1', { outbox, hasOutbox: true });
    const things = await fresh(stored);
    await things.pullEvents('t1', ['e1', 'e3', 'unknown']);
    expect(await things.get('t1')).toStrictEqual({ ...stored, outbox: [{ id: 'e2', number: 2 }] });
    await things.pullEvents('t1', ['e2']);
    expect(await things.get('t1')).toStrictEqual({ ...stored, outbox: [], hasOutbox: false });
    expect(await things.count({ hasOutbox: true }, { index: 'hasOutbox' })).toBe(0);
    await things.pullEvents('t2', ['e1']);
  });

  it('repairs a mark without events when asked to pull none', async () => {
    const things = await fresh(
      thing('t1', { hasOutbox: true }),
      thing('t2', { hasOutbox: true, outbox: [{ id: 'e', number: 1 }] }),
    );
    await things.pullEvents('t1', []);
    await things.pullEvents('t2', []);
    expect(await things.get('t1')).toMatchObject({ hasOutbox: false });
    expect(await things.get('t2')).toMatchObject({ hasOutbox: true, outbox: [{ id: 'e' }] });
  });

  it('removes a document only at the revision given', async () => {
    const things = await fresh(thing('t1', { revision: 3 }));
    expect(await things.remove('t1', 2)).toBe(false);
    expect(await things.remove('t1', 3)).toBe(true);
    expect(await things.remove('t1', 3)).toBe(false);
    expect(await things.count({}, { index: 'at' })).toBe(0);
  });

  it('deletes what is older, oldest first, up to the limit', async () => {
    const at = (month: number): string => `2027-0${month}-01T00:00:00.000Z`;
    const dated = [1, 2, 3, 4, 5].map((month) => thing(`t${month}`, { at: at(month) }));
    const things = await fresh(...dated, thing('t8', { at: null }), thing('t9'));
    expect(await things.deleteOlderThan('at', at(4), 2)).toBe(2);
    expect(await things.get('t2')).toBeNull();
    expect(await things.deleteOlderThan('at', at(4), 2)).toBe(1);
    expect(await things.deleteOlderThan('at', at(4), 2)).toBe(0);
    expect((await things.find({}, { index: 'at', limit: 9 })).map(({ id }) => id)).toEqual([
      't8',
      't9',
      't4',
      't5',
    ]);
    await expect(things.deleteOlderThan('version', at(4), 2)).rejects.toThrow(TypeError);
  });

  it.each<[string, Partial<Record<keyof Thing | 'colour', unknown>>]>([
    ['lacks a required field', { name: undefined }],
    ['has null in a required field', { name: null }],
    ['has a field the schema does not name', { colour: 'red' }],
    ['has a value of another type', { rank: '7' }],
    ['has a value outside the list', { state: 'LOST' }],
    ['has a part that does not fit', { parts: [{ size: 1 }] }],
    ['has a part with an unknown field', { parts: [{ name: 'p', colour: 'red' }] }],
    ['holds a date', { details: new Date() }],
    ['holds NaN', { details: { n: NaN } }],
    ['holds a name with a dot', { details: { 'a.b': 1 } }],
    ['holds a name with a dollar', { details: { $set: 1 } }],
    ['holds the mark of a BSON type', { details: { _bsontype: 'ObjectId' } }],
    ['holds no data', { details: { f: () => 1 } }],
    ['has no id', { id: '' }],
    ['has an id that is too long', { id: 'x'.repeat(513) }],
  ])('refuses a document that %s', async (_, fields) => {
    const things = await fresh(thing('t1'));
    const bad = { ...thing('t2'), ...fields } as Thing;
    await expect(things.insert(bad)).rejects.toThrow(TypeError);
    if (bad.id !== 't2') return;
    await expect(things.replace({ ...bad, id: 't1', revision: 2 }, 1)).rejects.toThrow(TypeError);
    if (!('name' in fields))
      await expect(things.amend('t1', fields as Partial<Thing>)).rejects.toThrow(TypeError);
    expect(await things.get('t1')).toStrictEqual(thing('t1'));
  });

  it('knows only the models it was opened with', async () => {
    const model: ModelClass<Thing> = thingModel(bench.freshName());
    const store = await bench.open([model]);
    expect(store.collection(model).name).toBe(store.collection(model).name);
    expect(() => store.collection(thingModel(bench.freshName()))).toThrow('opened without');
  });
}
