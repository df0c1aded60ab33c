/** What REST refuses, and how: every route, and what reaches no route. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROLES } from '../src/lib/actor.js';
import { StoreUnavailable } from '../src/db/document-store.js';
import { send, sendGraphql, type Answer } from './support/answers.js';
import { gate } from './support/by-hand.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import { OPERATIONS, type Described } from './support/openapi.js';
import { rateLimited } from './support/prometheus.js';
import { REST_SAMPLES } from './support/rest-samples.js';
import { JSON_TYPE, restOf, type Rest } from './support/rest.js';
import { ROLE_TABLE } from './support/role-table.js';
import { startTestServer, type TestServer } from './support/server.js';
import { plainDefinition, required } from './support/story.js';

const MIB = 1024 * 1024;
const NOBODY = '0'.repeat(26);
const PREFIXES = { definitions: 'def', instances: 'ins', workers: 'wrk', templates: 'tpl' } as const;

let server: TestServer;
let rest: Rest;

beforeAll(async () => {
  server = await startTestServer();
  rest = restOf(server);
});

afterAll(() => server?.close());

const routes = OPERATIONS.map((described) => ({
  ...described,
  name: described.operation.operationId,
  sample: required(REST_SAMPLES[described.operation.operationId]),
}));

/** The address of a route, of an object that is not there. */
function addressOf({ path }: Described): string {
  const feature = path.split('/')[3] as keyof typeof PREFIXES;
  return path.replace('/api/v1', '').replace('{id}', `${PREFIXES[feature]}_${NOBODY}`);
}

function pathsOf({ fault }: Answer): string[] {
  expect(fault).toMatchObject({ code: 'VALIDATION_FAILED', status: 400 });
  return fault.details.fields.map(({ path }: { path: string }) => path).sort();
}

