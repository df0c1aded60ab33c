import { expect, it } from 'vitest';
import { LeaseGone } from '../../../src/live/live-store.js';
import type { Bench } from '../live-store.contract.js';
import { Recorder, timed, until } from './facts.js';

export function leaseContract({ store, freshPrefix }: Bench): void {
  it('lets the keys of a lease lapse together when nobody renews it, and tells watchers', async () => {
    const prefix = freshPrefix();
    const lease = await store().lease(2, { keepAlive: false });
    await store().put(`${prefix}a`, '1', { lease: lease.id });
    await store().txn({ when: [], then: [{ put: `${prefix}b`, value: '2', lease: lease.id }] });
    const { revision } = await store().put(`${prefix}c`, 'stays');
    const watch = new Recorder(store(), prefix, revision);
    await watch.reaches(revision + 1);
    await watch.stop();
    expect(watch.batches).toHaveLength(1);
    expect(watch.changes.map(({ key, value, previous }) => [key, value, previous])).toEqual([
      [`${prefix}a`, null, '1'],
      [`${prefix}b`, null, '2'],
    ]);
    expect((await store().list(prefix)).entries.map(({ value }) => value)).toEqual(['stays']);
    await expect(store().put(`${prefix}a`, '1', { lease: lease.id })).rejects.toThrow(LeaseGone);
  });

  it('renews a lease for as long as it is held', async () => {
    const key = `${freshPrefix()}a`;
    const held = await store().lease(3);
    await store().put(key, 'held', { lease: held.id });
    const left = await store().lease(2, { keepAlive: false });
    const other = `${freshPrefix()}b`;
    for (const _ of [1, 2, 3]) {
      const once = await store().lease(2, { keepAlive: false });
      await store().put(other, 'not held', { lease: once.id });
      await until('an unrenewed lease lapses', async () => (await store().get(other)) === null);
    }
    expect(left.lost.aborted).toBe(true);
    expect(held.lost.aborted).toBe(false);
    expect(await store().get(key)).toMatchObject({ value: 'held' });
    await held.revoke();
  });

  it('deletes the keys of a revoked lease at once and takes no more of them', async () => {
    const prefix = freshPrefix();
    const lease = await store().lease(60);
    await store().put(`${prefix}a`, '1', { lease: lease.id });
    await store().put(`${prefix}b`, '1', { lease: lease.id });
    await store().put(`${prefix}b`, 'without a lease now');
    expect(lease.lost.aborted).toBe(false);
    await lease.revoke();
    expect(lease.lost.aborted).toBe(true);
    expect((await store().list(prefix)).entries.map(({ key }) => key)).toEqual([`${prefix}b`]);
    const write = { put: `${prefix}c`, value: '1', lease: lease.id };
    const { error } = await timed(() => store().txn({ when: [], then: [{ delete: `${prefix}b` }, write] }));
    expect(error).toBeInstanceOf(LeaseGone);
    expect((await store().list(prefix)).entries).toHaveLength(1);
    await lease.revoke();
  });

  it('counts a lease that nobody renews as lost after two thirds of its time, before its keys lapse', async () => {
    const key = `${freshPrefix()}a`;
    const granted = performance.now();
    const lease = await store().lease(3, { keepAlive: false });
    await store().put(key, '1', { lease: lease.id });
    await until('the lease counts as lost', () => lease.lost.aborted);
    const after = performance.now() - granted;
    expect(after).toBeGreaterThan(1990);
    expect(after).toBeLessThan(2900);
    expect(await store().get(key)).not.toBeNull();
    await lease.revoke();
  });

  it('keeps the leases of two holders apart', async () => {
    const prefix = freshPrefix();
    const [first, second] = [await store().lease(60), await store().lease(60)];
    expect(first.id).not.toBe(second.id);
    await store().put(`${prefix}a`, '1', { lease: first.id });
    await store().put(`${prefix}a`, '2', { lease: second.id });
    await first.revoke();
    expect(await store().get(`${prefix}a`)).toMatchObject({ value: '2' });
    await second.revoke();
    expect(await store().get(`${prefix}a`)).toBeNull();
  });

  it('takes whole seconds from 1 up', async () => {
    for (const seconds of [0, -1, 1.5, Number.NaN, 1e9]) {
      await expect(store().lease(seconds)).rejects.toThrow(RangeError);
    }
  });
}
