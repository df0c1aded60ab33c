import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gate, keptLog, overriding } from '../../tests/support/by-hand.js';
import { keys } from '../../tests/support/claim-keys.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { codecs } from '../claims/values.js';
import { StoreUnavailable, type Collection } from '../db/document-store.js';
import { systemIds } from '../lib/ids.js';
import { LiveUnavailable, type LiveStore } from '../live/live-store.js';
import { DEPLOYMENT, DeploymentDocument } from './deployment-model.js';
import { epochGuard, type EpochGuard } from './epoch-guard.js';
import { openDeployment } from './open-deployment.js';

let stores: TempStores;
let deployments: Collection<DeploymentDocument>;
let deploymentId: string;
let live: Partial<LiveStore>;
let documents: Partial<Collection<DeploymentDocument>>;
let guard: EpochGuard;
let lost: number;
let looks: number;
let interruptions: number;

beforeEach(async () => {
  stores = await tempStores([DeploymentDocument]);
  deployments = stores.documents.collection(DeploymentDocument);
  deploymentId = await openDeployment({ deployments, live: stores.live, keys, ids: systemIds() });
  [lost, looks, interruptions, documents] = [0, 0, 0, {}];
  live = {
    interruptions: () => interruptions,
    standing: (key) => {
      looks++;
      return stores.live.standing(key);
    },
  };
  guard = make();
  await guard.check();
});
afterEach(async () => {
  await guard.close();
  await stores.close();
});

const make = () =>
  epochGuard({
    live: overriding(stores.live, live),
    keys,
    deployments: overriding(deployments, documents),
    deploymentId,
    intervalMs: 3_600_000,
    logger: keptLog().logger,
    onLost: () => lost++,
  });
const stored = async () => (await deployments.get(DEPLOYMENT)) as DeploymentDocument;
const change = async (fields: Partial<DeploymentDocument>) => {
  const before = await stored();
  await deployments.replace({ ...before, ...fields, revision: before.revision + 1 }, before.revision);
};
const put = (epoch: string) =>
  stores.live.put(keys.epoch, codecs.epoch.encode({ v: 1, epoch, deploymentId }));
/** A revision of the store that is below what was seen. */
const goBack = () => (live.standing = async (key) => ({ ...(await stores.live.standing(key)), revision: 1 }));

describe('what claims compare', () => {
  it('is the epoch key, without asking anybody again', async () => {
    const modRevision = (await stores.live.get(keys.epoch))?.modRevision;
    for (let n = 0; n < 3; n++) expect(await guard.conditions()).toEqual([{ key: keys.epoch, modRevision }]);
    expect(looks).toBe(1);
    expect(guard.fault()).toBeNull();
  });

  it('is asked for once more after an interruption, by however many', async () => {
    interruptions++;
    await Promise.all(Array.from({ length: 50 }, () => guard.conditions()));
    expect(looks).toBeLessThanOrEqual(3);
    const asked = looks;
    await guard.conditions();
    expect(looks).toBe(asked);
  });

  it('cannot be had while a store cannot be asked after an interruption', async () => {
    interruptions++;
    live.standing = () => Promise.reject(new LiveUnavailable('refused'));
    await expect(guard.conditions()).rejects.toBeInstanceOf(LiveUnavailable);
    live.standing = (key) => stores.live.standing(key);
    documents.get = () => Promise.reject(new StoreUnavailable('refused'));
    await expect(guard.conditions()).rejects.toBeInstanceOf(StoreUnavailable);
    delete documents.get;
    expect(await guard.conditions()).toHaveLength(1);
  });

  it('is asked for once more when a comparison with it failed', async () => {
    const watched = guard.watched(overriding(stores.live, live));
    await put('e-2');
    const when = await guard.conditions();
    const { succeeded } = await watched.txn({ when, then: [{ put: '/ccm/x', value: '' }] });
    expect(succeeded).toBe(false);
    await expect(guard.conditions()).rejects.toThrow('another epoch');
  });
});