describe.each(routes)('$method $path', (route) => {
  const { method, name, operation, sample } = route;
  const body = sample.body === null ? {} : { body: sample.body };

  it('is for the roles that the specification names', async () => {
    const roles = required({ ...ROLE_TABLE.query, ...ROLE_TABLE.mutation }[name]);
    expect(operation['x-roles']).toEqual(roles);
    for (const role of ROLES.filter((one) => !roles.includes(one))) {
      const refused = await rest.ask(method, addressOf(route), { as: role, ...body });
      expect([refused.status, refused.fault.code]).toEqual([403, 'FORBIDDEN']);
      expect(refused.fault.details.requiredRoles).toEqual(roles);
    }
  });

  it('is for nobody without a token, and says so before it looks at the input', async () => {
    const refused = await rest.ask(method, addressOf(route), { as: null, ...body });
    expect([refused.status, refused.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    expect(refused.fault).toMatchObject({ code: 'UNAUTHENTICATED', details: { reason: 'MISSING' } });
    const bad = await rest.ask(method, `${addressOf(route)}?color=red`, { as: null });
    expect(bad.status).toBe(401);
  });

  it('tells every fault of the input with its place', async () => {
    const query = new URLSearchParams(sample.bad as Record<string, string>).toString();
    const [suffix, sent] = sample.body === null ? [`?${query}`, {}] : ['', { body: sample.bad }];
    expect(pathsOf(await rest.ask(method, addressOf(route) + suffix, sent))).toEqual([...sample.paths]);
  });

  it('knows no other query parameters', async () => {
    const refused = await rest.ask(method, `${addressOf(route)}?colour=red`, body);
    expect(pathsOf(refused)).toEqual(['colour']);
    expect(refused.fault.details.fields).toMatchObject([{ rule: 'UNKNOWN_FIELD' }]);
  });
});

describe.each(routes)('$method $path', (route) => {
  const { method, operation } = route;

  it('says in the document what HTTP itself refuses', async () => {
    const unreadable = await rest.ask(method, addressOf(route), { headers: { accept: 'text/html' } });
    expect(unreadable.status).toBe(406);
    expect(Object.keys(operation.responses).includes('415')).toBe(method !== 'GET');
    if (method === 'GET') return;
    const headers = { 'content-type': 'text/xml', 'content-length': 4 };
    expect((await rest.ask(method, addressOf(route), { headers, body: 12.5 })).status).toBe(415);
  });
});

describe.each(routes.filter((route) => route.path.includes('{id}')))('$method $path', (route) => {
  const { method, sample } = route;
  const body = sample.body === null ? {} : { body: sample.body };

  it('is 404 for an object that is not there', async () => {
    const refused = await rest.ask(method, addressOf(route), body);
    expect([refused.status, refused.fault.code]).toEqual([404, 'NOT_FOUND']);
    expect(refused.fault.details.id).toBe(addressOf(route).split('/')[2]);
    const wrong = await rest.ask(method, addressOf(route).replace(NOBODY, NOBODY.slice(1)), body);
    expect(pathsOf(wrong)).toEqual(['id']);
  });
});

describe.each(routes.filter(({ sample }) => sample.body !== null))('$method $path', (route) => {
  const { method, sample } = route;

  it('takes a JSON object and nothing else', async () => {
    for (const wrong of [[], 7, 'text', [sample.body]]) {
      const refused = await rest.ask(method, addressOf(route), { body: wrong });
      expect(pathsOf(refused)).toContain('');
    }
  });
});

it('a route without a body refuses one', async () => {
  const refused = await rest.delete(`/instances/ins_${NOBODY}`, { body: { reason: 'x' } });
  expect(refused.fault.details.fields).toEqual([{ path: '', rule: 'CUSTOM', message: 'must have no body' }]);
});

describe("another's instance", () => {
  it.each(['USER', 'AUTHOR'] as const)('is not there for %s, and unharmed', async (role) => {
    const definition = await rest.post('/definitions', plainDefinition(`For ${role}`));
    const { json } = await rest.post('/instances', { definitionId: definition.json.id, ownerId: 'bob' });
    const bare = ({ status, text }: Answer, id: string) => [
      status,
      text.replaceAll(id, '?').replaceAll(/"requestId":"\w+"/g, ''),
    ];
    const missing = `ins_${NOBODY}`;
    for (const [method, suffix] of [
      ['GET', ''],
      ['DELETE', ''],
      ['DELETE', '?reason=x'],
    ] as const) {
      const caller = { as: role, subject: 'alice' };
      const hidden = await rest.ask(method, `/instances/${json.id}${suffix}`, caller);
      expect(bare(hidden, json.id)).toEqual(
        bare(await rest.ask(method, `/instances/${missing}${suffix}`, caller), missing),
      );
      expect(hidden.status).toBe(404);
    }
    expect((await rest.get('/instances', { as: role, subject: 'alice' })).json.items).toEqual([]);
    expect((await rest.get(`/instances/${json.id}`)).json).toMatchObject({ revision: 1 });
    expect((await rest.get(`/instances/${json.id}`, { as: role, subject: 'bob' })).status).toBe(200);
  });
});

describe('a caller with a cookie', () => {
  const asks = async (method: string, path: string, headers: object, body?: object) =>
    rest.ask(method, path, {
      as: null,
      headers: { cookie: `ccm_auth=${await server.token('ADMIN')}`, ...headers },
      ...(body ? { body } : {}),
    });

  it('is known on pages of this server, and nowhere else', async () => {
    const own = { origin: server.url };
    expect((await asks('GET', '/workers', own)).status).toBe(200);
    expect((await asks('GET', '/workers', {})).status).toBe(200);
    const made = await asks('POST', '/definitions', own, plainDefinition('By cookie'));
    expect([made.status, made.json.createdBy]).toEqual([201, 'tester']);
    for (const origin of ['https://elsewhere.example', 'null', 'nonsense']) {
      const refused = await asks('POST', '/definitions', { origin }, plainDefinition('From elsewhere'));
      expect([refused.status, refused.fault.details]).toEqual([401, { reason: 'ORIGIN' }]);
      expect((await asks('DELETE', `/instances/ins_${NOBODY}`, { origin })).status).toBe(401);
    }
    expect((await rest.get('/definitions?name=From%20elsewhere')).json.items).toEqual([]);
  });

  it('is who the cookie says, whatever the header says', async () => {
    const authorization = `Bearer ${await server.token('ADMIN')}`;
    const cookie = `ccm_auth=${await server.token('USER')}`;
    expect((await rest.get('/workers', { as: null, headers: { cookie, authorization } })).status).toBe(403);
    const expired = { cookie: `ccm_auth=${await server.token('ADMIN', 'tester', -1)}` };
    expect((await rest.get('/workers', { as: null, headers: expired })).fault.details).toEqual({
      reason: 'EXPIRED',
    });
  });
});

const FORBIDDEN = 'A key of the body is not taken anywhere: __proto__, or constructor with an object in it.';

describe('a body', () => {
  const sent = async (body: string | Buffer, headers: object = JSON_TYPE) =>
    send(server.url, {
      path: '/api/v1/definitions',
      headers: { authorization: `Bearer ${await server.token('ADMIN')}`, ...headers },
      body,
    });
  const text = JSON.stringify(plainDefinition('Bodies'));

  it.each([
    ['JSON that is cut off', text.slice(0, -1), 'NOT_JSON', 'Invalid JSON in the body: it ends too early.'],
    ['JSON with a comma too many', '{"a":1,}', 'NOT_JSON', 'Invalid JSON in the body at position 7.'],
    ['no JSON', 'name=x', 'NOT_JSON', 'Invalid JSON in the body.'],
    [
      'bytes that are no UTF-8',
      Buffer.from('{"name":"\xff"}', 'latin1'),
      'NOT_UTF_8',
      'The body is not UTF-8.',
    ],
    ['a prototype', '{"name":"x","__proto__":{"admin":true}}', 'FORBIDDEN_KEY', FORBIDDEN],
    ['a constructor', '{"constructor":{"prototype":{"a":1}}}', 'FORBIDDEN_KEY', FORBIDDEN],
    ['lists that never end', '['.repeat(100), 'NOT_JSON', 'Invalid JSON in the body: it ends too early.'],
  ])('of %s is 400, and says so', async (_, body, rule, detail) => {
    const refused = await sent(body);
    expect(refused.status).toBe(400);
    const fields = [{ path: '', rule, message: detail }];
    expect(refused.fault).toMatchObject({ code: 'VALIDATION_FAILED', detail, details: { fields } });
  });

  it.each(['utf-16', 'ISO-8859-1'])('in %s is 415, also where it is UTF-8 by chance', async (charset) => {
    const refused = await sent(text, { 'content-type': `application/json; charset=${charset}` });
    expect([refused.status, refused.fault.code]).toEqual([415, 'BAD_REQUEST']);
    expect(refused.fault.detail).toBe(`JSON is sent in UTF-8, not in another charset (${charset}).`);
  });

  it('nested ten thousand deep is 400', async () => {
    const { status, fault } = await sent('['.repeat(10_000));
    expect([status, fault.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(fault.details.fields).toMatchObject([{ path: '', rule: 'TOO_DEEP' }]);
  });

  it('that is empty is none, whatever its type', async () => {
    expect(pathsOf(await sent(''))).toEqual(['labArtifactUri', 'name', 'resourceRequirements', 'version']);
    const path = `/definitions/def_${NOBODY}/sync`;
    expect((await rest.ask('POST', path, { headers: JSON_TYPE })).status).toBe(404);
    expect((await rest.delete(`/instances/ins_${NOBODY}`, { headers: JSON_TYPE })).status).toBe(404);
  });

  it('may begin with a byte order mark', async () => {
    const marked = await sent(Buffer.from(`\ufeff${JSON.stringify(plainDefinition('Marked'))}`));
    expect([marked.status, marked.json.name]).toEqual([201, 'Marked']);
  });

  it.each([
    ['text', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['no type', {}],
    ['something else', { 'content-type': 'application/merge-patch+json' }],
  ])('that says it is %s is 415', async (_, headers) => {
    const refused = await sent(text, headers);
    expect([refused.status, refused.fault.code]).toEqual([415, 'BAD_REQUEST']);
    expect(refused.fault).toMatchObject({ type: 'about:blank', title: 'Unsupported Media Type' });
  });

  it('may be 1 MiB and not a byte more', async () => {
    const padded = (size: number) => text.slice(0, -1).padEnd(size - 1, ' ') + '}';
    expect((await sent(padded(MIB))).status).toBe(201);
    const large = await sent(padded(MIB + 1));
    expect(large.status).toBe(413);
    expect(large.fault).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', details: { limit: MIB } });
  });
});

describe('what reaches no route', () => {
  const get = (path: string, headers = {}) => send(server.url, { method: 'GET', path, headers });

  it.each([
    '/api/v1',
    '/api/v1/',
    '/api/v1/nothing',
    '/api/v2/workers',
    '/api/v1/workers/x/y',
    '/api/v1//workers',
    '/api/v1/definitions/',
    '/api/v1/instances//transition',
    '/problems/',
    '/graphql/',
  ])('%s is 404', async (path) => {
    const missing = await get(path);
    expect([missing.status, missing.fault.code]).toEqual([404, 'NOT_FOUND']);
    expect(missing.fault.details).toEqual({ entity: 'Route', id: `GET ${path}` });
  });

  it.each([
    ['PUT', '/api/v1/definitions', 'GET, HEAD, POST'],
    ['POST', '/api/v1/instances/x', 'DELETE, GET, HEAD'],
    ['OPTIONS', '/api/v1/templates/x', 'GET, HEAD, PATCH'],
    ['DELETE', '/healthz', 'GET, HEAD'],
    ['GET', '/session', 'DELETE, POST'],
  ])('%s %s is 405 and names the methods, whatever the body', async (method, path, allow) => {
    const headers = { 'content-type': 'text/xml', 'content-length': 4 };
    const refused = await send(server.url, { method, path, headers, body: '<a/>' });
    expect([refused.status, refused.headers.allow]).toEqual([405, allow]);
    expect(refused.fault).toMatchObject({ code: 'BAD_REQUEST', title: 'Method Not Allowed' });
  });

  it('is 406 where no answer could be read', async () => {
    const headers = { authorization: `Bearer ${await server.token('ADMIN')}` };
    for (const accept of ['text/html', 'application/xml, image/*', 'application/json;q=0', '*/*;q=0.0']) {
      const refused = await get('/api/v1/workers', { ...headers, accept });
      expect([refused.status, refused.fault.title]).toEqual([406, 'Not Acceptable']);
    }
    for (const accept of ['*/*', 'text/html, application/json;q=0.1', 'application/*', 'APPLICATION/JSON']) {
      expect((await get('/api/v1/workers', { ...headers, accept })).status).toBe(200);
    }
  });

  it('is 400 and 414 for paths that are none', async () => {
    const broken = await get('/api/v1/instances/%E0%A4%A');
    expect([broken.status, broken.fault.detail]).toEqual([400, 'The path is not a valid address.']);
    const long = await get(`/api/v1/instances/${'x'.repeat(101)}`);
    expect([long.status, long.fault.title]).toEqual([414, 'URI Too Long']);
  });
});

it('a problem leads to what its code means', async () => {
  const { fault } = await rest.get(`/definitions/def_${NOBODY}`);
  expect(fault).toMatchObject({
    type: '/problems/NOT_FOUND',
    title: expect.stringContaining('does not exist'),
  });
  const led = await send(server.url, { method: 'GET', path: fault.type });
  expect([led.status, led.headers.location]).toEqual([302, '/api/v1/docs#NOT_FOUND']);
  expect((await send(server.url, { method: 'GET', path: '/problems/toString' })).status).toBe(404);
});

describe('a server in need', () => {
  let small: TestServer;
  let disturb: ((call: StoreCall) => Promise<unknown>) | null = null;

  beforeAll(async () => {
    const wrapStores = intercepted((call) => disturb?.(call) ?? call.go());
    small = await startTestServer({ env: { MAX_WORK_IN_FLIGHT: '1' }, overrides: { wrapStores } });
  });

  afterAll(() => small?.close());

  it('refuses work above its limit, and says when to come back', async () => {
    const [asked, answer] = [gate(), gate()];
    disturb = async ({ name, go }) => {
      if (!name.endsWith('definitions.find')) return go();
      asked.open();
      await answer.opened;
      return go();
    };
    const first = restOf(small).get('/definitions');
    await asked.opened;
    const before = await rateLimited(small.url);
    const refused = await restOf(small).get('/definitions');
    const authorization = `Bearer ${await small.token('ADMIN')}`;
    const query = '{ definitions { nodes { id } } }';
    const overGraphql = await sendGraphql(small.url, { query }, { authorization });
    answer.open();
    disturb = null;
    expect(overGraphql.fault).toMatchObject({ code: 'RATE_LIMITED' });
    expect([overGraphql.status, overGraphql.headers['retry-after']]).toEqual([200, '1']);
    expect(await rateLimited(small.url)).toBe(before + 2);
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(refused.fault).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    expect((await first).status).toBe(200);
  });

  it.each(['find', 'count'])('says so when its store fails in %s', async (method) => {
    disturb = async (call) => {
      if (call.name.endsWith(`definitions.${method}`)) throw new StoreUnavailable('secret');
      return call.go();
    };
    const refused = await restOf(small).get('/definitions?totalCount=true');
    disturb = null;
    expect([refused.status, refused.headers['retry-after']]).toEqual([503, '1']);
    expect(refused.fault).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { store: 'documents' } });
    expect(refused.text).not.toContain('secret');
  });
});
