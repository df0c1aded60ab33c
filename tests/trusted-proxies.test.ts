/** Behind a proxy that is trusted, requests come from where it says; from anybody else, from the other end of the line. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send, sendGraphql } from './support/answers.js';
import { openEventStream } from './support/event-stream.js';
import { openSocket } from './support/raw-socket.js';
import { JSON_TYPE } from './support/rest.js';
import { startTestServer, type TestServer } from './support/server.js';
import { plainDefinition } from './support/story.js';

const CALLER = '198.51.100.1';
const OTHER = '198.51.100.2';
/** As a caller would begin it who pretends, and the proxy ends it. */
const HEADERS = { 'x-forwarded-for': `203.0.113.9, ${CALLER}` };
const CREATE =
  'mutation ($input: CreateDefinitionInput!) { createDefinition(input: $input) { definition { id } } }';
const AUDIT = 'query ($by: String!) { auditRecords(filter: { caller: $by }) { nodes { source } } }';
const LIMIT = 3;

/** Has somebody of this name create a definition. */
type Way = (server: TestServer, token: string, name: string) => Promise<unknown>;

const ways: readonly (readonly [transport: string, way: Way])[] = [
  [
    'GraphQL',
    ({ url }, token, name) => {
      const headers = { authorization: `Bearer ${token}`, ...HEADERS };
      return sendGraphql(url, { query: CREATE, variables: { input: plainDefinition(name) } }, headers);
    },
  ],
  [
    'REST',
    ({ url }, token, name) => {
      const headers = { authorization: `Bearer ${token}`, ...JSON_TYPE, ...HEADERS };
      const body = JSON.stringify(plainDefinition(name));
      return send(url, { path: '/api/v1/definitions', headers, body });
    },
  ],
  [
    'a socket',
    async ({ url }, token, name) => {
      const socket = await openSocket(url, { token, headers: HEADERS });
      socket.subscribe('one', CREATE, { input: plainDefinition(name) });
      await socket.answer('one');
      socket.close();
    },
  ],
  [
    'an event stream',
    async ({ url }, token, name) => {
      const variables = { input: plainDefinition(name) };
      const stream = await openEventStream(url, { token, query: CREATE, variables, headers: HEADERS });
      await stream.log.until(({ event }) => event === 'complete');
      stream.close();
    },
  ],
];

describe.each([
  ['trusted', '127.0.0.0/8', CALLER],
  ['not trusted', '10.0.0.0/8', '127.0.0.1'],
])('where a proxy is %s,', (trust, proxies, source) => {
  let server: TestServer;

  beforeAll(async () => {
    const env = { TRUSTED_PROXIES: proxies, AUTH_FAILURES_PER_MINUTE: String(LIMIT) };
    server = await startTestServer({ env });
  });

  afterAll(() => server?.close());

  it.each(ways)('a change over %s comes from the address that says so', async (transport, way) => {
    const by = `anna on ${transport}`;
    await way(server, await server.token('AUTHOR', by), `${by}, ${trust}`.replaceAll(',', ' -'));
    const headers = { authorization: `Bearer ${await server.token('ADMIN')}` };
    const sources = async () => {
      const { json } = await sendGraphql(server.url, { query: AUDIT, variables: { by } }, headers);
      return json.data.auditRecords.nodes.map((record: { source: string }) => record.source);
    };
    await expect.poll(sources).toEqual([source]);
  });

  it('refused credentials count for that address', async () => {
    const fails = async (from: string) => {
      const headers = { authorization: 'Bearer nonsense', 'x-forwarded-for': from };
      const { status } = await sendGraphql(server.url, { query: '{ viewer { subject } }' }, headers);
      return status;
    };
    for (let n = 0; n < LIMIT; n++) expect(await fails(CALLER)).not.toBe(429);
    expect(await fails(CALLER)).toBe(429);
    expect((await fails(OTHER)) === 429).toBe(trust === 'not trusted');
  });
});
