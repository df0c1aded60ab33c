import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { on, once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket } from 'ws';
import { DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER } from '../src/auth/development-tokens.js';
import { tokenVerifier } from '../src/auth/tokens.js';
import { codecs } from '../src/claims/values.js';
import { rolesInTokens } from '../src/config.js';
import { buildGraphqlSchema } from '../src/graphql/schema.js';
import { acceptSockets } from '../src/graphql/sockets.js';
import type { Role } from '../src/lib/actor.js';
import type { Closable } from '../src/lib/closing.js';
import { NO_REPAIR } from './support/live-stage.js';
import { ROUND } from './support/live-writer.js';
import { seededRandom } from './support/seeded-random.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const LIMITS = {
  ...{ tokens: 2000, depth: 20, aliases: 50, rootFields: 5, directives: 20, cost: 1e6 },
  ...{ fragments: 50, repeats: 50, values: 5000 },
};

let server: TestServer;
/** The same program again, where every subscription is executed by itself. */
let plain: Closable & { readonly url: string };

beforeAll(async () => {
  server = await startTestServer({ env: { ...NO_REPAIR, BOOKMARK_SECONDS: '3600', TICK_SECONDS: '86400' } });
  const { context, tokens } = server.server;
  const http = createServer();
  const sockets = acceptSockets(http, {
    ...{ app: context, schema: buildGraphqlSchema(), limits: LIMITS, path: '/graphql' },
    ...{ maxMessageBytes: 65_536, introspection: false, shared: false },
    ...{ callers: { refusal: async () => null }, addressOf: () => null, retryAfterMs: () => 0 },
    ...{ wrongPath: () => ({ status: 404, body: '', headers: {} }) },
    ...{ maxPerUser: 1000, maxSubscriptions: 1000 },
    verify: tokenVerifier({
      ...{ keys: required(tokens).keys, ...rolesInTokens(context.config) },
      ...{ issuer: DEVELOPMENT_ISSUER, audience: DEVELOPMENT_AUDIENCE },
    }),
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  plain = {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`,
    async close() {
      await sockets.close();
      http.close();
    },
  };
});

afterAll(async () => {
  await plain.close();
  await server.close();
});

const sharedUrl = () => `${server.url.replace(/^http/, 'ws')}/graphql`;

/** The text of each message of one subscription, without the id it is told under. */
async function subscriber(url: string, token: string, payload: object, id = '1') {
  const socket = new WebSocket(url, 'graphql-transport-ws');
  await once(socket, 'open');
  const head = `{"id":${JSON.stringify(id)}`;
  const texts: string[] = [];
  const reading = (async () => {
    for await (const [data] of on(socket, 'message', { close: ['close'] })) {
      const text = String(data);
      if (text.includes('"connection_ack"')) socket.send(JSON.stringify({ type: 'subscribe', id, payload }));
      else texts.push(text.startsWith(head) ? text.slice(head.length) : text);
    }
  })();
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));
  /** The latest message of the stream. */
  const latest = () => {
    const text = texts.findLast((each) => each.startsWith(','));
    return text === undefined ? null : (JSON.parse(`{"id":0${text}`).payload?.data?.changes ?? null);
  };
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise(setImmediate);
  };
  return {
    ...{ texts, latest, until },
    async synced() {
      await until(() =>
        texts.some((text) => text.includes('"kind":"SYNCED"') || text.includes('"type":"error"')),
      );
      expect(texts.filter((text) => text.includes('"type":"error"'))).toEqual([]);
    },
    send: (message: object) => socket.send(JSON.stringify(message)),
    async close() {
      socket.close();
      await reading;
    },
  };
}

/** Without the number of the subscriber's own request, which errors of fields name. */
const anonymous = (text: string) => text.replace(/"requestId":"[0-9A-Z]{26}"/, '"requestId":""');

/** What came after the start: the texts of changes. */
const changesIn = (texts: readonly string[]) =>
  texts.filter((text) => /"kind":"(?:CHANGED|REMOVED)"/.test(text)).map(anonymous);

const MOVE = 'kind liveRevision instanceId transition { from to at sequence }';
const WHOLE = 'instance { id ownerId revision definition { name } worker { name } endpoint { workerName } }';
const LONG = Array.from({ length: 12 }, (_, n) => `a${n}: labArtifactUri`).join(' ');
const DOCUMENTS: Record<string, (after: string | null) => object> = {
  moves: (after) => ({
    query: `subscription($after: LiveRevision) { changes: instanceChanges(after: $after) { ${MOVE} } }`,
    variables: { after },
  }),
  whole: (after) => ({
    query: `subscription All($after: LiveRevision) { changes: instanceChanges(after: $after) { ${MOVE} ${WHOLE} } }`,
    operationName: 'All',
    variables: { after },
  }),
  // More than what is copied for each subscriber.
  large: (after) => ({
    query: `subscription($after: LiveRevision) {
      changes: instanceChanges(after: $after) { ${MOVE} instance { definition { ${LONG} } } }
    }`,
    variables: { after },
  }),
  running: (after) => ({
    query: `subscription($filter: InstanceChangesFilter, $after: LiveRevision) {
      changes: instanceChanges(filter: $filter, after: $after) { kind liveRevision instanceId }
    }`,
    variables: { filter: { states: ['RUNNING', 'SCHEDULED'] }, ...(after === null ? {} : { after }) },
  }),
};
const CALLERS: [Role, string][] = [
  ['ADMIN', 'root'],
  ['MANAGER', 'boss'],
  ['SERVICE', 'robot'],
  ['USER', 'alice'],
  ['AUTHOR', 'alice'],
  ['USER', 'bob'],
];

/** Two instances of each owner, and a writer of random moves of theirs that no document follows. */
async function actors(name: string, random: () => number) {
  const admin = await server.client('ADMIN', 'root');
  const tell = story(admin);
  const { id: definitionId } = await tell.definition({
    ...plainDefinition(name, 1),
    labArtifactUri: `file:///${'x'.repeat(2000)}`,
  });
  const { id: workerId } = await openWorker(admin, name);
  const instances: { id: string; ownerId: string }[] = [];
  for (const ownerId of ['alice', 'bob', 'alice', 'bob']) {
    const { id } = await tell.instance({ definitionId, ownerId });
    if (ownerId === 'alice') await tell.schedule(id, workerId);
    instances.push({ id, ownerId });
  }
  const { live, keys } = server.server.context;
  let seq = 10;
  return {
    /** Moves one to all of them in one revision. */
    async move() {
      seq++;
      const chosen = instances.filter(() => random() < 0.5);
      const then = (chosen.length > 0 ? chosen : instances.slice(0, 1)).map(({ id, ownerId }) => ({
        put: keys.instanceState(id),
        value: codecs.instanceState.encode({
          ...{ v: 1, id, ownerId, definitionId, workerId, seq, revision: seq, from: null },
          ...{
            state: ROUND[Math.floor(random() * ROUND.length)] ?? 'PENDING',
            at: '2027-02-10T08:30:00.000Z',
          },
        }),
      }));
      await live.txn({ when: [], then });
    },
    /** A last move of each owner, and the revisions at which they happen. */
    async last() {
      const revisions = new Map<string, number>();
      for (const { id, ownerId } of instances.slice(0, 2)) {
        const value = codecs.instanceState.encode({
          ...{ v: 1, id, ownerId, definitionId, workerId, seq: 9999, revision: 9999, from: null },
          ...{ state: 'RUNNING' as const, at: '2027-02-10T08:30:00.000Z' },
        });
        const then = [{ put: keys.instanceState(id), value }];
        revisions.set(ownerId, (await live.txn({ when: [], then })).revision);
      }
      return revisions;
    },
  };
}

describe('shared and plain subscriptions', () => {
  it(
    'tell the same bytes to every caller and document, also to those who come late, twice or back',
    {
      timeout: 120_000,
    },
    async () => {
      const seed = Number(process.env['SEED'] ?? 6181);
      const random = seededRandom(seed);
      const cast = await actors('one', random);
      const pairs = await Promise.all(
        CALLERS.flatMap(([role, subject]) =>
          Object.entries(DOCUMENTS).map(async ([name, payload]) => {
            const token = await server.token(role, subject);
            const alone = { ...(await subscriber(plain.url, token, payload(null))), from: null };
            // Three of one kind, of which one comes and goes; ids are the client's own business.
            const shared = await Promise.all(
              ['1', 'zwei "2"', '3'.repeat(40)].map(async (id) => ({
                ...(await subscriber(sharedUrl(), token, payload(null), id)),
                from: null as string | null,
              })),
            );
            await Promise.all([alone, ...shared].map((each) => each.synced()));
            return { name: `${role} ${subject} ${name}`, subject, token, payload, alone, shared };
          }),
        ),
      );
      const begun = pairs.map(({ alone }) => alone.texts.length);
      const before: string[][] = pairs.map(() => []);
      for (let n = 0; n < 60; n++) {
        await cast.move();
        const index = Math.floor(random() * pairs.length);
        const pair = required(pairs[index]);
        const comer = required(pair.shared[2]);
        // The one that comes and goes resumes from the latest message it happens to have got.
        await comer.close();
        const position = comer.latest()?.liveRevision ?? comer.from;
        before[index]?.push(...changesIn(comer.texts));
        pair.shared[2] = {
          ...(await subscriber(sharedUrl(), pair.token, pair.payload(position), `n${n}`)),
          from: position,
        };
      }
      const last = await cast.last();
      expect(server.server.context.feeds.count()).toBe(CALLERS.length * Object.keys(DOCUMENTS).length);
      for (const [index, { name, subject, alone, shared }] of pairs.entries()) {
        const goal = last.get(subject) ?? last.get('bob');
        const { tokens } = server.server.context;
        for (const each of [alone, ...shared])
          await each.until(() => tokens.decode(each.latest()?.liveRevision ?? '')?.revision === goal);
        const seen = ({ texts }: { texts: readonly string[] }) => changesIn(texts);
        expect(alone.texts.length, name).toBeGreaterThan(required(begun[index]) + 10);
        expect(required(shared[0]).texts.length, name).toBe(alone.texts.length);
        expect(seen(required(shared[0])), `${name}, seed ${seed}`).toEqual(seen(alone));
        expect(required(shared[1]).texts.map(anonymous), `${name}, seed ${seed}`).toEqual(
          alone.texts.map(anonymous),
        );
        const resumed = [...required(before[index]), ...seen(required(shared[2]))];
        expect(resumed, `${name}, seed ${seed}`).toEqual(seen(alone));
      }
      await Promise.all(pairs.flatMap(({ alone, shared }) => [alone, ...shared].map((each) => each.close())));
      while (server.server.context.feeds.count() > 0) await new Promise(setImmediate);
    },
  );

  it('are refused alike to callers without the right, who open no feed', async () => {
    const token = await server.token('USER', 'alice');
    const payload = { query: 'subscription { changes: workerChanges { kind } }' };
    const [alone, shared] = await Promise.all(
      [plain.url, sharedUrl()].map((url) => subscriber(url, token, payload)),
    );
    const code = (text: string) => JSON.parse(`{"id":0${text}`).payload.errors[0].extensions.code as string;
    for (const each of [required(alone), required(shared)]) {
      while (each.texts.length === 0) await new Promise(setImmediate);
      expect(code(required(each.texts[0]))).toBe('FORBIDDEN');
      await each.close();
    }
    expect(server.server.context.feeds.count()).toBe(0);
  });

  it('are told nothing more once they are completed, while others of the feed go on', async () => {
    const random = seededRandom(1);
    const token = await server.token('ADMIN', 'root');
    const payload = { query: 'subscription { changes: instanceChanges { kind liveRevision instanceId } }' };
    const [gone, staying] = await Promise.all(
      ['a', 'b'].map((id) => subscriber(sharedUrl(), token, payload, id)),
    );
    await Promise.all([required(gone).synced(), required(staying).synced()]);
    const pongs = (count: number) => () =>
      required(gone).texts.filter((text) => text.includes('"pong"')).length === count;
    required(gone).send({ type: 'complete', id: 'a' });
    required(gone).send({ type: 'ping' });
    await required(gone).until(pongs(1));
    const goal = (await (await actors('other', random)).last()).get('bob');
    const { tokens } = server.server.context;
    const reached = () => tokens.decode(required(staying).latest()?.liveRevision ?? '')?.revision;
    await required(staying).until(() => reached() === goal);
    required(gone).send({ type: 'ping' });
    await required(gone).until(pongs(2));
    expect(changesIn(required(gone).texts)).toEqual([]);
    expect(required(staying).latest()).toMatchObject({ kind: 'CHANGED' });
    await Promise.all([required(gone).close(), required(staying).close()]);
  });
});
