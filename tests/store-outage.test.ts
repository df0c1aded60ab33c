import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApiError, InstanceChangesDocument, InstanceDocument } from '../src/client/index.js';
import { readConfig } from '../src/config.js';
import { explainStart, startServer } from '../src/server.js';
import { isHere } from './support/backends.js';
import { freePort, type RunningEngine } from './support/engine-process.js';
import { startEtcd, startMongoJavaServer } from './support/engines.js';
import { startTestServer, type TestServer } from './support/server.js';
import { StreamLog } from './support/stream-log.js';
import { plainDefinition, required, story } from './support/story.js';

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'OK',
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  );

/** Asks until `wanted` holds; what it took in ms. */
async function until(wanted: () => Promise<boolean>, ms: number): Promise<number> {
  const started = performance.now();
  while (!(await wanted())) {
    if (performance.now() - started > ms) throw new Error(`not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return performance.now() - started;
}

const isReady = async (url: string): Promise<boolean> => (await fetch(`${url}/readyz`)).ok;

describe('a store that cannot be reached at start', () => {
  it.each([
    ['ETCD_ENDPOINTS', (port: number) => `127.0.0.1:${port}`, 'The live store does not answer'],
    [
      'MONGODB_URI',
      (port: number) => `mongodb://127.0.0.1:${port}/lablet`,
      'The document store does not answer',
    ],
  ])('ends the start with one clear line (%s)', async (variable, address, message) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'lablet-nowhere-'));
    const env = { PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: dataDir, START_DEADLINE_MS: '300' };
    const config = readConfig({ ...env, [variable]: address(await freePort()) });
    const failure: unknown = await startServer(config).then(
      (server) => server.close(),
      (error: unknown) => error,
    );
    expect(explainStart(failure)).toContain(message);
    rmSync(dataDir, { recursive: true, force: true });
  });
});

if (isHere('etcd') && isHere('mongo-java-server')) {
  describe('stores that go away: etcd + mongo-java-server', () => {
    let etcd: RunningEngine;
    let mongo: RunningEngine;
    let server: TestServer;

    beforeEach(async () => {
      [etcd, mongo] = await Promise.all([startEtcd(), startMongoJavaServer()]);
      server = await startTestServer({ env: { ETCD_ENDPOINTS: etcd.url, MONGODB_URI: mongo.url } });
    });

    afterEach(async () => {
      await server?.close();
      await Promise.all([etcd?.stop(), mongo?.stop()]);
    });

    it('refuses claims while etcd is down, changes nothing, and goes on when it is back', async () => {
      const admin = await server.client('ADMIN');
      const tell = story(admin);
      const lab = await tell.definition(plainDefinition('Outage lab'));
      const worker = await tell.runningWorker('steady');
      const { id } = await tell.instance({ definitionId: lab.id });
      const log = new StreamLog(admin.subscribe(InstanceChangesDocument, { filter: { ids: [id] } }));
      await log.until(({ instanceChanges: { kind } }) => kind === 'SYNCED');

      await etcd.kill();
      expect(await codeOf(tell.schedule(id, worker.id))).toBe('STORE_UNAVAILABLE');
      const { instance } = await admin.request(InstanceDocument, { id });
      expect(instance).toMatchObject({ state: 'PENDING', revision: 1 });
      await until(async () => !(await isReady(server.url)), 3000);

      await etcd.restart();
      await until(() => isReady(server.url), 5000);
      expect((await tell.schedule(id, worker.id)).state).toBe('SCHEDULED');
      await tell.move(id, 'INSTANTIATING');
      await tell.terminate(id);
      await log.until(({ instanceChanges: { transition } }) => transition?.to === 'TERMINATED');
      const moves = log.seen.flatMap(({ instanceChanges: { kind, transition } }) =>
        kind === 'CHANGED' ? [transition?.to] : [],
      );
      expect(moves).toEqual(['SCHEDULED', 'INSTANTIATING', 'TERMINATED']);
      expect(log.seen.map(({ instanceChanges: { kind } }) => kind)).not.toContain('RESYNC_REQUIRED');
    });

    it('answers STORE_UNAVAILABLE while the documents are away, and does nothing by halves', async () => {
      const admin = await server.client('ADMIN');
      const tell = story(admin);
      const lab = await tell.definition(plainDefinition('Document outage'));
      const worker = await tell.runningWorker('lonely');
      const { id } = await tell.instance({ definitionId: lab.id });

      await mongo.kill();
      expect(await codeOf(tell.schedule(id, worker.id))).toBe('STORE_UNAVAILABLE');
      expect(await codeOf(tell.instance({ definitionId: lab.id }))).toBe('STORE_UNAVAILABLE');
      await until(async () => !(await isReady(server.url)), 3000);

      await mongo.restart();
      await until(() => isReady(server.url), 5000);
      const { live } = server.server.context;
      const { entries } = await live.list('/ccm/instances/');
      expect(entries.map(({ key }) => key)).toEqual([`/ccm/instances/${id}/state`]);
      expect((await tell.schedule(id, worker.id)).state).toBe('SCHEDULED');
    });

    it('stays within its deadline while etcd hangs', async () => {
      const tell = story(await server.client('ADMIN'));
      const lab = await tell.definition(plainDefinition('Hanging lab'));
      const worker = await tell.runningWorker('hung');
      const { id } = await tell.instance({ definitionId: lab.id });
      etcd.pause();
      const started = performance.now();
      expect(await codeOf(tell.schedule(id, worker.id))).toBe('STORE_UNAVAILABLE');
      expect(performance.now() - started).toBeLessThan(8000);
      etcd.resume();
      await until(() => isReady(server.url), 10_000);
      expect(required((await tell.schedule(id, worker.id)).allocatedPorts[0]).number).toBe(2000);
    });
  });
}
