import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gate } from '../../tests/support/by-hand.js';
import {
  disturbedLedger,
  instance,
  keys,
  LIMITS,
  losingReplies,
  losingRequests,
  NEED,
  newWorker,
  request,
  stored,
  writes,
} from '../../tests/support/claim-keys.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import {
  LiveOutcomeUnknown,
  LiveStorageFull,
  LiveUnavailable,
  type Transaction,
  type Condition,
} from '../live/live-store.js';
import { instanceWorkerValue } from './claim-values.js';
import type { LedgerParts } from './ledger.js';
import { codecs } from './values.js';

let stores: TempStores;
beforeAll(async () => void (stores = await tempStores()));
afterAll(() => stores.close());

const AMPLE = { ...LIMITS, declared: { cpuCores: 4096, memoryGb: 65_536, storageGb: 100_000, nodes: null } };

/** A ledger whose transactions are counted, another process's ledger, and a worker with ample room. */
async function open(parts: Partial<LedgerParts> = {}, limits: typeof AMPLE | typeof LIMITS = AMPLE) {
  const disturbed = disturbedLedger(stores.live, parts);
  const { ledger, replaced } = disturbed;
  const other = disturbedLedger(stores.live).ledger;
  const workerId = newWorker();
  await other.register(workerId, limits, { open: true, seq: 3 });
  const count = { reads: 0, writes: 0 };
  const counted = (transaction: Transaction) => {
    count[writes(transaction) ? 'writes' : 'reads']++;
    return stores.live.txn(transaction);
  };
  replaced.txn = counted;
  const claim = (n: number, more = {}) => ledger.claim(request(workerId, n, more));
  const claimed = (n: number) => ({ instanceId: instance(workerId, n), workerId, token: `token-${n}` });
  const state = (n = 1) => stored(stores.live, workerId, n);
  return { ...disturbed, other, workerId, count, counted, claim, claimed, state };
}

type Opened = Awaited<ReturnType<typeof open>>;

/** A claim that is under way until the gate is opened, so that others wait. */
async function busy({ replaced, counted, claim }: Opened) {
  const [begun, allowed] = [gate(), gate()];
  replaced.txn = async (transaction) => {
    begun.open();
    await allowed.opened;
    return counted(transaction);
  };
  const first = claim(100);
  await begun.opened;
  return { first, letOn: () => allowed.open() };
}

async function plant(instanceId: string, workerId: string): Promise<void> {
  const claim = {
    instanceId,
    token: 'planted',
    claimedAt: 'then',
    amounts: NEED.resourceRequirements,
    ports: {},
  };
  const value = instanceWorkerValue(workerId, { ...claim, amounts: { ...claim.amounts, nodes: 1 } });
  await stores.live.put(keys.instanceWorker(instanceId), codecs.instanceWorker.encode(value));
}

