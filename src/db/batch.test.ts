import { describe, expect, it, vi } from 'vitest';
import { objectBudget } from '../lib/object-budget.js';
import { byGroup, byId } from './batch.js';
import type { Collection } from './document-store.js';
import type { StoredDocument } from './stored-document.js';

interface Run extends StoredDocument {
  readonly ownerId: string;
  readonly hidden?: boolean;
}
const run = (id: string, ownerId: string, hidden = false): Run => ({
  id,
  ownerId,
  hidden,
  revision: 1,
  schemaVersion: 1,
});
const RUNS = [run('r1', 'u1'), run('r2', 'u2'), run('r3', 'u1'), run('r4', 'u1', true)];

function collection() {
  const fake = {
    getMany: vi.fn(async (ids: readonly string[]) => RUNS.filter(({ id }) => ids.includes(id)).reverse()),
    find: vi.fn(async (filter: { ownerId?: { $in: string[] } }) =>
      RUNS.filter(({ ownerId }) => filter.ownerId?.$in.includes(ownerId)),
    ),
  };
  return { fake, runs: fake as unknown as Collection<Run> };
}

describe('documents by id', () => {
  const load = (runs: Collection<Run>) => byId(runs, ({ id, hidden }) => (hidden ? null : id));

  it('are loaded by one call for all that is asked in a turn, each in its place', async () => {
    const { runs, fake } = collection();
    const loader = load(runs);
    const asked = ['r3', 'r1', 'none', 'r3', 'r4'].map((id) => loader.load(id));
    expect(await Promise.all(asked)).toEqual(['r3', 'r1', null, 'r3', null]);
    expect(fake.getMany).toHaveBeenCalledTimes(1);
    expect(fake.getMany).toHaveBeenCalledWith(['r3', 'r1', 'none', 'r4']);
  });

  it('fail together when the store does', async () => {
    const { runs, fake } = collection();
    fake.getMany.mockRejectedValueOnce(new Error('down'));
    const loader = load(runs);
    const asked = ['r1', 'r2'].map((id) => loader.load(id));
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('documents by group', () => {
  const options = {
    field: 'ownerId' as const,
    index: 'ownerId_state',
    filter: { finished: false },
    view: ({ id }: Run) => id,
    budget: objectBudget(100),
  };

  it('are loaded by one call for all groups of a turn, empty ones included', async () => {
    const { runs, fake } = collection();
    const loader = byGroup(runs, options);
    expect(await Promise.all(['u1', 'u2', 'u3'].map((key) => loader.load(key)))).toEqual([
      ['r1', 'r3', 'r4'],
      ['r2'],
      [],
    ]);
    expect(fake.find.mock.calls).toEqual([
      [
        { finished: false, ownerId: { $in: ['u1', 'u2', 'u3'] } },
        { index: 'ownerId_state', limit: 101 },
      ],
    ]);
  });

  it('of a caller who sees none of them are not asked for', async () => {
    const { runs, fake } = collection();
    const loader = byGroup(runs, { ...options, filter: null });
    expect(await Promise.all(['u1', 'u2'].map((key) => loader.load(key)))).toEqual([[], []]);
    expect(fake.find).not.toHaveBeenCalled();
  });

  it('are refused above the budget, however often they are answered', async () => {
    const { runs } = collection();
    const loader = byGroup(runs, { ...options, budget: objectBudget(4) });
    expect(await loader.load('u1')).toHaveLength(3);
    await expect(loader.load('u1')).rejects.toMatchObject({
      code: 'QUERY_TOO_COSTLY',
      details: { limit: 'cost', max: 4, actual: null },
    });
  });

  it('are refused together where not all of them were read', async () => {
    const { runs } = collection();
    const loader = byGroup(runs, { ...options, budget: objectBudget(3) });
    const asked = ['u1', 'u2', 'u3'].map((key) => loader.load(key));
    expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(Array(3).fill('rejected'));
  });

  it('that belong to no group asked for are left out', async () => {
    const { runs, fake } = collection();
    fake.find.mockResolvedValueOnce([run('r9', 'u9'), run('r1', 'u1')]);
    expect(await byGroup(runs, options).load('u1')).toEqual(['r1']);
  });
});
