/** Large answers are compressed for those who accept it, and nothing else is. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from './support/answers.js';
import { openEventStream } from './support/event-stream.js';
import { JSON_TYPE } from './support/rest.js';
import { startTestServer, type TestServer } from './support/server.js';
import { plainDefinition, required, story } from './support/story.js';

const LIST = '{ definitions(first: 100) { nodes { id name version createdAt createdBy status } } }';
const LARGE = `/graphql?query=${encodeURIComponent(LIST)}`;
const SMALL = `/graphql?query=${encodeURIComponent('{ viewer { subject } }')}`;
const hasPages = existsSync(fileURLToPath(new URL('../dist/web/console/index.html', import.meta.url)));

let server: TestServer;
let token: string;
let large: string;

beforeAll(async () => {
  server = await startTestServer({ env: { COMPRESS_FROM_BYTES: '4096' } });
  token = await server.token('ADMIN', 'root');
  const tell = story(await server.client('ADMIN', 'root'));
  for (let n = 0; n < 40; n++) await tell.definition(plainDefinition(`Compressed ${n}`));
  const ports = Array.from({ length: 64 }, (_, n) => ({ name: `port_${n}`, kind: 'OTHER' as const }));
  large = (await tell.definition({ ...plainDefinition('With many ports'), portTemplate: ports })).id;
});

afterAll(() => server?.close());

/** What `fetch` has unpacked, with the headers as they came. */
async function get(path: string, headers: Readonly<Record<string, string>>, at = server) {
  const sent = { 'apollo-require-preflight': 'true', authorization: `Bearer ${token}`, ...headers };
  const response = await fetch(`${at.url}${path}`, { headers: sent });
  expect(response.status).toBe(200);
  const { headers: got } = response;
  return { text: await response.text(), encoding: got.get('content-encoding'), vary: got.get('vary') };
}

const plain = (path: string) => get(path, { 'accept-encoding': 'identity' });

describe('a large answer', () => {
  it.each([
    ['a query', 'gzip', LARGE],
    ['a list over REST', 'gzip', '/api/v1/definitions?first=100'],
    ['the metrics', 'gzip', '/metrics'],
  ])('of %s is sent smaller to those who accept %s', async (_, encoding, path) => {
    const packed = await get(path, { 'accept-encoding': encoding });
    expect(packed).toMatchObject({ encoding, vary: expect.stringContaining('accept-encoding') });
    const same = await plain(path);
    expect(same.encoding).toBeNull();
    expect(packed.text.length).toBeGreaterThan(4096);
    if (path !== '/metrics') expect(packed.text).toBe(same.text);
  });

  it.runIf(hasPages)('that is a page or its script is sent smaller, also to who is signed in', async () => {
    const { text: html } = await plain('/explorer');
    const script = required(/src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1]);
    const packed = await get(script, { 'accept-encoding': 'br, gzip', cookie: `ccm_auth=${token}` });
    expect(packed.encoding).toBe('gzip');
    expect(packed.text).toBe((await plain(script)).text);
  });

  it.each([
    ['to a browser with the cookie over GraphQL', LARGE, () => ({ cookie: `a=b; ccm_auth=${token}` })],
    [
      'to a browser with the cookie over REST',
      '/api/v1/definitions?first=100',
      () => ({ cookie: `ccm_auth=${token}` }),
    ],
    [
      'to a browser with the cookie where the path is encoded',
      '/%61pi/v1/definitions?first=100',
      () => ({ cookie: `ccm_auth=${token}` }),
    ],
    ['with an entity tag', () => `/api/v1/definitions/${large}`, () => ({})],
  ])('%s is sent as it is', async (_, path, headers) => {
    const where = typeof path === 'string' ? path : path();
    const { encoding, text } = await get(where, { 'accept-encoding': 'br, gzip', ...headers() });
    expect(text.length).toBeGreaterThan(4096);
    expect(encoding).toBeNull();
  });

  it.each(['0', '65536'])('is sent as it is where answers are compressed from %s bytes on', async (from) => {
    const off = await startTestServer({ env: { COMPRESS_FROM_BYTES: from } });
    try {
      const { encoding, text } = await get('/metrics', { 'accept-encoding': 'br, gzip' }, off);
      expect(text.length).toBeGreaterThan(4096);
      expect(text.length).toBeLessThan(65_536);
      expect(encoding).toBeNull();
    } finally {
      await off.close();
    }
  });
});

it('a small answer is sent as it is', async () => {
  expect((await get(SMALL, { 'accept-encoding': 'br, gzip' })).encoding).toBeNull();
});

it('an event stream is sent as it is, event by event', async () => {
  const { headers, log, close } = await openEventStream(server.url, {
    token,
    query: 'subscription { workerChanges { kind } }',
    headers: { 'accept-encoding': 'br, gzip' },
  });
  await log.until(({ data }) => data?.data?.workerChanges.kind === 'SYNCED');
  expect(headers['content-encoding']).toBe('none');
  close();
});

it('a body that is compressed is not unpacked', async () => {
  const bomb = gzipSync(JSON.stringify({ query: `{ viewer { subject } } #${'x'.repeat(10_000_000)}` }));
  const headers = { ...JSON_TYPE, authorization: `Bearer ${token}`, 'content-encoding': 'gzip' };
  for (const path of ['/graphql', '/api/v1/definitions']) {
    const { status, fault, text, headers: got } = await send(server.url, { path, headers, body: bomb });
    expect([status, fault.code, got['accept-encoding']]).toEqual([415, 'BAD_REQUEST', 'identity']);
    expect(text).toContain('(gzip)');
  }
});
