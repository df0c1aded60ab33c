import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  disturbedLedger,
  instance,
  LIMITS,
  losingReplies,
  losingRequests,
  newWorker,
  request,
  stored,
  writes,
} from '../../tests/support/claim-keys.js';
import { gate } from '../../tests/support/by-hand.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { LiveOutcomeUnknown, LiveUnavailable } from '../live/live-store.js';
import type { LedgerParts } from './ledger.js';

let stores: TempStores;
beforeAll(async () => void (stores = await tempStores()));
afterAll(() => stores.close());

/** A disturbed ledger, another process's ledger, and a worker of their own that takes claims. */
async function open(parts: Partial<LedgerParts> = {}) {
  const disturbed = disturbedLedger(stores.live, parts);
  const other = disturbedLedger(stores.live).ledger;
  const workerId = newWorker();
  await other.register(workerId, LIMITS, { open: true, seq: 3 });
  const claimed = (n: number) => ({ instanceId: instance(workerId, n), workerId, token: `token-${n}` });
  return { ...disturbed, other, workerId, claimed, state: () => stored(stores.live, workerId) };
}

/** Lets another process write first, before each of the next `times` writing transactions. */
function overtaken(times: number, first: (n: number) => Promise<unknown>) {
  let left = times;
  return async (transaction: Parameters<typeof stores.live.txn>[0]) => {
    if (writes(transaction) && left > 0) await first(left--);
    return stores.live.txn(transaction);
  };
}

describe('when the reply is lost', () => {
  it('a claim that was made is found by its token', async () => {
    const { ledger, replaced, told, workerId, state } = await open();
    replaced.txn = losingReplies(stores.live, 1);
    const claim = await ledger.claim(request(workerId, 1));
    expect(claim.ports).toEqual({ serial_1: 2000, vnc_1: 2001 });
    expect((await state()).capacity).toMatchObject({ seq: 2, claims: { [claim.instanceId]: {} } });
    expect(told.retries).toBe(1);
  });

  it('a claim that was not made is made once', async () => {
    const { ledger, replaced, workerId, state } = await open();
    replaced.txn = losingRequests(stores.live, 3);
    await ledger.claim(request(workerId, 1));
    expect((await state()).capacity).toMatchObject({ seq: 2 });
  });

  it('a claim that arrives late is not made twice', async () => {
    const { ledger, replaced, workerId, state } = await open();
    let late: (() => Promise<unknown>) | null = null;
    replaced.txn = async (transaction) => {
      if (!writes(transaction)) return stores.live.txn(transaction);
      if (!late) {
        late = () => stores.live.txn(transaction);
        throw new LiveOutcomeUnknown('on its way');
      }
      await late();
      return stores.live.txn(transaction);
    };
    await ledger.claim(request(workerId, 1));
    expect((await state()).capacity).toMatchObject({ seq: 2 });
  });

  it('a release, a closing and an opening are done all the same', async () => {
    const { ledger, replaced, workerId, claimed, state } = await open();
    await ledger.claim(request(workerId, 1));
    replaced.txn = losingReplies(stores.live, 1);
    await ledger.release(claimed(1));
    expect(await state()).toMatchObject({ holder: null, capacity: { claims: {} } });
    replaced.txn = losingReplies(stores.live, 1);
    expect(await ledger.close(workerId, 4, () => undefined)).toEqual([]);
    replaced.txn = losingReplies(stores.live, 1);
    expect(await ledger.open(workerId, LIMITS, 5)).toBe(true);
    expect((await state()).capacity).toMatchObject({ accepting: { open: true, seq: 5 } });
  });

  it('a claim that is given up fails when it arrives after its release', async () => {
    const { ledger, replaced, workerId, claimed, state } = await open({ attempts: 1 });
    let arrive: (() => ReturnType<typeof stores.live.txn>) | null = null;
    replaced.txn = async (transaction) => {
      if (!writes(transaction)) return stores.live.txn(transaction);
      arrive = () => stores.live.txn(transaction);
      throw new LiveOutcomeUnknown('on its way');
    };
    await expect(ledger.claim(request(workerId, 1))).rejects.toBeInstanceOf(LiveOutcomeUnknown);
    delete replaced.txn;
    await ledger.release(claimed(1));
    expect(await arrive!()).toMatchObject({ succeeded: false });
    expect(await state()).toMatchObject({ holder: null, capacity: { claims: {} } });
  });

  it('a registration is done all the same', async () => {
    const { ledger, replaced } = await open();
    const workerId = newWorker();
    replaced.txn = losingReplies(stores.live, 1);
    await ledger.register(workerId, LIMITS, { open: false, seq: 1 });
    expect((await stored(stores.live, workerId)).capacity).toMatchObject({ seq: 1 });
  });

  it('every time, a release that was done is done', async () => {
    const { ledger, replaced, workerId, claimed, state } = await open({ attempts: 3 });
    await ledger.claim(request(workerId, 1));
    replaced.txn = losingReplies(stores.live, 99);
    expect(await ledger.release(claimed(1))).toBeGreaterThan(0);
    expect(await state()).toMatchObject({ holder: null, capacity: { claims: {} } });
  });

  it('every time, a release that may still arrive is unknown', async () => {
    const { ledger, replaced, workerId, claimed, state } = await open({ attempts: 3 });
    await ledger.claim(request(workerId, 1));
    replaced.txn = losingRequests(stores.live, 99);
    await expect(ledger.release(claimed(1))).rejects.toBeInstanceOf(LiveOutcomeUnknown);
    replaced.txn = losingRequests(stores.live, 99);
    await expect(ledger.release(claimed(2))).rejects.toBeInstanceOf(LiveOutcomeUnknown);
    expect((await state()).capacity?.claims).toHaveProperty(instance(workerId, 1));
  });

  it('every time, the outcome is unknown', async () => {
    const { ledger, replaced, workerId } = await open();
    replaced.txn = losingRequests(stores.live, 99);
    await expect(ledger.claim(request(workerId, 1))).rejects.toBeInstanceOf(LiveOutcomeUnknown);
  });

  it('a claim found by its token is granted once', async () => {
    const { ledger, replaced, told, workerId } = await open();
    replaced.txn = losingReplies(stores.live, 1);
    expect(await ledger.claim(request(workerId, 1))).toMatchObject({ token: 'token-1' });
    expect(told).toEqual({ retries: 1, released: [] });
  });
});

