import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import {
  ConnectionLost,
  createClient,
  InstanceChangesDocument,
  WaitFailed,
  type InstanceChangesSubscription,
  type LabletClient,
} from '../src/client/index.js';
import { followStream } from '../src/client/follow.js';
import { waitForState } from '../src/client/wait-for.js';
import { refusal } from './support/answers.js';
import { gate } from './support/by-hand.js';
import { intercepted } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, story } from './support/story.js';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.js';

/** The live write of the move to RUNNING that is to be overtaken. */
let overtaken: Readonly<Record<'arrived' | 'release', ReturnType<typeof gate<void>>>> | null = null;
const overtaking = intercepted(async ({ name, args, go }) => {
  if (overtaken && name === 'live.txn' && /"state\\+":\\+"RUNNING/.test(JSON.stringify(args))) {
    overtaken.arrived.open();
    await overtaken.release.opened;
  }
  return go();
});

let server: TestServer;
let proxy: TcpProxy;
let client: LabletClient;
let tell: ReturnType<typeof story>;
let definitionId: string;
let workerId: string;

beforeAll(async () => {
  server = await startTestServer({ overrides: { wrapStores: overtaking } });
  proxy = await startTcpProxy(Number(new URL(server.url).port));
  const token = await server.token('ADMIN', 'root');
  client = createClient({ url: proxy.url, token, webSocketImpl: WebSocket });
  const admin = server.clientWith(token);
  tell = story(admin);
  definitionId = (await tell.definition(plainDefinition('Awaited'))).id;
  workerId = (await openWorker(admin, 'awaited')).id;
});

afterAll(async () => {
  await client.close();
  await proxy.close();
  await server.close();
});

const book = async () => (await tell.instance({ definitionId })).id;

async function run(id: string): Promise<void> {
  await tell.schedule(id, workerId);
  await tell.move(id, 'INSTANTIATING');
  await tell.move(id, 'RUNNING', { cmlLabId: 'lab' });
}

