import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { START } from '../../tests/support/aggregate-run.js';
import { handClock, overriding } from '../../tests/support/by-hand.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import {
  DocumentMissing,
  RevisionConflict,
  StoreUnavailable,
  type Collection,
} from '../db/document-store.js';
import { systemIds } from '../lib/ids.js';
import { IdempotencyRecordDocument } from './record-model.js';
import { idempotencyRecords } from './records.js';

const KEEP_MS = 24 * 3_600_000;
const INPUT = { id: 'ins_1', reason: 'done', nested: { a: 1, b: [1, 2] } };

let stores: TempStores;
let collection: Collection<IdempotencyRecordDocument>;
let replaced: Partial<Collection<IdempotencyRecordDocument>>;
let clock: ReturnType<typeof handClock>;
let records: ReturnType<typeof idempotencyRecords>;
let key = '';
let keys = 0;

beforeAll(async () => {
  stores = await tempStores([IdempotencyRecordDocument]);
  collection = stores.documents.collection(IdempotencyRecordDocument);
});
afterAll(() => stores.close());
beforeEach(() => {
  key = `key-${++keys}`;
  replaced = {};
  clock = handClock();
  records = idempotencyRecords({
    collection: overriding(collection, replaced),
    clock,
    ids: systemIds(),
    keepMs: KEEP_MS,
  });
});

const begin = (input: unknown = INPUT, caller = 'u-1', operation = 'terminateInstance') =>
  records.begin(caller, key, operation, input, 'ins_1');

describe('a key', () => {
  it('that nobody used is taken', async () => {
    const begun = await begin();
    expect(begun).toMatchObject({ status: 'FIRST', targetId: 'ins_1', record: { at: START } });
    expect(await collection.get(begun.record.id)).toMatchObject({
      caller: 'u-1',
      key,
      done: false,
      at: START,
    });
  });

  it('stands for the first call until that is done, and after it', async () => {
    const first = await begin();
    clock.advance(1000);
    expect(await begin()).toEqual({ ...first, status: 'UNDONE' });
    await records.finish(first.record.id);
    expect(await begin()).toEqual({ ...first, status: 'DONE' });
  });

  it('answers the id the first call made in advance, not a new one', async () => {
    await records.begin('u-1', key, 'createInstance', {}, 'ins_first');
    expect(await records.begin('u-1', key, 'createInstance', {}, 'ins_second')).toMatchObject({
      targetId: 'ins_first',
    });
  });

  it('of a command on nothing in particular stands for no target', async () => {
    await records.begin('u-1', key, 'runRepair', {}, null);
    expect(await records.begin('u-1', key, 'runRepair', {}, null)).toMatchObject({ targetId: null });
  });

  it('belongs to its caller', async () => {
    await begin();
    expect(await begin({ other: true }, 'u-2')).toMatchObject({ status: 'FIRST' });
  });

  it.each([
    ['other input', { ...INPUT, reason: 'else' }, 'terminateInstance'],
    ['input with a field less', { id: 'ins_1' }, 'terminateInstance'],
    ['a list in another order', { ...INPUT, nested: { a: 1, b: [2, 1] } }, 'terminateInstance'],
    ['another command', INPUT, 'scheduleInstance'],
  ])('used with %s is a conflict, done or not', async (_, input, operation) => {
    const { record } = await begin();
    for (let n = 0; n < 2; n++) {
      await expect(begin(input, 'u-1', operation)).rejects.toMatchObject({
        code: 'IDEMPOTENCY_CONFLICT',
        details: { key },
      });
      await records.finish(record.id);
    }
  });

  it('does not mind in which order the fields of the input come', async () => {
    await begin();
    const { id, reason } = INPUT;
    expect(await begin({ nested: { b: [1, 2], a: 1 }, reason, id })).toMatchObject({ status: 'UNDONE' });
  });
});

