import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { WebSocket } from 'ws';
import { developmentTokens } from '../src/auth/development-tokens.js';
import { ConnectionLost, createClient, InstanceChangesDocument } from '../src/client/index.js';
import { readConfig, rolesInTokens } from '../src/config.js';
import { send, sendGraphql } from './support/answers.js';
import { openEventStream } from './support/event-stream.js';
import { openSocket } from './support/raw-socket.js';
import { startServerProcess } from './support/server-process.js';
import { steadyLoad } from './support/steady-load.js';
import { plainDefinition, required, story } from './support/story.js';
import { startTcpProxy } from './support/tcp-proxy.js';

const CHANGES = `subscription ($after: LiveRevision) {
  instanceChanges(after: $after) { kind liveRevision instanceId transition { to sequence } } }`;
const LIST = `query ($after: String) { instances(first: 200, after: $after) {
  nodes { id ownerId reservationId history { sequence } } pageInfo { hasNextPage endCursor } } }`;
const CREATE = `mutation ($input: CreateInstanceInput!) { createInstance(input: $input) { instance { id } } }`;
const READ = '{ viewer { subject } instances(first: 5) { totalCount nodes { id state } } }';

const USERS = ['ann', 'bob', 'cem', 'dan', 'eva', 'fay'];
const SOCKETS = { admin: 60, each: 25 };
const AT_ONCE = 30;
const MS = 120_000;

interface Change {
  readonly kind: string;
  readonly liveRevision: string;
  readonly instanceId: string | null;
  readonly transition: { readonly sequence: number } | null;
}

/** A connection of one subscriber, of either kind. */
interface Connection {
  /** What it was told so far. */
  changes(): Change[];
  until(wanted: (change: Change) => boolean): Promise<unknown>;
  /** The hint that it was closed with, once nothing more comes. */
  closed(): Promise<number>;
  close(): void;
}

interface Caller {
  readonly token: string;
  /** Null sees everything. */
  readonly owner: string | null;
}

interface Subscriber extends Caller {
  readonly open: (url: string, caller: Caller, after: string | null) => Promise<Connection>;
  connection: Connection;
  /** Everything that it was told, over all its connections. */
  readonly told: Change[];
}

const moveOf = ({ instanceId, transition }: Change) => `${instanceId} ${transition?.sequence}`;
const isMove = ({ instanceId }: Change) => instanceId !== null;
const changeIn = (data: any): Change | undefined => data?.data?.instanceChanges;

async function bySocket(url: string, { token }: Caller, after: string | null): Promise<Connection> {
  const socket = await openSocket(url, { token });
  socket.subscribe('changes', CHANGES, { after });
  const { log } = socket;
  return {
    changes: () => log.seen.flatMap(({ payload }) => changeIn(payload) ?? []),
    until: (wanted) => log.until(({ payload }) => wanted(changeIn(payload) ?? ({} as Change)), MS),
    async closed() {
      const { code, reason } = await socket.closed(MS);
      await log.failure(MS);
      expect(log.seen.at(-1)?.type).toBe('next');
      expect(code).toBe(1012);
      return Number(/^Service restart; retryAfterMs=(\d+)$/.exec(reason)?.[1]);
    },
    close: () => socket.close(),
  };
}

async function byEvents(url: string, { token }: Caller, after: string | null): Promise<Connection> {
  const headers: Record<string, string> = after === null ? {} : { 'last-event-id': after };
  const { log, close } = await openEventStream(url, { token, query: CHANGES, headers });
  return {
    changes: () => log.seen.flatMap(({ data }) => changeIn(data) ?? []),
    until: (wanted) => log.until(({ data }) => wanted(changeIn(data) ?? ({} as Change)), MS),
    async closed() {
      await log.failure(MS);
      return Number(log.seen.at(-1)?.retry);
    },
    close,
  };
}

