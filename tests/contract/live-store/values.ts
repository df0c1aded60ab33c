import { expect, it } from 'vitest';
import type { Bench } from '../live-store.contract.js';

export function valueContract({ store, freshPrefix }: Bench): void {
  it('answers null for a key that does not exist', async () => {
    expect(await store().get(`${freshPrefix()}a`)).toBeNull();
  });

  it('gives back a value with the revisions of its creation and its latest change', async () => {
    const key = `${freshPrefix()}a`;
    const created = await store().put(key, '{"v":1,"text":"äöü ☃ \\u0000"}');
    expect(await store().get(key)).toEqual({
      key,
      value: '{"v":1,"text":"äöü ☃ \\u0000"}',
      createRevision: created.revision,
      modRevision: created.revision,
    });
    const changed = await store().put(key, '');
    expect(changed.revision).toBe(created.revision + 1);
    expect(await store().get(key)).toEqual({
      key,
      value: '',
      createRevision: created.revision,
      modRevision: changed.revision,
    });
  });

  it('says where it stands together with a key, which no later answer is below', async () => {
    const key = `${freshPrefix()}a`;
    const absent = await store().standing(key);
    expect(absent).toMatchObject({ entry: null, revision: (await store().list('')).revision });
    const { revision } = await store().put(key, '1');
    const present = await store().standing(key);
    expect(present).toEqual({ entry: await store().get(key), revision, raftTerm: absent.raftTerm });
    expect(Number.isInteger(present.raftTerm)).toBe(true);
    expect(store().interruptions()).toBe(store().interruptions());
  });

  it('lists what is below a prefix, in key order, with the revision it is true at', async () => {
    const prefix = freshPrefix();
    for (const key of ['b', 'a/2', 'a', 'ä', 'a/10', 'Z']) await store().put(prefix + key, key);
    await store().put(`${prefix.slice(0, -1)}~`, 'a neighbour');
    const { revision } = await store().put(`${prefix}b`, 'b again');
    const list = await store().list(prefix);
    expect(list.entries.map(({ key }) => key.slice(prefix.length))).toEqual([
      'Z',
      'a',
      'a/10',
      'a/2',
      'b',
      'ä',
    ]);
    expect(list.entries[4]).toEqual({
      key: `${prefix}b`,
      value: 'b again',
      createRevision: revision - 6 - 1,
      modRevision: revision,
    });
    expect(list.revision).toBe(revision);
    expect((await store().list('')).entries.length).toBeGreaterThanOrEqual(7);
    expect((await store().list(`${prefix}nothing`)).entries).toEqual([]);
  });

  it('lists more than one message of the usual size holds', async () => {
    const prefix = freshPrefix();
    for (let part = 0; part < 5; part++) {
      const keys = Array.from({ length: 90 }, (_, n) => `${prefix}${part}/${n}`);
      await store().txn({ when: [], then: keys.map((put) => ({ put, value: 'x'.repeat(14_000) })) });
    }
    const { entries } = await store().list(prefix);
    expect(entries).toHaveLength(450);
    expect(entries.every(({ value }) => value.length === 14_000)).toBe(true);
  });

  it('deletes, says whether there was anything, and creates anew afterwards', async () => {
    const key = `${freshPrefix()}a`;
    const first = await store().put(key, '1');
    const deleted = await store().delete(key);
    expect(deleted).toEqual({ existed: true, revision: first.revision + 1 });
    expect(await store().delete(key)).toEqual({ existed: false, revision: deleted.revision });
    const { revision } = await store().put(key, '2');
    expect((await store().get(key))?.createRevision).toBe(revision);
  });

  it('does all writes of a transaction as one revision when every condition holds', async () => {
    const prefix = freshPrefix();
    const a = await store().put(`${prefix}a`, '1');
    await store().put(`${prefix}b`, '1');
    const b = await store().put(`${prefix}b`, '2');
    const result = await store().txn({
      when: [
        { key: `${prefix}a`, createRevision: a.revision },
        { key: `${prefix}b`, modRevision: b.revision },
        { key: `${prefix}c`, absent: true },
        { key: `${prefix}d`, modRevision: 0 },
      ],
      then: [
        { put: `${prefix}c`, value: 'new' },
        { put: `${prefix}b`, value: '3' },
        { delete: `${prefix}a` },
      ],
      orElse: [`${prefix}a`],
    });
    expect(result).toEqual({ succeeded: true, revision: b.revision + 1, reads: new Map() });
    const { entries } = await store().list(prefix);
    expect(entries.map(({ key, value, modRevision }) => [key, value, modRevision])).toEqual([
      [`${prefix}b`, '3', result.revision],
      [`${prefix}c`, 'new', result.revision],
    ]);
  });

  it('does nothing when one condition fails, and reads instead', async () => {
    const prefix = freshPrefix();
    const { revision } = await store().put(`${prefix}a`, '1');
    const holds = { key: `${prefix}a`, modRevision: revision };
    const failures = [
      { key: `${prefix}a`, absent: true },
      { key: `${prefix}a`, modRevision: revision - 1 },
      { key: `${prefix}a`, createRevision: revision + 1 },
      { key: `${prefix}missing`, modRevision: revision },
    ] as const;
    for (const fails of failures) {
      const result = await store().txn({
        when: [holds, fails],
        then: [{ delete: `${prefix}a` }, { put: `${prefix}b`, value: '1' }],
        orElse: [`${prefix}a`, `${prefix}missing`],
      });
      const entry = { key: `${prefix}a`, value: '1', createRevision: revision, modRevision: revision };
      expect(result).toEqual({ succeeded: false, revision, reads: new Map([[entry.key, entry]]) });
    }
    expect((await store().list(prefix)).entries).toHaveLength(1);
  });

  it('uses up no revision for a transaction that changes nothing', async () => {
    const prefix = freshPrefix();
    const { revision } = await store().put(`${prefix}a`, '1');
    const nothing = await store().txn({ when: [], then: [] });
    const deleted = await store().txn({ when: [], then: [{ delete: `${prefix}b` }] });
    expect([nothing.revision, deleted.revision]).toEqual([revision, revision]);
    expect((await store().put(`${prefix}a`, '1')).revision).toBe(revision + 1);
  });

  it('refuses what breaks the limits, and does none of it', async () => {
    const prefix = freshPrefix();
    const puts = (count: number, value = '') =>
      Array.from({ length: count }, (_, index) => ({ put: `${prefix}${index}`, value }));
    const twice = [{ put: `${prefix}a`, value: '' }, { delete: `${prefix}a` }];
    const large = puts(2, 'x'.repeat(800_000));
    for (const then of [puts(129), twice, large, [{ put: '', value: '' }], [{ delete: 'k'.repeat(1025) }]]) {
      await expect(store().txn({ when: [], then })).rejects.toThrow(RangeError);
    }
    await expect(store().put(`${prefix}a`, 'x'.repeat(1_600_000))).rejects.toThrow(RangeError);
    await expect(store().get('')).rejects.toThrow(RangeError);
    expect((await store().list(prefix)).entries).toEqual([]);
    const when = puts(128).map(({ put }) => ({ key: put, absent: true }) as const);
    expect((await store().txn({ when, then: puts(128) })).succeeded).toBe(true);
    expect((await store().txn({ when: [], then: puts(1, 'x'.repeat(1_500_000)) })).succeeded).toBe(true);
  });

  it('is healthy, and says how much it holds', async () => {
    const health = await store().health();
    expect(health).toMatchObject({ state: 'up', version: expect.any(String), quotaBytes: null });
    expect(health.state === 'up' && health.usedBytes).toBeGreaterThan(1000);
  });
}