describe('when others are first', () => {
  it('a claim is decided anew from what they left', async () => {
    const { ledger, replaced, other, workerId, told } = await open();
    replaced.txn = overtaken(2, (n) => other.claim(request(workerId, 10 + n)));
    expect((await ledger.claim(request(workerId, 1))).ports).toEqual({ serial_1: 2004, vnc_1: 2005 });
    expect(told.retries).toBe(2);
  });

  it('twice, and again while the claim steps aside, it goes on from what stands then', async () => {
    const { ledger, replaced, other, workerId, told } = await open();
    const another = (n: number) => other.claim(request(workerId, 10 + n));
    let left = 2;
    replaced.txn = async (transaction) => {
      if (!writes(transaction) || left === 0) return stores.live.txn(transaction);
      await another(left);
      const answer = await stores.live.txn(transaction);
      if (--left === 0) await another(0);
      return answer;
    };
    expect((await ledger.claim(request(workerId, 1))).ports).toEqual({ serial_1: 2006, vnc_1: 2007 });
    expect(told.retries).toBe(2);
  });

  it('every time, it ends as contention after the attempts', async () => {
    const { ledger, replaced, other, workerId, told } = await open({ attempts: 3 });
    replaced.txn = overtaken(99, (n) => other.release({ ...request(workerId, n), token: 'none' }));
    await expect(ledger.claim(request(workerId, 1))).rejects.toMatchObject({
      code: 'CLAIM_CONTENTION',
      details: { attempts: 3 },
    });
    expect(told.retries).toBe(2);
  });

  it('until the time is over, it ends as contention before the attempts do', async () => {
    const { ledger, replaced, other, workerId, clock } = await open({ deadlineMs: 1000 });
    replaced.txn = overtaken(99, async (n) => {
      clock.advance(600);
      await other.release({ ...request(workerId, n), token: 'none' });
    });
    await expect(ledger.claim(request(workerId, 1))).rejects.toMatchObject({ details: { attempts: 2 } });
  });

  it('on another worker, one instance still has one claim', async () => {
    const { ledger, replaced, other, workerId, state } = await open();
    const elsewhere = await open();
    const token = 'faster';
    replaced.txn = overtaken(1, () =>
      other.claim({ ...request(workerId, 1), workerId: elsewhere.workerId, token }),
    );
    await expect(ledger.claim(request(workerId, 1))).rejects.toMatchObject({
      name: 'ClaimHeld',
      workerId: elsewhere.workerId,
      token,
    });
    expect((await state()).capacity).toMatchObject({ claims: {} });
  });

  it('a claim that is refused after a fresh read writes nothing', async () => {
    const { ledger, replaced, other, workerId, state } = await open();
    replaced.txn = overtaken(1, () => other.close(workerId, 4, () => undefined));
    await expect(ledger.claim(request(workerId, 1))).rejects.toMatchObject({ code: 'WORKER_NOT_ACCEPTING' });
    expect(await state()).toMatchObject({ holder: null, capacity: { claims: {} } });
  });

  it('a closing decides anew from the claims in the value that it closes', async () => {
    const { ledger, replaced, other, workerId } = await open();
    replaced.txn = overtaken(1, () => other.claim(request(workerId, 1)));
    const asked: number[] = [];
    const holders = await ledger.close(workerId, 4, (found) => void asked.push(found.length));
    expect([holders, asked]).toEqual([[instance(workerId, 1)], [0, 1]]);
  });

  it('an opening sees a closing that came before it', async () => {
    const { ledger, replaced, other, workerId, state } = await open();
    replaced.txn = overtaken(1, () => other.close(workerId, 9, () => undefined));
    expect(await ledger.open(workerId, LIMITS, 5)).toBe(false);
    expect((await state()).capacity).toMatchObject({ accepting: { open: false, seq: 9 } });
  });
});

