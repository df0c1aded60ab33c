import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  disturbedLedger,
  instance,
  LIMITS,
  newWorker,
  request,
  writes,
} from '../../tests/support/claim-keys.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { LiveUnavailable } from '../live/live-store.js';

let stores: TempStores;
beforeAll(async () => void (stores = await tempStores()));
afterAll(() => stores.close());

/** A ledger, another process's ledger, and a worker with ports for two claims, one of which is made. */
async function open() {
  const { ledger, replaced } = disturbedLedger(stores.live);
  const { ledger: other } = disturbedLedger(stores.live);
  const workerId = newWorker();
  await other.register(workerId, { ...LIMITS, range: { start: 2000, end: 2003 } }, { open: true, seq: 3 });
  await other.claim(request(workerId, 9));
  const releaseFirst = () => other.release({ instanceId: instance(workerId, 9), workerId, token: 'token-9' });
  /** Two claims in one transaction, with room for the first. */
  const claimTwo = () => Promise.allSettled([1, 2].map((n) => ledger.claim(request(workerId, n))));
  return { replaced, releaseFirst, claimTwo };
}

describe('a claim for which a claim before it leaves no room', () => {
  it('is refused with that one transaction, without another read', async () => {
    const { replaced, claimTwo } = await open();
    const sent: boolean[] = [];
    replaced.txn = (transaction) => {
      sent.push(writes(transaction));
      return stores.live.txn(transaction);
    };
    const [first, second] = await claimTwo();
    expect(first).toMatchObject({ value: { ports: { serial_1: 2002, vnc_1: 2003 } } });
    expect(second).toMatchObject({ reason: { code: 'PORTS_EXHAUSTED', details: { need: 2, free: 0 } } });
    expect(sent).toEqual([false, true]);
  });

  it('is not refused when that one is not made', async () => {
    const { replaced, claimTwo } = await open();
    const failure = new LiveUnavailable('away');
    replaced.txn = (transaction) =>
      writes(transaction) ? Promise.reject(failure) : stores.live.txn(transaction);
    expect(await claimTwo()).toMatchObject([{ reason: failure }, { reason: failure }]);
  });

  it('gets the room that others gave back before that one was made', async () => {
    const { replaced, releaseFirst, claimTwo } = await open();
    replaced.txn = async (transaction) => {
      if (writes(transaction)) {
        delete replaced.txn;
        await releaseFirst();
      }
      return stores.live.txn(transaction);
    };
    expect(await claimTwo()).toMatchObject([
      { value: { ports: { serial_1: 2000 } } },
      { value: { ports: { serial_1: 2002 } } },
    ]);
  });
});
