import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { START } from '../../tests/support/aggregate-run.js';
import {
  AMOUNTS,
  disturbedLedger,
  instance,
  keys,
  LIMITS,
  NEED,
  newWorker,
  request,
  stored,
  WORKER,
} from '../../tests/support/claim-keys.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { LiveUnavailable } from '../live/live-store.js';
import { ClaimHeld, type ClaimRequest } from './ledger.js';

let stores: TempStores;
beforeAll(async () => void (stores = await tempStores()));
afterAll(() => stores.close());

/** A ledger and a worker of its own that takes claims. */
async function open(limits = LIMITS) {
  const parts = disturbedLedger(stores.live);
  const workerId = newWorker();
  await parts.ledger.register(workerId, limits, { open: true, seq: 3 });
  return {
    ...parts,
    workerId,
    state: (n = 1) => stored(stores.live, workerId, n),
    claim: (n = 1, more: Partial<ClaimRequest> = {}) => parts.ledger.claim(request(workerId, n, more)),
  };
}

describe('a claim', () => {
  it('takes room, the lowest numbers in template order and the key of its instance, at once', async () => {
    const { claim, state, told, workerId } = await open();
    const instanceId = instance(workerId, 1);
    const ports = { serial_1: 2000, vnc_1: 2001 };
    expect(await claim()).toEqual({
      instanceId,
      token: 'token-1',
      claimedAt: START,
      amounts: AMOUNTS,
      ports,
    });
    const { capacity, ports: numbers, holder, revisions } = await state();
    expect(capacity).toMatchObject({
      seq: 2,
      claims: { [instanceId]: { token: 'token-1', claimedAt: START, ...AMOUNTS } },
    });
    expect(numbers).toMatchObject({ seq: 2, claims: { [instanceId]: ports } });
    expect(holder).toMatchObject({ instanceId, workerId, token: 'token-1' });
    expect(new Set(revisions).size).toBe(1);
    expect(told).toEqual({ retries: 0, released: [] });
  });

  it('asked for again under its token is the same claim, and nothing is written', async () => {
    const { claim, state } = await open();
    const first = await claim();
    const { revisions } = await state();
    expect(await claim()).toEqual(first);
    expect((await state()).revisions).toEqual(revisions);
  });

  it('of another token is never shared, whatever worker it is on', async () => {
    const { claim, workerId } = await open();
    await claim();
    const elsewhere = await open();
    const given = { instanceId: instance(workerId, 1), token: 'other' };
    for (const held of [claim(1, given), elsewhere.claim(1, given)]) {
      const failure = await held.catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ClaimHeld);
      expect(failure).toMatchObject({ workerId, token: 'token-1' });
    }
  });

  it.each([
    ['WORKER_NOT_ACCEPTING', { worker: { ...WORKER, status: 'DRAINING' as const } }],
    ['WORKER_NOT_ELIGIBLE', { need: { ...NEED, licenseAffinity: ['ENTERPRISE' as const] } }],
    [
      'CAPACITY_EXCEEDED',
      { need: { ...NEED, resourceRequirements: { ...NEED.resourceRequirements, cpuCores: 64 } } },
    ],
    ['PORTS_EXHAUSTED', { need: { ...NEED, portTemplate: ['a', 'b', 'c', 'd'].map((name) => ({ name })) } }],
  ])('refused with %s writes nothing', async (code, more) => {
    const { claim, state, told } = await open({ ...LIMITS, range: { start: 2000, end: 2002 } });
    const before = await state();
    await expect(claim(1, more)).rejects.toMatchObject({ code });
    expect(await state()).toEqual(before);
    expect(told).toEqual({ retries: 0, released: [] });
  });

  it('on a closed worker is refused though its document still says RUNNING', async () => {
    const { ledger, claim, workerId } = await open();
    await ledger.close(workerId, 4, () => undefined);
    await expect(claim()).rejects.toMatchObject({ code: 'WORKER_NOT_ACCEPTING' });
  });

  it('on a worker without claim keys, or with unreadable ones, cannot be decided', async () => {
    const { ledger } = disturbedLedger(stores.live);
    const missing = ledger.claim(request(newWorker(), 1));
    await expect(missing).rejects.toBeInstanceOf(LiveUnavailable);
    await expect(missing).rejects.toThrow(/a claim key is missing/);
    const { claim, workerId } = await open();
    await stores.live.put(keys.workerPorts(workerId), '{"v":1}');
    await expect(claim()).rejects.toThrow(`${keys.workerPorts(workerId)} is UNREADABLE`);
  });

  it('that stands in part only cannot be decided', async () => {
    const { claim, workerId } = await open();
    await claim();
    const { capacity } = await stored(stores.live, workerId);
    await stores.live.put(keys.workerCapacity(workerId), JSON.stringify({ ...capacity, claims: {} }));
    await expect(claim()).rejects.toThrow(/the claim is there in part only/);
  });
});

