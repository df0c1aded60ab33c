import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { faultPaths, rawDocument, refusal, send, sendGraphql } from './support/answers.js';
import { BAD_INPUTS, MARK } from './support/bad-fields.js';
import { BAD_REQUESTS } from './support/bad-requests.js';
import { startTestServer, type TestServer } from './support/server.js';
import { honestAdmin } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const NOBODY = '0'.repeat(26);
const MIB = 1024 * 1024;

let server: TestServer;
let admin: api.LabletClient;
let tell: ReturnType<typeof story>;

beforeAll(async () => {
  server = await startTestServer();
  admin = await honestAdmin(server);
  tell = story(admin);
});

afterAll(() => server.close());

describe('a request that reaches no operation', () => {
  it.each(BAD_REQUESTS)('is answered with $status $code: $name', async ({ sent, status, code }) => {
    const answer = await send(server.url, sent);
    expect(answer.text).not.toContain('"data":{');
    expect([answer.status, answer.fault.code]).toEqual([status, code]);
    expect(answer.headers['content-type']).toMatch(/^application\/(problem\+)?json/);
  });

  it('may be as large as the limit and not a byte larger', async () => {
    const empty = JSON.stringify({ query: '{ errorCodes }', a: '' }).length;
    const query = { query: '{ errorCodes }' };
    const fits = await sendGraphql(server.url, { ...query, a: 'x'.repeat(MIB - empty) });
    expect(fits.json.data.errorCodes).toContain('PAYLOAD_TOO_LARGE');
    const large = await sendGraphql(server.url, { ...query, a: 'x'.repeat(MIB - empty + 1) });
    expect(large.status).toBe(413);
    expect(large.fault).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', details: { limit: MIB } });
  });

  it('changes nothing when it is a mutation by GET', async () => {
    const text = `mutation { registerWorker(input: { name: "by-get", templateName: "personal-standard" }) { liveRevision } }`;
    const authorization = `Bearer ${await server.token('ADMIN')}`;
    for (const headers of [{ authorization }, { authorization, 'apollo-require-preflight': '1' }]) {
      const path = `/graphql?query=${encodeURIComponent(text)}`;
      expect((await send(server.url, { method: 'GET', path, headers })).status).toBeGreaterThanOrEqual(400);
    }
    const { workers } = await admin.request(api.WorkersDocument, {});
    expect(required(workers).nodes.map(({ name }) => name)).not.toContain('by-get');
  });
});

describe('input that breaks rules', () => {
  it.each(BAD_INPUTS)(
    'is refused with every fault and no value: $name',
    async ({ mutation, input, paths }) => {
      const type = `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input!`;
      const document = rawDocument(
        `mutation M($input: ${type}) { ${mutation}(input: $input) { liveRevision } }`,
      );
      const error = await refusal(admin.request(document, { input }));
      expect(faultPaths(error)).toEqual(paths);
      expect(JSON.stringify(error.errors)).not.toContain(MARK);
      for (const fault of error.details['fields'] as object[]) {
        expect(fault).toEqual({
          path: expect.any(String),
          rule: expect.stringMatching(/^[A-Z_]+$/),
          message: expect.any(String),
        });
      }
    },
  );

  it.each([
    ['DefinitionDocument', api.DefinitionDocument, `ins_${NOBODY}`],
    ['InstanceDocument', api.InstanceDocument, `ins_${NOBODY.slice(1)}`],
    ['WorkerDocument', api.WorkerDocument, `wrk_${NOBODY}x`],
    ['WorkerDocument', api.WorkerDocument, `wrk_${'a'.repeat(26)}`],
    ['NodeDocument', api.NodeDocument, `abc_${NOBODY}`],
    ['NodeDocument', api.NodeDocument, ''],
  ] as const)('is refused when an id has not the form of its type: %s', async (_name, document, id) => {
    expect(faultPaths(await refusal(admin.request(document as never, { id } as never)))).toEqual(['id']);
  });

  it('is refused when a page is asked for that there cannot be', async () => {
    await tell.definition(plainDefinition('Page 1'));
    await tell.definition(plainDefinition('Page 2'));
    const { definitions } = await admin.request(api.DefinitionsDocument, { first: 1 });
    const cursor = required(required(definitions).pageInfo.endCursor);
    const list = (page: object) => refusal(admin.request(api.InstancesDocument, page));
    expect(faultPaths(await list({ first: 1, last: 1 }))).toEqual(['last']);
    expect(faultPaths(await list({ first: 1, before: cursor }))).toEqual(['last']);
    expect(faultPaths(await list({ after: cursor }))).toEqual(['after']);
    expect(faultPaths(await list({ before: cursor }))).toEqual(['before']);
    expect(faultPaths(await list({ after: 'nonsense' }))).toEqual(['after']);
    for (const first of [0, -1, 201, 1.5, 2 ** 31])
      expect(faultPaths(await list({ first }))).toEqual(['first']);
    // The same family under another filter is another order of things.
    const other = admin.request(api.DefinitionsDocument, { after: cursor, filter: { name: 'Page 1' } });
    expect(faultPaths(await refusal(other))).toEqual(['after']);
    const { definitions: next } = await admin.request(api.DefinitionsDocument, { first: 1, after: cursor });
    expect(required(next).nodes).toHaveLength(1);
  });
});

