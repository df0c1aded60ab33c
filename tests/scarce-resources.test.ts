/** A server that has few handles, little memory or a burst of large bodies goes on, and is well again afterwards. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { ERROR_CODES } from '../src/errors.js';
import { send, sendGraphql, type Answer } from './support/answers.js';
import { rateLimited } from './support/prometheus.js';
import { openSocket, type RawSocket } from './support/raw-socket.js';
import { plainDefinition } from './support/story.js';
import { startServerProcess, type ServerProcess } from './support/server-process.js';

const LONGEST_MS = 240_000;
const KIB = 1024;
const CREATE = `mutation ($input: CreateDefinitionInput!) {
  createDefinition(input: $input) { definition { id } }
}`;
const BOOK = 'mutation ($id: ID!) { createInstance(input: { definitionId: $id }) { instance { id } } }';
const LIST =
  '{ instances(first: 100) { nodes { id state history { to at } definition { portTemplate { name } } } } }';
const WATCH = 'subscription { instanceChanges { kind instanceId } }';

async function start(env: Readonly<Record<string, string>>, handles?: number): Promise<ServerProcess> {
  const DATA_DIR = mkdtempSync(join(tmpdir(), 'lablet-scarce-'));
  onTestFinished(() => rmSync(DATA_DIR, { recursive: true, force: true }));
  return startServerProcess({ DATA_DIR, MAX_SOCKETS_PER_USER: '100', ...env }, undefined, {
    handles: handles ?? null,
  });
}

function caller({ url, token }: ServerProcess) {
  const ask = (query: string, variables = {}) =>
    sendGraphql(url, { query, variables }, { authorization: `Bearer ${token}` });
  return {
    ask,
    define: async (name: string): Promise<string> => {
      const input = plainDefinition(name, 1);
      return (await ask(CREATE, { input })).json.data.createDefinition.definition.id;
    },
    book: async (id: string): Promise<string> =>
      (await ask(BOOK, { id })).json.data.createInstance.instance.id,
    health: async () => (await send(url, { method: 'GET', path: '/healthz' })).status,
  };
}

async function watch({ url, token }: ServerProcess): Promise<RawSocket> {
  const socket = await openSocket(url, { token });
  socket.subscribe('watch', WATCH);
  await socket.log.until(({ payload }) => payload?.data?.instanceChanges?.kind === 'SYNCED');
  return socket;
}

const hears = (socket: RawSocket, id: string) =>
  socket.log.until(({ payload }) => payload?.data?.instanceChanges?.instanceId === id);

async function half(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).resume();
  socket.on('error', () => undefined);
  await new Promise((done) => socket.once('connect', done).once('close', done));
  if (!socket.destroyed) socket.write('GET /healthz HTTP/1.1\r\nHost: here\r\nA: b');
  return socket;
}

async function assertSoundEnd(server: ServerProcess): Promise<void> {
  const { code, signal, stdout, stderr } = await server.kill('SIGTERM');
  expect({ code, signal }).toEqual({ code: 0, signal: null });
  expect(stdout + stderr).not.toMatch(/unhandled|uncaught|"level":"fatal"|out of memory/i);
}

it(
  'with more connections than handles it serves those it has, and everybody once the others went',
  async () => {
    const [handles, connections] = [200, 400];
    const server = await start({ HEADERS_TIMEOUT_MS: '60000', REQUEST_TIMEOUT_MS: '60000' }, handles);
    const { define, book, health } = caller(server);
    const definition = await define('few handles');
    const subscriber = await watch(server);

    const crowd = await Promise.all(Array.from({ length: connections }, () => half(server.url)));
    const left = () => crowd.filter(({ closed }) => !closed).length;
    await expect.poll(left, { timeout: 30_000 }).toBeLessThan(handles);
    await subscriber.alive();
    subscriber.subscribe('book', BOOK, { id: definition });
    const { createInstance } = await subscriber.answer('book');
    await hears(subscriber, createInstance.instance.id);

    for (const socket of crowd) socket.destroy();
    await expect.poll(() => health().catch(() => null), { timeout: 10_000 }).toBe(200);
    await hears(subscriber, await book(definition));
    subscriber.close();
    await assertSoundEnd(server);
  },
  LONGEST_MS,
);

it(
  'with little heap it serves a burst of large bodies, lists and subscribers, or refuses with a code',
  async () => {
    const room = 4 * KIB * KIB;
    const server = await start({
      NODE_OPTIONS: '--max-old-space-size=128',
      MAX_BODIES_BYTES: String(room),
    });
    const { ask, define, book, health } = caller(server);
    const definition = await define('little heap');
    await Promise.all(Array.from({ length: 100 }, () => book(definition)));
    const subscribers = await Promise.all(Array.from({ length: 10 }, () => watch(server)));

    const text = `nodes: ${'x'.repeat(700 * KIB)}`;
    const many = (count: number, each: () => Promise<Answer>) =>
      Promise.all(Array.from({ length: count }, each));
    const bodies = many(60, () =>
      ask('query ($text: String) { inspectLabYaml(text: $text) { hash } }', { text }),
    );
    const lists = many(20, () => ask(LIST));
    const [answers, pages] = await Promise.all([bodies, lists, health()]);

    for (const { json } of pages) expect(json.data.instances.nodes).toHaveLength(100);
    const codes = new Set(answers.map(({ fault }) => fault.code));
    expect(codes).toEqual(new Set(['LAB_YAML_INVALID', 'RATE_LIMITED']));
    const refusals = answers.filter(({ fault }) => fault.code === 'RATE_LIMITED');
    expect(await rateLimited(server.url)).toBe(refusals.length);
    const [refused] = refusals;
    expect(refused).toMatchObject({
      status: ERROR_CODES.RATE_LIMITED.http,
      fault: { details: { limit: room } },
    });
    expect(refused?.headers['retry-after']).toBe('1');

    // What was held is given back: as many bodies as have room together are taken again.
    const again = await many(5, () => ask('{ viewer { subject } }', { text }));
    expect(again.map(({ status }) => status)).toEqual(Array(5).fill(200));
    const booked = await book(definition);
    await Promise.all(subscribers.map((socket) => hears(socket, booked)));
    for (const socket of subscribers) socket.close();
    await assertSoundEnd(server);
  },
  LONGEST_MS,
);
