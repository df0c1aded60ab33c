import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { START } from '../../tests/support/aggregate-run.js';
import {
  added,
  CAUSE,
  CounterDocument,
  counterRepository,
  made,
  withRecord,
} from '../../tests/support/counter.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { addMs } from '../lib/clock.js';
import { assertRevision, causeOf, isApplied } from './aggregate-repository.js';
import { NewerFormat, RevisionConflict, type Collection } from './document-store.js';

let stores: TempStores;
let counters: Collection<CounterDocument>;
let count = 0;

beforeAll(async () => {
  stores = await tempStores([CounterDocument]);
  counters = stores.documents.collection(CounterDocument);
});
afterAll(() => stores.close());

/** A repository and a counter of a name nobody has. */
async function counter(more: Parameters<typeof counterRepository>[1] = {}) {
  const parts = counterRepository(counters, more);
  const id = `c${++count}`;
  await parts.repository.insert(id, [made(id)], CAUSE);
  return { ...parts, id };
}

describe('an insert', () => {
  it('stores state, events, guards and nothing else, and wakes the loop that copies events', async () => {
    const { repository, woken } = counterRepository(counters);
    const state = await repository.insert('first', [made('first'), added(5)], withRecord('rec-1'));
    expect(state).toEqual({ id: 'first', name: 'first', total: 5, revision: 1, updatedAt: START });
    const stored = await counters.get('first');
    expect(stored).toMatchObject({
      ...state,
      rank: 'FIRST',
      schemaVersion: 2,
      eventNumber: 2,
      hasOutbox: true,
      appliedRecords: [{ id: 'rec-1', at: 'then' }],
    });
    expect(stored?.outbox).toMatchObject([
      { type: 'Made', number: 1, revision: 1, at: START, by: 'u-1', requestId: 'r-1', aggregateId: 'first' },
      { type: 'Added', number: 2, revision: 1, payload: { amount: 5 } },
    ]);
    expect(woken).toEqual(['counters/first']);
  });
});

describe('a load', () => {
  it('gives the state without what only the store needs', async () => {
    const { repository, id } = await counter();
    const { state, storage } = await repository.load(id);
    expect(state).toEqual({ id, name: id, total: 0, revision: 1, updatedAt: START });
    expect(storage).toMatchObject({ eventNumber: 1, outbox: [{ type: 'Made' }], appliedRecords: [] });
    expect(repository.stateOf((await counters.get(id)) as CounterDocument)).toEqual(state);
  });

  it('of what is not there is NOT_FOUND, a find is null', async () => {
    const { repository } = await counter();
    expect(await repository.find('none')).toBeNull();
    await expect(repository.load('none')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { entity: 'Counter', id: 'none' },
    });
  });

  it('upgrades older formats, which the next save writes back', async () => {
    const upgrade = (document: CounterDocument) => ({ ...document, total: document.total + 100 });
    const { repository, id } = await counter({ upgrade });
    await counters.amend(id, { schemaVersion: 1 });
    expect((await repository.load(id)).state.total).toBe(100);
    await repository.update(id, CAUSE, () => [added(1)]);
    expect(await counters.get(id)).toMatchObject({ total: 101, schemaVersion: 2 });
  });

  it('refuses newer formats and says what to do', async () => {
    const { repository, id } = await counter();
    await counters.amend(id, { schemaVersion: 3 });
    const refused = repository.load(id);
    await expect(refused).rejects.toBeInstanceOf(NewerFormat);
    await expect(refused).rejects.toThrow(
      `A newer server wrote Counter ${id} in format 3; this server knows up to 2. Upgrade this server.`,
    );
  });
});

