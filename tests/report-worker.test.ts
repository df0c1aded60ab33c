import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { addMs } from '../src/lib/clock.js';
import { faultPaths, refusal } from './support/answers.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { honestAdmin, openWorker, workerInput } from './support/stage.js';
import { required, story } from './support/story.js';

const MINUTE = 60_000;
const telemetry = { cpuPercent: 12.5, memoryPercent: 40, storagePercent: 3, labs: 2 };

let server: TestServer;
let admin: api.LabletClient;
let made = 0;
const fresh = () => `report-${++made}`;

/** The server's clock stands still unless it is told. */
let now = new Date().toISOString();
const clock = { now: () => now, monotonic: () => performance.now() };

/** What happens around the calls that the server makes of its stores. */
let around: (call: StoreCall) => Promise<unknown> = ({ go }) => go();

beforeAll(async () => {
  const wrapStores = intercepted((call) => around(call));
  server = await startTestServer({ overrides: { clock, wrapStores } });
  admin = await honestAdmin(server);
});

afterAll(() => server.close());

const report = async (input: api.ReportWorkerInput, client = admin) =>
  required((await client.request(api.ReportWorkerDocument, { input })).reportWorker).worker;
const warningsOf = async (id: string) =>
  required((await admin.request(api.WorkerDocument, { id })).worker).warnings;

