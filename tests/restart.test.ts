import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createClient,
  InstanceDocument,
  TemplatesDocument,
  WorkerDocument,
  type LabletClient,
} from '../src/client/index.js';
import { startTestServer } from './support/server.js';
import { exampleDefinition, plainDefinition, required, story } from './support/story.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The server as a process of its own. */
interface Child {
  readonly process: ChildProcess;
  /** Everything it has written so far. */
  readonly output: () => string;
  /** Its address once it is ready. */
  readonly url: Promise<string>;
}

function spawnServer(env: Record<string, string>): Child {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main.ts'], {
    cwd: ROOT,
    env: { ...process.env, PORT: '0', LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const url = new Promise<string>((resolve, reject) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      // The token is the last thing it prints.
      const ready = /"url":"([^"]+)"[^]*\n(ey[\w.-]+)\n/.exec(output);
      if (ready?.[1]) resolve(ready[1]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('exit', () => reject(new Error(`the server ended: ${output}`)));
  });
  url.catch(() => undefined);
  return { process: child, output: () => output, url };
}

const tokenIn = (output: string): string => required(/^ey[\w.-]+$/m.exec(output)?.[0]);

describe('a server that stops and starts', () => {
  let dataDir: string;
  const children: Child[] = [];
  const clients: LabletClient[] = [];

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'lablet-restart-'));
  });

  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    for (const { process: child } of children.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    }
    rmSync(dataDir, { recursive: true, force: true });
  });

  const start = (env: Record<string, string> = {}): Child => {
    const child = spawnServer({ DATA_DIR: dataDir, ...env });
    children.push(child);
    return child;
  };

  const clientOf = async (child: Child): Promise<LabletClient> => {
    const client = createClient({
      url: await child.url,
      token: tokenIn(child.output()),
      webSocketImpl: WebSocket,
    });
    clients.push(client);
    return client;
  };

  it('keeps everything: definitions, workers, instances, claims and tokens', async () => {
    const first = await startTestServer({ dataDir });
    const token = await first.token('ADMIN');
    const tell = story(first.clientWith(token));
    const lab = await tell.definition(exampleDefinition());
    const worker = await tell.runningWorker('kept');
    const { id } = await tell.instance({ definitionId: lab.id });
    const before = await tell.schedule(id, worker.id);
    await first.stop();

    const second = await startTestServer({ dataDir });
    const client = second.clientWith(token);
    const { instance } = await client.request(InstanceDocument, { id });
    expect(instance).toMatchObject(before);
    const { worker: held } = await client.request(WorkerDocument, { id: worker.id });
    expect(held).toMatchObject({
      instanceIds: [id],
      capacity: { allocated: { cpuCores: 3 } },
      status: 'RUNNING',
    });
    const other = await story(client).instance({ definitionId: lab.id });
    const { allocatedPorts } = await story(client).schedule(other.id, worker.id);
    expect(allocatedPorts.map(({ number }) => number)).toEqual([2004, 2005, 2006, 2007]);
    const { templates } = await client.request(TemplatesDocument, {});
    expect(required(templates).totalCount).toBe(2);
    await second.stop();
  });

  it('loses nothing it acknowledged when it is killed', async () => {
    const child = start();
    const tell = story(await clientOf(child));
    const lab = await tell.definition(plainDefinition('Killed lab'));
    const worker = await tell.runningWorker('killed');
    const acknowledged: string[] = [];
    const booking = (async () => {
      for (;;) {
        const { id } = await tell.instance({ definitionId: lab.id });
        await tell.schedule(id, worker.id);
        acknowledged.push(id);
        if (acknowledged.length === 8) child.process.kill('SIGKILL');
      }
    })();
    await expect(booking).rejects.toThrow();
    await once(child.process, 'exit').catch(() => undefined);

    const again = await startTestServer({ dataDir });
    const client = await again.client('ADMIN');
    for (const id of acknowledged) {
      const { instance } = await client.request(InstanceDocument, { id });
      expect(instance).toMatchObject({ state: 'SCHEDULED', workerId: worker.id });
    }
    const { worker: held } = await client.request(WorkerDocument, { id: worker.id });
    expect(required(held).instanceIds).toEqual(expect.arrayContaining(acknowledged));
    await again.stop();
  });

  it('refuses a second process on the same folder, while the first goes on', async () => {
    const first = start();
    const client = await clientOf(first);
    const second = start();
    await expect(second.url).rejects.toThrow('in use by process');
    expect(second.process.exitCode).toBe(1);
    expect(second.output()).toContain(`process ${first.process.pid}`);
    const { id } = await story(client).definition(plainDefinition('Still here'));
    expect(id).toMatch(/^def_/);
  });

  it('ends within the grace time when it is asked to, with exit code 0', async () => {
    const child = start({ SHUTDOWN_GRACE_SECONDS: '10' });
    await child.url;
    child.process.kill('SIGTERM');
    const [code] = (await once(child.process, 'exit')) as [number | null];
    expect(code).toBe(0);
  });

  it.each([
    [
      'a wrong value',
      'version: 1\ntemplates:\n  - {name: small, instanceType: x, licenseType: NONE}\n',
      'small',
      3,
    ],
    ['a file that is not YAML', 'version: [1\n', null, 2],
  ])('starts with %s in the template file and says where the fault is', async (_case, text, entry, line) => {
    const first = await startTestServer({ dataDir });
    await first.stop();
    const path = join(dataDir, 'templates.yaml');
    writeFileSync(path, text);
    const second = await startTestServer({ dataDir, env: { WORKER_TEMPLATES_PATH: path } });
    const { fault } = second.server.context.templateReport;
    expect(fault?.details).toMatchObject({ file: 'templates.yaml', entry });
    expect(Math.abs(required(fault?.details.line) - line)).toBeLessThanOrEqual(1);
    const readiness = (await (await fetch(`${second.url}/readyz`)).json()) as {
      ready: boolean;
      checks: object[];
    };
    expect(readiness.ready).toBe(true);
    expect(readiness.checks).toContainEqual(expect.objectContaining({ name: 'templates', ok: false }));
    const { templates } = await (await second.client('USER')).request(TemplatesDocument, {});
    expect(required(templates).totalCount).toBe(2);
    await second.stop();
  });

  it('starts without a template file and says that it is missing', async () => {
    const server = await startTestServer({
      dataDir,
      env: { WORKER_TEMPLATES_PATH: join(dataDir, 'none.yaml') },
    });
    expect(server.server.context.templateReport.fault?.details).toMatchObject({
      rule: 'FILE_MISSING',
      file: 'none.yaml',
    });
    await server.stop();
  });
});