describe('the time a key is kept', () => {
  it('ends after 24 hours, when it counts as new', async () => {
    const first = await begin();
    await records.finish(first.record.id);
    clock.advance(KEEP_MS);
    expect(await begin()).toMatchObject({ status: 'DONE' });
    clock.advance(1);
    const second = await begin({ other: true });
    expect(second).toMatchObject({ status: 'FIRST' });
    expect(second.record.id).not.toBe(first.record.id);
    expect(await collection.get(first.record.id)).toBeNull();
  });
});

describe('a race', () => {
  it('of many for one key has one first', async () => {
    const begun = await Promise.all(Array.from({ length: 20 }, () => begin()));
    expect(begun.filter(({ status }) => status === 'FIRST')).toHaveLength(1);
    expect(new Set(begun.map(({ record }) => record.id)).size).toBe(1);
  });

  it('of many for a key that has run out has one first', async () => {
    await begin();
    clock.advance(KEEP_MS + 1);
    const begun = await Promise.all(Array.from({ length: 10 }, () => begin()));
    expect(begun.filter(({ status }) => status === 'FIRST')).toHaveLength(1);
    expect(new Set(begun.map(({ record }) => record.id)).size).toBe(1);
  });

  it('with the deletion of what has run out is begun again', async () => {
    const { record } = await begin();
    replaced.find = async () => {
      delete replaced.find;
      await collection.remove(record.id, 1);
      return [];
    };
    expect(await begin()).toMatchObject({ status: 'FIRST' });
  });

  it('of two that finish one record leaves it done', async () => {
    const { record } = await begin();
    await Promise.all([records.finish(record.id), records.finish(record.id)]);
    expect(await collection.get(record.id)).toMatchObject({ done: true, revision: 2 });
  });
});

describe('finishing', () => {
  it('twice, or what is gone, changes nothing', async () => {
    const { record } = await begin();
    await records.finish(record.id);
    await records.finish(record.id);
    await records.finish('gone');
    expect(await collection.get(record.id)).toMatchObject({ revision: 2 });
  });

  it.each([new RevisionConflict(1, 2), new DocumentMissing('idempotency_records', 'x')])(
    'does not mind who was first: %s',
    async (error) => {
      const { record } = await begin();
      replaced.replace = () => Promise.reject(error);
      await expect(records.finish(record.id)).resolves.toBeUndefined();
    },
  );
});

describe('a key that is given free', () => {
  it('counts as new, with any input', async () => {
    const { record } = await begin();
    await records.forget(record.id);
    expect(await begin({ other: true })).toMatchObject({ status: 'FIRST' });
  });

  it('is kept when its command was done meanwhile, or when it is gone already', async () => {
    const { record } = await begin();
    await records.finish(record.id);
    await records.forget(record.id);
    await records.forget('gone');
    expect(await begin()).toMatchObject({ status: 'DONE', record: { id: record.id } });
  });
});

describe('a key that a repeat shares before its first call is done', () => {
  it('is not given free by the first: the repeat may have the effect', async () => {
    const first = await begin();
    await begin();
    await records.forget(first.record.id);
    expect(await begin()).toEqual({ ...first, status: 'UNDONE' });
  });

  it('is begun anew by a repeat that finds it given free', async () => {
    const { record } = await begin();
    replaced.replace = async (...given) => {
      delete replaced.replace;
      await records.forget(record.id);
      return collection.replace(...given);
    };
    expect(await begin()).toMatchObject({ status: 'FIRST' });
  });

  it('is done also when a repeat comes just before that', async () => {
    const { record } = await begin();
    replaced.replace = async (...given) => {
      delete replaced.replace;
      await begin();
      return collection.replace(...given);
    };
    await records.finish(record.id, 'made');
    expect(await begin()).toMatchObject({ status: 'DONE', outcome: 'made' });
  });
});

describe('a store that fails', () => {
  it('is told, and the key is not taken', async () => {
    const failure = new StoreUnavailable('refused');
    replaced.insert = () => Promise.reject(failure);
    await expect(begin()).rejects.toBe(failure);
    delete replaced.insert;
    const { record } = await begin();
    replaced.replace = () => Promise.reject(failure);
    await expect(records.finish(record.id)).rejects.toBe(failure);
  });
});
