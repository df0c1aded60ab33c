import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { countedIds, overriding } from '../../tests/support/by-hand.js';
import { keys } from '../../tests/support/claim-keys.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { codecs } from '../claims/values.js';
import { RevisionConflict, StoreUnavailable, type Collection } from '../db/document-store.js';
import { systemIds } from '../lib/ids.js';
import { LiveOutcomeUnknown, type LiveStore } from '../live/live-store.js';
import { DEPLOYMENT, DeploymentDocument } from './deployment-model.js';
import { DeploymentMismatch, openDeployment } from './open-deployment.js';

let stores: TempStores;
let deployments: Collection<DeploymentDocument>;

beforeEach(async () => {
  stores = await tempStores([DeploymentDocument]);
  deployments = stores.documents.collection(DeploymentDocument);
});
afterEach(() => stores.close());

const open = (documents: Partial<Collection<DeploymentDocument>> = {}, live: Partial<LiveStore> = {}) =>
  openDeployment({
    deployments: overriding(deployments, documents),
    live: overriding(stores.live, live),
    keys,
    ids: systemIds(),
  });

const document = (more: Partial<DeploymentDocument> = {}): DeploymentDocument => ({
  id: DEPLOYMENT,
  revision: 1,
  schemaVersion: 1,
  deploymentId: 'deployment-1',
  epoch: 'epoch-1',
  tick: 0,
  liveRevision: 0,
  raftTerm: 0,
  liveTick: 0,
  lostEpoch: null,
  ownerFolder: null,
  ownerBeat: 0,
  ...more,
});
const putEpoch = (epoch = 'epoch-1', deploymentId = 'deployment-1') =>
  stores.live.put(keys.epoch, codecs.epoch.encode({ v: 1, epoch, deploymentId }));
const storedEpoch = async () => (await stores.live.get(keys.epoch))?.value;

/** The refusal, and that nothing was changed by it. */
async function refused(): Promise<string> {
  const before = [await deployments.get(DEPLOYMENT), await storedEpoch()];
  const failure = await open().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(DeploymentMismatch);
  expect([await deployments.get(DEPLOYMENT), await storedEpoch()]).toEqual(before);
  return (failure as Error).message;
}

describe('two empty stores', () => {
  it('are founded: both carry one id and one epoch', async () => {
    const deploymentId = await openDeployment({ deployments, live: stores.live, keys, ids: countedIds() });
    const stored = await deployments.get(DEPLOYMENT);
    const epoch = stored?.epoch ?? '';
    expect([deploymentId, epoch].map(Number)).toEqual([1, 2]);
    expect(stored).toMatchObject({ deploymentId, tick: 0, revision: 2 });
    expect(await storedEpoch()).toBe(codecs.epoch.encode({ v: 1, epoch, deploymentId }));
  });

  it('are opened again as they were founded, and nothing is written', async () => {
    const first = await open();
    const { revision } = await stores.live.list('');
    expect(await open()).toEqual(first);
    expect((await stores.live.list('')).revision).toBe(revision);
    expect(await deployments.get(DEPLOYMENT)).toMatchObject({ revision: 2 });
  });

  it('are founded once by several processes at the same moment', async () => {
    const opened = await Promise.all([open(), open(), open()]);
    expect(new Set(opened).size).toBe(1);
  });

  it('are founded once also when another process is faster between reading one and the other', async () => {
    const late = open({
      get: async (id) => {
        const found = await deployments.get(id);
        if (!found) await open();
        return found;
      },
    });
    expect(await late).toEqual(await open());
  });
});

