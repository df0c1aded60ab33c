/** Clients that send slowly, half, or too many at once: they are cut off on time, and others are served meanwhile. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { send } from './support/answers.js';
import { isDemanded } from './support/backends.js';
import { startTestServer, type TestServer } from './support/server.js';

const SLOWHTTPTEST = '/usr/bin/slowhttptest';
const IMPATIENT = { HEADERS_TIMEOUT_MS: '700', REQUEST_TIMEOUT_MS: '1500' };
const HEALTHY_MS = 1000;
const LONGEST_MS = 120_000;

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ env: IMPATIENT });
});

afterAll(() => server?.close());

async function open(url: string, sent: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  // A server that cuts it off may do so while something is on the way.
  socket.on('error', () => undefined);
  await new Promise((done) => socket.once('connect', done).once('close', done));
  if (!socket.destroyed) socket.write(sent);
  return socket;
}

const closed = (socket: Socket) =>
  new Promise<void>((done) => (socket.closed ? done() : socket.once('close', () => done())));

/** The quickest of some answers of health, since other work on the machine takes its own time. */
async function healthMs(url: string): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 10 && best >= HEALTHY_MS; n++) {
    const started = performance.now();
    expect((await send(url, { method: 'GET', path: '/healthz' })).status).toBe(200);
    best = Math.min(best, performance.now() - started);
  }
  return best;
}

const HALVES = [
  ['nothing', ''],
  ['half of its headers', 'GET /graphql HTTP/1.1\r\nHost: here\r\nAccept: a'],
  [
    'half of an upgrade',
    'GET /graphql HTTP/1.1\r\nHost: here\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n',
  ],
  [
    'half of its body',
    'POST /graphql HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"query',
  ],
] as const;

describe('a client that sends', () => {
  it.each(HALVES)('%s is told so and cut off, and others are served', async (_name, half) => {
    const socket = await open(server.url, half);
    const answered = textOf(socket);
    expect(await healthMs(server.url)).toBeLessThan(HEALTHY_MS);
    const answer = await answered;
    await closed(socket);
    expect(answer).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\n/);
    expect(answer).toContain('"code":"BAD_REQUEST"');
  });
});

const many = (count: number, url: string) =>
  Promise.all(Array.from({ length: count }, () => open(url, HALVES[1][1])));

describe('2000 clients that send half of their headers', () => {
  it(
    'leave health its second, and are all cut off',
    async () => {
      const patient = await startTestServer({ env: { HEADERS_TIMEOUT_MS: '5000' } });
      try {
        const sockets = await many(2000, patient.url);
        expect(await healthMs(patient.url)).toBeLessThan(HEALTHY_MS);
        for (const socket of sockets) socket.resume();
        await Promise.all(sockets.map(closed));
        expect(await healthMs(patient.url)).toBeLessThan(HEALTHY_MS);
      } finally {
        await patient.close();
      }
    },
    LONGEST_MS,
  );
});

it(
  'as many connections stay open as are allowed, and others come in once they end',
  async () => {
    const [allowed, opened] = [50, 200];
    const long = { HEADERS_TIMEOUT_MS: '60000', REQUEST_TIMEOUT_MS: '60000' };
    const small = await startTestServer({ env: { ...long, MAX_CONNECTIONS: String(allowed) } });
    try {
      const sockets = await many(opened, small.url);
      await new Promise<void>((done) => {
        let left = opened - allowed;
        for (const socket of sockets) void closed(socket.resume()).then(() => --left === 0 && done());
      });
      expect(sockets.filter((socket) => !socket.closed)).toHaveLength(allowed);
      for (const socket of sockets) socket.destroy();
      const health = async () => (await send(small.url, { method: 'GET', path: '/healthz' })).status;
      await expect.poll(() => health().catch(() => null), { timeout: 10_000 }).toBe(200);
    } finally {
      await small.close();
    }
  },
  LONGEST_MS,
);

/** True where the program is; says so, and fails where it is demanded but missing. */
function slowHttpTestIsHere(): boolean {
  const here = existsSync(SLOWHTTPTEST);
  process.stdout.write(
    here ? 'engine slowhttptest\n' : `engine slowhttptest NOT RUN: ${SLOWHTTPTEST} is missing\n`,
  );
  if (!here && isDemanded('slowhttptest'))
    it('slowhttptest is here', () => expect.fail(`${SLOWHTTPTEST} is missing`));
  return here;
}

describe.runIf(slowHttpTestIsHere())('slowhttptest', () => {
  it.each([
    ['slow headers', ['-H']],
    ['slow bodies', ['-B', '-s', '1000', '-t', 'POST']],
    ['slow reading', ['-X', '-w', '1', '-y', '8', '-n', '1', '-z', '1']],
  ])(
    'does not take the service away with %s',
    async (_name, mode) => {
      const url = `${server.url}/graphql`;
      const asked = [...mode, '-c', '300', '-r', '300', '-i', '1', '-l', '4', '-p', '5', '-u', url];
      const child = spawn(SLOWHTTPTEST, asked, { stdio: ['ignore', 'pipe', 'pipe'] });
      const said = Promise.all([textOf(child.stdout), textOf(child.stderr), once(child, 'close')]);
      expect(await healthMs(server.url)).toBeLessThan(HEALTHY_MS);
      const [out, error] = await said;
      const told = stripVTControlCharacters(out + error);
      expect(told.split('service available:').at(-1)).toMatch(/^\s+YES/);
      expect(await healthMs(server.url)).toBeLessThan(HEALTHY_MS);
    },
    LONGEST_MS,
  );
});
