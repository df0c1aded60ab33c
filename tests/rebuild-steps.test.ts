import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabletClient } from '../src/client/index.js';
import { isHere } from './support/backends.js';
import { startEtcd, startMongoJavaServer, type RunningEngine } from './support/engines.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import {
  deleteEverything,
  inAnotherLife,
  liveClaims,
  QUICK,
  ready,
  recordedClaims,
  until,
} from './support/lost-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { bookMany, openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const says = ({ args }: StoreCall, ...words: string[]): boolean =>
  words.every((word) => JSON.stringify(args).includes(word));

/** The epoch that both stores carry before the loss. */
let former: string | undefined;

/** The leader's tick saves the document as well. */
const savesAnother = ({ args }: StoreCall): boolean => (args[0] as { epoch: string }).epoch !== former;

/** The first call of each step of a rebuild. */
const STEPS: Readonly<Record<string, (call: StoreCall) => boolean>> = {
  'before the new epoch': (call) => call.name === 'live.txn' && says(call, '"put":"/ccm/epoch"'),
  'before the fence': (call) => call.name === 'lablet_instances.replace' && says(call, 'ClaimRevoked'),
  'before claims are written': (call) => call.name === 'live.txn' && says(call, '/worker"', '"put"'),
  'between claims and room': (call) => call.name === 'live.txn' && says(call, '"put"', '/capacity'),
  'before states are written': (call) =>
    call.name === 'live.txn' && says(call, '"put":"/ccm/instances/', '/state"'),
  'before a worker is opened': (call) =>
    call.name === 'live.txn' && says(call, '/capacity', '\\"open\\":true'),
  'before the epoch is saved': (call) => call.name === 'deployment.replace' && savesAnother(call),
};

if (isHere('etcd') && isHere('mongo-java-server')) {
  describe('S4 a leader that dies during a rebuild', () => {
    let etcd: RunningEngine;
    let mongo: RunningEngine;
    const servers: TestServer[] = [];

    beforeEach(async () => {
      [armed, dead] = [null, null];
      [etcd, mongo] = await Promise.all([startEtcd(), startMongoJavaServer()]);
    });
    afterEach(async () => {
      for (const server of servers.splice(0)) await server.close();
      await Promise.all([etcd?.stop(), mongo?.stop()]);
    });

    let armed: ((call: StoreCall) => boolean) | null = null;
    let dead: number | null = null;

    /** Whoever leads and comes to the armed step dies there: nothing that it still does reaches a store. */
    async function start(): Promise<TestServer> {
      const number = servers.length;
      const around = (call: StoreCall): Promise<unknown> => {
        if (dead === null && armed?.(call)) dead = number;
        return dead === number ? Promise.reject(new Error('it is dead')) : call.go();
      };
      const env = { ETCD_ENDPOINTS: etcd.url, MONGODB_URI: mongo.url, ...QUICK };
      const server = await startTestServer({ env, overrides: { wrapStores: intercepted(around) } });
      servers.push(server);
      await ready(server.url);
      return server;
    }

    async function stage(admin: LabletClient): Promise<{ workerId: string; pending: string }> {
      const tell = story(admin);
      const lab = await tell.definition(plainDefinition('Lab', 2));
      const { id: workerId } = await openWorker(admin, 'kept');
      const ids = (await bookMany(admin, lab.id, 3)).map(({ id }) => id);
      for (const id of ids.slice(1)) await tell.schedule(id, workerId);
      return { workerId, pending: required(ids[0]) };
    }

    it.each(Object.keys(STEPS))('S4 %s: the next one begins again', async (step) => {
      const pair = [await start(), await start()] as const;
      const { workerId, pending } = await stage(await pair[0].client('ADMIN'));
      former = pair[0].server.context.guard.life()?.epoch;
      armed = STEPS[step] as (call: StoreCall) => boolean;
      await deleteEverything(pair[0].server.context);
      await until('one died', async () => dead !== null);
      const [fallen, other] = dead === 0 ? pair : [pair[1], pair[0]];
      const { context } = other.server;
      expect([former, undefined]).toContain(context.guard.life()?.epoch);
      await fallen.stop();

      await inAnotherLife(context, former);
      const recorded = await recordedClaims(context);
      expect(Object.keys(recorded)).toHaveLength(2);
      expect(await liveClaims(context)).toEqual(recorded);
      const instance = await story(await other.client('ADMIN')).schedule(pending, workerId);
      expect(instance.allocatedPorts.map(({ number }) => number)).toEqual([2004, 2005]);
    });
  });
}
