import { expect, it } from 'vitest';
import { LiveUnavailable } from '../../../src/live/live-store.js';
import type { Bench } from '../live-store.contract.js';
import { Recorder } from './facts.js';

export function durabilityContract({ backend, store, freshPrefix }: Bench): void {
  it('keeps entries, revisions and history across a restart', async () => {
    const prefix = freshPrefix();
    const { revision } = await store().put(`${prefix}a`, '1');
    await store().put(`${prefix}a`, '2');
    await store().put(`${prefix}b`, '1');
    await store().delete(`${prefix}b`);
    const before = await store().list(prefix);
    await backend().restart();
    expect(await store().list(prefix)).toEqual(before);
    const watch = new Recorder(store(), prefix, revision);
    const last = await store().put(`${prefix}a`, '3');
    expect(last.revision).toBe(before.revision + 1);
    await watch.reaches(last.revision);
    await watch.stop();
    expect(watch.changes.map(({ value, previous }) => [value, previous])).toEqual([
      ['2', '1'],
      ['1', null],
      [null, '1'],
      ['3', '2'],
    ]);
  });

  it('keeps every acknowledged write when it is killed, and no revision is given twice', async () => {
    const prefix = freshPrefix();
    const before = await store().list(prefix);
    const acknowledged = await backend().crashWhileWriting(prefix);
    const { entries, revision } = await store().list(prefix);
    const found = new Set(entries.map(({ key }) => key));
    expect(acknowledged.length).toBeGreaterThan(100);
    expect(acknowledged.filter((key) => !found.has(key))).toEqual([]);
    expect(new Set(entries.map(({ modRevision }) => modRevision)).size).toBe(entries.length);
    expect(revision).toBeGreaterThanOrEqual(before.revision + entries.length);
    expect((await store().put(`${prefix}after`, '')).revision).toBe(revision + 1);
  });

  it('lets what nobody renews lapse in time across a restart', async () => {
    const prefix = freshPrefix();
    const long = await store().lease(3600, { keepAlive: false });
    const short = await store().lease(2, { keepAlive: false });
    await store().put(`${prefix}long`, '1', { lease: long.id });
    const { revision } = await store().put(`${prefix}short`, '1', { lease: short.id });
    await backend().restart();
    const watch = new Recorder(store(), prefix, revision);
    await watch.reaches(revision + 1);
    await watch.stop();
    expect(watch.changes).toMatchObject([{ key: `${prefix}short`, value: null, previous: '1' }]);
    expect((await store().list(prefix)).entries.map(({ key }) => key)).toEqual([`${prefix}long`]);
  });

  it('refuses everything after it was closed, and ends its watches and leases', async () => {
    const prefix = freshPrefix();
    const closed = store();
    const { revision } = await closed.put(`${prefix}a`, '1');
    const watch = new Recorder(closed, prefix, revision);
    const lease = await closed.lease(60);
    await closed.close();
    expect(await watch.ended()).toBeInstanceOf(LiveUnavailable);
    expect(lease.lost.aborted).toBe(true);
    const calls = [
      () => closed.get('a'),
      () => closed.list('a'),
      () => closed.put('a', '1'),
      () => closed.delete('a'),
      () => closed.txn({ when: [], then: [] }),
      () => closed.lease(60),
    ];
    for (const call of calls) await expect(call()).rejects.toThrow(LiveUnavailable);
    expect(await new Recorder(closed, prefix, revision).ended()).toBeInstanceOf(LiveUnavailable);
    expect((await closed.health()).state).toBe('down');
    await backend().restart();
  });
}