describe('a release', () => {
  it('gives room, numbers and the key of the instance back, and freed numbers go out again', async () => {
    const { ledger, claim, state, workerId } = await open();
    await claim(1);
    await claim(2);
    await ledger.release({ instanceId: instance(workerId, 1), workerId, token: 'token-1' });
    const { capacity, ports, holder } = await state();
    expect([Object.keys(capacity!.claims), Object.keys(ports!.claims)]).toEqual([
      [instance(workerId, 2)],
      [instance(workerId, 2)],
    ]);
    expect(holder).toBeNull();
    expect((await claim(3)).ports).toEqual({ serial_1: 2000, vnc_1: 2001 });
  });

  it('under a foreign token is refused and changes nothing', async () => {
    const { ledger, claim, state, workerId } = await open();
    await claim();
    const before = await state();
    const instanceId = instance(workerId, 1);
    await expect(ledger.release({ instanceId, workerId, token: 'other' })).rejects.toMatchObject({
      code: 'CLAIM_NOT_OWNED',
      details: { instanceId },
    });
    expect(await state()).toEqual(before);
  });

  it('of nothing succeeds, and rewrites the values so that a late claim fails its comparison', async () => {
    const { ledger, claim, state, workerId } = await open();
    const claimed = { instanceId: instance(workerId, 1), workerId, token: 'token-1' };
    await claim();
    await ledger.release(claimed);
    const before = await state();
    const revision = await ledger.release(claimed);
    const after = await state();
    expect(after.capacity).toEqual({ ...before.capacity, seq: before.capacity!.seq + 1 });
    expect(after.revisions.slice(0, 2)).toEqual([revision, revision]);
  });

  it('leaves the key of a claim that its instance holds elsewhere', async () => {
    const { claim, workerId } = await open();
    await claim();
    const other = await open();
    const instanceId = instance(workerId, 1);
    await other.ledger.release({ instanceId, workerId: other.workerId, token: 'late' });
    expect(await stores.live.get(keys.instanceWorker(instanceId))).not.toBeNull();
  });

  it('where the work is done is counted, and left to repair when it fails', async () => {
    const { ledger, claim, told, lines, workerId } = await open();
    await claim();
    const instanceId = instance(workerId, 1);
    await ledger.giveBack({ instanceId, workerId, token: 'other' });
    expect(lines).toMatchObject([{ level: 'warn', fields: { instanceId, workerId } }]);
    await ledger.giveBack({ instanceId, workerId, token: 'token-1' });
    expect(told.released).toEqual(['FAILED', 'RELEASED']);
  });
});

describe('the claim keys of a worker', () => {
  it('are made when it is registered, and only where they are absent', async () => {
    const { ledger, claim, state, workerId } = await open();
    await claim();
    const before = await state();
    await ledger.register(workerId, { ...LIMITS, configRevision: 9 }, { open: false, seq: 1 });
    expect(await state()).toEqual(before);
  });

  it('are closed by exactly the value whose holders decide', async () => {
    const { ledger, claim, state, workerId } = await open();
    await claim();
    const asked: string[][] = [];
    const holders = await ledger.close(workerId, 4, (found) => void asked.push(found));
    expect([holders, asked]).toEqual([[instance(workerId, 1)], [[instance(workerId, 1)]]]);
    const { capacity, ports } = await state();
    expect(capacity).toMatchObject({ accepting: { open: false, seq: 4 }, seq: 3 });
    expect(ports).toMatchObject({ seq: 3 });
  });

  it('stay open when the holders speak against closing', async () => {
    const { ledger, claim, state, workerId } = await open();
    await claim();
    const before = await state();
    const refuse = () => {
      throw new Error('busy');
    };
    await expect(ledger.close(workerId, 4, refuse)).rejects.toThrow('busy');
    expect(await state()).toEqual(before);
  });

  it('are opened with the limits of the document, claims untouched', async () => {
    const { ledger, claim, state, workerId } = await open();
    await claim();
    await ledger.close(workerId, 4, () => undefined);
    const limits = { ...LIMITS, range: { start: 3000, end: 3999 }, excluded: [], configRevision: 7 };
    expect(await ledger.open(workerId, limits, 5)).toBe(true);
    const { capacity, ports } = await state();
    expect(capacity).toMatchObject({ accepting: { open: true, seq: 5 }, configRevision: 7 });
    expect(ports).toMatchObject({ range: limits.range, excluded: [], configRevision: 7 });
    expect(ports?.claims).toHaveProperty(instance(workerId, 1));
  });

  it('are never opened over a later closing', async () => {
    const { ledger, state, workerId } = await open();
    await ledger.close(workerId, 6, () => undefined);
    const before = await state();
    expect(await ledger.open(workerId, LIMITS, 5)).toBe(false);
    expect(await state()).toEqual(before);
    expect(await ledger.open(workerId, LIMITS, 6)).toBe(true);
  });
});