async function subscribers(url: string, callers: readonly Caller[], open: Subscriber['open']) {
  const all: Subscriber[] = [];
  for (let at = 0; at < callers.length; at += AT_ONCE) {
    const some = callers.slice(at, at + AT_ONCE).map(async (caller) => {
      const connection = await open(url, caller, null);
      await connection.until(({ kind }) => kind === 'SYNCED');
      return { ...caller, open, connection, told: [] };
    });
    all.push(...(await Promise.all(some)));
  }
  return all;
}

/** The same subscriber, from where it was. */
async function comeBack(url: string, subscriber: Subscriber): Promise<void> {
  subscriber.told.push(...subscriber.connection.changes());
  const after = required(subscriber.told.at(-1)).liveRevision;
  subscriber.connection = await subscriber.open(url, subscriber, after);
}

async function ask(url: string, token: string, query: string, variables: object = {}) {
  const { json } = await sendGraphql(url, { query, variables }, { authorization: `Bearer ${token}` });
  expect(json.errors).toBeUndefined();
  return json.data;
}

interface Made {
  readonly id: string;
  readonly ownerId: string;
  readonly reservationId: string;
  readonly history: readonly { readonly sequence: number }[];
}

async function unfinished(url: string, token: string): Promise<Made[]> {
  const all: Made[] = [];
  for (let after: string | null = null; ;) {
    const { nodes, pageInfo }: any = (await ask(url, token, LIST, { after })).instances;
    all.push(...nodes);
    if (!pageInfo.hasNextPage) return all;
    after = pageInfo.endCursor;
  }
}

/** When the server said that it is not ready. */
async function notReady(url: string): Promise<number> {
  while ((await send(url, { method: 'GET', path: '/readyz' })).status !== 503);
  return performance.now();
}

