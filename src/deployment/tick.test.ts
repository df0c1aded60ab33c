import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { START } from '../../tests/support/aggregate-run.js';
import { gate, handClock, keptLog, overriding } from '../../tests/support/by-hand.js';
import { keys } from '../../tests/support/claim-keys.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { codecs } from '../claims/values.js';
import { RevisionConflict, StoreUnavailable, type Collection } from '../db/document-store.js';
import { LiveUnavailable, type Condition, type LiveStore } from '../live/live-store.js';
import { DEPLOYMENT, DeploymentDocument } from './deployment-model.js';
import type { Life } from './epoch-verdict.js';
import { tickWhileLeading } from './tick.js';

const LEADER = keys.leader('control-plane');

let stores: TempStores;
let deployments: Collection<DeploymentDocument>;
let controller: AbortController;
let documents: Partial<Collection<DeploymentDocument>>;
let live: Partial<LiveStore>;
let kept: ReturnType<typeof keptLog>;
let seen: Life | null;

beforeEach(async () => {
  stores = await tempStores([DeploymentDocument]);
  deployments = stores.documents.collection(DeploymentDocument);
  await deployments.insert({
    id: DEPLOYMENT,
    revision: 1,
    schemaVersion: 1,
    deploymentId: 'd',
    epoch: 'e',
    tick: 80,
    liveRevision: 7,
    raftTerm: 2,
    liveTick: 0,
    lostEpoch: null,
    ownerFolder: null,
    ownerBeat: 0,
  });
  await stores.live.put(LEADER, 'us');
  controller = new AbortController();
  [documents, live, kept, seen] = [{}, {}, keptLog(), null];
});
afterEach(async () => {
  controller.abort();
  await stores.close();
});

const ours = async (): Promise<Condition> => ({
  key: LEADER,
  createRevision: (await stores.live.get(LEADER))?.createRevision ?? 0,
});
const ticking = (fence: Condition, intervalMs = 3_600_000) =>
  tickWhileLeading(
    {
      deployments: overriding(deployments, documents),
      live: overriding(stores.live, live),
      keys,
      clock: handClock(),
      logger: kept.logger,
      intervalMs,
      seen: () => seen,
    },
    { signal: controller.signal, fence },
  );

/** Ticks until `rounds` transactions have been tried, then ends the term. */
async function tick(rounds: number, fence?: Condition): Promise<boolean[]> {
  const done = gate();
  const succeeded: boolean[] = [];
  const txn = live.txn ?? stores.live.txn.bind(stores.live);
  live.txn = async (transaction) => {
    try {
      const result = await txn(transaction);
      succeeded.push(result.succeeded);
      return result;
    } finally {
      if (--rounds === 0) done.open();
    }
  };
  const running = ticking(fence ?? (await ours()), 1);
  await done.opened;
  controller.abort();
  await running;
  return succeeded;
}
const storedTick = async () => {
  const entry = await stores.live.get(keys.tick);
  return entry && codecs.tick.decode(entry.value);
};

describe('the tick of a leader', () => {
  it('is put at once, with the number that was saved in the documents before', async () => {
    live.txn = async (transaction) => {
      expect(await deployments.get(DEPLOYMENT)).toMatchObject({ tick: 81, revision: 2 });
      return stores.live.txn(transaction);
    };
    expect(await tick(1)).toEqual([true]);
    expect(await storedTick()).toEqual({ ok: true, value: { v: 1, n: 81, at: START } });
  });

  it('comes again every interval until the term ends', async () => {
    expect(await tick(3)).toEqual([true, true, true]);
    expect(await storedTick()).toMatchObject({ value: { n: 83 } });
    expect(kept.lines).toEqual([]);
  });

  it.each([
    ['saves how far the live store was seen', { epoch: 'e', revision: 9, raftTerm: 1 }, [9, 2]],
    ['does not lower what was seen', { epoch: 'e', revision: 3, raftTerm: 3 }, [7, 3]],
    ['does not mix up two lives', { epoch: 'other', revision: 99, raftTerm: 99 }, [7, 2]],
  ])('%s', async (_, life, [liveRevision, raftTerm]) => {
    seen = { modRevision: 1, tick: 0, ...life };
    await tick(1);
    expect(await deployments.get(DEPLOYMENT)).toMatchObject({ liveRevision, raftTerm, tick: 81 });
  });

  it.each([
    ['saves the number of a tick that was put', 'e', 82],
    ['does not save that of a tick in another life', 'other', 0],
  ])('%s', async (_, epoch, liveTick) => {
    seen = { modRevision: 1, epoch, revision: 9, raftTerm: 1, tick: 0 };
    await tick(3);
    // The latest one is known to be there when the next one is due.
    expect(await deployments.get(DEPLOYMENT)).toMatchObject({ liveTick, tick: 83 });
  });

  it('waits for the interval, unless the term ends', async () => {
    const running = ticking(await ours());
    await vi.waitFor(async () => expect(await storedTick()).toMatchObject({ value: { n: 81 } }));
    controller.abort();
    await running;
    expect(await deployments.get(DEPLOYMENT)).toMatchObject({ tick: 81 });
  });

  it('is not put by a term that is over', async () => {
    controller.abort();
    await ticking(await ours());
    expect(await storedTick()).toBeNull();
    expect(await deployments.get(DEPLOYMENT)).toMatchObject({ tick: 80 });
  });

  it('is not put by a leader that was replaced and does not know it', async () => {
    const fence = await ours();
    await stores.live.delete(LEADER);
    await stores.live.put(LEADER, 'them');
    expect(await tick(1, fence)).toEqual([false]);
    expect(await storedTick()).toBeNull();
  });
});

describe('a tick that fails', () => {
  it('for the live store is logged and tried again with a new number', async () => {
    let down = true;
    live.txn = async (transaction) => {
      if (down) throw ((down = false), new LiveUnavailable('refused'));
      return stores.live.txn(transaction);
    };
    expect(await tick(2)).toEqual([true]);
    expect(await storedTick()).toMatchObject({ value: { n: 82 } });
    expect(kept.lines).toMatchObject([{ level: 'warn', message: 'the tick has to wait for a store' }]);
  });

  it('for the document store puts nothing', async () => {
    const failures: Error[] = [new StoreUnavailable('refused')];
    documents.replace = async (document, expected) => {
      const failure = failures.pop();
      if (failure) throw failure;
      return deployments.replace(document, expected);
    };
    expect(await tick(1)).toEqual([true]);
    expect(await storedTick()).toMatchObject({ value: { n: 81 } });
    expect(kept.lines).toHaveLength(1);
  });

  it('for a change of the document meanwhile takes the next number', async () => {
    documents.replace = async (document, expected) => {
      delete documents.replace;
      await deployments.replace({ ...document, tick: 90 }, expected);
      throw new RevisionConflict(expected, expected + 1);
    };
    expect(await tick(1)).toEqual([true]);
    expect(await storedTick()).toMatchObject({ value: { n: 91 } });
    expect(kept.lines).toEqual([]);
  });

  it('for a missing document says so', async () => {
    await deployments.remove(DEPLOYMENT, 1);
    const running = ticking(await ours());
    await vi.waitFor(() =>
      expect(kept.lines).toMatchObject([
        { fields: { err: { message: 'the deployment document is missing' } } },
      ]),
    );
    controller.abort();
    await running;
    expect(await storedTick()).toBeNull();
  });
});
