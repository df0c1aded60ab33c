import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { InstanceChangesDocument } from '../src/client/index.js';
import { openSocket } from './support/raw-socket.js';
import { startTestServer, type TestServer } from './support/server.js';
import { NO_REPAIR } from './support/live-stage.js';
import { LiveWriter, madeUp } from './support/live-writer.js';
import { required, story } from './support/story.js';

const READERS = 180;
const PAUSED = 20;
const QUEUE = 20;
/** As many as a document may have. */
const ALIASES = 30;
/** More than the buffers of a connection hold, in messages of the size below. */
const MOVES = 160;

let server: TestServer;
let token: string;

/** A server whose subscriptions share their work, or do not. */
const serverIs = (shared: boolean) => {
  beforeAll(async () => {
    server = await startTestServer({
      env: {
        ...NO_REPAIR,
        READER_QUEUE_CHANGES: String(QUEUE),
        MAX_SOCKET_MESSAGE_BYTES: '65536',
        LIVE_SHARED: String(shared),
      },
    });
    token = await server.token('ADMIN', 'root');
  });
  afterAll(() => server.close());
};

const sockets = new Set<WebSocket>();
afterEach(async () => {
  for (const socket of sockets) socket.terminate();
  sockets.clear();
  await noReaders();
});

const gauge = async (name: 'readers' | 'slowReaders') =>
  required((await server.server.context.metrics[name].get()).values[0]).value;

const noReaders = () => vi.waitFor(async () => expect(await gauge('readers')).toBe(0), 30_000);

/** A socket that subscribes and reads, or is paused once it is in sync. */
async function subscriber(query: string) {
  const socket = new WebSocket(`${server.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
  sockets.add(socket);
  const kinds: string[] = [];
  const got = { positions: new Set<string>(), error: null as any, doubled: 0 };
  let look = () => undefined as void;
  socket.on('message', (data: Buffer) => {
    const { type, payload } = JSON.parse(data.toString()) as { type: string; payload?: any };
    if (type === 'connection_ack')
      socket.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query } }));
    if (type === 'error') got.error = payload[0].extensions;
    if (type === 'next') {
      const { kind, liveRevision } = payload.data.instanceChanges;
      kinds.push(kind);
      if (kind === 'CHANGED') {
        if (got.positions.has(liveRevision)) got.doubled++;
        got.positions.add(liveRevision);
      }
    }
    look();
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      look = () => void (holds() && resolve());
      look();
    });
  await until(() => kinds.includes('SYNCED') || got.error !== null);
  expect(got.error).toBeNull();
  return { socket, got, until };
}

describe.each([
  ['that share their work', true],
  ['that do not', false],
])('slow subscribers %s', (_, shared) => {
  serverIs(shared);
  it(
    'are ended alone, with the position they go on from, while all others hear everything',
    { timeout: 300_000 },
    async () => {
      const admin = server.clientWith(token);
      const tell = story(admin);
      const input = {
        name: 'Heavy',
        version: '1.0.0',
        resourceRequirements: { cpuCores: 1, memoryGb: 1, storageGb: 1 },
      };
      const lab = await tell.definition({ ...input, labArtifactUri: `file:///${'x'.repeat(2000)}` });
      const { id } = await tell.instance({ definitionId: lab.id });
      // Moves of one instance that has a document, so that messages may be as large as a test wants them.
      const { live, keys } = server.server.context;
      const writer = new LiveWriter(live, keys);
      const move = async () => void (await writer.move([id, madeUp(1)]));
      for (let n = 0; n < 2; n++) await move();

      const ids = `filter: { ids: ["${id}"] }`;
      const heavy = Array.from({ length: ALIASES }, (_, n) => `a${n}: labArtifactUri`).join(' ');
      const plain = `subscription { instanceChanges(${ids}) { kind liveRevision } }`;
      const large = `subscription { instanceChanges(${ids}) { kind liveRevision instance { definition { ${heavy} } } } }`;
      const readers = await Promise.all(Array.from({ length: READERS }, () => subscriber(plain)));
      const paused = await Promise.all(Array.from({ length: PAUSED }, () => subscriber(large)));
      expect(await gauge('readers')).toBe(READERS + PAUSED);
      for (const { socket } of paused) socket.pause();

      let moves = 0;
      while ((await gauge('slowReaders')) < PAUSED && moves < 20 * MOVES) {
        await move();
        moves++;
        await readers[0]?.until(() => readers[0]?.got.positions.size === moves);
      }
      expect(await gauge('slowReaders')).toBe(PAUSED);
      await Promise.all(readers.map(({ until, got }) => until(() => got.positions.size === moves)));
      for (const { got } of readers) expect(got).toMatchObject({ doubled: 0, error: null });

      for (const { socket } of paused) socket.resume();
      await Promise.all(paused.map(({ until, got }) => until(() => got.error !== null)));
      for (const { got } of paused) {
        expect(got.error).toMatchObject({ code: 'SLOW_READER', retryable: true });
        expect([...got.positions].at(-1)).toBe(got.error.details.liveRevision);
      }
      const [slowest] = paused.map(({ got }) => got);
      const { positions, error } = required(slowest);
      let rest = 0;
      const after = error.details.liveRevision as string;
      for await (const { instanceChanges } of admin.subscribe(InstanceChangesDocument, {
        filter: { ids: [id] },
        after,
      })) {
        if (instanceChanges.kind === 'SYNCED') break;
        rest++;
      }
      expect(positions.size + rest).toBe(moves);
    },
  );
});

describe('2000 subscriptions that come and go on one socket', () => {
  serverIs(true);
  it('leave nothing behind, and the socket answers', { timeout: 120_000 }, async () => {
    const socket = await openSocket(server.url, { token });
    const query = 'subscription { instanceChanges { kind } }';
    for (let n = 0; n < 2000; n++) {
      socket.subscribe(`s${n}`, query);
      socket.send({ type: 'complete', id: `s${n}` });
      if (n % 100 === 99) await socket.alive();
    }
    socket.subscribe('last', query);
    await socket.log.until(
      ({ id, payload }) => id === 'last' && payload?.data?.instanceChanges.kind === 'SYNCED',
      30_000,
    );
    await vi.waitFor(async () => expect(await gauge('readers')).toBe(1), 30_000);
    socket.close();
    await noReaders();
  });
});