describe('what is not there', () => {
  const ids = { definition: `def_${NOBODY}`, instance: `ins_${NOBODY}`, worker: `wrk_${NOBODY}` };

  it.each([
    [`{ definition(id: "${ids.definition}") { id } }`, 'LabletDefinition'],
    ['{ definitionByName(name: "Nothing") { id } }', 'LabletDefinition'],
    ['{ definitionByName(name: "Nothing", version: "1.0.0") { id } }', 'LabletDefinition'],
    [`{ instance(id: "${ids.instance}") { id } }`, 'LabletInstance'],
    ['{ instanceByReservation(reservationId: "nothing") { id } }', 'LabletInstance'],
    [`{ worker(id: "${ids.worker}") { id } }`, 'Worker'],
    ['{ workerByName(name: "nothing") { id } }', 'Worker'],
    [`{ template(id: "tpl_${NOBODY}") { id } }`, 'WorkerTemplate'],
    ['{ templateByName(name: "nothing") { id } }', 'WorkerTemplate'],
    [`{ node(id: "${ids.instance}") { id } }`, 'Node'],
    [createInstance(`definitionId: "${ids.definition}"`), 'LabletDefinition'],
    [createInstance('definitionName: "Nothing"'), 'LabletDefinition'],
    [mutation('scheduleInstance', `id: "${ids.instance}", workerId: "${ids.worker}"`), 'LabletInstance'],
    [mutation('transitionInstance', `id: "${ids.instance}", to: RUNNING`), 'LabletInstance'],
    [mutation('terminateInstance', `id: "${ids.instance}"`), 'LabletInstance'],
    [mutation('transitionWorker', `id: "${ids.worker}", to: RUNNING`), 'Worker'],
  ])('is NOT_FOUND: %s', async (text, entity) => {
    const error = await refusal(admin.request(rawDocument(text), {}));
    expect(error).toMatchObject({ code: 'NOT_FOUND', details: { entity, id: expect.any(String) } });
  });

  it('is NOT_FOUND where a command names it beside its target', async () => {
    const { id } = await tell.instance({ definitionId: (await tell.definition(plainDefinition('Half'))).id });
    const input = { id, workerId: ids.worker };
    const error = await refusal(admin.request(api.ScheduleInstanceDocument, { input }));
    expect(error).toMatchObject({ code: 'NOT_FOUND', details: { entity: 'Worker', id: ids.worker } });
    const { instance } = await admin.request(api.InstanceDocument, { id });
    expect(instance).toMatchObject({ state: 'PENDING', revision: 1 });
  });

  it('is null in a list of ids', async () => {
    const { nodes } = await admin.request(api.NodesDocument, { ids: Object.values(ids) });
    expect(nodes).toEqual([null, null, null]);
  });
});

function mutation(name: string, fields: string): string {
  return `mutation { ${name}(input: { ${fields} }) { liveRevision } }`;
}

function createInstance(fields: string): string {
  return mutation('createInstance', fields);
}