describe('waiting for an instance', () => {
  it('ends when it comes to one of the states', async () => {
    const id = await book();
    const waiting = client.waitFor(id, ['RUNNING', 'STOPPED']);
    await run(id);
    expect(await waiting).toMatchObject({ id, state: 'RUNNING', cmlLabId: 'lab' });
  });

  it('ends at once when it is there already, also when it is over', async () => {
    const id = await book();
    expect((await client.waitFor(id, ['PENDING'])).state).toBe('PENDING');
    await tell.terminate(id);
    expect((await client.waitFor(id, ['TERMINATED'])).state).toBe('TERMINATED');
  });

  it('goes on across lost connections', async () => {
    const id = await book();
    const retries: Error[] = [];
    const waiting = client.waitFor(id, ['RUNNING'], { onRetry: (failure) => void retries.push(failure) });
    while (proxy.connections === 0) await new Promise(setImmediate);
    await proxy.refuse();
    await run(id);
    while (retries.length < 2) await new Promise(setImmediate);
    await proxy.accept();
    expect((await waiting).state).toBe('RUNNING');
  });

  it('ends when the state was passed between two changes', async () => {
    const id = await book();
    await tell.schedule(id, workerId);
    await tell.move(id, 'INSTANTIATING');
    const told: string[] = [];
    const listening = {
      request: client.request,
      async *follow(...following: Parameters<LabletClient['follow']>) {
        for await (const message of client.follow(...following)) {
          yield message;
          told.push(...Object.values(message).map(({ kind }) => kind));
        }
      },
    } as unknown as LabletClient;
    const waiting = waitForState(listening, id, ['RUNNING'], { timeoutMs: 10_000 });
    await vi.waitUntil(() => told.includes('SNAPSHOT'));
    overtaken = { arrived: gate(), release: gate() };
    const running = tell.move(id, 'RUNNING', { cmlLabId: 'lab' });
    await overtaken.arrived.opened;
    await tell.move(id, 'COLLECTING');
    overtaken.release.open();
    overtaken = null;
    await running;
    expect(await waiting).toMatchObject({ id, state: 'COLLECTING' });
  });

  it('fails with what was awaited when the time is over', async () => {
    const id = await book();
    const failure: unknown = await client
      .waitFor(id, ['RUNNING', 'STOPPED'], { timeoutMs: 300 })
      .catch((e) => e);
    expect(failure).toBeInstanceOf(WaitFailed);
    expect(failure).toMatchObject({
      reason: 'TIMEOUT',
      id,
      states: ['RUNNING', 'STOPPED'],
      lastState: 'PENDING',
      message: `${id} did not come to RUNNING or STOPPED within 300 ms; last seen: PENDING`,
    });
  });

  it('fails when it ends otherwise, when it is given up, and when there is no such instance', async () => {
    const id = await book();
    const ended = client.waitFor(id, ['RUNNING']).catch((error: unknown) => error);
    await tell.terminate(id);
    expect(await ended).toMatchObject({ reason: 'ENDED', lastState: 'TERMINATED' });
    expect(await client.waitFor(id, ['RUNNING']).catch((error: unknown) => error)).toMatchObject({
      reason: 'ENDED',
    });
    const other = await book();
    const givenUp = AbortSignal.abort();
    const failure = await client
      .waitFor(other, ['RUNNING'], { signal: givenUp })
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: 'ABORTED', lastState: null });
    const missing = `ins_${'0'.repeat(26)}`;
    expect(await refusal(client.waitFor(missing, ['RUNNING']))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('following a stream', () => {
  type Change = InstanceChangesSubscription['instanceChanges'];

  it('goes on after the last message, and hands on the word to begin anew', async () => {
    const [id, seen] = [await book(), [] as Change[]];
    const { tokens } = server.server.context;
    const old = tokens.encode({ epoch: 'before', revision: 1, index: null, scope: null, snapshot: false });
    const variables = { filter: { ids: [id] }, after: old };
    const reading = (async () => {
      for await (const { instanceChanges } of client.follow(InstanceChangesDocument, variables)) {
        seen.push(instanceChanges);
        if (instanceChanges.transition?.to === 'RUNNING') return;
      }
    })();
    while (!seen.some(({ kind }) => kind === 'SYNCED')) await new Promise(setImmediate);
    await tell.schedule(id, workerId);
    while (!seen.some(({ kind }) => kind === 'CHANGED')) await new Promise(setImmediate);
    proxy.cut();
    await tell.move(id, 'INSTANTIATING');
    await tell.move(id, 'RUNNING', { cmlLabId: 'lab' });
    await reading;
    // Nothing is followed any more, so the socket after the lost one is closed, too.
    await vi.waitUntil(() => proxy.connections === 0);
    const moves = seen
      .filter(({ kind }) => kind !== 'SYNCED')
      .map(({ kind, transition }) => [kind, transition?.to]);
    expect(moves).toEqual([
      ['RESYNC_REQUIRED', undefined],
      ['SNAPSHOT', 'PENDING'],
      ...[
        ['CHANGED', 'SCHEDULED'],
        ['CHANGED', 'INSTANTIATING'],
        ['CHANGED', 'RUNNING'],
      ],
    ]);
  });

  it.each([
    ['and goes on at once', false],
    ['and that a new one is not answered, and goes on when one is', true],
  ])('notices a connection on which nothing arrives any more, %s', async (_, alsoNew) => {
    const id = await book();
    const retries: Error[] = [];
    const impatient = createClient({
      ...{ url: proxy.url, token: await server.token('ADMIN', 'root') },
      ...{ webSocketImpl: WebSocket, pingMs: 200 },
    });
    const stream = impatient.follow(
      InstanceChangesDocument,
      { filter: { ids: [id] } },
      { onRetry: (failure) => void retries.push(failure) },
    );
    for (const kind of ['SNAPSHOT', 'SYNCED']) {
      expect((await stream.next()).value).toMatchObject({ instanceChanges: { kind } });
    }
    const next = stream.next();
    proxy.blackHole({ alsoNew });
    await tell.terminate(id);
    if (alsoNew) {
      await vi.waitUntil(() => retries.length > 1, { timeout: 10_000 });
      await proxy.accept();
    }
    expect((await next).value).toMatchObject({ instanceChanges: { transition: { to: 'TERMINATED' } } });
    expect(retries[0]).toMatchObject({ name: 'ConnectionLost', code: 4499 });
    await stream.return?.();
    await impatient.close();
  });

  it('tells the snapshot again from its beginning when it was cut inside one', async () => {
    const ids = [await book(), await book(), await book()];
    const positions: unknown[] = [];
    // Each connection breaks after this many messages; the last one holds.
    const cuts = [2, 1];
    const breaking = {
      async *subscribe(...[document, variables, options]: Parameters<LabletClient['subscribe']>) {
        positions.push((variables as { after: unknown }).after);
        let left = cuts.shift() ?? Infinity;
        for await (const message of client.subscribe(document, variables, options)) {
          yield message;
          if (--left === 0) throw new ConnectionLost(1006, 'cut', null);
        }
      },
    } as unknown as LabletClient;
    const seen: Change[] = [];
    for await (const { instanceChanges } of followStream(breaking, InstanceChangesDocument, {
      filter: { ids },
    })) {
      seen.push(instanceChanges);
      if (instanceChanges.kind === 'SYNCED') break;
    }
    const again = ['RESYNC_REQUIRED', ...Array<string>(3).fill('SNAPSHOT'), 'SYNCED'];
    expect(seen.map(({ kind }) => kind)).toEqual(['SNAPSHOT', 'SNAPSHOT', 'RESYNC_REQUIRED', ...again]);
    expect(new Set(seen.slice(-4, -1).map(({ instanceId }) => instanceId))).toEqual(new Set(ids));
    expect(positions).toEqual([null, seen[1]?.liveRevision, seen[2]?.liveRevision]);
  });

  it('ends where trying again cannot help', async () => {
    const first = async (other: LabletClient, after: string | null) => {
      for await (const message of other.follow(InstanceChangesDocument, { after })) return message;
      throw new Error('nothing came');
    };
    expect(await refusal(first(client, 'made.up'))).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(await refusal(first(server.clientWith('no.token.this'), null))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('ends with its signal, also while it waits', async () => {
    const gone = new AbortController();
    const stream = client.follow(
      InstanceChangesDocument,
      { filter: { ids: [await book()] } },
      { signal: gone.signal },
    );
    const kinds = [(await stream.next()).value, (await stream.next()).value].map(
      (result: InstanceChangesSubscription) => result.instanceChanges.kind,
    );
    expect(kinds).toEqual(['SNAPSHOT', 'SYNCED']);
    const waiting = stream.next();
    gone.abort();
    expect((await waiting).done).toBe(true);
  });
});
