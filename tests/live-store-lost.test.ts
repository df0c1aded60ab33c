import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError, InstanceChangesDocument, type LabletClient } from '../src/client/index.js';
import type { Context } from '../src/context.js';
import { isHere, purePairs } from './support/backends.js';
import { startEtcd, startMongoJavaServer, type RunningEngine } from './support/engines.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import {
  deleteEverything,
  emptied,
  inAnotherLife,
  isInAnotherLife,
  liveClaims,
  QUICK,
  readiness,
  ready,
  recordedClaims,
  snapshot,
  until,
  whileDown,
} from './support/lost-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { bookMany, openWorker } from './support/stage.js';
import { StreamLog } from './support/stream-log.js';
import { plainDefinition, required, story } from './support/story.js';

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'OK',
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  );

/** A RUNNING worker with two claims of two ports, two instances that are PENDING, and one that is TERMINATED. */
async function stage(admin: LabletClient) {
  const tell = story(admin);
  const lab = await tell.definition(plainDefinition('Lost lab', 2));
  const worker = await openWorker(admin, 'steady');
  const ids = (await bookMany(admin, lab.id, 5)).map(({ id }) => id) as [string, ...string[]];
  const [first, second, third, fourth, ended] = ids as [string, string, string, string, string];
  await tell.schedule(first, worker.id);
  await tell.schedule(ended, worker.id);
  await tell.terminate(ended);
  return { tell, worker, first, second, pending: [third, fourth], definitionId: lab.id };
}

/** Both stores agree on every claim, and a pass of repair finds nothing. */
async function expectClaimsAsRecorded(context: Context): Promise<void> {
  const recorded = await recordedClaims(context);
  expect(Object.keys(recorded).length).toBeGreaterThan(0);
  expect(await liveClaims(context)).toEqual(recorded);
}

type Log = StreamLog<{ instanceChanges: { kind: string; liveRevision: string; instanceId?: string | null } }>;

async function follow(admin: LabletClient, after: string | null = null): Promise<Log> {
  const log = new StreamLog(admin.subscribe(InstanceChangesDocument, { after })) as unknown as Log;
  await log.until(({ instanceChanges: { kind } }) => kind === 'SYNCED');
  return log;
}

/** RESYNC_REQUIRED once, then a snapshot of exactly these, then SYNCED. */
async function expectResync(log: Log, ids: readonly string[]): Promise<void> {
  const kinds = () => log.seen.map(({ instanceChanges: { kind } }) => kind);
  await until('resync', async () => {
    const anew = kinds().indexOf('RESYNC_REQUIRED');
    return anew >= 0 && kinds().includes('SYNCED', anew);
  });
  const after = log.seen.slice(kinds().indexOf('RESYNC_REQUIRED') + 1);
  const shown = after.filter(({ instanceChanges: { kind } }) => kind === 'SNAPSHOT');
  expect(shown.map(({ instanceChanges }) => required(instanceChanges.instanceId)).sort()).toEqual(
    [...ids].sort(),
  );
  expect(kinds().filter((kind) => kind === 'RESYNC_REQUIRED')).toHaveLength(1);
  expect(kinds()).not.toContain('REMOVED');
}

describe.each(purePairs())('S4 every key deleted, on $name', (pair) => {
  let server: TestServer;
  let stopEngines: () => Promise<void>;
  let env: Readonly<Record<string, string>>;
  /** Disturbs calls of the stores while it is set. */
  let disturb: ((call: StoreCall) => Promise<unknown>) | null = null;

  beforeEach(async () => {
    ({ env, stop: stopEngines } = await pair.start());
    const wrapStores = intercepted((call) => disturb?.(call) ?? call.go());
    server = await startTestServer({ env: { ...env, ...QUICK }, overrides: { wrapStores } });
    await ready(server.url);
  });
  afterEach(async () => {
    disturb = null;
    await server?.close();
    await stopEngines?.();
  });

  it('S4 while the server runs: claims stop, all keys come back, subscribers start again', async () => {
    const admin = await server.client('ADMIN');
    const { tell, worker, first, second, pending } = await stage(admin);
    const context = server.server.context;
    const token = context.positions.now();
    const log = await follow(admin);
    let holdRebuild = true;
    disturb = async ({ name, args, go }) => {
      const isFence = name === 'lablet_instances.replace' && JSON.stringify(args).includes('ClaimRevoked');
      if (isFence) await until('the rebuild may go on', async () => !holdRebuild);
      return go();
    };
    await deleteEverything(context);
    await until('not ready', async () => !(await readiness(server.url)).ready);
    const { checks } = await readiness(server.url);
    expect(checks.find(({ name }) => name === 'epoch')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/emptied|another epoch/),
    });
    expect(await codeOf(tell.schedule(second, worker.id))).toBe('STORE_UNAVAILABLE');
    expect(await codeOf(tell.moveWorker(worker.id, 'STOPPING'))).toBe('STORE_UNAVAILABLE');
    holdRebuild = false;

    await ready(server.url);
    await expectClaimsAsRecorded(context);
    await expectResync(log, [first, second, ...pending]);
    // A position of the former life is of no use.
    const again = await follow(admin, token);
    await expectResync(again, [first, second, ...pending]);
    const scheduled = await tell.schedule(second, worker.id);
    expect(scheduled.allocatedPorts.map(({ number }) => number)).toEqual([2002, 2003]);
    expect((await context.instances.load(required(pending[0]))).state).toMatchObject({ revision: 2 });
  });

  it('S4 while it is down: the server starts, makes the keys anew and then becomes ready', async () => {
    const { tell, worker, second } = await stage(await server.client('ADMIN'));
    await tell.schedule(second, worker.id);
    const before = await liveClaims(server.server.context);
    await deleteEverything(server.server.context);
    await server.stop();
    server = await startTestServer({ env: { ...env, ...QUICK }, dataDir: server.dataDir });
    await ready(server.url);
    expect(await liveClaims(server.server.context)).toEqual(before);
    await expectClaimsAsRecorded(server.server.context);
  });

  it('S4 a save that was under way in the former life does not follow', async () => {
    const { tell, worker, second } = await stage(await server.client('ADMIN'));
    const context = server.server.context;
    let late: (() => Promise<unknown>) | null = null;
    disturb = ({ name, args, go }) => {
      if (name !== 'lablet_instances.replace' || !JSON.stringify(args).includes('InstanceScheduled'))
        return go();
      disturb = null;
      late = go;
      return Promise.reject(new Error('it hangs'));
    };
    await codeOf(tell.schedule(second, worker.id));
    const epoch = context.guard.life()?.epoch;
    await deleteEverything(context);
    await inAnotherLife(context, epoch);
    await expect(required<() => Promise<unknown>>(late)()).rejects.toMatchObject({
      name: 'RevisionConflict',
    });
    await expectClaimsAsRecorded(context);
  });
});

