import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { WorkerChangesDocument } from '../src/client/index.js';
import { openSocket } from './support/raw-socket.js';
import { rateLimited } from './support/prometheus.js';
import { workerInput } from './support/stage.js';
import { startTestServer, type TestServer } from './support/server.js';
import { StreamLog } from './support/stream-log.js';
import { required, story } from './support/story.js';

const CHANGES = 'subscription { workerChanges { kind } }';

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startTestServer({ env: { MAX_SOCKETS_PER_USER: '3', MAX_SOCKET_SUBSCRIPTIONS: '4' } });
  token = await server.token('ADMIN', 'root');
});

afterAll(() => server.close());

/** A socket past the library, for frames that it would not send. */
async function rawFrames(...pieces: Buffer[]): Promise<number> {
  const socket = new WebSocket(`${server.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  const upgraded = once(socket, 'upgrade') as Promise<[{ socket: Socket }]>;
  const closed = once(socket, 'close') as Promise<[number]>;
  socket.on('error', () => undefined);
  const opened = once(socket, 'open');
  const [{ socket: stream }] = await upgraded;
  await opened;
  for (const piece of pieces) stream.write(piece);
  return (await closed)[0];
}

/** One frame of a client; masked with zeros, which leave the payload as it is. */
function frame(first: number, payload: Buffer, isMasked = true): Buffer {
  const length =
    payload.length < 126
      ? Buffer.from([payload.length])
      : Buffer.from([126, payload.length >> 8, payload.length & 255]);
  if (isMasked) length.writeUInt8((length[0] ?? 0) | 128, 0);
  return Buffer.concat([Buffer.from([first]), length, Buffer.alloc(isMasked ? 4 : 0), payload]);
}

const text = (value: string) => frame(0x81, Buffer.from(value));

describe('the limits of sockets', () => {
  it('refuse one subscription too many with RATE_LIMITED, and take it once another has ended', async () => {
    const socket = await openSocket(server.url, { token });
    for (let n = 0; n < 4; n++) {
      socket.subscribe(`s${n}`, CHANGES);
      expect(await socket.answer(`s${n}`)).toEqual({ workerChanges: { kind: 'SYNCED' } });
    }
    const before = await rateLimited(server.url);
    socket.subscribe('more', CHANGES);
    expect(await socket.answer('more')).toMatchObject({ code: 'RATE_LIMITED', details: { limit: 4 } });
    expect(await rateLimited(server.url)).toBe(before + 1);
    socket.subscribe('query', '{ viewer { subject } }');
    expect(await socket.answer('query')).toEqual({ viewer: { subject: 'root' } });
    socket.send({ type: 'complete', id: 's0' });
    socket.subscribe('later', CHANGES);
    expect(await socket.answer('later')).toEqual({ workerChanges: { kind: 'SYNCED' } });
    socket.close();
    await socket.closed(30_000);
  });

  it('close one socket of a user too many with 4429, and others are unaffected', async () => {
    const eve = await server.token('ADMIN', 'eve');
    const sockets = [];
    for (let n = 0; n < 3; n++) sockets.push(await openSocket(server.url, { token: eve }));
    const before = await rateLimited(server.url);
    const more = new WebSocket(`${server.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
    await once(more, 'open');
    more.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${eve}` } }));
    const [code, reason] = (await once(more, 'close')) as [number, Buffer];
    expect([code, String(reason)]).toEqual([4429, 'RATE_LIMITED: at most 3 sockets of one user']);
    expect(await rateLimited(server.url)).toBe(before + 1);
    (await openSocket(server.url, { token })).close();
    const [first, ...rest] = sockets;
    first?.close();
    await first?.closed(30_000);
    const later = await openSocket(server.url, { token: eve });
    for (const socket of [...rest, later]) {
      await socket.alive();
      socket.close();
    }
  });
});

describe('a socket with a bad frame', () => {
  const init = text('{"type":"connection_init"}');
  it.each([
    ['text that is no UTF-8', 1007, [frame(0x81, Buffer.from([0xc3, 0x28]))]],
    ['a frame without a mask', 1002, [frame(0x81, Buffer.from('{}'), false)]],
    ['an opcode that means nothing', 1002, [frame(0x83, Buffer.from('{}'))]],
    ['a control frame in pieces', 1002, [frame(0x09, Buffer.from('x'))]],
    ['a message above the limit', 1009, [frame(0x81, Buffer.alloc(65_535, 'x')), text('x')]],
    ['a message that is no JSON', 4400, [text('{')]],
    ['JSON 10 000 deep', 4400, [text(`${'['.repeat(10_000)}${']'.repeat(10_000)}`)]],
  ] as const)('%s is closed with %i, and others are unaffected', async (name, code, frames) => {
    const other = await openSocket(server.url, { token });
    other.subscribe('stream', CHANGES);
    await other.answer('stream');
    const huge = name === 'a message above the limit';
    const pieces = huge
      ? [frame(0x01, Buffer.alloc(65_000, 'x')), frame(0x80, Buffer.alloc(65_000, 'x'))]
      : frames;
    expect(await rawFrames(init, ...pieces)).toBe(code);
    await other.alive();
    other.close();
    await other.closed(30_000);
  });
});

describe('a flood', () => {
  it.each([
    ['pings', 20_000, () => text('{"type":"ping"}')],
    ['frames of the kind ping', 20_000, () => frame(0x89, Buffer.alloc(0))],
  ] as const)(
    'of %s on one socket does not keep another waiting until it is over',
    { timeout: 60_000 },
    async (_, count, message) => {
      const other = await openSocket(server.url, { token });
      const socket = new WebSocket(`${server.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
      const upgraded = once(socket, 'upgrade') as Promise<[{ socket: Socket }]>;
      let isOver = false;
      socket.on('message', (data: Buffer) => {
        if (data.toString().includes('"last"')) isOver = true;
      });
      const opened = once(socket, 'open');
      const [{ socket: stream }] = await upgraded;
      await opened;
      stream.write(
        text(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })),
      );
      stream.write(Buffer.concat(Array.from({ length: count }, message)));
      stream.write(text('{"type":"ping","payload":{"is":"last"}}'));
      await other.alive();
      expect(isOver).toBe(false);
      while (!isOver) await once(socket, 'message');
      socket.close();
      other.close();
      await Promise.all([once(socket, 'close'), other.closed(30_000)]);
    },
  );

  /** What one client sends of one number: at most one subscription at a time, and each is over before the next. */
  const subscribe = (id: string, query: string) => ({ type: 'subscribe', id, payload: { query } });
  const pair = (id: string, query: string) => [subscribe(id, query), { type: 'complete', id }];
  let made = 0;
  const INSTANCES = 'subscription { instanceChanges { kind } }';
  const mixed = (n: number): object[] =>
    required(
      [
        () => pair(`s${n}`, INSTANCES),
        // The same id again and again.
        () => pair('same', CHANGES),
        () =>
          pair(`f${n}`, `subscription { workerChanges(filter: { statuses: [RUNNING] }) { k${n}: kind } }`),
        () => [subscribe(`q${n}`, '{ viewer { subject } }'), { type: 'ping' }],
        () => [subscribe(`bad${n}`, 'subscription { nothing }'), { type: 'complete', id: `never${n}` }],
        () => [...pair(`t${n}`, INSTANCES), { type: 'complete', id: `t${n}` }],
      ][n % 6],
    )();

  it.each([
    ['subscriptions that are ended at once', 2400, (n: number) => pair(`s${n}`, INSTANCES)],
    ['subscriptions of many kinds, queries, pings and mistakes', 2400, mixed],
  ] as const)(
    'of %s on one socket costs others nothing and leaves nothing behind',
    { timeout: 120_000 },
    async (_, count, messages) => {
      const readers = async () =>
        required((await server.server.context.metrics.readers.get()).values[0]).value;
      const client = server.clientWith(token);
      const others = new StreamLog(client.subscribe(WorkerChangesDocument, {}));
      await others.until(({ workerChanges }) => workerChanges.kind === 'SYNCED');
      const before = await readers();
      const socket = await openSocket(server.url, { token });
      for (let n = 0; n < count; n++) for (const message of messages(n)) socket.send(message);
      socket.subscribe('last', CHANGES);
      const isOver = () => socket.log.seen.some(({ id }) => id === 'last');
      for (let n = 0; n < 3; n++) {
        const { id } = await story(client).worker(workerInput(`heard-${++made}`));
        await others.until(({ workerChanges }) => workerChanges.workerId === id, 60_000);
        expect(isOver()).toBe(false);
      }
      await socket.log.until(({ id }) => id === 'last', 100_000);
      const answers = socket.log.seen.filter(({ id }) => id);
      expect(await socket.answer('last')).toMatchObject({ workerChanges: { kind: 'SNAPSHOT' } });
      const refused = answers.filter(({ type, id }) => type === 'error' && !id?.startsWith('bad'));
      expect(refused).toEqual([]);
      const mistakes = messages === mixed ? count / 6 : 0;
      expect(answers.filter(({ type }) => type === 'error')).toHaveLength(mistakes);
      expect(answers.filter(({ type, id }) => type === 'next' && id?.startsWith('q'))).toHaveLength(mistakes);
      await vi.waitFor(async () => expect(await readers()).toBe(before + 1), 30_000);
      socket.close();
      await socket.closed(30_000);
      await vi.waitFor(async () => expect(await readers()).toBe(before), 30_000);
      await client.close();
    },
  );
});
