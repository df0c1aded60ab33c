import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendGraphql } from './support/answers.js';
import { openEventStream, type StreamEvent } from './support/event-stream.js';
import { NO_REPAIR } from './support/live-stage.js';
import { LiveWriter } from './support/live-writer.js';
import { rateLimited } from './support/prometheus.js';
import { startTestServer, type TestServer } from './support/server.js';
import { plainDefinition, required, story } from './support/story.js';

const CHANGES = `subscription ($filter: InstanceChangesFilter, $after: LiveRevision) {
  instanceChanges(filter: $filter, after: $after) { kind liveRevision instanceId transition { to } } }`;
const kindOf = ({ data }: StreamEvent): string | undefined => data?.data?.instanceChanges.kind;
const short = ({ data }: StreamEvent): string => {
  const { kind, transition } = data.data.instanceChanges;
  return transition ? `${kind} ${transition.to}` : kind;
};

let server: TestServer;
let token: string;
let tell: ReturnType<typeof story>;
let definitionId: string;

beforeAll(async () => {
  server = await startTestServer({
    env: {
      ...NO_REPAIR,
      READER_QUEUE_CHANGES: '20',
      MAX_SOCKETS_PER_USER: '3',
      MAX_SOCKET_SUBSCRIPTIONS: '4',
    },
  });
  token = await server.token('ADMIN', 'root');
  tell = story(server.clientWith(token));
  definitionId = (await tell.definition(plainDefinition('Streamed'))).id;
});

afterAll(() => server.close());

const book = async () => (await tell.instance({ definitionId })).id;
const gauge = async (name: 'readers' | 'eventStreams' | 'slowReaders') =>
  required((await server.server.context.metrics[name].get()).values[0]).value;
const open = (options: Partial<Parameters<typeof openEventStream>[1]> = {}) =>
  openEventStream(server.url, { token, query: CHANGES, ...options });

