/** Queries that come again are answered past Apollo Server; nobody may be able to tell. */
import { ApolloServer } from '@apollo/server';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Role } from '../src/lib/actor.js';
import { QUIET, startTestServer, type TestServer } from './support/server.js';
import { story } from './support/story.js';

const ACCEPTS = [
  null,
  '*/*',
  'application/json',
  'application/graphql-response+json',
  'application/graphql-response+json, application/json;q=0.9',
  'application/json;q=0.5, text/html',
];
const LIST =
  'query ($first: Int!) { instances(first: $first) { totalCount nodes { id state worker { id } } } }';
const NODE = 'query ($id: ID!) { node(id: $id) { id ... on LabletInstance { state history { from to } } } }';

let server: TestServer;
let id: string;

beforeAll(async () => {
  server = await startTestServer({ env: { ...QUIET, MAX_QUERY_COST: '150' } });
  const admin = story(await server.client('ADMIN', 'root'));
  const { id: definitionId } = await admin.definition();
  const { id: workerId } = await admin.runningWorker('w1');
  ({ id } = await admin.instance({ definitionId }));
  await admin.schedule(id, workerId);
});

afterAll(() => server.close());

/** All of an answer that does not change from one to the next. By hand, since `fetch` accepts something in any case. */
async function post(body: object, { token, accept }: { token: string | null; accept: string | null }) {
  const request = httpRequest(`${server.url}/graphql`, {
    method: 'POST',
    agent: false,
    headers: {
      'content-type': 'application/json',
      ...(accept === null ? {} : { accept }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
  }).end(JSON.stringify(body));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { 'x-request-id': requestId = '', date, 'content-length': length, ...headers } = response.headers;
  expect(requestId).toMatch(/^[0-9A-Z]{26}$/);
  expect([date, length]).not.toContain(undefined);
  const text = await readText(response);
  return { status: response.statusCode, headers, text: text.replaceAll(String(requestId), 'REQUEST') };
}

const CASES: readonly (readonly [string, () => object, Role | null])[] = [
  ['a small query', () => ({ query: '{ viewer { subject roles } }' }), 'USER'],
  ['a list', () => ({ query: LIST, variables: { first: 10 } }), 'ADMIN'],
  [
    'a list with names',
    () => ({ query: `query A${LIST.slice(5)}`, operationName: 'A', variables: { first: 5 } }),
    'ADMIN',
  ],
  ['an object by its id', () => ({ query: NODE, variables: { id } }), 'MANAGER'],
  ['an object that is hidden', () => ({ query: NODE, variables: { id } }), 'USER'],
  ['an id of nothing', () => ({ query: NODE, variables: { id: 'nonsense' } }), 'ADMIN'],
  [
    'a name that holds more than one',
    () => ({ query: LIST.slice(6), operationName: 'query', variables: { first: 1 } }),
    'ADMIN',
  ],
  ['an empty name', () => ({ query: LIST, operationName: '', variables: { first: 1 } }), 'ADMIN'],
  ['no name', () => ({ query: LIST, operationName: null, variables: { first: 1 } }), 'ADMIN'],
  ['no variables', () => ({ query: '{ viewer { subject } }', variables: null }), 'ADMIN'],
  ['no token', () => ({ query: LIST, variables: { first: 10 } }), null],
  ['a missing variable', () => ({ query: LIST }), 'ADMIN'],
  ['a variable of another type', () => ({ query: LIST, variables: { first: 'ten' } }), 'ADMIN'],
  ['a page that is too large', () => ({ query: LIST, variables: { first: 1000 } }), 'ADMIN'],
  ['a price that is too high', () => ({ query: LIST, variables: { first: 90 } }), 'ADMIN'],
  ['too many values', () => ({ query: LIST, variables: { first: 1, more: Array(6000).fill(1) } }), 'ADMIN'],
];

describe('an answer past Apollo Server', () => {
  it.each(CASES)('is the same for %s', async (_, bodyOf, role) => {
    const token = role && (await server.token(role, 'tester'));
    const known = await server.token('ADMIN', 'root');
    for (const accept of ACCEPTS) {
      // Both queries are known by then, whatever becomes of them with these variables.
      for (let n = 0; n < 3; n++) {
        await post({ query: LIST, variables: { first: 1 } }, { token: known, accept });
        await post({ query: NODE, variables: { id } }, { token: known, accept });
        await post(bodyOf(), { token, accept });
      }
      const past = await post(bodyOf(), { token, accept });
      // Nothing but Apollo Server takes extensions.
      expect(past).toEqual(await post({ ...bodyOf(), extensions: {} }, { token, accept }));
      expect(past.text).not.toBe('');
    }
  });

  it('is given once Apollo Server has answered twice, and only for what it knows', async () => {
    const asked = vi.spyOn(ApolloServer.prototype, 'executeHTTPGraphQLRequest');
    onTestFinished(() => asked.mockRestore());
    const caller = { token: await server.token('ADMIN'), accept: '*/*' };
    const body = { query: 'query Counted { viewer { subject } }' };
    const seen: number[] = [];
    for (const each of [body, body, body, body, { ...body, extensions: {} }]) {
      await post(each, caller);
      seen.push(asked.mock.calls.length);
    }
    expect(seen).toEqual([1, 2, 2, 2, 3]);
  });

  it('is not given where Apollo Server gives none', async () => {
    const token = await server.token('ADMIN');
    const body = { query: '{ viewer { subject } }' };
    for (let n = 0; n < 4; n++) {
      const { status } = await post(body, { token, accept: 'image/png' });
      expect(status).toBe(406);
    }
  });
});
