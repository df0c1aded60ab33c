import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import { codecs } from '../src/claims/values.js';
import { ApiError, createClient, DefinitionsDocument, type LabletClient } from '../src/client/index.js';
import { readConfig } from '../src/config.js';
import { explainStart, startServer } from '../src/server.js';
import { isHere } from './support/backends.js';
import { startEtcd, startMongoJavaServer, type RunningEngine } from './support/engines.js';
import { liveClaims, QUICK, readiness, ready, recordedClaims, until } from './support/lost-stores.js';
import { startServerProcess } from './support/server-process.js';
import { startTestServer, type TestServer } from './support/server.js';
import { bookMany, openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const SLOW = 60_000;
const OWNED = 'in use by a server with another data folder';

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lablet-owner-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function start(env: Readonly<Record<string, string>>, dataDir: string): Promise<TestServer> {
  const server = await startTestServer({ env, dataDir });
  onTestFinished(() => server.stop());
  return server;
}

/** Why a server with this folder does not start. */
async function refusal(env: Readonly<Record<string, string>>, dataDir: string): Promise<string | null> {
  const config = readConfig({ PORT: '0', LOG_LEVEL: 'silent', DATA_DIR: dataDir, ...env });
  const failure: unknown = await startServer(config).then(
    (server) => server.close(),
    (error: unknown) => error,
  );
  return explainStart(failure);
}

const owner = async ({ url }: TestServer) =>
  (await readiness(url)).checks.find(({ name }) => name === 'owner');

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'OK',
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  );

/** Writes are refused while reads go on. */
async function expectReadOnly(server: TestServer, admin: LabletClient): Promise<void> {
  await until('the lease is lost', async () => (await owner(server))?.ok === false);
  expect((await readiness(server.url)).ready).toBe(false);
  const creating = story(admin).definition(plainDefinition(`Refused ${Math.random()}`));
  expect(await codeOf(creating)).toBe('STORE_UNAVAILABLE');
  expect((await admin.request(DefinitionsDocument, {})).definitions?.nodes).toBeDefined();
}

const PAIRS = [
  { name: 'embedded documents + etcd', engine: 'etcd', start: startEtcd, variable: 'ETCD_ENDPOINTS' },
  {
    name: 'mongo-java-server + embedded live store',
    engine: 'mongo-java-server',
    start: startMongoJavaServer,
    variable: 'MONGODB_URI',
  },
] as const;

describe.each(PAIRS.filter(({ engine }) => isHere(engine)))('S4 the owner lease, $name', (pair) => {
  async function engine(): Promise<{ engine: RunningEngine; env: Record<string, string> }> {
    const running = await pair.start();
    onTestFinished(() => running.stop());
    return { engine: running, env: { [pair.variable]: running.url, ...QUICK, OWNER_TTL_SECONDS: '2' } };
  }

  it('S4 a process of the same folder takes over at once after kill -9', { timeout: SLOW }, async () => {
    const { env } = await engine();
    // Far longer than the test: nobody waits for the lease to lapse.
    const patient = { ...env, OWNER_TTL_SECONDS: '600' };
    const dataDir = freshFolder();
    const child = await startServerProcess({ ...patient, DATA_DIR: dataDir });
    const admin = createClient({ url: child.url, token: child.token, webSocketImpl: WebSocket });
    const { id } = await story(admin).definition(plainDefinition('Survives'));
    await child.kill('SIGKILL');
    const server = await start(patient, dataDir);
    expect(await owner(server)).toMatchObject({ ok: true });
    const { definitions } = await server.clientWith(child.token).request(DefinitionsDocument, {});
    expect(required(definitions).nodes.map((each) => each.id)).toEqual([id]);
    expect((await story(server.clientWith(child.token)).definition(plainDefinition('Goes on'))).name).toBe(
      'Goes on',
    );
  });

  it('S4 a process that loses the lease writes nothing until it has it again', async () => {
    const { env } = await engine();
    const server = await start(env, freshFolder());
    await ready(server.url);
    const admin = await server.client('ADMIN');
    const { live, keys, collections } = server.server.context;
    const raw = await strangers(env);
    const before = required(await collections.deployments.get('deployment'));
    if (pair.engine === 'etcd') {
      const text = codecs.owner.encode({ v: 1, folderId: 'other', since: '2027-01-01T00:00:00.000Z' });
      await raw.put(keys.owner, text);
    } else {
      for (let taken = false; !taken;) {
        const stored = required(await collections.deployments.get('deployment'));
        const next = { ...stored, ownerFolder: 'other', revision: stored.revision + 1 };
        taken = await collections.deployments.replace(next, stored.revision).then(
          () => true,
          () => false,
        );
      }
    }
    await expectReadOnly(server, admin);
    expect(before.deploymentId).toBe(required(await collections.deployments.get('deployment')).deploymentId);
    // In the documents it lapses by the reader's clock; in etcd by its lease, which this stranger has none of.
    if (pair.engine === 'etcd') await raw.remove(keys.owner);
    await ready(server.url);
    expect(await owner(server)).toMatchObject({ ok: true });
    expect((await story(admin).definition(plainDefinition('Again'))).name).toBe('Again');
    expect((await live.list(keys.root)).entries.length).toBeGreaterThan(0);
  });
});

