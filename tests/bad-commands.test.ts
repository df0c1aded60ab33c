import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { addMs } from '../src/lib/clock.js';
import { refusal } from './support/answers.js';
import { startTestServer, type TestServer } from './support/server.js';
import { honestAdmin, openWorker, workerInput } from './support/stage.js';
import { exampleDefinition, plainDefinition, required, story } from './support/story.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

let folder: string;
let server: TestServer;
let admin: api.LabletClient;
let tell: ReturnType<typeof story>;

/** The server's clock stands still, so that limits can be met to the millisecond. */
let now = new Date().toISOString();
const clock = { now: () => now, monotonic: () => performance.now() };

const instance = async (id: string) => required((await admin.request(api.InstanceDocument, { id })).instance);
const schedule = (input: api.ScheduleInstanceInput) =>
  refusal(admin.request(api.ScheduleInstanceDocument, { input }));
const book = (input: api.CreateInstanceInput) =>
  refusal(admin.request(api.CreateInstanceDocument, { input }));
const define = (input: api.CreateDefinitionInput) =>
  refusal(admin.request(api.CreateDefinitionDocument, { input }));
const definitionCount = async () =>
  required((await admin.request(api.DefinitionsDocument, {})).definitions).totalCount;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lablet-labs-'));
  const root = join(folder, 'labs');
  mkdirSync(root);
  server = await startTestServer({ env: { ARTIFACT_FILE_ROOT: root }, overrides: { clock } });
  admin = await honestAdmin(server);
  tell = story(admin);
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe('a command that the present state does not allow', () => {
  it('is REVISION_CONFLICT when the caller has read an older revision, and changes nothing', async () => {
    const lab = await tell.definition(plainDefinition('Stale'));
    const worker = await openWorker(admin, 'stale');
    const { id } = await tell.instance({ definitionId: lab.id });
    const stale = { code: 'REVISION_CONFLICT', retryable: true, details: { expected: 9, actual: 1 } };
    const mine = { id, expectedRevision: 9 };
    expect(await schedule({ ...mine, workerId: worker.id })).toMatchObject(stale);
    const end = admin.request(api.TerminateInstanceDocument, { input: mine });
    expect(await refusal(end)).toMatchObject(stale);
    const move = { input: { ...mine, to: 'INSTANTIATING' } } as const;
    expect(await refusal(admin.request(api.TransitionInstanceDocument, move))).toMatchObject(stale);
    const stop = { input: { id: worker.id, to: 'STOPPING', expectedRevision: 2 } } as const;
    const moved = await refusal(admin.request(api.TransitionWorkerDocument, stop));
    expect(moved).toMatchObject({ ...stale, details: { expected: 2, actual: 3 } });
    expect(await instance(id)).toMatchObject({ state: 'PENDING', revision: 1 });
    // With the revision as it is the same command goes through.
    await admin.request(api.ScheduleInstanceDocument, {
      input: { id, workerId: worker.id, expectedRevision: 1 },
    });
  });

  it('is INVALID_TRANSITION with the legal moves, and changes nothing', async () => {
    const lab = await tell.definition(plainDefinition('Moves'));
    const { id } = await tell.instance({ definitionId: lab.id });
    const before = await instance(id);
    for (const to of ['RUNNING', 'SCHEDULED', 'TERMINATED', 'PENDING'] as const) {
      const error = await refusal(admin.request(api.TransitionInstanceDocument, { input: { id, to } }));
      const details = { from: 'PENDING', to, legal: ['SCHEDULED', 'TERMINATED'] };
      expect(error).toMatchObject({ code: 'INVALID_TRANSITION', details });
    }
    expect(await instance(id)).toEqual(before);
    const worker = await tell.worker(workerInput('moves'));
    const jump = { input: { id: worker.id, to: 'RUNNING' } } as const;
    expect(await refusal(admin.request(api.TransitionWorkerDocument, jump))).toMatchObject({
      code: 'INVALID_TRANSITION',
      details: { from: 'PENDING', to: 'RUNNING', legal: ['PROVISIONING', 'FAILED', 'TERMINATED'] },
    });
    await tell.terminate(id);
    expect(await schedule({ id, workerId: worker.id })).toMatchObject({
      code: 'INVALID_TRANSITION',
      details: { from: 'TERMINATED', to: 'SCHEDULED', legal: [] },
    });
  });
});

