import { expect, it } from 'vitest';
import { HistoryGone, HistoryReset } from '../../../src/live/live-store.js';
import type { Bench } from '../live-store.contract.js';
import { Recorder, until } from './facts.js';

export function watchContract({ backend, store, freshPrefix }: Bench): void {
  it('delivers what came after a revision: from history, then live, once, in order, by revision', async () => {
    const prefix = freshPrefix();
    const before = await store().put(`${prefix}a`, 'before');
    for (let n = 1; n <= 20; n++) await store().put(`${prefix}a`, `old ${n}`);
    const watch = new Recorder(store(), prefix, before.revision);
    for (let n = 1; n <= 20; n++) await store().put(`${prefix}a`, `new ${n}`);
    const { revision } = await store().txn({
      when: [],
      then: [{ put: `${prefix}b`, value: 'b' }, { delete: `${prefix}a` }, { put: `${prefix}c`, value: 'c' }],
    });
    await watch.reaches(revision);
    expect(await watch.stop()).toBeNull();
    const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
    expect(watch.values.slice(0, 40)).toEqual([
      ...numbers.map((n) => `old ${n}`),
      ...numbers.map((n) => `new ${n}`),
    ]);
    expect(watch.revisions).toEqual(Array.from({ length: 41 }, (_, index) => before.revision + 1 + index));
    expect(watch.batches.at(-1)?.changes.map(({ key, value }) => [key.slice(prefix.length), value])).toEqual([
      ['b', 'b'],
      ['a', null],
      ['c', 'c'],
    ]);
  });

  it('tells the value before a change, and when the key was created', async () => {
    const key = `${freshPrefix()}a`;
    const first = await store().put(key, '1');
    const watch = new Recorder(store(), key, first.revision - 1);
    await store().put(key, '2');
    await store().delete(key);
    const last = await store().put(key, '3');
    await watch.reaches(last.revision);
    await watch.stop();
    const created = first.revision;
    expect(watch.changes).toEqual([
      { revision: created, key, value: '1', createRevision: created, previous: null },
      { revision: created + 1, key, value: '2', createRevision: created, previous: '1' },
      { revision: created + 2, key, value: null, createRevision: created, previous: '2' },
      { revision: created + 3, key, value: '3', createRevision: created + 3, previous: null },
    ]);
  });

  it('leaves out what is not below the prefix, and the revisions that hold nothing else', async () => {
    const prefix = freshPrefix();
    const { revision } = await store().put(`${freshPrefix()}a`, '0');
    const watch = new Recorder(store(), prefix, revision);
    await store().put(`${freshPrefix()}a`, '1');
    const last = await store().txn({
      when: [],
      then: [
        { put: `${freshPrefix()}a`, value: '2' },
        { put: `${prefix}a`, value: '2' },
      ],
    });
    await watch.reaches(last.revision);
    await watch.stop();
    expect(watch.batches.map(({ changes }) => changes.map(({ key }) => key))).toEqual([[`${prefix}a`]]);
  });

  it('serves many watches of one prefix alike', async () => {
    const prefix = freshPrefix();
    const { revision } = await store().put(`${prefix}a`, '0');
    const watches = Array.from({ length: 20 }, () => new Recorder(store(), prefix, revision));
    const puts = Array.from({ length: 50 }, (_, n) => store().put(`${prefix}${n % 7}`, String(n)));
    const last = Math.max(...(await Promise.all(puts)).map((put) => put.revision));
    for (const watch of watches) await watch.reaches(last);
    for (const watch of watches) {
      await watch.stop();
      expect(watch.batches).toEqual(watches[0]?.batches);
      expect(watch.changes).toHaveLength(50);
    }
  });

  it('ends without an error when the signal aborts: before it starts, while it waits, between changes', async () => {
    const prefix = freshPrefix();
    const { revision } = await store().put(`${prefix}a`, '0');
    const never = new Recorder(store(), prefix, revision);
    expect(await never.stop()).toBeNull();
    expect(never.batches).toEqual([]);
    const waiting = new Recorder(store(), prefix, revision);
    const { revision: last } = await store().put(`${prefix}a`, '1');
    await waiting.reaches(last);
    expect(await waiting.stop()).toBeNull();
    const controller = new AbortController();
    await Promise.all([store().put(`${prefix}a`, '2'), store().put(`${prefix}a`, '3')]);
    const seen: number[] = [];
    for await (const batch of store().watch(prefix, { after: revision, signal: controller.signal })) {
      seen.push(batch.revision);
      controller.abort();
    }
    expect(seen).toEqual([last]);
  });

  it('catches up on 900 values of 8 kB', async () => {
    const prefix = freshPrefix();
    const { revision } = await store().put(`${prefix}a`, '0');
    for (let part = 0; part < 9; part++) {
      const puts = Array.from({ length: 100 }, (_, n) => store().put(`${prefix}a`, `${n}`.padEnd(8000, 'x')));
      await Promise.all(puts);
    }
    const watch = new Recorder(store(), prefix, revision);
    await watch.reaches(revision + 900);
    await watch.stop();
    expect(watch.revisions).toEqual(Array.from({ length: 900 }, (_, index) => revision + 1 + index));
  });

  it('keeps one revision together when it does not fit into one message', async () => {
    const prefix = freshPrefix();
    const { revision } = await store().put(`${prefix}a`, '0');
    for (let round = 0; round < 8; round++) {
      const then = Array.from({ length: 100 }, (_, n) => ({
        put: `${prefix}${n}`,
        value: 'x'.repeat(14_000),
      }));
      await store().txn({ when: [], then });
    }
    const watch = new Recorder(store(), prefix, revision);
    await watch.reaches(revision + 8);
    await watch.stop();
    expect(watch.batches.map(({ changes }) => changes.length)).toEqual([
      100, 100, 100, 100, 100, 100, 100, 100,
    ]);
  });

  it('does not let a reader that stopped reading hold up writers, and gives it everything later', async () => {
    const prefix = freshPrefix();
    const { revision } = await store().put(`${prefix}a`, '0');
    const controller = new AbortController();
    const reader = store()
      .watch(prefix, { after: revision, signal: controller.signal })
      [Symbol.asyncIterator]();
    await store().put(`${prefix}a`, 'first');
    expect((await reader.next()).value).toMatchObject({ revision: revision + 1 });
    for (let part = 0; part < 5; part++) {
      const puts = Array.from({ length: 100 }, (_, n) => store().put(`${prefix}${n}`, 'x'.repeat(4000)));
      await Promise.all(puts);
    }
    for (let next = revision + 2; next <= revision + 501; next++) {
      expect((await reader.next()).value).toMatchObject({ revision: next });
    }
    controller.abort();
    expect((await reader.next()).done).toBe(true);
  });

  it('ends with HistoryGone when what was asked for is compacted, and goes on from the named revision', async () => {
    const prefix = freshPrefix();
    const { revision } = await store().put(`${prefix}a`, '1');
    await store().put(`${prefix}a`, '2');
    await backend().compact();
    const error = (await new Recorder(store(), prefix, revision).ended()) as HistoryGone;
    expect(error).toBeInstanceOf(HistoryGone);
    expect(error.compactRevision).toBeGreaterThan(revision);
    const watch = new Recorder(store(), prefix, error.compactRevision);
    const last = await store().put(`${prefix}a`, '3');
    await watch.reaches(last.revision);
    expect(await watch.stop()).toBeNull();
    expect(watch.changes).toMatchObject([{ value: '3', previous: '2' }]);
  });

  it('ends with HistoryReset when the store is behind what was already seen', async () => {
    const prefix = freshPrefix();
    const { revision } = await store().put(`${prefix}a`, '1');
    const early = new Recorder(store(), prefix, revision + 100);
    expect(await early.ended()).toBeInstanceOf(HistoryReset);
    await backend().wipe();
    expect(await new Recorder(store(), prefix, revision).ended()).toBeInstanceOf(HistoryReset);
    const fresh = new Recorder(store(), prefix, 0);
    const first = await store().put(`${prefix}a`, '1');
    await fresh.reaches(first.revision);
    await fresh.stop();
    expect(fresh.values).toEqual(['1']);
  });

  it('holds no change back: a change is delivered within a second', async () => {
    const prefix = freshPrefix();
    const { revision } = await store().put(`${prefix}a`, '0');
    const watch = new Recorder(store(), prefix, revision);
    for (let n = 1; n <= 20; n++) {
      await store().put(`${prefix}a`, `${n}`);
      await until(`change ${n} is delivered`, () => watch.values.at(-1) === `${n}`, 1000);
    }
    await watch.stop();
  });
}
