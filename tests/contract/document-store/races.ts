import { expect, it } from 'vitest';

import { DuplicateKey, RevisionConflict } from '../../../src/db/document-store.js';
import type { OutboxEntry } from '../../../src/db/stored-document.js';
import type { Bench } from './harness.js';
import { collectionOf, idsOf, next, thing, thingModel, type Thing, type Things } from './things.js';

const reasons = (results: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  results.flatMap((it) => (it.status === 'rejected' ? [it.reason] : []));

export function races(bench: Bench): void {
  const fresh = async (...things: Thing[]): Promise<Things> => {
    const model = thingModel(bench.freshName());
    return collectionOf(await bench.open([model]), model, things);
  };

  it('lets exactly one of 100 parallel replacements of a document win, round after round', async () => {
    const things = await fresh(thing('t1'));
    for (let revision = 1; revision <= 6; revision += 1) {
      const results = await Promise.allSettled(
        Array.from({ length: 100 }, (_, rank) =>
          things.replace(thing('t1', { revision: revision + 1, rank }), revision),
        ),
      );
      const winner = results.findIndex(({ status }) => status === 'fulfilled');
      const lost = reasons(results);
      expect(lost).toHaveLength(99);
      expect(lost.every((it) => it instanceof RevisionConflict && it.actual === revision + 1)).toBe(true);
      expect(await things.get('t1')).toMatchObject({ revision: revision + 1, rank: winner });
    }
  });

  it('lets exactly one of 50 racing inserts have a unique value', async () => {
    const things = await fresh();
    for (let round = 0; round < 4; round += 1) {
      const results = await Promise.allSettled(
        Array.from({ length: 50 }, (_, n) => things.insert(thing(`t${round}-${n}`, { guard: `g${round}` }))),
      );
      const lost = reasons(results);
      expect(lost).toHaveLength(49);
      expect(lost.every((it) => it instanceof DuplicateKey && it.index === 'guard')).toBe(true);
      const found = await things.find({ guard: `g${round}` }, { index: 'guard', limit: 9 });
      expect(found).toHaveLength(1);
      expect(results[Number(found[0]!.id.split('-')[1])]!.status).toBe('fulfilled');
    }
  });

  it('lets exactly one of 50 racing inserts have an id', async () => {
    const things = await fresh();
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) =>
        things.insert(thing('t1', { guard: `g${n}`, name: `n${n}`, rank: n })),
      ),
    );
    expect(reasons(results)).toHaveLength(49);
    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    expect(await things.get('t1')).toMatchObject({ rank: winner });
    expect(await things.count({}, { index: 'at' })).toBe(1);
  });

  it('loses no event and no commit when events are pulled while the document is replaced', async () => {
    const things = await fresh(thing('t1'));
    const published = new Set<string>();
    let writing = true;
    const publish = async (): Promise<void> => {
      while (writing || (await things.count({ hasOutbox: true }, { index: 'hasOutbox' })) > 0) {
        const { outbox } = (await things.get('t1'))!;
        for (const { id } of outbox) published.add(id);
        await things.pullEvents(
          't1',
          outbox.map(({ id }) => id),
        );
      }
    };
    const commit = async (): Promise<void> => {
      for (let number = 1; number <= 60; number += 1) {
        const loaded = (await things.get('t1'))!;
        const event: OutboxEntry = { id: `e${number}`, number };
        await things.replace(
          next(loaded, { outbox: [...loaded.outbox, event], hasOutbox: true }),
          loaded.revision,
        );
      }
      writing = false;
    };
    await Promise.all([publish(), publish(), commit()]);
    expect(published.size).toBe(60);
    expect(await things.get('t1')).toStrictEqual(thing('t1', { revision: 61 }));
  });

  it('shows every reader a whole document while it is replaced', async () => {
    const parts = Array.from({ length: 300 }, (_, n) => ({ name: `part-${n}`, size: n }));
    const state = (revision: number) =>
      thing('t1', { revision, rank: revision, parts, details: { of: revision } });
    const things = await fresh(state(1));
    let writing = true;
    const seen = new Set<string>();
    const read = async (): Promise<void> => {
      while (writing) {
        const { revision, rank, details } = (await things.get('t1'))!;
        seen.add([revision, rank, (details as { of: number }).of].join());
      }
    };
    const write = async (): Promise<void> => {
      for (let revision = 2; revision <= 200; revision += 1)
        await things.replace(state(revision), revision - 1);
      writing = false;
    };
    await Promise.all([...Array.from({ length: 8 }, read), write()]);
    const torn = [...seen].filter((text) => new Set(text.split(',')).size > 1);
    expect(torn).toEqual([]);
    expect(seen.size).toBeGreaterThan(1);
  });

  it('keeps what others amend while one field is amended', async () => {
    const things = await fresh(thing('t1'));
    await Promise.all([
      ...Array.from({ length: 30 }, (_, rank) => things.amend('t1', { rank })),
      things.amend('t1', { at: 'x' }),
      things.amend('t1', { done: true }),
    ]);
    expect(await things.get('t1')).toMatchObject({ revision: 1, at: 'x', done: true });
  });

  it('deletes each document once when two delete the same ones', async () => {
    const old = Array.from({ length: 50 }, (_, n) => thing(`t${n}`, { at: '2020' }));
    const things = await fresh(...old, thing('young', { at: '2027' }));
    const deleted = await Promise.all([1, 2, 3].map(() => things.deleteOlderThan('at', '2025', 100)));
    expect(deleted.reduce((sum, count) => sum + count)).toBe(50);
    expect(idsOf(await things.find({}, { index: 'at', limit: 9 }))).toEqual(['young']);
  });
}
