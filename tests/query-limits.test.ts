import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CreateDefinitionVersionDocument } from '../src/client/index.js';
import { send, sendGraphql } from './support/answers.js';
import { openSocket } from './support/raw-socket.js';
import { startTestServer, type TestServer } from './support/server.js';
import { plainDefinition, story } from './support/story.js';

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
  [
    'cost',
    `{ nodes(ids: [${many(200, () => `"def_${'0'.repeat(26)}"`)}]) { ... on LabletDefinition { versions { versions { id } } } } }`,
  ],
  ['longTextInList', '{ instances { nodes { renderedLabYaml } } }'],
  ['introspectionAliases', '{ __schema { types { name a: fields { name } } } }'],
  ['introspectionAliases', '{ a: __schema { ...s } } fragment s on __Schema { b: types { name } }'],
];

describe('a document that asks for too much', () => {
  it.each(BOMBS)('is refused by %s over HTTP, with the limit', async (limit, query) => {
    const { status, json, fault } = await sendGraphql(server.url, { query }, { authorization });
    expect([status, json.data]).toEqual([400, undefined]);
    expect(fault).toMatchObject({ code: 'QUERY_TOO_COSTLY', retryable: false, details: { limit } });
  });

  const streams = [
    ['longTextInList', 'subscription { instanceChanges { instance { renderedLabYaml } } }'],
  ] as const;
  it.each([...BOMBS, ...streams])(
    'is refused by %s over a socket, which stays open',
    async (limit, query) => {
      const socket = await openSocket(server.url, { token });
      socket.subscribe('1', query);
      expect(await socket.answer('1')).toMatchObject({ code: 'QUERY_TOO_COSTLY', details: { limit } });
      socket.subscribe('2', '{ liveRevision }');
      expect((await socket.answer('2')).liveRevision).toEqual(expect.any(String));
      socket.close();
    },
  );
});

it('an answer holds no more objects in lists without pages than a document may cost', async () => {
  const small = await startTestServer({ env: { MAX_QUERY_COST: '200' } });
  try {
    const admin = await small.client('ADMIN', 'root');
    const { id } = await story(admin).definition(plainDefinition('Wide'));
    for (let n = 1; n < 15; n++) {
      await admin.request(CreateDefinitionVersionDocument, {
        input: { fromId: id, version: `1.${n}.0` },
      });
    }
    const headers = { authorization: `Bearer ${await small.token('USER', 'eve')}` };
    const ask = (query: string) => sendGraphql(small.url, { query, variables: { id } }, headers);
    // The price of a list without pages is an estimate; what there is decides.
    const nested = 'query ($id: ID!) { definition(id: $id) { versions { versions { id } } } }';
    const { json, fault } = await ask(nested);
    expect(json.extensions.cost.price).toBeLessThanOrEqual(200);
    expect(json.data).toEqual({ definition: null });
    expect(fault).toMatchObject({
      code: 'QUERY_TOO_COSTLY',
      details: { limit: 'cost', max: 200, actual: null },
    });
    const flat = await ask('query ($id: ID!) { definition(id: $id) { versions { id } } }');
    expect(flat.json.data.definition.versions).toHaveLength(15);
  } finally {
    await small.close();
  }
});

describe('a condition at the root of a subscription', () => {
  const fragment = 'fragment f on Subscription { instanceChanges { kind } }';
  it.each([
    'subscription { instanceChanges @skip(if: true) { kind } }',
    'subscription ($no: Boolean!) { instanceChanges @include(if: $no) { kind } }',
    'subscription { ... @include(if: true) { instanceChanges { kind } } }',
    `subscription { ...f @skip(if: false) } ${fragment}`,
    'query Q { liveRevision } subscription S { instanceChanges @skip(if: true) { kind } }',
  ])('is refused, and ends nothing else: %s', async (query) => {
    const operationName = query.startsWith('query') ? 'Q' : null;
    const variables = { no: false };
    const refusal = { code: 'GRAPHQL_VALIDATION_FAILED', retryable: false };
    const { status, fault } = await sendGraphql(
      server.url,
      { query, variables, operationName },
      { authorization },
    );
    expect([status, fault]).toMatchObject([400, refusal]);
    const stream = await send(server.url, {
      path: '/graphql/stream',
      headers: { authorization, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query, variables, operationName }),
    });
    expect([stream.status, stream.fault]).toMatchObject([400, refusal]);
    const socket = await openSocket(server.url, { token });
    socket.send({ type: 'subscribe', id: '1', payload: { query, variables, operationName } });
    expect(await socket.answer('1')).toMatchObject(refusal);
    await socket.alive();
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

it('a body with twice as many values is refused unread: over GraphQL as a query, over REST as an input', async () => {
  const values = Array(10_000).fill(1);
  const { fault } = await sendGraphql(server.url, { query: '{ __typename }', values }, { authorization });
  const details = { limit: 'bodyValues', max: 10_000, actual: null };
  expect(fault).toMatchObject({ code: 'QUERY_TOO_COSTLY', details });
  const headers = { authorization, 'content-type': 'application/json' };
  const path = '/api/v1/instances';
  const rest = await send(server.url, { path, headers, body: JSON.stringify({ values }) });
  expect(rest.fault).toMatchObject({
    code: 'VALIDATION_FAILED',
    details: { fields: [{ path: '', rule: 'TOO_MANY_VALUES' }] },
  });
});

it('every answer says what its document cost', async () => {
  const query = '{ definitions(first: 5) { nodes { id versions { id } } } }';
  const { json } = await sendGraphql(server.url, { query }, { authorization });
  const cost = { price: 5 * 12 + 2, limit: 10_000 };
  expect(json.extensions.cost).toEqual(cost);
  const socket = await openSocket(server.url, { token });
  socket.subscribe('a', query);
  socket.subscribe('b', '{ instance(id: "none") { id } }');
  for (const id of ['a', 'b']) await socket.log.until((message) => message.id === id);
  const extensionsOf = (id: string) => socket.log.seen.find((each) => each.id === id)?.payload.extensions;
  expect(extensionsOf('a')).toEqual({ cost });
  expect(extensionsOf('b')).toEqual({ cost: { price: 1, limit: 10_000 } });
  socket.subscribe('c', 'subscription { instanceChanges { kind } }');
  const { payload } = await socket.log.until((message) => message.id === 'c');
  expect(payload).toEqual({ data: { instanceChanges: { kind: 'SYNCED' } } });
  socket.close();
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