describe('a timeslot', () => {
  it('is refused just past each of its limits, and booked on them', async () => {
    const { id: definitionId } = await tell.definition({
      ...plainDefinition('Slots'),
      maxDurationMinutes: 30,
    });
    const slot = (start: number, end: number) => ({
      ...{ definitionId, timeslotStart: addMs(now, start), timeslotEnd: addMs(now, end) },
    });
    for (const [rule, start, end, limit] of [
      ['END_NOT_AFTER_START', MINUTE, MINUTE, MINUTE],
      ['START_IN_PAST', -1, MINUTE, 0],
      ['TOO_FAR', 365 * DAY + 1, 365 * DAY + MINUTE, 365 * DAY],
      ['TOO_LONG', 0, 30 * MINUTE + 1000, 30 * MINUTE],
    ] as const) {
      const details = { rule, limit: addMs(now, limit) };
      expect(await book(slot(start, end))).toMatchObject({ code: 'TIMESLOT_INVALID', details });
    }
    const { instances: none } = await admin.request(api.InstancesDocument, { filter: { definitionId } });
    expect(none).toMatchObject({ totalCount: 0 });
    await tell.instance(slot(0, 30 * MINUTE));
    await tell.instance(slot(365 * DAY, 365 * DAY + 1));
  });

  it('that is over cannot be scheduled any more', async () => {
    const { id: definitionId } = await tell.definition({ ...plainDefinition('Over'), maxDurationMinutes: 5 });
    const { id: workerId } = await openWorker(admin, 'over');
    const [late, last] = [await tell.instance({ definitionId }), await tell.instance({ definitionId })];
    now = addMs(late.timeslotEnd, -1);
    expect(await tell.schedule(last.id, workerId)).toMatchObject({ state: 'SCHEDULED' });
    now = late.timeslotEnd;
    const details = { rule: 'OVER', limit: late.timeslotEnd };
    expect(await schedule({ id: late.id, workerId })).toMatchObject({ code: 'TIMESLOT_INVALID', details });
  });
});

describe('a value that must be unique', () => {
  it('is the name of a definition, and the error names the one that has it', async () => {
    const first = await tell.definition(plainDefinition('Unique'));
    const details = { entity: 'LabletDefinition', key: 'name', existingId: first.id };
    expect(await define(plainDefinition('Unique'))).toMatchObject({ code: 'ALREADY_EXISTS', details });
  });

  it('is the name of a worker, and the error names the one that has it', async () => {
    const first = await tell.worker(workerInput('unique'));
    const again = admin.request(api.RegisterWorkerDocument, { input: workerInput('unique') });
    const details = { entity: 'Worker', key: 'name', existingId: first.id };
    expect(await refusal(again)).toMatchObject({ code: 'ALREADY_EXISTS', details });
  });

  it('is the reservation of an instance, and the error names the one that has it', async () => {
    const lab = await tell.definition(plainDefinition('Reserved'));
    const wish = { definitionId: lab.id, reservationId: 'r-1' };
    const first = await tell.instance(wish);
    const details = { entity: 'LabletInstance', key: 'reservationId', existingId: first.id };
    expect(await book(wish)).toMatchObject({ code: 'ALREADY_EXISTS', details });
  });

  it('is the name alone whatever the version, and upper and lower case are two names', async () => {
    const first = await tell.definition(plainDefinition('Family'));
    const second = await define({ ...plainDefinition('Family'), version: '2.0.0' });
    expect(second).toMatchObject({ code: 'ALREADY_EXISTS', details: { existingId: first.id } });
    await tell.definition(plainDefinition('family'));
    await tell.instance({ definitionId: first.id, reservationId: 'R-2' });
    await tell.instance({ definitionId: first.id, reservationId: 'r-2' });
  });

  it('tells nothing of an object that the caller may not see', async () => {
    const lab = await tell.definition(plainDefinition('Hidden'));
    await tell.instance({ definitionId: lab.id, reservationId: 'r-3' });
    const user = await server.client('USER', 'alice');
    const input = { definitionId: lab.id, reservationId: 'r-3' };
    const error = await refusal(user.request(api.CreateInstanceDocument, { input }));
    expect(error).toMatchObject({ code: 'ALREADY_EXISTS', details: { existingId: null } });
  });
});