describe('a founding that was cut short', () => {
  it('after the document is finished', async () => {
    await deployments.insert(document({ epoch: null }));
    expect(await open()).toBe('deployment-1');
    const { epoch, revision } = (await deployments.get(DEPLOYMENT)) as DeploymentDocument;
    expect(revision).toBe(2);
    expect(await storedEpoch()).toContain(String(epoch));
  });

  it('after the epoch is finished with that epoch', async () => {
    await deployments.insert(document({ epoch: null }));
    await putEpoch();
    expect(await open()).toBe('deployment-1');
    expect(await deployments.get(DEPLOYMENT)).toMatchObject({ epoch: 'epoch-1' });
  });

  it('that another process finishes at the same moment is finished', async () => {
    await deployments.insert(document({ epoch: null }));
    await putEpoch();
    const opened = await open({
      replace: async (next, revision) => {
        await deployments.replace(next, revision);
        throw new RevisionConflict(1, 2);
      },
    });
    expect(opened).toBe('deployment-1');
  });
});

describe('a live store that was lost is left to the leader, and nothing is written', () => {
  it.each([
    ['emptied', null],
    ['of another life', 'epoch-2'],
  ])('%s', async (_, epoch) => {
    await deployments.insert(document());
    if (epoch !== null) await putEpoch(epoch);
    const { revision } = await stores.live.list('');
    expect(await open()).toBe('deployment-1');
    expect(await deployments.get(DEPLOYMENT)).toEqual(document());
    expect((await stores.live.list('')).revision).toBe(revision);
  });
});

it('is asked for the right to write once it is known that the stores belong together, and before any write', async () => {
  const owned: unknown[] = [];
  const parts = { deployments, live: stores.live, keys, ids: systemIds() };
  const own = async () => void owned.push([await deployments.get(DEPLOYMENT), await storedEpoch()]);
  await openDeployment({ ...parts, own });
  expect(owned).toEqual([[null, undefined]]);
  await stores.live.put(keys.epoch, codecs.epoch.encode({ v: 1, epoch: 'e', deploymentId: 'other' }));
  await expect(openDeployment({ ...parts, own })).rejects.toBeInstanceOf(DeploymentMismatch);
  expect(owned).toHaveLength(1);
});

describe('stores that do not belong together end the start', () => {
  it('when only the live store has an id', async () => {
    await putEpoch();
    expect(await refused()).toBe(
      'The live store belongs to deployment deployment-1, but the document store is empty: ' +
        'it is the wrong database, or it was emptied. Restore it, or point MONGODB_URI at the right one.',
    );
  });

  it('when they have different ids', async () => {
    await deployments.insert(document());
    await putEpoch('epoch-1', 'deployment-2');
    expect(await refused()).toBe(
      'The document store belongs to deployment deployment-1, the live store to deployment-2: ' +
        'one of them is the wrong one. Check MONGODB_URI, ETCD_ENDPOINTS, ETCD_PREFIX and DATA_DIR.',
    );
  });

  it.each(['nonsense', '{"v":2,"epoch":"x","deploymentId":"y"}'])('when its epoch reads %s', async (text) => {
    await stores.live.put(keys.epoch, text);
    expect(await refused()).toBe('/ccm/epoch cannot be read by this version of the server.');
  });

  it('when another deployment takes the live store at this moment', async () => {
    const taken = open(
      {},
      {
        txn: async (transaction) => {
          await putEpoch('epoch-2', 'deployment-2');
          return stores.live.txn(transaction);
        },
      },
    );
    await expect(taken).rejects.toThrow(
      'The live store was taken by deployment deployment-2 at this moment.',
    );
  });

  it('when the epoch vanishes at this moment', async () => {
    const vanished = open({}, { get: async () => null });
    await expect(vanished).rejects.toThrow('/ccm/epoch vanished while the server started.');
  });
});

describe('a store that fails ends the start with its own error', () => {
  const down = () => Promise.reject(new StoreUnavailable('refused'));

  it.each([{ get: down }, { insert: down }, { replace: down }])('%o', async (documents) => {
    await expect(open(documents)).rejects.toBeInstanceOf(StoreUnavailable);
  });

  it('and the start after that succeeds, whatever was written', async () => {
    const lost = open(
      {},
      {
        txn: async (transaction) => {
          await stores.live.txn(transaction);
          throw new LiveOutcomeUnknown('the reply was lost');
        },
      },
    );
    await expect(lost).rejects.toBeInstanceOf(LiveOutcomeUnknown);
    expect(await open()).toEqual(await open());
  });
});
