import { cp } from 'node:fs/promises';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RepairReportsDocument, RunRepairDocument, type LabletClient } from '../src/client/index.js';
import { readConfig } from '../src/config.js';
import { explainStart, startServer } from '../src/server.js';
import { isHere } from './support/backends.js';
import { startEtcd, startMongoJavaServer, type RunningEngine } from './support/engines.js';
import {
  deleteEverything,
  detailOf,
  inAnotherLife,
  liveClaims,
  QUICK,
  readiness,
  ready,
  until,
} from './support/lost-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { bookMany, openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

async function engines(): Promise<{ etcd: RunningEngine; mongo: RunningEngine }> {
  const [etcd, mongo] = await Promise.all([startEtcd(), startMongoJavaServer()]);
  onTestFinished(async () => void (await Promise.all([etcd.stop(), mongo.stop()])));
  return { etcd, mongo };
}

const settings = (etcd: RunningEngine, mongo: RunningEngine, database = 'lablet') => ({
  ETCD_ENDPOINTS: etcd.url,
  MONGODB_URI: `${mongo.url}/${database}`,
  ...QUICK,
});

async function start(env: Readonly<Record<string, string>>): Promise<TestServer> {
  const server = await startTestServer({ env });
  onTestFinished(() => server.close());
  await ready(server.url);
  return server;
}

async function refusal(env: Readonly<Record<string, string>>): Promise<string | null> {
  const dataDir = mkdtempSync(join(tmpdir(), 'lablet-wrong-'));
  onTestFinished(() => rmSync(dataDir, { recursive: true, force: true }));
  const config = readConfig({ PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: dataDir, ...env });
  const failure: unknown = await startServer(config).then(
    (server) => server.close(),
    (error: unknown) => error,
  );
  return explainStart(failure);
}

/** Copies the documents as they are now, and answers what puts them back. */
async function backup(mongo: RunningEngine): Promise<() => Promise<void>> {
  const file = join(mongo.dataDir, 'data.mv');
  const whileDown = async (from: string, to: string) => {
    await mongo.kill();
    await cp(from, to);
    await mongo.restart();
  };
  await whileDown(file, `${file}.backup`);
  return () => whileDown(`${file}.backup`, file);
}

/** Why passes of repair held back, one for each report. */
async function withheldBy(client: LabletClient) {
  const { repairReports } = await client.request(RepairReportsDocument, { first: 50 });
  return required(repairReports).nodes.map((report) => report.withheld);
}

/** Engines are started, ended and started again several times. */
const SLOW = { timeout: 100_000 };

