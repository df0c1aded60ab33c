import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { handClock, keptLog } from '../../tests/support/by-hand.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import type { Collection } from '../db/document-store.js';
import { systemIds } from '../lib/ids.js';
import { DEPLOYMENT, DeploymentDocument } from './deployment-model.js';
import { ownerInDocuments } from './owner-in-documents.js';
import { ownerLease, type Ownership } from './owner.js';

const TTL = 15;

describe('the lease in the documents', () => {
  let stores: TempStores;
  let deployments: Collection<DeploymentDocument>;
  let clock: ReturnType<typeof handClock>;

  beforeEach(async () => {
    stores = await tempStores([DeploymentDocument]);
    deployments = stores.documents.collection(DeploymentDocument);
    clock = handClock();
  });
  afterEach(() => stores.close());

  const folder = (folderId: string) =>
    ownerInDocuments({ deployments, folderId, ttlSeconds: TTL, clock, ids: systemIds() });
  const holder = async () => (await deployments.get(DEPLOYMENT))?.ownerFolder;

  it('is taken where nobody has it, and renewed by the folder that has it', async () => {
    const mine = folder('f-1');
    expect(await mine.claim()).toBe('HELD');
    const first = (await deployments.get(DEPLOYMENT))?.ownerBeat ?? 0;
    expect(await mine.claim()).toBe('HELD');
    expect(await deployments.get(DEPLOYMENT)).toMatchObject({ ownerFolder: 'f-1', ownerBeat: first + 1 });
  });

  it('is taken over at once by another process of the same folder', async () => {
    await folder('f-1').claim();
    expect(await folder('f-1').claim()).toBe('HELD');
  });

  it('of another folder is known to be alive once it changes', async () => {
    const [theirs, mine] = [folder('f-1'), folder('f-2')];
    await theirs.claim();
    expect(await mine.claim()).toBe('UNDECIDED');
    clock.advance(14_999);
    expect(await mine.claim()).toBe('UNDECIDED');
    await theirs.claim();
    expect(await mine.claim()).toBe('FOREIGN');
    clock.advance(14_999);
    expect(await mine.claim()).toBe('FOREIGN');
    expect(await holder()).toBe('f-1');
  });

  it('of another folder has lapsed when it did not change for its time, by the reader’s clock', async () => {
    const mine = folder('f-2');
    await folder('f-1').claim();
    expect(await mine.claim()).toBe('UNDECIDED');
    clock.set('2040-01-01T00:00:00.000Z');
    expect(await mine.claim()).toBe('UNDECIDED');
    clock.advance(15_000);
    expect(await mine.claim()).toBe('HELD');
    expect(await holder()).toBe('f-2');
  });

  it('is given free by its holder alone', async () => {
    await folder('f-1').claim();
    await folder('f-2').release();
    expect(await holder()).toBe('f-1');
    await folder('f-1').release();
    expect(await holder()).toBeNull();
    expect(await folder('f-2').claim()).toBe('HELD');
  });
});

describe('a holder', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  async function holding() {
    const clock = handClock();
    const place = {
      name: 'The store',
      answer: 'HELD' as Ownership | Error,
      lapsed: false,
      released: 0,
      claim: async () => {
        if (place.answer instanceof Error) throw place.answer;
        return place.answer;
      },
      isLapsed: () => place.lapsed,
      release: async () => void place.released++,
    };
    const owner = ownerLease({ place, ttlSeconds: TTL, clock, logger: keptLog().logger });
    await owner.take();
    /** Lets time pass for timers and clock alike. */
    const pass = async (ms: number) => {
      for (let left = ms; left > 0; left -= 500) {
        clock.advance(500);
        await vi.advanceTimersByTimeAsync(500);
      }
    };
    return { owner, place, pass };
  }

  it('keeps the lease by renewing it', async () => {
    const { owner, pass } = await holding();
    await pass(60_000);
    expect(owner.fault()).toBeNull();
    await owner.close();
  });

  it('stops at two thirds of the time after the last renewal, and goes on when it has it again', async () => {
    const { owner, place, pass } = await holding();
    place.answer = new Error('away');
    await pass(9500);
    expect(owner.fault()).toBeNull();
    await pass(500);
    expect(owner.fault()).toContain('could not be renewed');
    place.answer = 'HELD';
    await pass(2000);
    expect(owner.fault()).toBeNull();
    await owner.close();
  });

  it('stops at once when another folder has it, or the place says that it lapsed', async () => {
    const { owner, place, pass } = await holding();
    place.lapsed = true;
    expect(owner.fault()).not.toBeNull();
    place.lapsed = false;
    place.answer = 'FOREIGN';
    await pass(5000);
    expect(owner.fault()).not.toBeNull();
    await owner.close();
    expect(place.released).toBe(0);
  });

  it('gives it free when it is closed', async () => {
    const { owner, place } = await holding();
    await owner.close();
    expect([place.released, owner.fault() === null]).toEqual([1, false]);
  });
});
