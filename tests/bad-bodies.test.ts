/** Bodies that are no request: each is refused as the caller's fault, and nothing of it gets into the log. */
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from './support/answers.js';
import { startTestServer, type TestServer } from './support/server.js';

const MIB = 1 << 20;
const SECRET = 'never-in-a-log';
const QUERY = '{ viewer { subject } }';

let server: TestServer;
let authorization: string;
const lines: string[] = [];

beforeAll(async () => {
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  server = await startTestServer({ overrides: { logger } });
  authorization = `Bearer ${await server.token('ADMIN', 'root')}`;
});

afterAll(() => server?.close());

const bodies: readonly (readonly [name: string, body: string | Buffer])[] = [
  ['cut off', `{"query":"${QUERY}","a":"${SECRET}`],
  ['no UTF-8', Buffer.from(`{"query":"${QUERY}","a":"${SECRET}\xff\xfe"}`, 'latin1')],
  ['UTF-16', Buffer.from(`\ufeff{"query":"${QUERY}","a":"${SECRET}"}`, 'utf16le')],
  ['a byte order mark and no JSON', `\ufeff${SECRET}`],
  ['a prototype', `{"query":"${QUERY}","variables":{"__proto__":{"a":"${SECRET}"}}}`],
  ['a constructor', `{"query":"${QUERY}","variables":{"constructor":{"prototype":{"a":"${SECRET}"}}}}`],
  ['a NUL in the document', JSON.stringify({ query: `{ viewer { \u0000${SECRET} } }` })],
  ['NULs alone', Buffer.alloc(1000)],
  ['a bare NUL in a text', `{"query":"${QUERY}","a":"\u0000${SECRET}"}`],
  ['deep', `{"query":"${QUERY}","variables":{"a":${'['.repeat(100_000)}"${SECRET}"${']'.repeat(100_000)}}}`],
];

describe('a body that is', () => {
  it.each(bodies)('%s is refused in the form of GraphQL, and not logged', async (_name, body) => {
    const headers = { authorization, 'content-type': 'application/json' };
    const { status, fault, text } = await send(server.url, { headers, body });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(fault.code).toMatch(/^(BAD_REQUEST|GRAPHQL_PARSE_FAILED|QUERY_TOO_COSTLY)$/);
    expect(text).not.toMatch(/prototype|SyntaxError/);
    expect(lines.join('')).not.toContain(SECRET);
    expect(({} as { a?: unknown }).a).toBeUndefined();
  });

  it('marked with its byte order and else good is taken', async () => {
    const headers = { authorization, 'content-type': 'application/json' };
    const body = `\ufeff${JSON.stringify({ query: QUERY })}`;
    const { json, text } = await send(server.url, { headers, body });
    expect(json.data?.viewer, text).toEqual({ subject: 'root' });
  });

  it('a NUL in the value of an input is a fault of the input', async () => {
    const query = 'mutation ($name: String!) { registerWorker(input: { name: $name }) { liveRevision } }';
    const body = JSON.stringify({ query, variables: { name: `\u0000${SECRET}` } });
    const headers = { authorization, 'content-type': 'application/json' };
    const { fault, text } = await send(server.url, { headers, body });
    expect(fault.code).toBe('VALIDATION_FAILED');
    expect(text + lines.join('')).not.toContain(SECRET);
  });

  it.each([5, 60].flatMap((size) => [['announced', size] as const, ['unannounced', size] as const]))(
    'too large, %s, %i MB, is refused before it has come',
    async (way, size) => {
      const length = way === 'announced' ? { 'content-length': size * MIB } : {};
      const sending = request(new URL('/graphql', server.url), {
        method: 'POST',
        headers: { authorization, 'content-type': 'application/json', ...length },
        agent: false,
      });
      // The server goes away in the middle; the answer has come by then.
      sending.on('error', () => undefined);
      const piece = Buffer.alloc(65_536, 'x');
      let sent = 0;
      const more = () => {
        while (sent < size * MIB && !sending.destroyed) {
          sent += piece.length;
          if (!sending.write(piece)) return;
        }
      };
      sending.on('drain', more);
      more();
      const [response] = (await once(sending, 'response')) as [IncomingMessage];
      const pieces: Buffer[] = [];
      for await (const part of response) pieces.push(part as Buffer);
      sending.destroy();
      expect(response.statusCode).toBe(413);
      const [error] = JSON.parse(Buffer.concat(pieces).toString()).errors;
      expect(error.extensions).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', details: { limit: MIB } });
      if (size === 60) expect(sent).toBeLessThan(size * MIB);
    },
  );
});

it('the server is as well afterwards as before', async () => {
  expect((await send(server.url, { method: 'GET', path: '/healthz' })).status).toBe(200);
});