describe('a line of requests', () => {
  it('that is full is contention at once', async () => {
    const { ledger, workerId } = await open({ maxWaiting: 1 });
    const first = ledger.claim(request(workerId, 1));
    await expect(ledger.claim(request(workerId, 2))).rejects.toMatchObject({
      code: 'CLAIM_CONTENTION',
      details: { attempts: 0 },
    });
    await first;
  });

  it('writes nothing for a request whose time was over before its turn', async () => {
    const { ledger, replaced, workerId, clock, state } = await open({ deadlineMs: 1000 });
    const [begun, allowed] = [gate(), gate()];
    replaced.txn = async (transaction) => {
      begun.open();
      await allowed.opened;
      return stores.live.txn(transaction);
    };
    const first = ledger.claim(request(workerId, 1));
    await begun.opened;
    const late = ledger.claim(request(workerId, 2));
    clock.advance(1000);
    allowed.open();
    await expect(late).rejects.toMatchObject({ code: 'CLAIM_CONTENTION', details: { attempts: 0 } });
    await first;
    expect(Object.keys((await state()).capacity?.claims ?? {})).toEqual([instance(workerId, 1)]);
  });
});

it('a store that is down is told at once', async () => {
  const { ledger, replaced, workerId, told } = await open();
  replaced.txn = () => Promise.reject(new LiveUnavailable('refused'));
  await expect(ledger.claim(request(workerId, 1))).rejects.toBeInstanceOf(LiveUnavailable);
  expect(told.retries).toBe(0);
});

it('whatever replies and requests are lost, no number is given twice and what was granted stands', async () => {
  const steps = fc.array(
    fc.record({
      n: fc.integer({ min: 1, max: 6 }),
      release: fc.boolean(),
      lost: fc.constantFrom('reply', 'request', 'none'),
    }),
    { minLength: 1, maxLength: 15 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (list) => {
      const { ledger, replaced, workerId, claimed, state } = await open();
      const held = new Map<string, object>();
      for (const { n, release, lost } of list) {
        const losing = lost === 'reply' ? losingReplies : losingRequests;
        replaced.txn = losing(stores.live, lost === 'none' ? 0 : 1);
        if (release) {
          await ledger.release(claimed(n));
          held.delete(instance(workerId, n));
        } else held.set(instance(workerId, n), (await ledger.claim(request(workerId, n))).ports);
      }
      const { ports } = await state();
      expect(ports?.claims).toEqual(Object.fromEntries(held));
      const numbers = Object.values(ports?.claims ?? {}).flatMap((each) => Object.values(each));
      expect(new Set(numbers).size).toBe(numbers.length);
    }),
    { numRuns: 15 },
  );
});
