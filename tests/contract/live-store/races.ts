import { expect, it } from 'vitest';
import type { Bench } from '../live-store.contract.js';

export function raceContract({ store, freshPrefix }: Bench): void {
  it('lets exactly one of 1000 concurrent creators win, and shows its value to all others', async () => {
    const key = `${freshPrefix()}a`;
    const create = (n: number) =>
      store().txn({ when: [{ key, absent: true }], then: [{ put: key, value: `${n}` }], orElse: [key] });
    const results = await Promise.all(Array.from({ length: 1000 }, (_, n) => create(n)));
    const winners = results.flatMap(({ succeeded }, n) => (succeeded ? [n] : []));
    expect(winners).toHaveLength(1);
    const seen = new Set(results.flatMap(({ reads }) => [...reads.values()].map(({ value }) => value)));
    expect([...seen]).toEqual([`${winners[0]}`]);
  });

  it('loses none of 500 increments by comparing and swapping', async () => {
    const key = `${freshPrefix()}a`;
    await store().put(key, '0');
    const increment = async () => {
      for (;;) {
        const entry = await store().get(key);
        if (!entry) throw new Error('the counter is gone');
        const then = [{ put: key, value: `${Number(entry.value) + 1}` }];
        const { succeeded } = await store().txn({ when: [{ key, modRevision: entry.modRevision }], then });
        if (succeeded) return;
      }
    };
    const lanes = Array.from({ length: 10 }, async () => {
      for (let n = 0; n < 50; n++) await increment();
    });
    await Promise.all(lanes);
    expect((await store().get(key))?.value).toBe('500');
  });

  it('orders all writes: revisions are distinct, and each write sees those before it', async () => {
    const prefix = freshPrefix();
    const puts = Array.from({ length: 300 }, (_, n) => store().put(`${prefix}${n % 3}`, `${n}`));
    const revisions = (await Promise.all(puts)).map(({ revision }) => revision);
    expect(new Set(revisions).size).toBe(300);
    const { entries } = await store().list(prefix);
    for (const [index, entry] of entries.entries()) {
      const ofKey = revisions.filter((_, n) => n % 3 === index);
      expect(entry.modRevision).toBe(Math.max(...ofKey));
      expect(entry.createRevision).toBe(Math.min(...ofKey));
    }
  });

  it('shows a write to every read that begins after it was answered', async () => {
    const key = `${freshPrefix()}a`;
    for (let n = 0; n < 100; n++) {
      const [{ revision }] = await Promise.all([
        store().put(key, `${n}`),
        store().get(key),
        store().list(key),
      ]);
      const [entry, list] = await Promise.all([store().get(key), store().list(key)]);
      expect([entry?.value, list.entries[0]?.value]).toEqual([`${n}`, `${n}`]);
      expect(list.revision).toBeGreaterThanOrEqual(revision);
    }
  });
}
