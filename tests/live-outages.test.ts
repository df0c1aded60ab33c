/** Subscribers and readiness of a server whose etcd goes silent, dies, comes back or is full. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { performance } from 'node:perf_hooks';
import {
  CreateInstanceDocument,
  InstanceDocument,
  WorkersDocument,
  type LabletClient,
} from '../src/client/index.js';
import { openEtcdLiveStore } from '../src/live/etcd-live-store.js';
import { LiveStorageFull, type LiveStore } from '../src/live/live-store.js';
import { compactEtcd, etcdClient } from './contract/live-store/harness.js';
import { refusal, send } from './support/answers.js';
import { isHere } from './support/backends.js';
import { startEtcd } from './support/engines.js';
import { audit } from './support/live-audit.js';
import { Follower } from './support/followers.js';
import { liveStage } from './support/live-stage.js';
import { madeUp } from './support/live-writer.js';
import { startTestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const LONG = 120_000;
/** How long etcd is away, in seconds; `npm run chaos:outages` takes longer ones too. */
const OUTAGES = (process.env['OUTAGES'] ?? '1,5').split(',').map(Number);
const IDS = [madeUp(1), madeUp(2)];

/** Asks until `fact` holds; the ms that it took since `since`. */
async function until(
  fact: () => boolean | Promise<boolean>,
  since = performance.now(),
  ms = 60_000,
): Promise<number> {
  while (!(await fact())) {
    if (performance.now() - since > ms) throw new Error(`not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return performance.now() - since;
}

const readiness = async (url: string) => (await send(url, { method: 'GET', path: '/readyz' })) as any;

async function stage() {
  const made = await liveStage();
  onTestFinished(() => made.close());
  const client = await made.client();
  const follower = new Follower(client);
  onTestFinished(() => follower.end());
  await follower.synced();
  const isReady = async () => (await readiness(made.server.url)).status === 200;
  await until(isReady);
  return {
    ...{ ...made, follower, isReady },
    isNotReady: async () => !(await isReady()),
    /** A move that is written as soon as etcd takes it; waits until it is told, and judges all that was. */
    async verdict(ms?: number) {
      await until(async () => (await made.writer.store.health()).state === 'up');
      await made.writer.move(IDS);
      const { id, seq } = required(made.writer.latest.get(madeUp(2)));
      await follower.reaches(id, seq, ms);
      return audit(follower.messages, made.writer.written);
    },
  };
}

const nothingLost = (moves: number) => ({ problems: [], resyncs: 0, events: moves * IDS.length });

if (isHere('etcd')) {
  describe('S2 a server whose etcd goes silent', () => {
    it(
      'notices a connection that is dead on one side only, and resumes on another',
      { timeout: LONG },
      async () => {
        const { wayToEtcd, writer, isNotReady, isReady, verdict } = await stage();
        await writer.move(IDS);
        wayToEtcd.blackHole();
        const since = performance.now();
        await writer.move(IDS);
        expect(await until(isNotReady, since)).toBeLessThan(10_000);
        await writer.move(IDS);
        // Nobody mends anything: the dead connection is given up, and a new one made.
        await until(isReady, since);
        expect(await verdict()).toMatchObject(nothingLost(4));
      },
    );

    it('notices that nothing answers any more, and resumes when it does', { timeout: LONG }, async () => {
      const { etcd, writer, isNotReady, isReady, verdict } = await stage();
      await writer.move(IDS);
      etcd.pause();
      expect(await until(isNotReady)).toBeLessThan(10_000);
      etcd.resume();
      expect(await until(isReady)).toBeLessThan(5000);
      expect(await verdict()).toMatchObject(nothingLost(2));
    });
  });

  describe('S2 a server whose etcd dies', () => {
    it.each(OUTAGES)(
      'and comes back after %i s says so, and its subscribers miss nothing',
      { timeout: LONG },
      async (seconds) => {
        const { etcd, writer, isNotReady, isReady, verdict } = await stage();
        for (let n = 0; n < 5; n++) await writer.move(IDS);
        await etcd.kill();
        const since = performance.now();
        // Longer than the 3 s within which it must be noticed, or else not noticed at all.
        if (seconds > 3) expect(await until(isNotReady, since)).toBeLessThan(3000);
        await until(() => performance.now() - since >= seconds * 1000, since);
        await etcd.restart();
        const back = performance.now();
        expect(await until(isReady, back)).toBeLessThan(5000);
        // Within a second of being ready.
        expect(await verdict(1000)).toMatchObject(nothingLost(6));
      },
    );
  });

  describe('a server whose etcd is full', () => {
    /** Until it takes no more; the keys written. */
    async function fill(store: LiveStore): Promise<string[]> {
      const keys: string[] = [];
      for (;;) {
        const key = `/elsewhere/${keys.length}`;
        try {
          await store.put(key, 'x'.repeat(200_000));
        } catch (error) {
          if (error instanceof LiveStorageFull) return keys;
          throw error;
        }
        keys.push(key);
      }
    }

    async function setting() {
      const etcd = await startEtcd({ extraArgs: ['--quota-backend-bytes', '16000000'] });
      onTestFinished(() => etcd.stop());
      const store = await openEtcdLiveStore({ endpoints: [etcd.url], callMs: 10_000 });
      onTestFinished(() => store.close());
      const server = await startTestServer({ env: { ETCD_ENDPOINTS: etcd.url, REPAIR_SECONDS: '1' } });
      onTestFinished(() => server.close());
      return { etcd, store, server };
    }

    it(
      'reads and ends, says why it takes no claims, and goes on once there is room',
      { timeout: LONG },
      async () => {
        const { etcd, store, server } = await setting();
        const admin: LabletClient = await server.client('ADMIN', 'root');
        const tell = story(admin);
        const { id: definitionId } = await tell.definition(plainDefinition('Full'));
        const { id: workerId } = await openWorker(admin, 'crowded');
        const [held, waiting] = [
          await tell.instance({ definitionId }),
          await tell.instance({ definitionId }),
        ];
        await tell.schedule(held.id, workerId);
        const { keys } = server.server.context;

        const big = await fill(store);
        const noted = async () =>
          (await readiness(server.url)).json.checks.find(({ name }: { name: string }) => name === 'live')
            .detail;
        await until(async () => (await noted()) !== null);
        expect(await noted()).toMatch(/^uses \d+ of \d+ bytes$/);

        const { workers } = await admin.request(WorkersDocument, {});
        expect(required(workers).nodes[0]?.instanceIds).toEqual([held.id]);
        const refused = await refusal(tell.schedule(waiting.id, workerId));
        expect(refused).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { store: 'live' } });
        expect(refused.message).toContain('full');
        const { instance } = await admin.request(InstanceDocument, { id: waiting.id });
        expect(instance).toMatchObject({ state: 'PENDING', revision: 1 });
        // What is in documents is done; the live side follows.
        const { createInstance } = await admin.request(CreateInstanceDocument, { input: { definitionId } });
        expect(createInstance).toMatchObject({ liveRevision: null, instance: { state: 'PENDING' } });
        expect(await tell.terminate(held.id)).toMatchObject({ state: 'TERMINATED' });

        for (const key of big) expect(await store.delete(key)).toMatchObject({ existed: true });
        await compactEtcd(etcd.url, (await store.list('/none')).revision);
        await etcdClient(etcd.url, async ({ maintenance }) => {
          await maintenance.defragment();
          const { alarms } = await maintenance.alarm({ action: 'Get' });
          for (const { memberID } of alarms)
            await maintenance.alarm({ action: 'Deactivate', memberID, alarm: 'Nospace' });
        });
        await until(() =>
          tell.schedule(waiting.id, workerId).then(
            () => true,
            () => false,
          ),
        );
        const made = required(createInstance).instance.id;
        await until(async () => (await store.get(keys.instanceState(made))) !== null);
        await until(async () => {
          const { workers: now } = await admin.request(WorkersDocument, {});
          return JSON.stringify(required(now).nodes[0]?.instanceIds) === JSON.stringify([waiting.id]);
        });
        await until(async () => (await noted()) === null && (await readiness(server.url)).status === 200);
      },
    );
  });
}
