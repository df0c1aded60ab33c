import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  disturbedLedger,
  instance,
  keys,
  LIMITS,
  newWorker,
  request,
  stored,
} from '../../tests/support/claim-keys.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { instanceWorkerValue } from './claim-values.js';
import { codecs } from './values.js';

let stores: TempStores;
beforeAll(async () => void (stores = await tempStores()));
afterAll(() => stores.close());

/** A terminated worker that held one claim, and the end of the lease of its claim keys. */
async function open() {
  const { ledger } = disturbedLedger(stores.live);
  const workerId = newWorker();
  await ledger.register(workerId, LIMITS, { open: true, seq: 3 });
  const claim = await ledger.claim(request(workerId, 1));
  const claimed = { instanceId: instance(workerId, 1), workerId, token: 'token-1' };
  await ledger.close(workerId, 4, () => undefined);
  await ledger.release(claimed);
  const lease = await stores.live.lease(600, { keepAlive: false });
  const lapse = (limits = LIMITS) => ledger.lapse(workerId, limits, 5, lease.id);
  const state = () => stored(stores.live, workerId);
  return { ledger, workerId, claim, claimed, lapse, timePasses: () => lease.revoke(), state };
}

describe('claim keys of a terminated worker go with their time', () => {
  it('after its claim was released once more', async () => {
    const { ledger, claimed, lapse, timePasses, state } = await open();
    expect(await lapse()).toBe(true);
    const { revisions } = await state();
    expect(await ledger.release(claimed)).toBeGreaterThan(0);
    expect((await state()).revisions).toEqual(revisions);
    await timePasses();
    expect(await state()).toMatchObject({ capacity: null, ports: null });
  });

  it('after what an instance kept of its claim was released', async () => {
    const { ledger, workerId, claim, claimed, lapse, timePasses, state } = await open();
    await lapse();
    const value = codecs.instanceWorker.encode(instanceWorkerValue(workerId, claim));
    await stores.live.put(keys.instanceWorker(claimed.instanceId), value);
    await ledger.release(claimed);
    expect((await state()).holder).toBeNull();
    await timePasses();
    expect(await state()).toMatchObject({ capacity: null, ports: null });
  });

  it('after limits came late that its document has', async () => {
    const { ledger, workerId, lapse, timePasses, state } = await open();
    const limits = { ...LIMITS, configRevision: 2 };
    await lapse(limits);
    expect(await ledger.limit(workerId, limits, { mayBeOpen: false })).toBeNull();
    expect((await state()).capacity).toMatchObject({ configRevision: 2 });
    await timePasses();
    expect(await state()).toMatchObject({ capacity: null, ports: null });
  });
});