describe('a server that is replaced under load', () => {
  it(
    'answers what it accepted, sends subscribers away with their position, and none misses or doubles a change',
    { timeout: 2 * MS },
    async () => {
      const DATA_DIR = mkdtempSync(join(tmpdir(), 'lablet-deploy-'));
      onTestFinished(() => rmSync(DATA_DIR, { recursive: true, force: true }));
      const env = { DATA_DIR, MAX_SOCKETS_PER_USER: '1000' };
      const first = await startServerProcess(env);
      const { sign } = await developmentTokens(DATA_DIR, rolesInTokens(readConfig({})));
      const admin = { token: first.token, owner: null };
      const users = await Promise.all(
        USERS.map(async (owner) => ({ owner, token: await sign(owner, ['USER']) })),
      );
      const direct = createClient({ url: first.url, token: first.token });
      const { id: definitionId } = await story(direct).definition(plainDefinition('Deployed'));

      const times = <T>(count: number, one: T): T[] => Array.from({ length: count }, () => one);
      const sockets = [times(SOCKETS.admin, admin), ...users.map((user) => times(SOCKETS.each, user))];
      const bySockets = await subscribers(first.url, sockets.flat(), bySocket);
      const byStreams = await subscribers(first.url, [admin, admin, ...users], byEvents);
      const all = [...bySockets, ...byStreams];

      const way = await startTcpProxy(Number(new URL(first.url).port));
      onTestFinished(() => way.close());
      const follower = createClient({ url: way.url, token: first.token, webSocketImpl: WebSocket });
      const gone = new AbortController();
      const followed: Change[] = [];
      const retries: { failure: Error; waitMs: number }[] = [];
      const onRetry = (failure: Error, waitMs: number) => void retries.push({ failure, waitMs });
      const following = (async () => {
        const options = { signal: gone.signal, onRetry };
        for await (const { instanceChanges } of follower.follow(InstanceChangesDocument, {}, options)) {
          followed.push(instanceChanges);
        }
      })();
      await vi.waitFor(() => expect(followed.at(-1)?.kind).toBe('SYNCED'), MS);

      const load = steadyLoad(
        first.url,
        (n) => {
          const { token } = required(users[n % users.length]);
          if (n % 4 > 0) return { token, mark: null, body: { query: READ } };
          const mark = `R-${n}`;
          const input = { definitionId, reservationId: mark };
          return { token, mark, body: { query: CREATE, variables: { input } } };
        },
        2000,
      );
      await load.answered(200);

      const stopped = performance.now();
      const ending = first.kill('SIGTERM');
      const firstClosed = Promise.race(
        bySockets.map(({ connection }) => connection.closed().then(() => performance.now())),
      );
      const firstHint = Promise.race(
        byStreams.map(({ connection }) => connection.closed().then(() => performance.now())),
      );
      const notReadyAt = await notReady(first.url);
      const hints = await Promise.all(all.map(({ connection }) => connection.closed()));
      const { code, signal } = await ending;
      const tookMs = performance.now() - stopped;
      await load.stop();

      expect({ code, signal }).toEqual({ code: 0, signal: null });
      expect(tookMs).toBeLessThan(10_000);
      expect(notReadyAt).toBeGreaterThan(stopped);
      expect(notReadyAt).toBeLessThan(await firstClosed);
      for (const hint of hints) expect(hint).toBeGreaterThanOrEqual(200);
      expect(new Set(hints).size).toBeGreaterThan(hints.length / 4);
      for (const { connection } of all) expect(connection.changes().at(-1)?.kind).toBe('BOOKMARK');

      // Nobody was sent away yet when these were sent, so the server listened.
      const lastMoment = await firstHint;
      const early = load.sent.filter(({ at }) => at < lastMoment);
      expect(early.filter(({ at }) => at > notReadyAt).length).toBeGreaterThan(20);
      expect(early.filter(({ outcome }) => outcome !== 'ANSWERED')).toEqual([]);
      expect(load.sent.filter(({ outcome }) => outcome === 'BROKEN')).toEqual([]);
      const answered = load.sent.filter(({ outcome }) => outcome === 'ANSWERED');
      expect(answered.filter(({ text }) => !/^200 \{"data":/.test(text))).toEqual([]);

      const second = await startServerProcess(env);
      way.lead(Number(new URL(second.url).port));
      const made = await unfinished(second.url, first.token);
      const acknowledged = answered.flatMap(({ asked: { mark } }) => mark ?? []);
      // Neither lost nor doubled; and what got no answer was never begun.
      expect(made.map(({ reservationId }) => reservationId).sort()).toEqual(acknowledged.sort());

      for (let at = 0; at < all.length; at += AT_ONCE) {
        await Promise.all(all.slice(at, at + AT_ONCE).map((each) => comeBack(second.url, each)));
      }
      const again = story(createClient({ url: second.url, token: first.token }));
      const ended: string[] = [];
      for (const { id } of made.slice(0, 5)) ended.push(`${id} ${(await again.terminate(id)).sequence}`);
      const lastOf = new Map<string | null, string>();
      for (const { owner, token } of users) {
        const input = { definitionId, reservationId: `last of ${owner}` };
        const { createInstance } = await ask(second.url, token, CREATE, { input });
        for (const who of [owner, null]) lastOf.set(who, createInstance.instance.id);
      }
      for (const { connection, owner } of all) {
        await connection.until(({ instanceId }) => instanceId === lastOf.get(owner));
      }
      // It may have come back late, and then is told SYNCED last.
      await vi.waitFor(
        () => expect(followed.map(({ instanceId }) => instanceId)).toContain(lastOf.get(null)),
        MS,
      );

      const now = await unfinished(second.url, first.token);
      const ownerOf = new Map([...made, ...now].map(({ id, ownerId }) => [id, ownerId]));
      const movesOf = ({ id, history }: Made) => history.map(({ sequence }) => `${id} ${sequence}`);
      const moves = [...new Set([...made, ...now].flatMap(movesOf)), ...ended];
      for (const { told, connection } of all) told.push(...connection.changes());
      const reference = required(all[0]).told.filter(isMove);
      expect(reference.map(moveOf).sort()).toEqual(moves.sort());
      for (const { told, owner } of [...all, { told: followed, owner: null }]) {
        expect(told.filter(({ kind }) => kind === 'RESYNC_REQUIRED')).toEqual([]);
        const visible = reference.filter(
          ({ instanceId }) => owner === null || ownerOf.get(instanceId ?? '') === owner,
        );
        expect(told.filter(isMove).map(moveOf)).toEqual(visible.map(moveOf));
      }

      const { failure, waitMs } = required(retries[0]);
      expect(failure).toBeInstanceOf(ConnectionLost);
      expect(failure).toMatchObject({ code: 1012 });
      const hint = Number(/retryAfterMs=(\d+)/.exec(failure.message)?.[1]);
      expect(waitMs).toBeGreaterThanOrEqual(hint);

      gone.abort();
      await following;
      await Promise.all([follower.close(), direct.close()]);
      for (const { connection } of all) connection.close();
      expect(await second.kill('SIGTERM')).toMatchObject({ code: 0 });
    },
  );

  it(
    'does not wait for clients that have sent half a request, and ends as it should',
    { timeout: MS },
    async () => {
      const DATA_DIR = mkdtempSync(join(tmpdir(), 'lablet-deploy-'));
      onTestFinished(() => rmSync(DATA_DIR, { recursive: true, force: true }));
      const server = await startServerProcess({ DATA_DIR, SHUTDOWN_NOTICE_MS: '0' });
      const { hostname, port } = new URL(server.url);
      const half = async (text: string) => {
        const socket = connect(Number(port), hostname).setEncoding('utf8');
        onTestFinished(() => void socket.destroy());
        const heard = textOf(socket);
        await new Promise<void>((sent) => socket.write(text, () => sent()));
        return { heard };
      };
      const headers = `POST /graphql HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\n`;
      const halves = [await half(headers), await half(`${headers}content-length: 100\r\n\r\n{`)];
      // It answers later connections, so it has taken the earlier ones.
      await ask(server.url, server.token, READ);
      const { code, signal, stdout } = await server.kill('SIGTERM');
      expect({ code, signal }).toEqual({ code: 0, signal: null });
      expect(stdout).toBe('');
      for (const { heard } of halves) expect(await heard).toMatch(/^HTTP\/1.1 408 [^]*"retryable":true/);
    },
  );

  it('answers in time what waits for somebody else', { timeout: MS }, async () => {
    const DATA_DIR = mkdtempSync(join(tmpdir(), 'lablet-deploy-'));
    onTestFinished(() => rmSync(DATA_DIR, { recursive: true, force: true }));
    // It takes every connection and never says a word.
    const silent = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void silent.close());
    await once(silent, 'listening');
    const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const server = await startServerProcess({
      ...{ DATA_DIR, SHUTDOWN_NOTICE_MS: '0', SHUTDOWN_GRACE_SECONDS: '3' },
      ...{ S3_ENDPOINT: host, S3_TLS: 'false', ARTIFACT_HOSTS: host, ARTIFACT_ALLOW_PRIVATE: 'true' },
      ...{ S3_ACCESS_KEY: 'a', S3_SECRET_KEY: 'b', ARTIFACT_TIMEOUT_SECONDS: '60' },
    });
    const asked = once(silent, 'connection') as Promise<[Socket]>;
    const query = '{ inspectLabYaml(uri: "s3://lablet-artifacts/lab.yaml") { nodeCount } }';
    const answer = sendGraphql(server.url, { query }, { authorization: `Bearer ${server.token}` });
    const [connection] = await asked;
    onTestFinished(() => void connection.destroy());
    const ended = server.kill('SIGTERM');
    expect((await answer).fault).toMatchObject({ code: 'TIMEOUT', retryable: true });
    expect(await ended).toMatchObject({ code: 0, signal: null });
  });
});
