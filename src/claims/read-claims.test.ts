import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { instance, keys, LIMITS, newWorker } from '../../tests/support/claim-keys.js';
import { overriding } from '../../tests/support/by-hand.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { LiveUnavailable, type LiveStore } from '../live/live-store.js';
import { emptyValues, instanceWorkerValue } from './claim-values.js';
import { readClaims } from './read-claims.js';
import { codecs } from './values.js';

let stores: TempStores;
beforeAll(async () => void (stores = await tempStores()));
afterAll(() => stores.close());

const values = (workerId: string) => emptyValues(workerId, LIMITS, { open: true, seq: 3 });

async function worker(): Promise<string> {
  const workerId = newWorker();
  const { capacity, ports } = values(workerId);
  await stores.live.put(keys.workerCapacity(workerId), codecs.workerCapacity.encode(capacity));
  await stores.live.put(keys.workerPorts(workerId), codecs.workerPorts.encode(ports));
  return workerId;
}

async function hold(workerId: string): Promise<string> {
  const instanceId = instance(workerId, 1);
  const amounts = { cpuCores: 1, memoryGb: 1, storageGb: 1, nodes: 1 };
  const claim = { instanceId, token: 't', claimedAt: 'then', amounts, ports: {} };
  const value = codecs.instanceWorker.encode(instanceWorkerValue(workerId, claim));
  await stores.live.put(keys.instanceWorker(instanceId), value);
  return instanceId;
}

describe('the claims of a worker', () => {
  it('are both values with the revisions they were read at', async () => {
    const workerId = await worker();
    const { guards, ...read } = await readClaims(stores.live, keys, workerId);
    expect(read).toEqual({ values: values(workerId), holder: null, holderEntry: null });
    const names = [keys.workerCapacity(workerId), keys.workerPorts(workerId)];
    const entries = await Promise.all(names.map((key) => stores.live.get(key)));
    expect(guards).toEqual(entries.map((entry) => ({ key: entry?.key, modRevision: entry?.modRevision })));
  });

  it('and who holds a claim for an instance, come in one round that writes nothing', async () => {
    const workerId = await worker();
    const instanceId = await hold(workerId);
    const before = await stores.live.list('');
    let rounds = 0;
    const counting = overriding<LiveStore>(stores.live, {
      txn: (transaction) => (rounds++, stores.live.txn(transaction)),
      get: () => Promise.reject(new Error('a second round')),
    });
    const { holder, holderEntry } = await readClaims(counting, keys, workerId, instanceId);
    expect(holder).toMatchObject({ instanceId, workerId, token: 't' });
    expect(holderEntry).toMatchObject({ key: keys.instanceWorker(instanceId) });
    expect(await stores.live.list('')).toEqual(before);
    expect(rounds).toBe(1);
    expect(await readClaims(stores.live, keys, workerId, 'ins_none')).toMatchObject({ holder: null });
  });
});

describe('claims that cannot be decided', () => {
  it.each(['workerCapacity', 'workerPorts'] as const)('lack %s', async (kind) => {
    const workerId = await worker();
    await stores.live.delete(keys[kind](workerId));
    const failure = await readClaims(stores.live, keys, workerId).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(LiveUnavailable);
    expect(failure).toMatchObject({
      message: `claims of ${workerId} cannot be decided: a claim key is missing`,
    });
  });

  it.each([
    ['{', 'UNREADABLE'],
    ['{"v":1}', 'UNREADABLE'],
    ['{"v":2}', 'NEWER'],
  ])('hold %s, which is %s', async (text, why) => {
    for (const kind of ['workerCapacity', 'workerPorts'] as const) {
      const workerId = await worker();
      await stores.live.put(keys[kind](workerId), text);
      const read = readClaims(stores.live, keys, workerId);
      await expect(read).rejects.toThrow(`${keys[kind](workerId)} is ${why}`);
    }
    const workerId = await worker();
    const instanceId = await hold(workerId);
    await stores.live.put(keys.instanceWorker(instanceId), text);
    await expect(readClaims(stores.live, keys, workerId, instanceId)).rejects.toBeInstanceOf(LiveUnavailable);
  });
});
