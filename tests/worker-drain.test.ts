import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { codecs } from '../src/claims/values.js';
import { WORKER_MOVES, WORKER_STATUSES } from '../src/workers/transitions.js';
import { refusal } from './support/answers.js';
import { intercepted } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { honestAdmin, openWorker, workerInput } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

let server: TestServer;
let admin: api.LabletClient;
let tell: ReturnType<typeof story>;
let definitionId: string;
let made = 0;
const fresh = () => `drain-${++made}`;

/** What was written of workers, in order. */
const writes: string[] = [];
const watched = intercepted(({ name, args, go }) => {
  const [given] = args as [{ then?: readonly { put?: string }[] } | undefined];
  if (name === 'cml_workers.replace') writes.push('document');
  if (name === 'live.txn') writes.push(...(given?.then ?? []).flatMap(({ put }) => partOf(put)));
  return go();
});
const partOf = (key = '') => /workers\/.*\/(capacity|state)$/.exec(key)?.slice(1) ?? [];

beforeAll(async () => {
  server = await startTestServer({ overrides: { wrapStores: watched } });
  admin = await honestAdmin(server);
  tell = story(admin);
  definitionId = (await tell.definition(plainDefinition('Drained'))).id;
});

afterAll(() => server.close());

const read = async (id: string) => required((await admin.request(api.WorkerDocument, { id })).worker);
const drain = async (input: api.DrainWorkerInput, client = admin) =>
  required((await client.request(api.DrainWorkerDocument, { input })).drainWorker).worker;
const cancel = async (input: api.CancelWorkerDrainInput, client = admin) =>
  required((await client.request(api.CancelWorkerDrainDocument, { input })).cancelWorkerDrain).worker;

async function accepting(id: string) {
  const { live, keys } = server.server.context;
  const stored = codecs.workerCapacity.decode(required(await live.get(keys.workerCapacity(id))).value);
  return stored.ok ? stored.value.accepting : stored;
}

const booked = async () => (await tell.instance({ definitionId })).id;

/** A worker that was taken to this status by reports and orders. */
async function workerIn(status: api.WorkerStatus): Promise<string> {
  const { id } = await tell.worker(workerInput(fresh()));
  const ways: Partial<Record<api.WorkerStatus, api.WorkerStatus[]>> = {
    PROVISIONING: ['PROVISIONING'],
    STOPPING: ['PROVISIONING', 'RUNNING', 'STOPPING'],
    STOPPED: ['PROVISIONING', 'RUNNING', 'STOPPING', 'STOPPED'],
    FAILED: ['FAILED'],
    TERMINATED: ['TERMINATED'],
    RUNNING: ['PROVISIONING', 'RUNNING'],
    DRAINING: ['PROVISIONING', 'RUNNING'],
  };
  for (const step of ways[status] ?? []) await tell.moveWorker(id, step);
  if (status === 'DRAINING') await drain({ id });
  return id;
}

