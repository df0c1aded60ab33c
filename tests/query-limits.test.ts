import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendGraphql } from './support/answers.js';
import { openSocket } from './support/raw-socket.js';
import { startTestServer, type TestServer } from './support/server.js';

let server: TestServer;
let token: string;
let authorization: string;

beforeAll(async () => {
  server = await startTestServer();
  token = await server.token('ADMIN', 'root');
  authorization = `Bearer ${token}`;
});

afterAll(() => server?.close());

const many = (count: number, field: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => field(index)).join(' ');
const fragments = (count: number) =>
  many(count, (n) => `fragment f${n} on LabletDefinition { versions { ...f${n + 1} ...f${n + 1} } }`);

/** Documents that ask for too much, and the limit that says so. */
const BOMBS: readonly (readonly [limit: string, document: string])[] = [
  ['tokens', `{ ${many(2001, () => '__typename')} }`],
  ['depth', `{ definitions { nodes ${'{ versions '.repeat(9)} { id } ${'} '.repeat(9)} } }`],
  ['depth', `{ definitions { nodes { ...f0 } } } ${fragments(49)} fragment f49 on LabletDefinition { id }`],
  ['aliases', `{ ${many(31, (n) => `a${n}: liveRevision`)} }`],
  ['rootFields', `{ ${many(11, () => 'liveRevision')} }`],
  ['directives', `{ viewer { ${many(6, () => 'subject @skip(if: false)')} } }`],
  ['fragments', `{ viewer { ...f0 } } ${many(51, (n) => `fragment f${n} on Viewer { subject }`)}`],
  ['repeats', `{ viewer { ${many(32, () => 'subject')} } }`],
  ['cost', '{ instances(first: 200) { nodes { definition { versions { versions { id } } } } } }'],
  ['longTextInList', '{ instances { nodes { renderedLabYaml } } }'],
];

describe('a document that asks for too much', () => {
  it.each(BOMBS)('is refused by %s over HTTP, with the limit', async (limit, query) => {
    const { status, json, fault } = await sendGraphql(server.url, { query }, { authorization });
    expect([status, json.data]).toEqual([400, undefined]);
    expect(fault).toMatchObject({ code: 'QUERY_TOO_COSTLY', retryable: false, details: { limit } });
  });

  it.each(BOMBS)('is refused by %s over a socket, which stays open', async (limit, query) => {
    const socket = await openSocket(server.url, { token });
    socket.subscribe('1', query);
    expect(await socket.answer('1')).toMatchObject({ code: 'QUERY_TOO_COSTLY', details: { limit } });
    socket.subscribe('2', '{ liveRevision }');
    expect((await socket.answer('2')).liveRevision).toEqual(expect.any(String));
    socket.close();
  });
});

it('a document that came with too many variables is taken with fewer', async () => {
  const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }';
  const ask = (ids: string[]) => sendGraphql(server.url, { query, variables: { ids } }, { authorization });
  const many = await ask(Array(6000).fill(`def_${'0'.repeat(26)}`));
  expect(many.fault).toMatchObject({ code: 'QUERY_TOO_COSTLY', details: { limit: 'values', max: 5000 } });
  expect((await ask([`def_${'0'.repeat(26)}`])).json.data).toEqual({ nodes: [null] });
});

it('every answer says what its document cost', async () => {
  const query = '{ definitions(first: 5) { nodes { id versions { id } } } }';
  const { json } = await sendGraphql(server.url, { query }, { authorization });
  expect(json.extensions.cost).toEqual({ price: 5 * 12 + 2, limit: 10_000 });
});

it('limits are settings', async () => {
  const narrow = await startTestServer({ env: { MAX_QUERY_DEPTH: '2', MAX_QUERY_TOKENS: '20' } });
  try {
    const headers = { authorization: `Bearer ${await narrow.token('ADMIN', 'root')}` };
    const deep = await sendGraphql(narrow.url, { query: '{ definitions { nodes { id } } }' }, headers);
    expect(deep.fault.details).toEqual({ limit: 'depth', max: 2, actual: 3 });
    const long = await sendGraphql(narrow.url, { query: `{ ${many(30, () => 'liveRevision')} }` }, headers);
    expect(long.fault.details).toEqual({ limit: 'tokens', max: 20, actual: null });
  } finally {
    await narrow.close();
  }
});

it('the standard introspection of tools is within the limits', async () => {
  const { getIntrospectionQuery } = await import('graphql');
  const { json } = await sendGraphql(server.url, { query: getIntrospectionQuery() }, { authorization });
  expect(json.data.__schema.types.length).toBeGreaterThan(100);
});