if (isHere('etcd') && isHere('mongo-java-server')) {
  describe('S4 stores that do not belong together', () => {
    it(
      'S4 a wrong database, empty or of another deployment, ends the start; the right one goes on',
      SLOW,
      async () => {
        const { etcd, mongo } = await engines();
        const own = await start(settings(etcd, mongo));
        const { live, keys, deploymentId, guard } = own.server.context;
        const epoch = guard.life()?.epoch;
        const empty = await refusal(settings(etcd, mongo, 'other'));
        expect(empty).toContain(`The live store belongs to deployment ${deploymentId}`);
        expect(empty).toContain('the document store is empty');

        const elsewhere = await startEtcd();
        onTestFinished(() => elsewhere.stop());
        const other = await start(settings(elsewhere, mongo, 'other'));
        const ids = [other.server.context.deploymentId, deploymentId] as const;
        expect(await refusal(settings(etcd, mongo, 'other'))).toContain(
          `The document store belongs to deployment ${ids[0]}, the live store to ${ids[1]}`,
        );
        expect(await refusal(settings(elsewhere, mongo))).toContain(
          `The document store belongs to deployment ${ids[1]}, the live store to ${ids[0]}`,
        );
        expect(required(await live.get(keys.epoch)).value).toContain(epoch);
        await ready(own.url);
        expect(guard.life()?.epoch).toBe(epoch);
      },
    );

    it('S4 a running server writes nothing once its live store is another deployment’s', SLOW, async () => {
      const { etcd, mongo } = await engines();
      const { etcd: foreign, mongo: theirs } = await engines();
      const other = await start(settings(foreign, theirs));
      await other.stop();
      const own = await start(settings(etcd, mongo));
      await foreign.kill();
      await etcd.kill();
      // The volumes were mixed up.
      const [mine, data] = [etcd, foreign].map(({ dataDir }) => join(dataDir, 'data'));
      rmSync(required(mine), { recursive: true });
      await cp(required(data), required(mine), { recursive: true });
      await etcd.restart();
      const { guard, live, keys } = own.server.context;
      await until('noticed', async () => guard.foreign() !== null);
      // A campaign that was under way gives the lead up again.
      const written = async () =>
        (await live.list(keys.root)).entries.filter(({ key }) => key !== keys.leader('control-plane'));
      const before = await written();
      const tell = story(await own.client('ADMIN'));
      await expect(tell.definition(plainDefinition('Refused'))).rejects.toMatchObject({
        code: 'STORE_UNAVAILABLE',
      });
      expect(await written()).toEqual(before);
    });
  });

  it(
    'S4 documents restored from an older backup: repair only reports until an administrator asks',
    SLOW,
    async () => {
      const { etcd, mongo } = await engines();
      const env = { ...settings(etcd, mongo), REPAIR_SECONDS: '0.3' };
      const first = await start(env);
      const admin = await first.client('ADMIN', 'root');
      const tell = story(admin);
      const lab = await tell.definition(plainDefinition('Backed up', 2));
      const worker = await openWorker(admin, 'kept');
      const [kept, lost] = (await bookMany(admin, lab.id, 2)).map(({ id }) => id) as [string, string];
      await tell.schedule(kept, worker.id);
      await first.stop();
      const restore = await backup(mongo);
      const second = await start(env);
      await story(await second.client('ADMIN')).schedule(lost, worker.id);
      const claims = await liveClaims(second.server.context);
      expect(Object.keys(claims).sort()).toEqual([kept, lost].sort());
      await second.stop();
      await restore();

      const third = await start(env);
      const again = await third.client('ADMIN', 'root');
      await until('repair withheld', async () => (await withheldBy(again)).includes('DOCUMENTS_WENT_BACK'));
      expect(await liveClaims(third.server.context)).toEqual(claims);
      // Claims go on; what waits, and for whom, is said all the same.
      expect((await readiness(third.url)).ready).toBe(true);
      expect(await detailOf(third.url, 'repair')).toBe(
        'repair mends nothing: the documents are older than the live store; ' +
          'look at repairReports, then restore the documents or accept them with runRepair and force',
      );
      const { runRepair } = await again.request(RunRepairDocument, { input: { force: true } });
      expect(required(runRepair).report).toMatchObject({ status: 'DONE', withheld: null });
      expect(Object.keys(await liveClaims(third.server.context))).toEqual([kept]);
      await until('nothing waits', async () => (await detailOf(third.url, 'repair')) === null);
    },
  );
  it(
    'S4 documents from before the live store was made anew: no claim goes until an administrator asks',
    SLOW,
    async () => {
      const { etcd, mongo } = await engines();
      const env = { ...settings(etcd, mongo), REPAIR_SECONDS: '0.3' };
      const first = await start(env);
      const tell = story(await first.client('ADMIN'));
      const lab = await tell.definition(plainDefinition('Backed up', 2));
      const worker = await openWorker(await first.client('ADMIN'), 'kept');
      const [kept, lost] = (await bookMany(await first.client('ADMIN'), lab.id, 2)).map(({ id }) => id) as [
        string,
        string,
      ];
      await tell.schedule(kept, worker.id);
      await first.stop();
      const restore = await backup(mongo);
      const second = await start(env);
      const former = second.server.context.guard.life()?.epoch;
      await story(await second.client('ADMIN')).schedule(lost, worker.id);
      await deleteEverything(second.server.context);
      await inAnotherLife(second.server.context, former);
      await ready(second.url);
      const claims = await liveClaims(second.server.context);
      expect(Object.keys(claims).sort()).toEqual([kept, lost].sort());
      await second.stop();
      await restore();

      const third = await startTestServer({ env });
      onTestFinished(() => third.close());
      const admin = await third.client('ADMIN', 'root');
      await until('repair withheld', async () => (await withheldBy(admin)).includes('DOCUMENTS_WENT_BACK'));
      expect((await readiness(third.url)).ready).toBe(false);
      expect(await detailOf(third.url, 'epoch')).toMatch(
        /documents are older than it; claims stop until an administrator has looked at repairReports and accepts/,
      );
      const { context } = third.server;
      expect(await liveClaims(context)).toEqual(claims);
      const { runRepair } = await admin.request(RunRepairDocument, { input: { force: true } });
      expect(required(runRepair).report).toMatchObject({ status: 'DONE', withheld: null });
      await ready(third.url);
      await until('nothing waits', async () => (await detailOf(third.url, 'repair')) === null);
      expect(Object.keys(await liveClaims(context))).toEqual([kept]);
    },
  );
}