describe('an update', () => {
  it('commits what was decided from the state as it is', async () => {
    const { repository, id, woken, clock } = await counter();
    clock.advance(1000);
    const decide = vi.fn(() => [added(2), added(3)]);
    const { state, changed } = await repository.update(id, CAUSE, decide);
    expect(decide).toHaveBeenCalledWith(
      { id, name: id, total: 0, revision: 1, updatedAt: START },
      addMs(START, 1000),
    );
    expect([changed, state]).toEqual([
      true,
      { id, name: id, total: 5, revision: 2, updatedAt: addMs(START, 1000) },
    ]);
    const stored = await counters.get(id);
    expect(stored?.outbox.map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(stored?.eventNumber).toBe(3);
    expect(woken).toHaveLength(2);
  });

  it('without events changes nothing', async () => {
    const { repository, id, woken } = await counter();
    expect(await repository.update(id, CAUSE, () => [])).toMatchObject({
      changed: false,
      state: { revision: 1 },
    });
    expect(woken).toHaveLength(1);
  });

  it('of what is missing or hidden is NOT_FOUND, whatever else holds', async () => {
    const { repository, id } = await counter();
    const decide = vi.fn(() => [added(1)]);
    const options = { visible: () => false, settled: () => true, expectedRevision: 9 };
    for (const [target, given] of [
      [id, options],
      ['none', {}],
    ] as const) {
      const refused = repository.update(target, CAUSE, decide, given);
      await expect(refused).rejects.toMatchObject({ code: 'NOT_FOUND', details: { id: target } });
    }
    expect(decide).not.toHaveBeenCalled();
  });

  it('of what is already as wanted succeeds, whatever revision was expected', async () => {
    const { repository, id } = await counter();
    const options = { settled: ({ total }: { total: number }) => total === 0, expectedRevision: 9 };
    expect(await repository.update(id, CAUSE, () => [added(1)], options)).toMatchObject({ changed: false });
  });

  it('finds its own record before it looks at the revision, and has one effect', async () => {
    const { repository, id } = await counter();
    await repository.update(id, withRecord('rec-1'), () => [added(1)], { expectedRevision: 1 });
    await repository.update(id, CAUSE, () => [added(1)]);
    const repeated = await repository.update(id, withRecord('rec-1'), () => [added(1)], {
      expectedRevision: 1,
    });
    expect(repeated).toMatchObject({ changed: false, state: { total: 2, revision: 3 } });
  });

  it('under a stale revision fails at once', async () => {
    const { repository, id } = await counter();
    const decide = vi.fn(() => [added(1)]);
    await expect(repository.update(id, CAUSE, decide, { expectedRevision: 2 })).rejects.toMatchObject({
      expected: 2,
      actual: 1,
    });
    expect(decide).not.toHaveBeenCalled();
  });

  it('that throws changes nothing', async () => {
    const { repository, id } = await counter();
    const refuse = () => {
      throw new Error('not so');
    };
    await expect(repository.update(id, CAUSE, refuse)).rejects.toThrow('not so');
    expect(await counters.get(id)).toMatchObject({ revision: 1 });
  });
});

describe('a lost race', () => {
  /** A counter that somebody else adds 100 to before each of the next saves. */
  async function raced(times: number) {
    const parts = await counter();
    const other = counterRepository(counters).repository;
    let left = times;
    parts.replaced.replace = async (document, expected) => {
      if (left-- > 0) await other.update(parts.id, CAUSE, () => [added(100)]);
      return counters.replace(document, expected);
    };
    return parts;
  }

  it('is decided anew up to three times', async () => {
    const { repository, id } = await raced(3);
    const seen: number[] = [];
    const decide = ({ total }: { total: number }) => {
      seen.push(total);
      return [added(1)];
    };
    expect(await repository.update(id, CAUSE, decide)).toMatchObject({ state: { total: 301, revision: 5 } });
    expect(seen).toEqual([0, 100, 200, 300]);
  });

  it('a fourth time is a conflict', async () => {
    const { repository, id } = await raced(4);
    await expect(repository.update(id, CAUSE, () => [added(1)])).rejects.toBeInstanceOf(RevisionConflict);
    expect(await counters.get(id)).toMatchObject({ total: 400 });
  });

  it('is a conflict at once where a revision was expected', async () => {
    const { repository, id } = await raced(1);
    const update = repository.update(id, CAUSE, () => [added(1)], { expectedRevision: 1 });
    await expect(update).rejects.toMatchObject({ expected: 1, actual: 2 });
  });
});

describe('the times of commits', () => {
  it('never go back, whatever the clock does', async () => {
    const { repository, id, clock } = await counter();
    clock.set(addMs(START, -600_000));
    const { state } = await repository.update(id, CAUSE, () => [added(1)]);
    expect(state.updatedAt).toBe(START);
    expect(repository.commitTime(state)).toBe(START);
    expect(repository.commitTime(null)).toBe(addMs(START, -600_000));
    const loaded = await repository.load(id);
    expect(await repository.save(loaded, [added(1)], CAUSE)).toMatchObject({ updatedAt: START, revision: 3 });
  });
});

it('a cause is what a call says of its caller', () => {
  const actor = { subject: 'u-1', roles: [], expiresAt: 0 };
  const call = { actor, operation: 'changeThing', requestId: 'r-1', source: null };
  const rest = { record: { id: 'rec', at: 'then' }, newId: null, signal: new AbortController().signal };
  expect(causeOf({ ...call, ...rest })).toEqual({
    by: 'u-1',
    operation: 'changeThing',
    requestId: 'r-1',
    source: null,
    record: { id: 'rec', at: 'then' },
  });
});

it('a revision counts only where one is expected, a record only where there is one', async () => {
  const { repository, id } = await counter();
  const loaded = await repository.load(id);
  for (const expected of [undefined, null, 1])
    expect(() => assertRevision(loaded.state, expected)).not.toThrow();
  expect(() => assertRevision(loaded.state, 2)).toThrow(RevisionConflict);
  expect([isApplied(loaded, CAUSE), isApplied(loaded, withRecord('rec-1'))]).toEqual([false, false]);
});