describe('requests that wait', () => {
  it('share one transaction, and each gets its own claim in the order they came', async () => {
    const opened = await open();
    const { claim, count, state } = opened;
    const { first, letOn } = await busy(opened);
    const waiting = Array.from({ length: 50 }, (_, n) => claim(n));
    letOn();
    await first;
    const claims = await Promise.all(waiting);
    expect(claims.map(({ ports }) => ports)).toEqual(
      claims.map((_, n) => ({ serial_1: 2002 + 2 * n, vnc_1: 2003 + 2 * n })),
    );
    expect(count).toEqual({ reads: 1, writes: 2 });
    expect((await state()).capacity?.seq).toBe(1 + 51);
  });

  it('are at most 120 in one transaction', async () => {
    const { claim, count } = await open();
    await Promise.all(Array.from({ length: 241 }, (_, n) => claim(n)));
    expect(count).toEqual({ reads: 1, writes: 3 });
  });

  it('get what a release before them gives back', async () => {
    const opened = await open({}, { ...AMPLE, range: { start: 2000, end: 2003 } });
    const { ledger, claim, claimed } = opened;
    await claim(1);
    const { first, letOn } = await busy(opened);
    const [early, released, late] = [claim(2), ledger.release(claimed(1)), claim(3)];
    letOn();
    await first;
    await expect(early).rejects.toMatchObject({ code: 'PORTS_EXHAUSTED', details: { need: 2, free: 0 } });
    expect(await released).toBeGreaterThan(0);
    expect((await late).ports).toEqual({ serial_1: 2000, vnc_1: 2001 });
  });

  it('for one instance are decided one after the other', async () => {
    const { claim, ledger, claimed, state } = await open();
    const [one, same, foreign] = await Promise.allSettled([claim(1), claim(1), claim(1, { token: 'other' })]);
    expect(same).toEqual(one);
    expect(foreign).toMatchObject({ reason: { name: 'ClaimHeld', token: 'token-1' } });
    await Promise.all([claim(2), ledger.release(claimed(2)), claim(2, { token: 'again' })]);
    expect((await state(2)).holder).toMatchObject({ token: 'again' });
  });

  it('are not kept by one whose key turns out to be held', async () => {
    const { claim, count, counted, replaced, workerId, state } = await open();
    let isPlanted = false;
    replaced.txn = async (transaction) => {
      if (writes(transaction) && !isPlanted) await plant(instance(workerId, 3), 'wrk_elsewhere');
      isPlanted ||= writes(transaction);
      return counted(transaction);
    };
    const results = await Promise.allSettled([1, 2, 3, 4].map((n) => claim(n)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(results[2]).toMatchObject({ reason: { name: 'ClaimHeld', workerId: 'wrk_elsewhere' } });
    expect(results[3]).toMatchObject({ value: { ports: { serial_1: 2004 } } });
    expect(count).toEqual({ reads: 1, writes: 2 });
    expect(Object.keys((await state()).capacity?.claims ?? {})).toHaveLength(3);
  });

  it('are answered at their deadline while others are under way, and never claim', async () => {
    const opened = await open({ deadlineMs: 20 });
    const { first, letOn } = await busy(opened);
    await expect(opened.claim(1)).rejects.toMatchObject({
      code: 'CLAIM_CONTENTION',
      details: { attempts: 0 },
    });
    letOn();
    await first;
    await opened.claim(2);
    expect(Object.keys((await opened.state()).capacity?.claims ?? {})).toEqual(
      [100, 2].map((n) => instance(opened.workerId, n)),
    );
  });

  it('are told what became of their claim when it is under way at their deadline', async () => {
    const { claim, replaced, counted, clock } = await open({ deadlineMs: 1000 });
    replaced.txn = (transaction) => {
      if (writes(transaction)) clock.advance(2000);
      return counted(transaction);
    };
    expect(await claim(1)).toMatchObject({ token: 'token-1' });
  });

  it('never share a transaction with one that goes alone', async () => {
    const opened = await open();
    const { ledger, claim, workerId, count, replaced, counted } = opened;
    const { first, letOn } = await busy(opened);
    const [before, order] = [claim(1), [] as string[]];
    const alone = ledger.alone(workerId, async () => {
      order.push(`alone after ${count.writes}`);
      return true;
    });
    const after = claim(2).then(() => order.push(`then ${count.writes}`));
    letOn();
    replaced.txn = counted;
    await Promise.all([first, before, alone, after]);
    expect(order).toEqual(['alone after 2', 'then 3']);
  });
});

describe('a guess', () => {
  it('saves the next claim its read', async () => {
    const { claim, count } = await open();
    for (const n of [1, 2, 3]) await claim(n);
    expect(count).toEqual({ reads: 1, writes: 3 });
  });

  it('is not used after a second of rest', async () => {
    const { claim, count, clock } = await open();
    await claim(1);
    clock.advance(1000);
    await claim(2);
    expect(count).toEqual({ reads: 2, writes: 2 });
  });

  it('is dropped where this process writes by other ways, and costs no try', async () => {
    const { claim, ledger, workerId, told } = await open();
    await claim(1);
    await ledger.close(workerId, 4, () => undefined);
    await ledger.open(workerId, AMPLE, 5);
    await claim(2);
    expect(told.retries).toBe(0);
  });

  it.each([
    [
      'another process claims',
      async ({ other, workerId }: Opened) => void (await other.claim(request(workerId, 9))),
    ],
    [
      'the worker is closed and opened again',
      async ({ other, workerId }: Opened) => {
        await other.close(workerId, 4, () => undefined);
        await other.open(workerId, AMPLE, 5);
      },
    ],
  ])('is found wrong when %s, and costs one try', async (_name, between) => {
    const opened = await open();
    await opened.claim(1);
    await between(opened);
    const { ports } = await opened.claim(2);
    const { ports: all } = await opened.state();
    const numbers = Object.values(all?.claims ?? {}).flatMap((each) => Object.values(each));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(all?.claims[instance(opened.workerId, 2)]).toEqual(ports);
    expect(opened.count).toEqual({ reads: 1, writes: 3 });
  });

  it('of keys that are gone ends as unavailable, and nothing is written', async () => {
    const { claim, workerId, state } = await open();
    await claim(1);
    await stores.live.delete(keys.workerCapacity(workerId));
    await stores.live.delete(keys.workerPorts(workerId));
    await expect(claim(2)).rejects.toThrow(/a claim key is missing/);
    expect(await state(2)).toMatchObject({ capacity: null, ports: null, holder: null });
  });

  it('gives way to keys that were put back to an older value', async () => {
    const { claim, workerId, state } = await open();
    const names = [keys.workerCapacity(workerId), keys.workerPorts(workerId)];
    const older = await Promise.all(names.map((key) => stores.live.get(key)));
    await claim(1);
    for (const entry of older) if (entry) await stores.live.put(entry.key, entry.value);
    expect((await claim(2)).ports).toEqual({ serial_1: 2000, vnc_1: 2001 });
    expect(Object.keys((await state()).capacity?.claims ?? {})).toEqual([instance(workerId, 2)]);
  });

  it('never refuses: what others gave back since is found by a read', async () => {
    const { claim, other, claimed, count } = await open({}, { ...AMPLE, range: { start: 2000, end: 2003 } });
    await claim(1);
    await claim(2);
    await expect(claim(3)).rejects.toMatchObject({ code: 'PORTS_EXHAUSTED' });
    expect(count).toEqual({ reads: 2, writes: 2 });
    await claim(4, { need: { ...NEED, portTemplate: [] } });
    await other.release(claimed(1));
    expect((await claim(3)).ports).toEqual({ serial_1: 2000, vnc_1: 2001 });
  });

  it('never outlives a fault of the store, on whatever worker that was met', async () => {
    const { claim, ledger, replaced, counted, count } = await open();
    const faulty = newWorker();
    for (const fault of [new LiveUnavailable('away'), new LiveOutcomeUnknown('lost')]) {
      await claim(count.writes);
      replaced.txn = () => Promise.reject(fault);
      await expect(
        ledger.alone(faulty, () => replaced.txn?.({ when: [], then: [] }) as Promise<never>),
      ).rejects.toBe(fault);
      replaced.txn = counted;
      const { reads } = count;
      await claim(count.writes);
      expect(count.reads).toBe(reads + 1);
    }
  });

  it('never outlives the life of the store', async () => {
    let life: readonly Condition[] = [];
    const { claim, count } = await open({ guard: async () => life });
    await claim(1);
    await claim(2);
    const { reads } = count;
    // A key that is absent in both lives, so that the store accepts either.
    life = [{ key: '/ccm/life', absent: true }];
    await claim(3);
    expect(count.reads).toBe(reads + 1);
  });
});

describe('a transaction whose reply is lost', () => {
  it('is decided for each of its requests by their tokens', async () => {
    const { claim, ledger, claimed, replaced, told, state } = await open();
    await claim(1);
    replaced.txn = losingReplies(stores.live, 1);
    const [first, second, released] = await Promise.all([claim(2), claim(3), ledger.release(claimed(1))]);
    expect([first.ports, second.ports]).toEqual([
      { serial_1: 2002, vnc_1: 2003 },
      { serial_1: 2004, vnc_1: 2005 },
    ]);
    expect(released).toBeGreaterThan(0);
    expect(told.retries).toBe(1);
    expect((await state()).holder).toBeNull();
  });

  it('is asked about until the store answers', async () => {
    const { claim, replaced, told } = await open();
    let away = 3;
    const lost = losingReplies(stores.live, 1);
    replaced.txn = async (transaction) => {
      if (told.retries > 0 && !writes(transaction) && away-- > 0) throw new LiveUnavailable('connecting');
      return lost(transaction);
    };
    expect(await claim(1)).toMatchObject({ token: 'token-1' });
    expect(away).toBe(-1);
  });

  it('stays unknown when the store does not answer in time', async () => {
    const { claim, replaced, clock, told } = await open();
    const lost = losingReplies(stores.live, 1);
    replaced.txn = async (transaction) => {
      if (told.retries === 0) return lost(transaction);
      clock.advance(3000);
      throw new LiveUnavailable('away');
    };
    await expect(claim(1)).rejects.toBeInstanceOf(LiveOutcomeUnknown);
  });

  it('is looked for once more when there are no tries left', async () => {
    const { claim, replaced, state } = await open({ attempts: 1 });
    replaced.txn = losingReplies(stores.live, 1);
    const results = await Promise.allSettled([claim(1), claim(2)]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    expect((await state()).capacity?.seq).toBe(3);
  });

  it('makes no refusal true as long as it may still arrive', async () => {
    const { claim, replaced, workerId } = await open();
    const lost = losingRequests(stores.live, 1);
    replaced.txn = async (transaction) => {
      if (writes(transaction)) await plant(instance(workerId, 1), 'wrk_elsewhere');
      return lost(transaction);
    };
    await expect(claim(1)).rejects.toBeInstanceOf(LiveOutcomeUnknown);
  });

  it.each([
    ['was done', true],
    ['was not done', false],
  ])('because the store filled up is read back, and %s', async (_name, isDone) => {
    const { claim, replaced, state } = await open();
    replaced.txn = async (transaction) => {
      if (!writes(transaction)) return stores.live.txn(transaction);
      if (isDone) await stores.live.txn(transaction);
      throw new LiveStorageFull('no space');
    };
    const result = claim(1);
    if (isDone) expect(await result).toMatchObject({ token: 'token-1' });
    else await expect(result).rejects.toBeInstanceOf(LiveStorageFull);
    expect(Object.keys((await state()).capacity?.claims ?? {})).toHaveLength(isDone ? 1 : 0);
  });
});

it('a read whose reply is lost is made again; one that never succeeds writes nothing', async () => {
  const { claim, replaced, counted, count } = await open({ attempts: 3 });
  let lost = 2;
  replaced.txn = async (transaction) => {
    if (lost-- > 0) throw new LiveOutcomeUnknown('lost');
    return counted(transaction);
  };
  await claim(1);
  lost = 99;
  await expect(claim(2)).rejects.toBeInstanceOf(LiveOutcomeUnknown);
  lost = 99;
  await expect(claim(3)).rejects.toBeInstanceOf(LiveUnavailable);
  expect(count.writes).toBe(1);
});
