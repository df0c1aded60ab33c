import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import {
  createClient,
  InstanceChangesDocument,
  WaitFailed,
  type InstanceChangesSubscription,
  type LabletClient,
} from '../src/client/index.js';
import { refusal } from './support/answers.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, story } from './support/story.js';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.js';

let server: TestServer;
let proxy: TcpProxy;
let client: LabletClient;
let tell: ReturnType<typeof story>;
let definitionId: string;
let workerId: string;

beforeAll(async () => {
  server = await startTestServer();
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