if (isHere('etcd') && isHere('mongo-java-server')) {
  describe('S4 etcd + mongo-java-server', () => {
    let etcd: RunningEngine;
    let mongo: RunningEngine;
    const servers: TestServer[] = [];

    beforeEach(async () => {
      [etcd, mongo] = await Promise.all([startEtcd(), startMongoJavaServer()]);
    });
    afterEach(async () => {
      for (const server of servers.splice(0)) await server.close();
      await Promise.all([etcd?.stop(), mongo?.stop()]);
    });

    async function start(): Promise<TestServer> {
      const env = { ETCD_ENDPOINTS: etcd.url, MONGODB_URI: mongo.url, ...QUICK };
      const server = await startTestServer({ env });
      servers.push(server);
      await ready(server.url);
      return server;
    }

    it.each(['emptied', 'restored'] as const)(
      'S4 etcd %s while two servers run: both stop claims, one rebuilds, both go on',
      async (how) => {
        const [one, two] = [await start(), await start()];
        const admin = await one.client('ADMIN');
        const { tell, worker, first, second, pending } = await stage(admin);
        const change = how === 'emptied' ? emptied : await snapshot(etcd);
        await ready(one.url);
        // Held by documents alone once the older state is back: its numbers must not be given twice.
        await tell.schedule(second, worker.id);
        const logs = [await follow(admin), await follow(await two.client('ADMIN'))];
        const before = one.server.context.guard.life();

        await whileDown(etcd, change);
        const codes = new Set<string>();
        const other = story(await two.client('ADMIN'));
        const third = required(pending[0]);
        for (const server of [one, two]) {
          await until('another life', async () => {
            codes.add(await codeOf(other.schedule(third, worker.id)));
            return isInAnotherLife(server.server.context, before?.epoch);
          });
        }
        await Promise.all([ready(one.url), ready(two.url)]);
        expect(codes).toContain('STORE_UNAVAILABLE');
        expect([...codes].filter((code) => code !== 'STORE_UNAVAILABLE' && code !== 'OK')).toEqual([]);
        const instance = await other.schedule(third, worker.id);
        expect(instance.allocatedPorts.map(({ number }) => number)).toEqual([2004, 2005]);
        await expectClaimsAsRecorded(one.server.context);
        for (const log of logs) await expectResync(log, [first, second, ...pending]);
        const lives = servers.map(({ server }) => server.context.guard.life()?.epoch);
        expect(new Set(lives).size).toBe(1);
      },
    );

    it.each(['emptied', 'restored'] as const)('S4 etcd %s while the server is down', async (how) => {
      const one = await start();
      const { tell, worker, first, second } = await stage(await one.client('ADMIN'));
      const change = how === 'emptied' ? emptied : await snapshot(etcd);
      await ready(one.url);
      await tell.schedule(second, worker.id);
      await tell.terminate(first);
      const epoch = one.server.context.guard.life()?.epoch;
      const saved = async () => required(await one.server.context.collections.deployments.get('deployment'));
      const { revision } = await one.server.context.live.list('/ccm/');
      await until(
        'the leader has saved how far it saw',
        async () => (await saved()).liveRevision >= revision,
      );
      await one.stop();
      await whileDown(etcd, change);

      const two = await start();
      expect(two.server.context.guard.life()?.epoch).not.toBe(epoch);
      await expectClaimsAsRecorded(two.server.context);
      expect(Object.keys(await liveClaims(two.server.context))).toEqual([second]);
      const room = await two.server.context.live.get(two.server.context.keys.workerCapacity(worker.id));
      expect(JSON.parse(required(room).value)).toMatchObject({ accepting: { open: true } });
    });
  });
}