describe('an event stream', () => {
  it('tells what a socket tells, each event with its position as id, and leaves nothing behind', async () => {
    const id = await book();
    const stream = await open({ variables: { filter: { ids: [id] } } });
    expect(stream).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache' } });
    await stream.log.until((event) => kindOf(event) === 'SYNCED');
    await tell.terminate(id);
    await stream.log.until(({ data }) => data?.data?.instanceChanges.transition?.to === 'TERMINATED');
    expect(stream.log.seen.map(short)).toEqual(['SNAPSHOT PENDING', 'SYNCED', 'CHANGED TERMINATED']);
    for (const { event, id: position, data } of stream.log.seen) {
      expect([event, position]).toEqual(['next', data.data.instanceChanges.liveRevision]);
    }
    stream.close();
    await expect.poll(() => gauge('readers')).toBe(0);
    await expect.poll(() => gauge('eventStreams')).toBe(0);
  });

  it('goes on after Last-Event-ID, also where the document says otherwise or asks for no position', async () => {
    const id = await book();
    const query = `subscription { instanceChanges(filter: { ids: ["${id}"] }) { kind transition { to } } }`;
    const first = await open({ query, method: 'GET' });
    const { id: position } = await first.log.until((event) => kindOf(event) === 'SYNCED');
    first.close();
    await tell.terminate(id);
    const again = await open({ query, method: 'GET', headers: { 'last-event-id': required(position) } });
    await again.log.until((event) => kindOf(event) === 'SYNCED');
    expect(again.log.seen.map(short)).toEqual(['CHANGED TERMINATED', 'SYNCED']);
    again.close();
    const garbled = await open({ headers: { 'last-event-id': 'nonsense' } });
    const fields = [{ path: 'after', rule: 'LIVE_REVISION' }];
    expect(garbled.status).toBe(400);
    expect(garbled.body.errors[0].extensions).toMatchObject({
      code: 'VALIDATION_FAILED',
      details: { fields },
    });
  });

  it('takes the cookie from pages of this server only', async () => {
    const cookie = `ccm_auth=${token}`;
    const { host } = new URL(server.url);
    const here = await open({ token: null, headers: { cookie, origin: `http://${host}` } });
    await here.log.until((event) => kindOf(event) === 'SYNCED');
    here.close();
    const elsewhere = await open({ token: null, headers: { cookie, origin: 'https://elsewhere.example' } });
    expect(elsewhere).toMatchObject({ status: 401 });
    expect(elsewhere.body.errors[0].extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
      details: { reason: 'ORIGIN' },
    });
  });

  it.each([
    ['no token', { token: null }, 401, 'UNAUTHENTICATED'],
    ['a document with a fault', { query: 'subscription { nothing }' }, 400, 'GRAPHQL_VALIDATION_FAILED'],
    ['a document that is none', { query: 'subscription {' }, 400, 'GRAPHQL_PARSE_FAILED'],
    [
      'a document that asks for too much',
      {
        query: `subscription { ${'a'.repeat(1)}: instanceChanges { ${Array.from({ length: 40 }, (_, n) => `k${n}: kind`).join(' ')} } }`,
      },
      400,
      'QUERY_TOO_COSTLY',
    ],
    [
      'a mutation by GET',
      { method: 'GET', query: 'mutation { terminateInstance(input: { id: "x" }) { liveRevision } }' },
      405,
      undefined,
    ],
    ['an Accept without event streams', { headers: { accept: 'application/json' } }, 406, 'BAD_REQUEST'],
    [
      'an Accept that rules them out',
      { headers: { accept: 'text/event-stream;q=0, */*' } },
      406,
      'BAD_REQUEST',
    ],
  ] as const)(
    'with %s is refused with a status and an error of the usual form',
    async (_, options, status, code) => {
      const stream = await open(options);
      expect(stream.status).toBe(status);
      const [{ message, extensions }] = stream.body.errors;
      if (code) expect(extensions.code).toBe(code);
      expect(extensions).toMatchObject({ httpStatus: status, requestId: expect.any(String) });
      if (status === 406) expect(message).toMatch(/Accept: text\/event-stream.*\/graphql by POST.*WebSocket/);
    },
  );

  it('is what an answer to a subscription by plain HTTP points at', async () => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await sendGraphql(
      server.url,
      { query: 'subscription { instanceChanges { kind } }' },
      headers,
    );
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.text).toMatch(/WebSocket.*\/graphql\/stream/);
  });

  it.each(['Text/Event-Stream', 'application/json, text/event-stream;q=0.5', 'text/event-stream; q=1'])(
    'is given to who accepts %s',
    async (accept) => {
      const stream = await open({ query: '{ viewer { subject } }', headers: { accept } });
      expect(stream.status).toBe(200);
      stream.close();
    },
  );

  it('answers a query or a mutation by POST as one event, and is complete, with its price', async () => {
    const headers = { authorization: `Bearer ${token}` };
    const stream = await open({ query: '{ viewer { subject } }' });
    await stream.log.until(({ event }) => event === 'complete');
    const { price, limit } = (await sendGraphql(server.url, { query: '{ viewer { subject } }' }, headers))
      .json.extensions.cost;
    const extensions = { cost: { price, limit } };
    expect(stream.log.seen[0]?.data).toEqual({ data: { viewer: { subject: 'root' } }, extensions });
    const query = `mutation { terminateInstance(input: { id: "ins_${'0'.repeat(26)}" }) { liveRevision } }`;
    const failed = await open({ query });
    await failed.log.until(({ event }) => event === 'complete');
    expect(failed.log.seen[0]?.data).toMatchObject({ errors: [{}], extensions: { cost: { limit } } });
  });

  it('of a slow reader ends alone, with the position it goes on from', { timeout: 60_000 }, async () => {
    const input = { name: 'Heavy', version: '1.0.0', labArtifactUri: `file:///${'x'.repeat(2000)}` };
    const lab = await tell.definition({ ...plainDefinition('Heavy'), ...input });
    const { id } = await tell.instance({ definitionId: lab.id });
    const { live, keys } = server.server.context;
    const writer = new LiveWriter(live, keys);
    for (let n = 0; n < 2; n++) await writer.move([id]);
    const filter = { ids: [id] };
    const heavy = Array.from({ length: 30 }, (_, n) => `a${n}: labArtifactUri`).join(' ');
    const large = CHANGES.replace('transition', `instance { definition { ${heavy} } } transition`);
    const slow = await open({ query: large, variables: { filter } });
    const other = await open({ variables: { filter } });
    for (const { log } of [slow, other]) await log.until((event) => kindOf(event) === 'SYNCED');
    slow.pause();
    let moves = 0;
    while ((await gauge('slowReaders')) === 0 && moves < 2000) {
      await writer.move([id]);
      moves++;
    }
    slow.resume();
    await slow.log.until(({ event }) => event === 'complete', 30_000);
    const told = slow.log.seen.filter((event) => kindOf(event) === 'CHANGED');
    const { data } = required(slow.log.seen.at(-2));
    expect(data.errors[0].extensions).toMatchObject({
      code: 'SLOW_READER',
      retryable: true,
      details: { liveRevision: told.at(-1)?.id },
    });
    const rest = await open({
      variables: { filter },
      headers: { 'last-event-id': required(told.at(-1)?.id) },
    });
    await rest.log.until((event) => kindOf(event) === 'SYNCED', 30_000);
    expect(told.length + rest.log.seen.length - 1).toBe(moves);
    await other.log.until(
      () => other.log.seen.filter((event) => kindOf(event) === 'CHANGED').length === moves,
      30_000,
    );
    for (const each of [slow, other, rest]) each.close();
  });

  it('ends with its token', async () => {
    const stream = await open({ token: await server.token('ADMIN', 'short', (2 - 30) / 3600) });
    const { data } = await stream.log.until(({ data: { errors } = {} as any }) => errors !== undefined);
    expect(data.errors[0].extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
      details: { reason: 'EXPIRED' },
    });
    await stream.log.until(({ event }) => event === 'complete');
  });

  it('is refused when its user has as many as sockets may have subscriptions, until one is given back', async () => {
    const query = 'subscription { workerChanges { kind } }';
    const eve = await server.token('ADMIN', 'eve');
    const streams = await Promise.all(Array.from({ length: 12 }, () => open({ query, token: eve })));
    expect(streams.map(({ status }) => status)).toEqual(Array(12).fill(200));
    const before = await rateLimited(server.url);
    const more = await open({ query, token: eve });
    expect([more.status, more.headers['retry-after']]).toEqual([429, '1']);
    expect(await rateLimited(server.url)).toBe(before + 1);
    expect(more.body.errors[0].extensions).toMatchObject({ code: 'RATE_LIMITED', details: { limit: 12 } });
    const other = await open({ query });
    expect(other.status).toBe(200);
    for (const stream of [...streams, other]) stream.close();
    await expect.poll(() => gauge('eventStreams')).toBe(0);
    const later = await open({ query, token: eve });
    expect(later.status).toBe(200);
    later.close();
  });
});

describe('an event stream of a server that stops', () => {
  it('gets the last position and when to come back, and is not called complete', async () => {
    const stopping = await startTestServer();
    const stream = await openEventStream(stopping.url, {
      query: CHANGES,
      token: await stopping.token('ADMIN', 'root'),
    });
    await stream.log.until((event) => kindOf(event) === 'SYNCED');
    const position = stopping.server.context.hub.revision();
    await stopping.close();
    await stream.log.failure();
    const [bookmark, last] = stream.log.seen.slice(-2);
    expect(kindOf(required(bookmark))).toBe('BOOKMARK');
    const { tokens } = stopping.server.context;
    expect(tokens.decode(required(bookmark?.id))?.revision).toBeGreaterThanOrEqual(position);
    expect(last).toMatchObject({ event: 'retry', id: null });
    expect(last?.retry).toBeGreaterThanOrEqual(200);
    expect(last?.retry).toBeLessThanOrEqual(1200);
  });
});
