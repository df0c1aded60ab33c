import { WebSocket } from 'ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  ApiError,
  createClient,
  CreateInstanceDocument,
  InstanceDocument,
  InstancesDocument,
  RunRepairDocument,
  WorkersDocument,
  type LabletClient,
} from '../src/client/index.js';
import { readiness, ready, until } from './support/lost-stores.js';
import { runServerProcess, startServerProcess, type ServerProcess } from './support/server-process.js';
import { canMountSmallDisk, mountSmallDisk, type SmallDisk } from './support/small-disk.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const DISK_MB = 8;
const CALLERS = 6;
const WAITING = 20;
const HASTY = { REPAIR_SECONDS: '1', REPAIR_CONFIRM_SECONDS: '0.2', REPAIR_POLL_MS: '50' };

/** Callers that create instances one after the other, each until it is told that it was done, or nobody answers. */
function creating(admin: LabletClient, definitionId: string) {
  const seen = { done: new Map<string, string>(), refusals: [] as ApiError[] };
  const ended = new AbortController();
  async function create(idempotencyKey: string): Promise<void> {
    for (;;) {
      try {
        const { createInstance } = await admin.request(CreateInstanceDocument, {
          input: { definitionId, idempotencyKey },
        });
        return void seen.done.set(idempotencyKey, required(createInstance).instance.id);
      } catch (error) {
        // Without an answer: its server was killed.
        if (!(error instanceof ApiError)) return ended.abort();
        seen.refusals.push(error);
        if (!error.retryable) return;
      }
    }
  }
  const callers = Array.from({ length: CALLERS }, async (_, caller) => {
    for (let n = 0; !ended.signal.aborted; n++) await create(`caller-${caller}-${n}`);
  });
  const end = async () => {
    ended.abort();
    await Promise.all(callers);
  };
  return { ...seen, end };
}

/** A server whose data are on a small disk: a process of its own, since it must not end of that. */
async function stage(disk: SmallDisk) {
  const server = await startServerProcess({ ...HASTY, DATA_DIR: disk.path });
  const admin = createClient({ url: server.url, token: server.token, webSocketImpl: WebSocket });
  const tell = story(admin);
  const { id: definitionId } = await tell.definition(plainDefinition('Full'));
  const { id: workerId } = await openWorker(admin, 'crowded');
  const held = await tell.instance({ definitionId });
  await tell.schedule(held.id, workerId);
  const waiting: string[] = [];
  for (let n = 0; n < WAITING; n++) waiting.push((await tell.instance({ definitionId })).id);
  return { server, admin, tell, definitionId, workerId, held: held.id, waiting };
}

/** Nothing is left to mend, and nothing wrong in what was stored. */
async function expectSound(disk: SmallDisk, server: ServerProcess, admin: LabletClient, read: object) {
  await until('nothing is left to mend', async () => {
    const { runRepair } = await admin.request(RunRepairDocument, { input: {} });
    return required(runRepair).report.found === 0;
  });
  expect(await server.kill('SIGTERM')).toMatchObject({ code: 0 });
  const check = await runServerProcess({ DATA_DIR: disk.path }, 'check', '--json');
  expect(check).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(check.stdout)).toMatchObject({ read, violations: [], unsettled: [] });
}

/** Schedules one after the other until one is refused. */
async function firstRefused(ids: readonly string[], schedule: (id: string) => Promise<void>) {
  for (const id of ids) {
    try {
      await schedule(id);
    } catch (error) {
      expect(error).toBeInstanceOf(ApiError);
      return { id, error: error as ApiError };
    }
  }
  return expect.fail('none was refused');
}

async function instanceIds(admin: LabletClient): Promise<string[]> {
  const ids: string[] = [];
  for (let after: string | null = null; ;) {
    const page: { instances?: any } = await admin.request(InstancesDocument, { first: 100, after });
    const { nodes, pageInfo } = required(page.instances);
    ids.push(...nodes.map(({ id }: { id: string }) => id));
    if (!pageInfo.hasNextPage) return ids;
    after = pageInfo.endCursor;
  }
}