describe('reportWorker', () => {
  it('stores facts under a new revision, and load without one', async () => {
    const { id } = await openWorker(admin, fresh());
    const service = await server.client('SERVICE');
    const facts = {
      cloudInstanceId: 'i-0abc',
      amiName: 'CML-2.9.0',
      cmlVersion: '2.9.0',
      nodeDefinitions: ['iosv', 'ubuntu'],
      endpointUrl: 'https://cml.example.org/',
      host: 'cml.example.org',
    };
    const first = await report({ id, ...facts, telemetry }, service);
    expect(first).toMatchObject({ ...facts, telemetry, revision: 4, configRevision: 1, lastReportedAt: now });
    now = addMs(now, MINUTE);
    const busier = { ...telemetry, labs: 3 };
    const second = await report({ id, telemetry: busier }, service);
    expect(second).toMatchObject({ ...facts, telemetry: busier, revision: 4, lastReportedAt: now });
    const { worker } = await admin.request(api.WorkerDocument, { id });
    expect(worker).toMatchObject({ revision: 4, host: facts.host });
  });

  it('changes nothing but the time when it says what is known, whatever the order', async () => {
    const { id } = await openWorker(admin, fresh(), { nodeDefinitions: ['iosv', 'ubuntu'] });
    now = addMs(now, MINUTE);
    const same = await report({ id, nodeDefinitions: ['ubuntu', 'iosv', 'iosv'] });
    expect(same).toMatchObject({ revision: 3, lastReportedAt: now });
  });

  it('keeps what is absent and forgets what is null', async () => {
    const { id } = await openWorker(admin, fresh(), { host: 'here', cmlVersion: '2.9.0' });
    await report({ id, telemetry });
    const told = await report({ id, host: null });
    expect(told).toMatchObject({ host: null, cmlVersion: '2.9.0', telemetry, revision: 4 });
    expect(await report({ id, telemetry: null })).toMatchObject({ telemetry: null, revision: 4 });
  });

  it('is not undone by a save of what was loaded before it', async () => {
    const { id } = await openWorker(admin, fresh());
    await report({ id, telemetry });
    const busier = { ...telemetry, labs: 9 };
    around = async ({ name, go }) => {
      if (name !== 'cml_workers.replace') return go();
      around = (call) => call.go();
      now = addMs(now, MINUTE);
      await report({ id, telemetry: busier });
      return go();
    };
    await admin.request(api.UpdateWorkerDocument, { input: { id, drainTimeoutHours: 7 } });
    const stored = await server.server.context.collections.workers.get(id);
    expect(stored).toMatchObject({ drainTimeoutHours: 7, telemetry: busier, lastReportedAt: now });
  });

  it('raises one event for the facts and none for the load', async () => {
    const { id } = await openWorker(admin, fresh());
    await report({ id, telemetry });
    await report({ id, host: 'there', telemetry });
    await report({ id, telemetry });
    const { outbox, collections } = server.server.context;
    await outbox.idle();
    const filter = { aggregateId: id };
    const events = await collections.events.find(filter, { index: 'aggregateId_number', limit: 50 });
    expect(events.slice(3)).toMatchObject([
      { type: 'WorkerReported', payload: { facts: { host: 'there' } } },
    ]);
  });

  it('keeps no record of its idempotency keys in the document, and still has one effect', async () => {
    const { id } = await openWorker(admin, fresh());
    const input = { id, host: 'there', idempotencyKey: 'report' };
    const first = await report(input);
    expect(first.revision).toBe(4);
    expect(await report(input)).toEqual(first);
    await report({ id, host: 'elsewhere' });
    expect(await report(input)).toMatchObject({ host: 'elsewhere', revision: 5 });
    const stored = await server.server.context.collections.workers.get(id);
    expect(required(stored).appliedRecords).toEqual([]);
    expect(await refusal(report({ ...input, host: 'other' }))).toMatchObject({
      code: 'IDEMPOTENCY_CONFLICT',
    });
  });

  it('is heard from a worker in any status', async () => {
    const { id } = await story(admin).worker(workerInput(fresh()));
    await story(admin).moveWorker(id, 'TERMINATED');
    expect(await report({ id })).toMatchObject({ status: 'TERMINATED', lastReportedAt: now, revision: 2 });
  });

  it('says what is wrong with the input', async () => {
    const { id } = await openWorker(admin, fresh());
    const wrong = { cpuPercent: 101, memoryPercent: -1, storagePercent: 3, labs: 1 };
    const error = await refusal(report({ id, endpointUrl: 'http://plain', telemetry: wrong }));
    expect(faultPaths(error)).toEqual(['endpointUrl', 'telemetry.cpuPercent', 'telemetry.memoryPercent']);
  });

  it('is refused under a stale revision, to those without the role, and for what is missing', async () => {
    const { id } = await openWorker(admin, fresh());
    const stale = await refusal(report({ id, telemetry, expectedRevision: 2 }));
    expect(stale).toMatchObject({ code: 'REVISION_CONFLICT', details: { expected: 2, actual: 3 } });
    const { worker } = await admin.request(api.WorkerDocument, { id });
    expect(worker).toMatchObject({ revision: 3 });
    expect(await refusal(report({ id }, await server.client('MANAGER')))).toMatchObject({
      code: 'FORBIDDEN',
    });
    const missing = await refusal(report({ id: `wrk_${'0'.repeat(26)}`, telemetry }));
    expect(missing).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('warnings', () => {
  it('say REPORT_OVERDUE 5 minutes after the latest report of a RUNNING worker', async () => {
    const { id } = await openWorker(admin, fresh(), { portRange: { start: 2000, end: 7999 } });
    expect(await warningsOf(id)).toEqual([]);
    now = addMs(now, 5 * MINUTE);
    expect(await warningsOf(id)).toEqual([]);
    now = addMs(now, 1);
    expect(await warningsOf(id)).toEqual(['REPORT_OVERDUE']);
    await report({ id, telemetry });
    expect(await warningsOf(id)).toEqual([]);
    now = addMs(now, 5 * MINUTE + 1);
    expect(await warningsOf(id)).toEqual(['REPORT_OVERDUE']);
    await admin.request(api.DrainWorkerDocument, { input: { id } });
    expect(await warningsOf(id)).toEqual([]);
  });

  it('say PORT_RANGE_ABOVE_CML_DEFAULT when the range passes 7999', async () => {
    const { id } = await openWorker(admin, fresh(), { portRange: { start: 2000, end: 8000 } });
    expect(await warningsOf(id)).toEqual(['PORT_RANGE_ABOVE_CML_DEFAULT']);
  });
});
