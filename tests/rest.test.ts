/** The REST routes from end to end; every answer is compared with what the OpenAPI document says of it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send, type Answer } from './support/answers.js';
import { OPERATIONS } from './support/openapi.js';
import { restOf, type Rest } from './support/rest.js';
import { startTestServer, type TestServer } from './support/server.js';
import { workerInput } from './support/stage.js';
import { exampleDefinition, plainDefinition } from './support/story.js';

const LAB = readFileSync(new URL('../examples/labs/branch-vpn.yaml', import.meta.url), 'utf8');
const root = mkdtempSync(join(tmpdir(), 'lablet-labs-'));
let server: TestServer;
let rest: Rest;
let made = 0;

beforeAll(async () => {
  server = await startTestServer({ env: { ARTIFACT_FILE_ROOT: root } });
  rest = restOf(server);
});

afterAll(async () => {
  await server?.close();
  rmSync(root, { recursive: true, force: true });
});

const fresh = (prefix: string) => `${prefix}-${++made}`;
const post = async (path: string, body: unknown = {}) => (await rest.post(path, body)).json;
const newDefinition = () => post('/definitions', plainDefinition(fresh('Lab'), 2));
const newInstance = async () => post('/instances', { definitionId: (await newDefinition()).id });

async function runningWorker(): Promise<any> {
  const { id } = await post('/workers', workerInput(fresh('worker'), { host: 'w.example.org' }));
  await post(`/workers/${id}/transition`, { to: 'PROVISIONING' });
  return post(`/workers/${id}/transition`, { to: 'RUNNING' });
}

describe('definitions', () => {
  it('are made at an address, and read there', async () => {
    const created = await rest.post('/definitions', plainDefinition('Made by REST'));
    expect(created.status).toBe(201);
    expect(created.headers.location).toBe(`/api/v1/definitions/${created.json.id}`);
    expect(created.headers.etag).toBe('"1"');
    expect(created.headers['live-revision']).toEqual(expect.any(String));
    const read = await rest.get(`/definitions/${created.json.id}`);
    expect(read.status).toBe(200);
    expect(read.json).toEqual(created.json);
    expect(read.json).toMatchObject({ name: 'Made by REST', status: 'ACTIVE', revision: 1 });
  });

  it('are synced, with the new version where the file has changed', async () => {
    const file = `${fresh('lab')}.yaml`;
    writeFileSync(join(root, file), LAB);
    const input = { ...exampleDefinition(), name: fresh('Synced'), labArtifactUri: `file:///${file}` };
    const { id } = await post('/definitions', { ...input, extractTopology: true });
    const unchanged = await rest.ask('POST', `/definitions/${id}/sync`);
    expect(unchanged.json).toMatchObject({ outcome: 'UNCHANGED', definition: { id }, newVersion: null });
    expect(unchanged.json).not.toHaveProperty('liveRevision');
    writeFileSync(join(root, file), `${LAB}\n# changed\n`);
    const changed = await rest.post(`/definitions/${id}/sync`);
    expect(changed.json).toMatchObject({ outcome: 'NEW_VERSION', newVersion: { supersedesId: id } });
    rmSync(join(root, file));
    const { id: next } = changed.json.newVersion;
    expect((await rest.post(`/definitions/${next}/sync`)).fault).toMatchObject({
      code: 'ARTIFACT_UNAVAILABLE',
    });
  });

  it('get versions, are deprecated and archived', async () => {
    const { id, name } = await newDefinition();
    const second = await rest.post(`/definitions/${id}/versions`, { version: '1.1.0', warmPoolDepth: 2 });
    expect(second.status).toBe(201);
    expect(second.headers.location).toBe(`/api/v1/definitions/${second.json.id}`);
    expect(second.json).toMatchObject({ name, version: '1.1.0', previousVersionId: id, warmPoolDepth: 2 });
    const lower = await rest.post(`/definitions/${id}/versions`, { version: '0.9.0' });
    expect([lower.status, lower.fault.code]).toEqual([409, 'VERSION_NOT_HIGHER']);
    const reason = { reason: 'old', replacementId: second.json.id };
    expect(await post(`/definitions/${id}/deprecate`, reason)).toMatchObject({ status: 'DEPRECATED' });
    expect(await post(`/definitions/${id}/archive`)).toMatchObject({ status: 'ARCHIVED', revision: 3 });
  });

  it('are found by name and version in any state, and in no other way by both', async () => {
    const { id, name } = await newDefinition();
    await post(`/definitions/${id}/deprecate`, { reason: 'old' });
    const key = `name=${encodeURIComponent(name)}&version=1.0.0`;
    const found = await rest.get(`/definitions?${key}`);
    expect(found.json.items.map((item: any) => item.id)).toEqual([id]);
    expect((await rest.get(`/definitions?${key}&status=ACTIVE`)).json.items).toEqual([]);
    expect((await rest.get(`/definitions?name=${name}&version=9.9.9`)).json.items).toEqual([]);
  });
});

describe('instances', () => {
  it('go their way from request to clean-up', async () => {
    const worker = await runningWorker();
    const created = await rest.post('/instances', {
      definitionId: (await newDefinition()).id,
      reservationId: 'booking-1',
    });
    expect([created.status, created.json.state]).toEqual([201, 'PENDING']);
    const at = `/instances/${created.json.id}`;
    const scheduled = await post(`${at}/schedule`, { workerId: worker.id });
    expect(scheduled).toMatchObject({ state: 'SCHEDULED', claim: { workerId: worker.id } });
    expect(JSON.stringify(scheduled)).not.toMatch(/token/i);
    const early = await rest.post(`${at}/transition`, { to: 'INSTANTIATING', cmlLabId: 'lab-1' });
    expect([early.status, early.fault.details.fields]).toEqual([
      400,
      [{ path: 'cmlLabId', rule: 'ONLY_WITH_RUNNING', message: 'is taken with RUNNING only' }],
    ]);
    await post(`${at}/transition`, { to: 'INSTANTIATING', cmlLabId: null });
    const failure = { startFailure: { code: 'CML', message: 'no' } };
    expect(await post(`${at}/report`, failure)).toMatchObject({ retryCount: 1, lastError: { code: 'CML' } });
    await post(`${at}/transition`, { to: 'RUNNING', cmlLabId: 'lab-1' });
    await post(`${at}/transition`, { to: 'COLLECTING' });
    await post(`${at}/transition`, { to: 'GRADING' });
    const score = { total: 7.5, max: 10, passed: true, breakdown: [{ criterion: 'a', points: 1, max: 2 }] };
    expect(await post(`${at}/grading-score`, { score })).toMatchObject({
      state: 'STOPPING',
      gradingScore: score,
    });
    const legal = await rest.post(`${at}/transition`, { to: 'RUNNING' });
    expect(legal.fault).toMatchObject({ code: 'INVALID_TRANSITION', details: { from: 'STOPPING' } });
    await post(`${at}/transition`, { to: 'STOPPED' });
    await post(`${at}/transition`, { to: 'ARCHIVED' });
    const ended = await rest.delete(`${at}?reason=done`);
    expect([ended.status, ended.json.state]).toEqual([200, 'TERMINATED']);
    const found = await rest.get('/instances?reservationId=booking-1');
    expect(found.json.items).toEqual([ended.json]);
    expect((await rest.get(at)).json).toEqual(ended.json);
  });

  it('answer 202 as long as their end is only recorded', async () => {
    const [worker, { id }] = [await runningWorker(), await newInstance()];
    await post(`/instances/${id}/schedule`, { workerId: worker.id });
    await post(`/instances/${id}/transition`, { to: 'INSTANTIATING' });
    await post(`/instances/${id}/transition`, { to: 'RUNNING', cmlLabId: 'lab-2' });
    const recorded = await rest.delete(`/instances/${id}?reason=enough`);
    expect(recorded.status).toBe(202);
    expect(recorded.json).toMatchObject({ state: 'STOPPING', terminationRequested: { reason: 'enough' } });
    const pending = await newInstance();
    expect((await rest.delete(`/instances/${pending.id}`)).status).toBe(200);
  });
});

describe('workers', () => {
  it('are registered, changed, drained and reported', async () => {
    const worker = await runningWorker();
    const at = `/workers/${worker.id}`;
    expect(worker).toMatchObject({ status: 'RUNNING', history: [{ to: 'PENDING' }, {}, {}] });
    expect((await rest.patch(at, { drainTimeoutHours: 9 })).json).toMatchObject({ drainTimeoutHours: 9 });
    const { id } = await newInstance();
    await post(`/instances/${id}/schedule`, { workerId: worker.id });
    expect(await post(`${at}/drain`, { reason: 'update' })).toMatchObject({ status: 'DRAINING' });
    expect((await rest.delete(`${at}/drain?reason=later`)).json).toMatchObject({ status: 'RUNNING' });
    const telemetry = { cpuPercent: 1, memoryPercent: 2, storagePercent: 3.5, labs: 4 };
    expect(await post(`${at}/report`, { cmlVersion: '2.9.1', telemetry })).toMatchObject({ telemetry });
    const found = await rest.get(`/workers?name=${worker.name}`);
    expect(found.json.items).toMatchObject([{ id: worker.id, cmlVersion: '2.9.1' }]);
    expect((await rest.get('/workers?name=nobody')).json).toEqual({
      items: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });

  it('get another entity tag with every report, as telemetry leaves their revision alone', async () => {
    const worker = await runningWorker();
    const at = `/workers/${worker.id}`;
    const known = await rest.post(`${at}/report`, { telemetry: null });
    const etag = known.headers.etag as string;
    expect((await rest.get(at, { headers: { 'if-none-match': etag } })).status).toBe(304);
    const telemetry = { cpuPercent: 99, memoryPercent: 2, storagePercent: 3, labs: 4 };
    let later: Answer;
    do later = await rest.post(`${at}/report`, { telemetry });
    while (later.json.lastReportedAt === known.json.lastReportedAt);
    expect(later.json.revision).toBe(known.json.revision);
    const read = await rest.get(at, { headers: { 'if-none-match': etag } });
    expect([read.status, read.json.telemetry]).toEqual([200, telemetry]);
    const changed = await rest.patch(at, { drainTimeoutHours: 3 }, { headers: { 'if-match': etag } });
    expect(changed.status).toBe(200);
  });
});

describe('templates', () => {
  const template = () => ({
    name: fresh('template'),
    instanceType: 'm5',
    licenseType: 'ENTERPRISE',
    capacity: { cpuCores: 8, memoryGb: 32, storageGb: 100 },
    amiPattern: 'cml-*',
  });

  it('are made, changed, loaded again and selected', async () => {
    const created = await rest.post('/templates', template());
    expect([created.status, created.json.costPerHourUsd]).toEqual([201, null]);
    const at = `/templates/${created.json.id}`;
    const changed = await rest.patch(at, { costPerHourUsd: 0.0125, tags: [{ key: 'a', value: '' }] });
    expect(changed.json).toMatchObject({
      costPerHourUsd: 0.0125,
      tags: [{ key: 'a', value: '' }],
      revision: 2,
    });
    expect((await rest.get(at)).json).toEqual(changed.json);
    expect((await rest.get(`/templates?name=${created.json.name}`)).json.items).toEqual([changed.json]);
    const report = await rest.ask('POST', '/templates/reload');
    expect(report.json).toMatchObject({ fault: null, templates: expect.any(Array) });
    const requirements = { cpuCores: 8, memoryGb: 32, storageGb: 100 };
    const selected = await rest.post('/templates/select', { requirements });
    expect(selected.status).toBe(200);
    expect(selected.json.chosen).toMatchObject({
      template: { enabled: true },
      sparePorts: expect.any(Number),
    });
    const demanding = { ...requirements, nodeCount: 500, licenseAffinity: ['EVALUATION'] };
    const none = await rest.post('/templates/select', { requirements: demanding }, { as: 'USER' });
    expect([none.status, none.fault.code]).toEqual([422, 'NO_TEMPLATE_FITS']);
    await rest.patch(at, { enabled: false });
    expect((await rest.get('/templates?enabled=false')).json.items).toMatchObject([{ id: created.json.id }]);
  });
});

describe('lists', () => {
  it('are cut into pages that link to each other', async () => {
    const { id: definitionId } = await newDefinition();
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) ids.unshift((await post('/instances', { definitionId })).id);
    const seen: string[][] = [];
    let next: string | null = `/instances?definitionId=${definitionId}&first=2&totalCount=true`;
    let last: Answer | null = null;
    while (next !== null) {
      last = await rest.get(next);
      seen.push(last.json.items.map(({ id }: { id: string }) => id));
      expect(last.json.totalCount).toBe(5);
      next = linkOf(last, 'next');
    }
    expect(seen).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
    const back = await rest.get(linkOf(last, 'prev') as string);
    expect(back.json.items.map(({ id }: { id: string }) => id)).toEqual(ids.slice(2, 4));
    expect(back.json.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true });
    expect((await rest.get(`/instances?definitionId=${definitionId}`)).json).not.toHaveProperty('totalCount');
  });

  it('take filters and an order', async () => {
    const { id: definitionId } = await newDefinition();
    const [first, second] = [
      await post('/instances', { definitionId }),
      await post('/instances', { definitionId }),
    ];
    await rest.delete(`/instances/${first.id}`);
    const idsOf = async (query: string) =>
      (await rest.get(`/instances?definitionId=${definitionId}${query}`)).json.items.map(
        (item: any) => item.id,
      );
    expect(await idsOf('')).toEqual([second.id]);
    expect(await idsOf('&state=TERMINATED')).toEqual([first.id]);
    expect(await idsOf('&state=TERMINATED,PENDING&orderBy=CREATED_AT&direction=ASC')).toEqual([
      first.id,
      second.id,
    ]);
    expect(await idsOf('&state=TERMINATED&state=PENDING')).toEqual([second.id, first.id]);
    expect(await idsOf('&startsFrom=2199-01-01T00:00:00%2B02:00')).toEqual([]);
  });

  it('name parameters that are wrong, each as it was written', async () => {
    const wrong = await rest.get(
      '/definitions?status=OLD&versionFrom=2.0.0&versionTo=1.0.0&first=0&last=x&color=red&totalCount=yes&text=a&text=b',
    );
    expect(pathsOf(wrong)).toEqual(['color', 'first', 'last', 'status', 'text', 'totalCount', 'versionFrom']);
    expect(pathsOf(await rest.get('/instances?direction=ASC'))).toEqual(['orderBy']);
    expect(pathsOf(await rest.get('/instances?state=PENDING,GONE'))).toEqual(['state.1']);
    expect(pathsOf(await rest.get('/instances?after=nonsense'))).toEqual(['after']);
    expect(pathsOf(await rest.get('/workers?name=x&status=RUNNING'))).toEqual(['name']);
    expect(pathsOf(await rest.get('/definitions?filter=x&__proto__=y'))).toEqual(['__proto__', 'filter']);
  });
});

describe('a header', () => {
  it('If-Match with a stale revision changes nothing', async () => {
    const { id, revision } = await post('/workers', workerInput(fresh('worker')));
    const at = `/workers/${id}`;
    const stale = await rest.patch(at, { drainTimeoutHours: 7 }, { headers: { 'if-match': '"9"' } });
    expect([stale.status, stale.fault.code]).toEqual([409, 'REVISION_CONFLICT']);
    expect(stale.fault).toMatchObject({ retryable: true, details: { expected: 9, actual: revision } });
    const current = { headers: { 'if-match': `"${revision}"` } };
    expect((await rest.patch(at, { drainTimeoutHours: 7 }, current)).headers.etag).toBe('"2"');
    const any = await rest.patch(at, { drainTimeoutHours: 8 }, { headers: { 'if-match': '*' } });
    expect(any.json).toMatchObject({ drainTimeoutHours: 8 });
    const { id: instance } = await newInstance();
    const ended = await rest.delete(`/instances/${instance}`, { headers: { 'if-match': '"5"' } });
    expect(ended.status).toBe(409);
  });

  it('Idempotency-Key makes one effect of one input', async () => {
    const input = { definitionId: (await newDefinition()).id };
    const headers = { 'idempotency-key': fresh('key') };
    const first = await rest.post('/instances', input, { headers });
    const again = await rest.post('/instances', input, { headers });
    expect([again.status, again.headers.location]).toEqual([201, first.headers.location]);
    expect(again.json).toEqual(first.json);
    const inBody = { ...input, idempotencyKey: headers['idempotency-key'] };
    expect((await rest.post('/instances', inBody)).json.id).toBe(first.json.id);
    const other = await rest.post('/instances', { ...input, reservationId: fresh('r') }, { headers });
    expect([other.status, other.fault.code]).toEqual([409, 'IDEMPOTENCY_CONFLICT']);
  });

  it('that contradicts the body, or means nothing here, is refused', async () => {
    const { id } = await post('/workers', workerInput(fresh('worker')));
    const headers = { 'if-match': '"1"', 'idempotency-key': 'one' };
    const body = { drainTimeoutHours: 7, expectedRevision: 2, idempotencyKey: 'two' };
    expect(pathsOf(await rest.patch(`/workers/${id}`, body, { headers }))).toEqual([
      'Idempotency-Key',
      'If-Match',
    ]);
    const same = { drainTimeoutHours: 7, expectedRevision: 1, idempotencyKey: 'one' };
    expect((await rest.patch(`/workers/${id}`, same, { headers })).status).toBe(200);
    for (const tag of ['2', 'W/"2"', '"1", "2"', '""', '"two"', `"${'9'.repeat(30)}"`]) {
      const refused = await rest.patch(`/workers/${id}`, {}, { headers: { 'if-match': tag } });
      expect(pathsOf(refused)).toEqual(['If-Match']);
    }
    expect(pathsOf(await rest.get(`/workers/${id}`, { headers }))).toEqual(['If-Match']);
    const long = await rest.patch(`/workers/${id}`, {}, { headers: { 'idempotency-key': 'x'.repeat(65) } });
    expect(pathsOf(long)).toEqual(['Idempotency-Key']);
    expect((await rest.get(`/workers/${id}`, { headers: { 'idempotency-key': 'x' } })).status).toBe(200);
  });

  it('If-None-Match saves the answer that is known, and asks caches to ask again', async () => {
    const { id } = await newDefinition();
    const at = `/definitions/${id}`;
    for (const tag of ['"1"', 'W/"1"', '"7", "1"', '*']) {
      const known = await rest.get(at, { headers: { 'if-none-match': tag } });
      expect([known.status, known.text, known.headers.etag]).toEqual([304, '', '"1"']);
    }
    const changed = await rest.get(at, { headers: { 'if-none-match': '"2"' } });
    expect(changed.status).toBe(200);
    expect(changed.headers).toMatchObject({
      'cache-control': 'private, no-cache',
      vary: 'Authorization, Cookie',
    });
    const authorization = `Bearer ${await server.token('ADMIN')}`;
    const head = await send(server.url, { method: 'HEAD', path: `/api/v1${at}`, headers: { authorization } });
    expect([head.status, head.text, head.headers.etag]).toEqual([200, '', '"1"']);
    expect((await rest.get(at, { as: 'USER', headers: { 'if-none-match': '"1"' } })).status).toBe(304);
  });
});

it('every route has succeeded in every way that the document names', () => {
  const described = OPERATIONS.flatMap(({ operation: { operationId, responses } }) =>
    Object.keys(responses)
      .filter((status) => Number(status) < 300)
      .map((status) => `${operationId} ${status}`),
  );
  expect(described.filter((answer) => !rest.seen.has(answer))).toEqual([]);
});

function pathsOf({ fault }: Answer): string[] {
  expect(fault).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
  return fault.details.fields.map(({ path }: { path: string }) => path).sort();
}

/** The address of a neighbour page below `/api/v1`. */
function linkOf(answer: Answer | null, rel: string): string | null {
  const found = new RegExp(`<([^>]*)>; rel="${rel}"`).exec(String(answer?.headers['link'] ?? ''));
  return found?.[1]?.replace('/api/v1', '') ?? null;
}