describe.runIf(canMountSmallDisk())('a server on embedded stores whose disk is full', () => {
  it(
    'S4 reads, says why it writes nothing, loses nothing, and goes on once there is room',
    { timeout: 120_000 },
    async () => {
      const disk = mountSmallDisk(DISK_MB);
      onTestFinished(() => disk.remove());
      const { server, admin, tell, definitionId, workerId, held, waiting } = await stage(disk);
      const { done, refusals, end } = creating(admin, definitionId);
      await until('instances are made', async () => done.size > 20);
      disk.fill();
      await until('writes are refused', async () => refusals.length > 300);
      expect(disk.room()).toBe(0);

      // Pages that a store gave free itself may be enough for some.
      const granted = [held];
      const refused = await firstRefused(waiting, async (id) => {
        await tell.schedule(id, workerId);
        granted.push(id);
      });
      expect(refused.error).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
      expect(refused.error.message).toMatch(/The (document|live) store is full/);
      const { instance } = await admin.request(InstanceDocument, { id: refused.id });
      expect(instance).toMatchObject({ state: 'PENDING', revision: 1 });
      const { workers } = await admin.request(WorkersDocument, {});
      // The claim is kept where giving it back would take room too, and is never more than that.
      const { instanceIds: holders } = required(required(workers).nodes[0]);
      expect(holders.filter((id) => id !== refused.id).sort()).toEqual(granted.sort());
      expect(await instanceIds(admin)).toEqual(expect.arrayContaining([...done.values()]));
      await until('readiness says so', async () =>
        (await readiness(server.url)).checks.some(
          ({ name, detail }) => name === 'live' && /^uses (\d+) of \1 bytes$/.test(detail ?? ''),
        ),
      );

      const [before, toldFull] = [done.size, refusals.length];
      disk.empty();
      await until('instances are made again', async () => done.size > before + CALLERS);
      await end();
      for (const [n, error] of refusals.entries()) {
        expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
        // A commit that failed just before may be explained when there is room already.
        if (n < toldFull) expect(error.message).toMatch(/store is full/);
      }
      // Each of them once, however often it was tried.
      expect((await instanceIds(admin)).sort()).toEqual([held, ...waiting, ...done.values()].sort());
      await ready(server.url);
      await until('the claim of the refused is given back', async () => {
        const { workers } = await admin.request(WorkersDocument, {});
        return required(workers).nodes[0]?.instanceIds.length === granted.length;
      });
      expect(await tell.schedule(refused.id, workerId)).toMatchObject({ state: 'SCHEDULED' });

      await expectSound(disk, server, admin, { instances: done.size + 1 + WAITING });
    },
  );

  it(
    'S4 that is killed then has everything it acknowledged when it starts again',
    { timeout: 120_000 },
    async () => {
      const disk = mountSmallDisk(DISK_MB);
      onTestFinished(() => disk.remove());
      const { server, admin, definitionId, held, waiting } = await stage(disk);
      const { done, refusals, end } = creating(admin, definitionId);
      await until('instances are made', async () => done.size > 20);
      disk.fill();
      await until('writes are refused', async () => refusals.length > 50);
      await server.kill('SIGKILL');
      await end();
      disk.empty();
      const next = await startServerProcess({ ...HASTY, DATA_DIR: disk.path });
      const again = createClient({ url: next.url, token: next.token, webSocketImpl: WebSocket });
      const ids = await instanceIds(again);
      expect(ids).toEqual(expect.arrayContaining([held, ...waiting, ...done.values()]));
      // What was under way at the end may have been done.
      expect(ids.length - done.size - 1 - WAITING).toBeLessThanOrEqual(CALLERS);
      await expectSound(disk, next, again, { instances: ids.length });
    },
  );
});