/** Another client of etcd; nothing where there is none. */
async function strangers(env: Readonly<Record<string, string>>) {
  const endpoint = env['ETCD_ENDPOINTS'];
  const { openEtcdLiveStore } = await import('../src/live/etcd-live-store.js');
  const store = await openEtcdLiveStore({ endpoints: [endpoint ?? 'http://127.0.0.1:1'] });
  onTestFinished(() => store.close());
  return {
    put: (key: string, value: string) => store.put(key, value),
    remove: (key: string) => store.delete(key),
  };
}

if (isHere('etcd')) {
  it('S4 a start ends before it writes anything when another folder owns an etcd', async () => {
    const etcd = await startEtcd();
    onTestFinished(() => etcd.stop());
    const env = { ETCD_ENDPOINTS: etcd.url };
    const raw = await strangers(env);
    const text = codecs.owner.encode({ v: 1, folderId: 'other', since: '2027-01-01T00:00:00.000Z' });
    const { revision } = await raw.put('/ccm/control-plane/owner', text);
    const folder = freshFolder();
    expect(await refusal(env, folder)).toContain(OWNED);
    expect((await raw.put('/end', '')).revision).toBe(revision + 1);
    // Nothing was founded in the folder either: it serves another deployment as well as any.
    await raw.remove('/ccm/control-plane/owner');
    expect((await start(env, folder)).url).toContain('http');
  });
}

if (isHere('mongo-java-server')) {
  it('S4 another folder waits for its turn with one MongoDB, and then makes the keys anew', async () => {
    const mongo = await startMongoJavaServer();
    onTestFinished(() => mongo.stop());
    const env = { MONGODB_URI: mongo.url, ...QUICK, OWNER_TTL_SECONDS: '2' };
    const first = await start(env, freshFolder());
    await ready(first.url);
    const admin = await first.client('ADMIN');
    const tell = story(admin);
    const lab = await tell.definition(plainDefinition('Moves', 2));
    const worker = await openWorker(admin, 'mover');
    for (const { id } of await bookMany(admin, lab.id, 3)) await tell.schedule(id, worker.id);
    const claims = await liveClaims(first.server.context);

    const other = freshFolder();
    expect(await refusal(env, other)).toContain(OWNED);
    await first.stop();
    const second = await start(env, other);
    await ready(second.url);
    expect(await liveClaims(second.server.context)).toEqual(claims);
    expect(await recordedClaims(second.server.context)).toEqual(claims);
  });
}