describe('a store that went back', () => {
  it('stops claims, ends what relies on it, and is marked in the documents for whoever starts later', async () => {
    const sound = guard.sound();
    goBack();
    guard.note(90, guard.life()?.epoch ?? '');
    await guard.check();
    expect([sound.aborted, guard.sound().aborted, guard.isLost(), lost]).toEqual([true, true, true, 1]);
    expect(await stored()).toMatchObject({ lostEpoch: (await stored()).epoch });
    await expect(guard.conditions()).rejects.toBeInstanceOf(LiveUnavailable);

    const later = make();
    live.standing = async (key) => ({ ...(await stores.live.standing(key)), revision: 1000 });
    await later.check();
    expect(later.isLost()).toBe(true);
    await later.close();
  });

  it('is not trusted again when its revision has caught up, also where the documents could not be told', async () => {
    documents.replace = () => Promise.reject(new StoreUnavailable('refused'));
    guard.note(90, guard.life()?.epoch ?? '');
    goBack();
    await expect(guard.check()).rejects.toBeInstanceOf(StoreUnavailable);
    live.standing = async (key) => ({ ...(await stores.live.standing(key)), revision: 1000 });
    delete documents.replace;
    await guard.check();
    expect(guard.isLost()).toBe(true);
    expect((await stored()).lostEpoch).toBe((await stored()).epoch);
  });

  it('is told also by a revision that only a transaction or the hub had seen', async () => {
    const watched = guard.watched(overriding(stores.live, live));
    const { revision } = await watched.txn({ when: [], then: [{ put: '/ccm/x', value: '' }] });
    expect(guard.life()?.revision).toBe(revision);
    live.standing = async (key) => ({ ...(await stores.live.standing(key)), revision: revision - 1 });
    await guard.check();
    expect(guard.isLost()).toBe(true);
  });

  it('is not told by what is noticed while it is being asked', async () => {
    const answer = gate();
    live.standing = async (key) => {
      const read = await stores.live.standing(key);
      await answer.opened;
      return read;
    };
    const checked = guard.check();
    const { revision } = await stores.live.put('/ccm/x', '');
    guard.note(revision, guard.life()?.epoch ?? '');
    answer.open();
    await checked;
    expect(guard.fault()).toBeNull();
    expect(guard.life()?.revision).toBe(revision);
  });
});

describe('another life', () => {
  it('is lived in once both stores name it, with what was known of the former one forgotten', async () => {
    guard.note(500, guard.life()?.epoch ?? '');
    const [former, sound] = [guard.life(), guard.sound()];
    await put('e-2');
    await guard.check();
    expect([guard.isLost(), guard.life(), sound.aborted]).toEqual([true, null, true]);
    const waiting = guard.trusted(new AbortController().signal);
    await change({ epoch: 'e-2' });
    await guard.check();
    await waiting;
    expect(guard.life()).toMatchObject({ epoch: 'e-2' });
    expect(guard.life()?.revision).toBeLessThan(former?.revision ?? 0);
    expect(guard.sound().aborted).toBe(false);
    // What was sent in the former life and is answered late.
    guard.note(900, former?.epoch ?? '');
    expect(guard.life()?.revision).toBeLessThan(900);
  });

  it('that came between two looks ends what relied on the former one all the same', async () => {
    const sound = guard.sound();
    await put('e-2');
    await change({ epoch: 'e-2' });
    await guard.check();
    expect([sound.aborted, guard.sound().aborted, lost]).toEqual([true, false, 1]);
  });

  it('is waited for no longer than the waiting signal allows', async () => {
    await put('e-2');
    const controller = new AbortController();
    const waiting = guard.trusted(controller.signal);
    await vi.waitFor(() => expect(guard.isLost()).toBe(true));
    controller.abort();
    await waiting;
  });
});

describe('documents that were restored from an older backup', () => {
  const tick = (n: number) =>
    stores.live.put(keys.tick, codecs.tick.encode({ v: 1, n, at: '2027-02-10T08:00:00.000Z' }));

  it('are known by a tick that they do not know of', async () => {
    await tick(5);
    await guard.check();
    expect(guard.documentsAreOlder()).toBe(true);
    await change({ tick: 5 });
    await guard.check();
    expect(guard.documentsAreOlder()).toBe(false);
  });

  it('are not those that were read just before the leader saved that tick', async () => {
    const before = await stored();
    await tick(5);
    await change({ tick: 5 });
    const reads = [before];
    documents.get = async (id) => reads.pop() ?? deployments.get(id);
    await guard.check();
    expect([reads.length, guard.documentsAreOlder()]).toEqual([0, false]);
  });

  it('are not those that are gone: then nothing may be written', async () => {
    await tick(5);
    documents.get = async () => null;
    await guard.check();
    expect(guard.foreign()).toContain('another deployment, or none');
  });

  it('are not those of another deployment: nobody is to accept them', async () => {
    await tick(5);
    const epoch = codecs.epoch.encode({ v: 1, epoch: 'e-9', deploymentId: 'another' });
    await stores.live.put(keys.epoch, epoch);
    await guard.check();
    expect([guard.foreign() !== null, guard.documentsAreOlder()]).toEqual([true, false]);
  });
});
