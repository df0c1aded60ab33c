import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as api from '../src/client/index.js';
import type { Overrides } from '../src/context.js';
import { send } from './support/answers.js';
import { gate } from './support/by-hand.js';
import { intercepted } from './support/intercepted-stores.js';
import { runServerProcess, startServerProcess } from './support/server-process.js';
import { startTestServer } from './support/server.js';
import { bookMany, openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const SLOW = 120_000;

function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lablet-restart-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function start(dataDir: string, env: Record<string, string> = {}, overrides: Overrides = {}) {
  const server = await startTestServer({ dataDir, env, overrides });
  onTestFinished(() => server.stop());
  return server;
}

/** Everything that can be read of definitions, workers and instances. */
async function everything(client: api.LabletClient) {
  const states = ['PENDING', 'SCHEDULED', 'INSTANTIATING', 'RUNNING', 'TERMINATED'] as const;
  const [{ definitions }, { instances }, { workers }, { templates }] = await Promise.all([
    client.request(api.DefinitionsDocument, { first: 200 }),
    client.request(api.InstancesDocument, { first: 200, filter: { states: [...states] } }),
    client.request(api.WorkersDocument, { first: 200 }),
    client.request(api.TemplatesDocument, {}),
  ]);
  // The live revision moves on with every tick.
  const still = { liveRevision: null };
  return { definitions, templates, instances: { ...instances, ...still }, workers: { ...workers, ...still } };
}

const readiness = async (url: string, name: string) => {
  const { status, json } = await send(url, { method: 'GET', path: '/readyz' });
  return { status, check: json.checks.find((check: { name: string }) => check.name === name) };
};

describe('a second start on the same folder', () => {
  it('keeps definitions, workers, instances, claims and tokens', async () => {
    const folder = freshFolder();
    const first = await start(folder);
    const token = await first.token('ADMIN', 'root');
    const admin = first.clientWith(token);
    const tell = story(admin);
    const lab = await tell.definition();
    const worker = await tell.runningWorker('kept');
    const ids = (await bookMany(admin, lab.id, 3)).map(({ id }) => id);
    const [running, ended] = [ids[0] as string, ids[1] as string];
    await tell.schedule(running, worker.id);
    await tell.move(running, 'INSTANTIATING');
    await tell.move(running, 'RUNNING', { cmlLabId: 'lab-1' });
    await tell.schedule(ended, worker.id);
    await tell.terminate(ended);
    const before = await everything(admin);
    const rendered = await admin.request(api.RenderedLabDocument, { id: running });
    await first.stop();

    const second = await start(folder);
    const again = second.clientWith(token);
    expect(await everything(again)).toEqual(before);
    expect(await again.request(api.RenderedLabDocument, { id: running })).toEqual(rendered);
    // Ports and room stay held: the next one gets what follows.
    const scheduled = await story(again).schedule(ids[2] as string, worker.id);
    expect(scheduled.allocatedPorts.map(({ number }) => number)).toEqual([2004, 2005, 2006, 2007]);
    await story(again).terminate(running);
    expect((await story(again).move(running, 'STOPPED')).state).toBe('TERMINATED');
    const { worker: left } = await again.request(api.WorkerDocument, { id: worker.id });
    expect(left).toMatchObject({ instanceIds: [ids[2]], capacity: { allocated: { nodes: 3 } } });
  });

  it('lets a subscriber go on from where it was', async () => {
    const folder = freshFolder();
    const first = await start(folder);
    const admin = await first.client('ADMIN');
    const { id: definitionId } = await story(admin).definition(plainDefinition('Resumed'));
    const booking = { input: { definitionId } };
    const { createInstance } = await admin.request(api.CreateInstanceDocument, booking);
    await first.stop();
    const second = await start(folder);
    const client = await second.client('ADMIN');
    const after = required(createInstance).liveRevision;
    const kinds = [];
    for await (const { instanceChanges } of client.subscribe(api.InstanceChangesDocument, { after })) {
      kinds.push(instanceChanges?.kind);
      if (instanceChanges?.kind === 'SYNCED') break;
    }
    expect(kinds).toEqual(['SYNCED']);
  });
});

describe('a process', () => {
  it('that is killed loses no command that it has acknowledged', { timeout: SLOW }, async () => {
    const DATA_DIR = freshFolder();
    const child = await startServerProcess({ DATA_DIR });
    const admin = api.createClient({ url: child.url, token: child.token, webSocketImpl: WebSocket });
    const tell = story(admin);
    const worker = await openWorker(admin, 'killed');
    const lab = await tell.definition(plainDefinition('Killed', 3));
    const acknowledged = new Map<string, { state: string; revision: number; ports: number[] }>();
    const enough = gate();
    const note = (answer: Awaited<ReturnType<typeof tell.instance>>) => {
      const { id, state, revision, allocatedPorts } = answer;
      acknowledged.set(id, { state, revision, ports: allocatedPorts.map(({ number }) => number) });
      if (acknowledged.size === 40) enough.open();
    };
    const lanes = Array.from({ length: 4 }, async (_, lane) => {
      for (;;) {
        const { id, ...rest } = await tell.instance({ definitionId: lab.id });
        note({ id, ...rest });
        note(await tell.schedule(id, worker.id));
        if (lane === 0) note(await tell.terminate(id));
      }
    });
    const ended = Promise.allSettled(lanes);
    await enough.opened;
    expect(await child.kill('SIGKILL')).toMatchObject({ signal: 'SIGKILL' });
    await ended;

    const server = await start(DATA_DIR);
    const client = server.clientWith(child.token);
    const held = new Map<string, number[]>();
    const { worker: now } = await client.request(api.WorkerDocument, { id: worker.id });
    for (const { instanceId, ports } of required(now).ports.allocations) {
      held.set(
        instanceId,
        ports.map(({ number }) => number),
      );
    }
    for (const [id, { state, revision, ports }] of acknowledged) {
      const instance = required((await client.request(api.InstanceDocument, { id })).instance);
      expect(instance.revision).toBeGreaterThanOrEqual(revision);
      if (instance.revision > revision) continue;
      expect(instance).toMatchObject({ state, allocatedPorts: ports.map((number) => ({ number })) });
      if (state === 'SCHEDULED') expect(held.get(id)).toEqual(ports);
    }
    const numbers = [...held.values()].flat();
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  it(
    'on a folder that another one uses ends with a clear line, and the other one goes on',
    { timeout: SLOW },
    async () => {
      const DATA_DIR = freshFolder();
      const first = await start(DATA_DIR);
      const { code, stderr, stdout } = await runServerProcess({ DATA_DIR });
      expect(code).toBe(1);
      expect(stderr.trim().split('\n')).toEqual([
        expect.stringMatching(/^The server cannot start: .*in use/),
      ]);
      expect(stderr).toContain(DATA_DIR);
      expect(stderr).toContain(`process ${process.pid}`);
      expect(stdout).toBe('');
      const client = await first.client('ADMIN');
      await story(client).definition(plainDefinition('Goes on'));
      expect((await readiness(first.url, 'documents')).status).toBe(200);
    },
  );

  it(
    'that is told to stop ends with code 0 and leaves the folder to the next',
    { timeout: SLOW },
    async () => {
      const DATA_DIR = freshFolder();
      const child = await startServerProcess({ DATA_DIR });
      const admin = api.createClient({ url: child.url, token: child.token, webSocketImpl: WebSocket });
      const { id } = await story(admin).definition(plainDefinition('Stopped'));
      expect(await child.kill('SIGTERM')).toMatchObject({ code: 0, signal: null });
      const server = await start(DATA_DIR);
      const { definition } = await server.clientWith(child.token).request(api.DefinitionDocument, { id });
      expect(definition).toMatchObject({ id });
    },
  );
});

describe('a server that is closed', () => {
  it('answers the requests that are under way, and ends within its grace', async () => {
    const [arrival, permit] = [gate(), gate()];
    const wrapStores = intercepted(async ({ name, go }) => {
      if (name === 'lablet_definitions.insert') {
        arrival.open();
        await permit.opened;
      }
      return go();
    });
    const server = await start(freshFolder(), {}, { wrapStores });
    const creating = story(await server.client('ADMIN')).definition(plainDefinition('Under way'));
    await arrival.opened;
    const closed = server.server.close();
    permit.open();
    expect((await creating).name).toBe('Under way');
    // The caller keeps its connection open, as browsers and clients do.
    const late = delay(10_000, 'still open', { ref: false });
    expect(await Promise.race([closed.then(() => 'closed'), late])).toBe('closed');
  });
});

describe('the template file', () => {
  const entry = (name: string, capacity: string) =>
    `  - {name: ${name}, instanceType: m5, licenseType: PERSONAL, amiPattern: 'CML-*',\n     capacity: ${capacity}}\n`;
  const good = '{cpuCores: 8, memoryGb: 16, storageGb: 100, nodes: 5}';

  it('may be missing or faulty: the server starts with what it has and readiness names the place', async () => {
    const folder = freshFolder();
    const file = join(folder, 'kinds.yaml');
    const env = { WORKER_TEMPLATES_PATH: file };
    writeFileSync(file, `version: 1\ntemplates:\n${entry('small', good)}`);
    const stored = async (url: Awaited<ReturnType<typeof start>>) => {
      return required((await everything(await url.client('ADMIN'))).templates).nodes;
    };
    const first = await start(folder, env);
    const before = await stored(first);
    expect(before).toMatchObject([{ name: 'small', capacity: { cpuCores: 8 } }]);
    expect((await readiness(first.url, 'templates')).check).toMatchObject({ ok: true });
    await first.stop();

    const faulty = `${entry('small', good.replace('8', '9'))}${entry('large', good.replace('100', '-1'))}`;
    writeFileSync(file, `version: 1\ntemplates:\n${faulty}`);
    const second = await start(folder, env);
    expect(await stored(second)).toEqual(before);
    const { status, check } = await readiness(second.url, 'templates');
    expect([status, check.ok]).toEqual([200, false]);
    for (const word of ['kinds.yaml', 'large', 'storageGb', 'line 6']) expect(check.detail).toContain(word);
    await second.stop();

    writeFileSync(file, 'version: [1\n');
    const third = await start(folder, env);
    expect(await stored(third)).toEqual(before);
    expect((await readiness(third.url, 'templates')).check.detail).toMatch(/kinds\.yaml, line [12]\)/);
    await third.stop();

    rmSync(file);
    const fourth = await start(folder, env);
    expect(await stored(fourth)).toEqual(before);
    const { check: missing } = await readiness(fourth.url, 'templates');
    expect(missing).toMatchObject({ ok: false, detail: expect.stringContaining('kinds.yaml') });
    const { fault } = fourth.server.context.templateLoads.latest();
    expect(fault?.details).toMatchObject({ file: 'kinds.yaml', rule: 'FILE_MISSING' });
  });
});
