import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { START } from '../../tests/support/aggregate-run.js';
import { handClock, keptLog, overriding } from '../../tests/support/by-hand.js';
import { keys } from '../../tests/support/claim-keys.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import type { InstanceStateName } from '../instances/transitions.js';
import { LeaseGone, LiveOutcomeUnknown, LiveUnavailable, type LiveStore } from '../live/live-store.js';
import { liveStates } from './live-states.js';
import { codecs, type InstanceStateValue, type WorkerStateValue } from './values.js';

let stores: TempStores;
beforeAll(async () => void (stores = await tempStores()));
afterAll(() => stores.close());

function states() {
  const replaced: Partial<LiveStore> = {};
  const live = overriding(stores.live, replaced);
  const told: string[] = [];
  const clock = handClock();
  const { logger, lines } = keptLog();
  const made = liveStates({
    live,
    keys,
    clock,
    logger,
    terminalTtlSeconds: 3600,
    onWrite: (result) => told.push(result),
  });
  return { states: made, replaced, told, clock, lines };
}

let instances = 0;
const newId = () => `ins_${++instances}`;
const value = (id: string, seq: number, state: InstanceStateName = 'RUNNING'): InstanceStateValue => ({
  v: 1,
  id,
  state,
  from: null,
  seq,
  revision: seq,
  ownerId: 'u-1',
  definitionId: 'def_1',
  workerId: null,
  at: START,
});
const stored = (id: string) => stores.live.get(keys.instanceState(id));
const seqOf = async (id: string) => {
  const entry = await stored(id);
  const decoded = entry && codecs.instanceState.decode(entry.value);
  return decoded?.ok ? decoded.value.seq : null;
};

