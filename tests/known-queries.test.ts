/** Queries that come again are answered past Apollo Server; nobody may be able to tell. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

/** All of an answer that does not change from one to the next. */
async function post(body: object, { token, accept }: { token: string | null; accept: string | null }) {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(accept === null ? {} : { accept }),
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  const headers = Object.fromEntries(response.headers);
  const requestId = headers['x-request-id'] ?? '';
  expect(requestId).toMatch(/^[0-9A-Z]{26}$/);
  for (const name of ['x-request-id', 'date', 'content-length']) delete headers[name];
  const text = (await response.text()).replaceAll(requestId, 'REQUEST');
  return { status: response.status, headers, text };
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

  it('is not given where Apollo Server gives none', async () => {
    const token = await server.token('ADMIN');
    const body = { query: '{ viewer { subject } }' };
    for (let n = 0; n < 4; n++) {
      const { status } = await post(body, { token, accept: 'image/png' });
      expect(status).toBe(406);
    }
  });
});