describe('a lab file', () => {
  const file = (name: string, text: string | Buffer) => writeFileSync(join(folder, 'labs', name), text);

  beforeAll(() => {
    writeFileSync(join(folder, 'secret.yaml'), 'nodes: [{label: a, node_definition: b}]');
    symlinkSync(join(folder, 'secret.yaml'), join(folder, 'labs', 'link.yaml'));
    file('broken.yaml', 'nodes:\n  - {label: a, node_definition: [}\n');
    file('empty.yaml', 'nodes: []\n');
    file('latin.yaml', Buffer.from('nodes: [{label: \xe9, node_definition: b}]', 'latin1'));
    file('large.yaml', `# ${'x'.repeat(5 * 1024 * 1024 - 1)}`);
  });

  const extract = (labArtifactUri: string) =>
    define({ ...exampleDefinition(), name: 'Faulty', labArtifactUri });

  it.each([
    ['file:///absent.yaml', 'ARTIFACT_UNAVAILABLE', { cause: 'NOT_FOUND' }],
    ['file:///../secret.yaml', 'ARTIFACT_NOT_ALLOWED', { rule: 'OUTSIDE_ROOT' }],
    ['file:///%2e%2e/secret.yaml', 'ARTIFACT_NOT_ALLOWED', { rule: 'OUTSIDE_ROOT' }],
    ['file:///link.yaml', 'ARTIFACT_NOT_ALLOWED', { rule: 'OUTSIDE_ROOT' }],
    ['file:///', 'ARTIFACT_NOT_ALLOWED', { rule: 'URI_MALFORMED' }],
    ['file://elsewhere/lab.yaml', 'ARTIFACT_NOT_ALLOWED', { rule: 'HOST_NOT_ALLOWED' }],
    ['https://example.org/lab.yaml', 'ARTIFACT_NOT_ALLOWED', { rule: 'HOST_NOT_LISTED' }],
    ['s3://elsewhere/lab.yaml', 'ARTIFACT_NOT_ALLOWED', { rule: 'BUCKET_NOT_LISTED' }],
    ['file:///broken.yaml', 'LAB_YAML_INVALID', { line: 2 }],
    ['file:///empty.yaml', 'LAB_YAML_INVALID', { path: 'nodes' }],
    ['file:///latin.yaml', 'LAB_YAML_INVALID', {}],
    ['file:///large.yaml', 'ARTIFACT_TOO_LARGE', { limitBytes: 5 * 1024 * 1024 }],
  ])('that cannot be used leaves nothing behind: %s', async (uri, code, details) => {
    const before = await definitionCount();
    const error = await extract(uri);
    expect(error).toMatchObject({ code, details });
    expect(JSON.stringify(error.errors)).not.toContain(folder);
    expect(await definitionCount()).toBe(before);
  });

  it('that failed once may be mended and used under the same name', async () => {
    const input = { ...exampleDefinition(), name: 'Mended', labArtifactUri: 'file:///mended.yaml' };
    expect((await define(input)).code).toBe('ARTIFACT_UNAVAILABLE');
    file('mended.yaml', 'nodes: [{label: a, node_definition: iosv}]');
    expect(await tell.definition(input)).toMatchObject({ nodeCount: 1, topologySource: 'EXTRACTED' });
  });
});