describe('a live state', () => {
  it('is written where there is none, and over an older one', async () => {
    const { states: live, told } = states();
    const id = newId();
    const first = await live.instance(value(id, 1, 'PENDING'));
    const second = await live.instance(value(id, 3, 'SCHEDULED'));
    expect(second).toBeGreaterThan(first ?? Number.POSITIVE_INFINITY);
    expect(await stored(id)).toMatchObject({
      value: codecs.instanceState.encode(value(id, 3, 'SCHEDULED')),
      modRevision: second,
    });
    expect(told).toEqual(['written', 'written']);
  });

  it.each([3, 4])('of seq 3 never replaces one of seq %i, and answers where that stands', async (seq) => {
    const { states: live, told } = states();
    const id = newId();
    const newer = await live.instance(value(id, seq));
    expect(await live.instance(value(id, 3, 'SCHEDULED'))).toBe(newer);
    expect(await seqOf(id)).toBe(seq);
    expect(told).toEqual(['written', 'older']);
  });

  it('of a newer format is left alone', async () => {
    const { states: live } = states();
    const id = newId();
    const { revision } = await stores.live.put(keys.instanceState(id), '{"v":2}');
    expect(await live.instance(value(id, 9))).toBe(revision);
    expect(await stored(id)).toMatchObject({ value: '{"v":2}' });
  });

  it('that nobody can read is written anew', async () => {
    const { states: live } = states();
    const id = newId();
    await stores.live.put(keys.instanceState(id), 'nonsense');
    await live.instance(value(id, 2));
    expect(await seqOf(id)).toBe(2);
  });

  it('of a worker has a key of its own', async () => {
    const { states: live } = states();
    const worker: WorkerStateValue = {
      v: 1,
      id: 'wrk_1',
      status: 'RUNNING',
      from: 'PROVISIONING',
      seq: 3,
      revision: 5,
      at: START,
    };
    await live.worker(worker);
    expect((await stores.live.get(keys.workerState('wrk_1')))?.value).toBe(codecs.workerState.encode(worker));
  });

  it('never goes back, in whatever order writes of several processes arrive', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
        async (seqs) => {
          const id = newId();
          const [one, other] = [states().states, states().states];
          await Promise.all(seqs.map((seq, n) => (n % 2 ? one : other).instance(value(id, seq))));
          expect(await seqOf(id)).toBe(Math.max(...seqs));
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe('a write', () => {
  it('that another one overtook looks again', async () => {
    const { states: live, replaced, told } = states();
    const id = newId();
    replaced.txn = async (transaction) => {
      delete replaced.txn;
      await states().states.instance(value(id, 5));
      return stores.live.txn(transaction);
    };
    await live.instance(value(id, 3));
    expect(await seqOf(id)).toBe(5);
    expect(told).toEqual(['older']);
  });

  it.each([true, false])('whose reply is lost is looked for (it was made: %s)', async (isMade) => {
    const { states: live, replaced } = states();
    const id = newId();
    replaced.txn = async (transaction) => {
      delete replaced.txn;
      if (isMade) await stores.live.txn(transaction);
      throw new LiveOutcomeUnknown('the reply was lost');
    };
    expect(await live.instance(value(id, 3))).toBe((await stored(id))?.modRevision);
    expect(await seqOf(id)).toBe(3);
  });

  it.each([
    ['whose store is down', () => Promise.reject(new LiveUnavailable('refused'))],
    ['whose replies are all lost', () => Promise.reject(new LiveOutcomeUnknown('lost'))],
    ['that is always overtaken', async () => ({ succeeded: false, revision: 1, reads: new Map() })],
  ])('%s is null, told, and left to repair', async (_, txn) => {
    const { states: live, replaced, told, lines } = states();
    const tries = vi.fn(txn);
    replaced.txn = tries;
    const id = newId();
    expect(await live.instance(value(id, 3))).toBeNull();
    expect(tries.mock.calls.length).toBeLessThanOrEqual(5);
    expect(told).toEqual(['failed']);
    expect(lines).toMatchObject([{ level: 'warn', fields: { key: keys.instanceState(id) } }]);
  });
});

describe('a terminal state', () => {
  /** The leases that were taken, with their seconds. */
  function counted() {
    const parts = states();
    const leases: [seconds: number, keepAlive: boolean | undefined][] = [];
    parts.replaced.lease = (seconds, options) => {
      leases.push([seconds, options?.keepAlive]);
      return stores.live.lease(seconds, options);
    };
    return { ...parts, leases };
  }

  it('lapses; all of ten minutes share one lease that outlives the last of them', async () => {
    const { states: live, leases, clock } = counted();
    await live.instance(value(newId(), 1));
    expect(leases).toEqual([]);
    await live.instance(value(newId(), 9, 'TERMINATED'));
    clock.advance(600_000);
    await live.instance(value(newId(), 9, 'TERMINATED'));
    expect(leases).toEqual([[4200, false]]);
    clock.advance(1);
    await live.instance(value(newId(), 9, 'TERMINATED'));
    expect(leases).toHaveLength(2);
  });

  it('of a worker lapses too', async () => {
    const { states: live, leases } = counted();
    const worker = { v: 1, id: 'wrk_2', from: null, seq: 3, revision: 5, at: START } as const;
    await live.worker({ ...worker, status: 'TERMINATED' });
    expect(leases).toHaveLength(1);
  });

  it('without a lease to be had is null', async () => {
    const { states: live, replaced } = counted();
    replaced.lease = () => Promise.reject(new LiveUnavailable('refused'));
    const id = newId();
    expect(await live.instance(value(id, 9, 'TERMINATED'))).toBeNull();
    expect(await stored(id)).toBeNull();
  });

  it('whose shared lease is gone takes a new one', async () => {
    const { states: live, replaced, leases } = counted();
    await live.instance(value(newId(), 9, 'TERMINATED'));
    replaced.txn = async () => {
      delete replaced.txn;
      throw new LeaseGone('the lease has ended');
    };
    await live.instance(value(newId(), 9, 'TERMINATED'));
    await live.instance(value(newId(), 9, 'TERMINATED'));
    expect(leases).toHaveLength(2);
  });

  it('written at the same moment as the first one shares its lease', async () => {
    const { states: live, leases } = counted();
    await Promise.all([1, 2, 3].map(() => live.instance(value(newId(), 9, 'TERMINATED'))));
    expect(leases).toHaveLength(1);
  });
});