describe('drainWorker', () => {
  it('keeps what the worker has and takes nothing new, until the drain is cancelled', async () => {
    const { id } = await openWorker(admin, fresh());
    const [held, refused] = [await booked(), await booked()];
    await tell.schedule(held, id);
    const draining = await drain({ id, reason: 'maintenance' });
    expect(draining).toMatchObject({ status: 'DRAINING', sequence: 4, revision: 4, instanceIds: [held] });
    expect(draining.drainStartedAt).not.toBeNull();
    expect(await accepting(id)).toEqual({ open: false, seq: 4 });
    expect(await refusal(tell.schedule(refused, id))).toMatchObject({
      code: 'WORKER_NOT_ACCEPTING',
      details: { status: 'DRAINING' },
    });
    await tell.move(held, 'INSTANTIATING');
    const running = await cancel({ id });
    expect(running).toMatchObject({ status: 'RUNNING', sequence: 5, drainStartedAt: null });
    expect(await accepting(id)).toEqual({ open: true, seq: 5 });
    expect(await tell.schedule(refused, id)).toMatchObject({ state: 'SCHEDULED' });
  });

  it('closes the worker before its document leaves RUNNING, and opens it after it is RUNNING', async () => {
    const { id } = await openWorker(admin, fresh());
    writes.length = 0;
    await drain({ id });
    expect(writes).toEqual(['capacity', 'document', 'state']);
    writes.length = 0;
    await cancel({ id });
    expect(writes).toEqual(['document', 'capacity', 'state']);
  });

  it('W1 is the only way to and from DRAINING: the table says so for all 64 pairs', async () => {
    const { workerTransitions } = await admin.request(api.WorkerTransitionsDocument, {});
    expect(required(workerTransitions)).toEqual(WORKER_MOVES);
    expect(WORKER_MOVES).toHaveLength(19);
    const [running, draining] = [await workerIn('RUNNING'), await workerIn('DRAINING')];
    for (const [id, to, from, command] of [
      [running, 'DRAINING', 'RUNNING', 'drainWorker'],
      [draining, 'RUNNING', 'DRAINING', 'cancelWorkerDrain'],
    ] as const) {
      const error = await refusal(tell.moveWorker(id, to));
      expect(error).toMatchObject({ code: 'INVALID_TRANSITION', details: { from, to } });
      expect(error.message).toContain(command);
    }
  });

  it.each(WORKER_STATUSES)('W1 from %s: drains RUNNING alone, cancels DRAINING alone', async (status) => {
    for (const [command, from, to] of [
      [drain, 'RUNNING', 'DRAINING'],
      [cancel, 'DRAINING', 'RUNNING'],
    ] as const) {
      const id = await workerIn(status);
      const before = [await read(id), await accepting(id)];
      if (status === from) {
        expect(await command({ id })).toMatchObject({ status: to });
        continue;
      }
      const error = await refusal(command({ id }));
      expect(error).toMatchObject({ code: 'INVALID_TRANSITION', details: { from: status, to } });
      expect([await read(id), await accepting(id)]).toEqual(before);
    }
  });

  it.each(WORKER_STATUSES.filter((status) => status !== 'RUNNING'))(
    'W1 %s refuses claims',
    async (status) => {
      const [id, workerId] = [await booked(), await workerIn(status)];
      expect(await refusal(tell.schedule(id, workerId))).toMatchObject({
        code: 'WORKER_NOT_ACCEPTING',
        details: { status },
      });
    },
  );

  it('W5 a drained worker with claims stops by force alone, and its instances end', async () => {
    const { id } = await openWorker(admin, fresh());
    const held = await booked();
    await tell.schedule(held, id);
    await drain({ id });
    expect(await refusal(tell.moveWorker(id, 'STOPPING'))).toMatchObject({
      code: 'WORKER_BUSY',
      details: { status: 'DRAINING', instances: [held] },
    });
    await tell.moveWorker(id, 'STOPPING', { force: true });
    expect(await tell.moveWorker(id, 'STOPPED')).toMatchObject({ status: 'STOPPED' });
    const { instance } = await admin.request(api.InstanceDocument, { id: held });
    expect(instance).toMatchObject({ state: 'TERMINATED', workerId: id });
    expect(required(instance).history.at(-1)).toMatchObject({ reason: 'WORKER_LOST_BEFORE_START' });
    expect(await read(id)).toMatchObject({ instanceIds: [] });
  });

  it('is refused under a stale revision, to those without the role, and for what is missing', async () => {
    const { id } = await openWorker(admin, fresh());
    expect(await refusal(drain({ id, expectedRevision: 2 }))).toMatchObject({
      code: 'REVISION_CONFLICT',
      details: { expected: 2, actual: 3 },
    });
    expect(await accepting(id)).toEqual({ open: true, seq: 3 });
    const missing = `wrk_${'0'.repeat(26)}`;
    for (const command of [drain, cancel]) {
      expect(await refusal(command({ id: missing }))).toMatchObject({ code: 'NOT_FOUND' });
      expect(await refusal(command({ id }, await server.client('USER')))).toMatchObject({
        code: 'FORBIDDEN',
      });
    }
    const service = await server.client('SERVICE');
    await drain({ id, expectedRevision: 3 }, service);
    expect(await refusal(cancel({ id }, service))).toMatchObject({
      code: 'FORBIDDEN',
      details: { requiredRoles: ['ADMIN', 'MANAGER'] },
    });
    await cancel({ id, expectedRevision: 4 }, await server.client('MANAGER'));
  });
});
