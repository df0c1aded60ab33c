/** What fails before there is a request, or a route for it, says why in the form of all other failures. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { send } from './support/answers.js';
import { startTestServer, type TestServer } from './support/server.js';

const UPGRADE = [
  'Host: x',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
];

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server?.close());

async function connected(): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  return socket;
}

const request = (...lines: string[]): string => [...lines, '', ''].join('\r\n');
const upgradeAt = (path: string): string => request(`GET ${path} HTTP/1.1`, ...UPGRADE);
const SOCKETS = /at \/graphql, with the subprotocol graphql-transport-ws/;

it.each<[what: string, status: number, sent: string, detail: RegExp]>([
  ['bytes that are no request', 400, request('this is no HTTP'), /no HTTP request/],
  [
    'a request without a host',
    400,
    request('GET /api/v1/workers HTTP/1.1', 'Connection: close'),
    /the header Host/,
  ],
  [
    'an expectation that nobody knows',
    417,
    request('POST /api/v1/workers HTTP/1.1', 'Host: x', 'Expect: tea'),
    /100-continue/,
  ],
  ['a WebSocket where event streams are', 400, upgradeAt('/graphql/stream'), SOCKETS],
  ['a WebSocket at a route', 400, upgradeAt('/api/v1/workers'), SOCKETS],
  ['a WebSocket at no route', 400, upgradeAt('/graphqlx?a=/graphql'), SOCKETS],
])('%s is %i, as a problem that says why', async (_, status, sent, detail) => {
  const socket = await connected();
  socket.write(sent);
  const [head = '', body = ''] = (await textOf(socket)).split('\r\n\r\n');
  const problem = JSON.parse(body);
  expect(problem).toMatchObject({ type: 'about:blank', status, code: 'BAD_REQUEST' });
  expect(problem.detail).toMatch(detail);
  expect(head.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
  expect(head).toMatch(/^content-type: application\/problem\+json/im);
  expect(/^x-request-id: (\w+)/im.exec(head)?.[1]).toBe(problem.requestId);
});

it('headers that are too large are 431', async () => {
  const headers = { 'x-large': 'x'.repeat(20_000) };
  const large = await send(server.url, { method: 'GET', path: '/api/v1/workers', headers });
  expect(large.status).toBe(431);
  expect(large.fault).toMatchObject({ type: 'about:blank', code: 'BAD_REQUEST', retryable: false });
});

it('HTTP/1.0, which knows no hosts, is answered', async () => {
  const socket = await connected();
  socket.write(request('GET /healthz HTTP/1.0'));
  expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 200 OK/);
});

it('a WebSocket at its path is opened', async () => {
  const socket = await connected();
  socket.write(upgradeAt('/graphql?x=1'));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  expect(String(answer)).toMatch(/^HTTP\/1\.1 101 /);
});
