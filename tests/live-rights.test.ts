/** What subscribers are told when an object changes hands or a right ends, whether their work is shared or not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codecs } from '../src/claims/values.js';
import { LiveRevisionDocument, type LabletClient } from '../src/client/index.js';
import type { InstanceStateName } from '../src/instances/transitions.js';
import { openEventStream } from './support/event-stream.js';
import { NO_REPAIR } from './support/live-stage.js';
import { openSocket, type RawSocket } from './support/raw-socket.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const CHANGES = `subscription ($filter: InstanceChangesFilter, $after: LiveRevision) {
  instanceChanges(filter: $filter, after: $after) {
    kind liveRevision instanceId transition { to sequence } instance { id ownerId } } }`;
const RING = 20;
const LONG = 60_000;

interface Change {
  readonly kind: string;
  readonly liveRevision: string;
  readonly instanceId: string | null;
  readonly transition: { readonly to: string; readonly sequence: number } | null;
  readonly instance: { readonly id: string; readonly ownerId: string } | null;
}

describe.each([
  ['that share their work', true],
  ['that do not', false],
])('subscribers %s', (_, shared) => {
  let server: TestServer;
  let admin: LabletClient;
  let definitionId: string;
  let here: string;
  let there: string;
  let made = 0;

  beforeAll(async () => {
    server = await startTestServer({
      env: {
        ...NO_REPAIR,
        ...{ LIVE_SHARED: String(shared), LIVE_RING_CHANGES: String(RING), MAX_SOCKET_SUBSCRIPTIONS: '200' },
      },
    });
    admin = await server.client('ADMIN', 'root');
    definitionId = (await story(admin).definition(plainDefinition('Handed on'))).id;
    [here, there] = [(await openWorker(admin, 'here')).id, (await openWorker(admin, 'there')).id];
  });

  afterAll(() => server.close());

  const book = async (ownerId: string) => (await story(admin).instance({ definitionId, ownerId })).id;
  const socketOf = async (role: 'ADMIN' | 'USER' | 'AUTHOR', subject: string) =>
    openSocket(server.url, { token: await server.token(role, subject) });
  const position = async () => required((await admin.request(LiveRevisionDocument, {})).liveRevision);

  /** A move that only the live store knows of, as another process might make it. */
  async function move(
    { id, ownerId }: { id: string; ownerId: string },
    to: { state: InstanceStateName; seq: number; workerId?: string | null },
  ): Promise<void> {
    const { live, keys } = server.server.context;
    const value = codecs.instanceState.encode({
      ...{ v: 1, id, ownerId, definitionId, revision: to.seq, from: null, workerId: null },
      ...{ ...to, at: '2027-02-10T08:30:00.000Z' },
    });
    await live.put(keys.instanceState(id), value);
  }

  /** What one subscription has been told so far. */
  const told = (socket: RawSocket, id: string): Change[] =>
    socket.log.seen.flatMap((message) =>
      message.id === id && message.type === 'next' ? [message.payload.data.instanceChanges as Change] : [],
    );
  const until = (socket: RawSocket, id: string, wanted: (change: Change) => boolean) =>
    socket.log.until(
      (message) =>
        message.id === id && message.type === 'next' && wanted(message.payload.data.instanceChanges),
      LONG,
    );
  /** Subscribes, and waits until it is in sync. */
  async function follow(socket: RawSocket, filter: object, after: string | null = null): Promise<string> {
    const id = `s${++made}`;
    socket.subscribe(id, CHANGES, { filter, after });
    await until(socket, id, ({ kind }) => kind === 'SYNCED');
    return id;
  }
  const moves = (changes: readonly Change[]) =>
    changes.flatMap(({ kind, transition }) =>
      transition && kind !== 'SNAPSHOT' ? [`${kind} ${transition.sequence}`] : [],
    );

  it('by worker hear of each that comes and of each that goes, also when they come back', async () => {
    const [socket, alice, bob] = [
      await socketOf('ADMIN', 'root'),
      await socketOf('USER', 'alice'),
      await socketOf('USER', 'bob'),
    ];
    const own = { id: await book('alice'), ownerId: 'alice' };
    const last = { id: await book('bob'), ownerId: 'bob' };
    const both = { ids: [own.id, last.id] };
    const filters: [filter: object, expected: string[]][] = [
      [{}, ['CHANGED 10', 'CHANGED 11', 'CHANGED 12', 'CHANGED 13', 'CHANGED 14', 'CHANGED 15']],
      [{ workerId: here }, ['CHANGED 10', 'REMOVED 11', 'CHANGED 13', 'REMOVED 14']],
      [{ workerId: there }, ['CHANGED 11', 'CHANGED 12', 'REMOVED 13', 'CHANGED 15']],
      [{ workerId: there, states: ['SCHEDULED'] }, ['CHANGED 11', 'REMOVED 12', 'CHANGED 15']],
      [{ workerId: here, ownerId: 'alice' }, ['CHANGED 10', 'REMOVED 11', 'CHANGED 13', 'REMOVED 14']],
      [{ workerId: here, ownerId: 'bob' }, []],
    ];
    // Two of each with equal rights, which may share; and callers who see less of the same.
    const starts = await Promise.all(
      filters.map(async ([filter]) => ({
        ids: [await follow(socket, { ...both, ...filter }), await follow(socket, { ...both, ...filter })],
        own: await follow(alice, { ...both, ...filter }),
        others: await follow(bob, { ...both, ...filter }),
      })),
    );
    await move(own, { seq: 10, state: 'SCHEDULED', workerId: here });
    await move(own, { seq: 11, state: 'SCHEDULED', workerId: there });
    await move(own, { seq: 12, state: 'INSTANTIATING', workerId: there });
    await move(own, { seq: 13, state: 'RUNNING', workerId: here });
    await move(own, { seq: 14, state: 'PENDING', workerId: null });
    await move(own, { seq: 15, state: 'SCHEDULED', workerId: there });
    // The last change that everybody sees who follows bob's instance.
    const [ends, endsOfBob] = [await follow(socket, both), await follow(bob, both)];
    await move(last, { seq: 20, state: 'SCHEDULED', workerId: null });
    const isLast = ({ transition }: Change) => transition?.sequence === 20;
    await Promise.all([until(socket, ends, isLast), until(bob, endsOfBob, isLast)]);
    await until(alice, required(starts[0]).own, ({ transition }) => transition?.sequence === 15);

    for (const [index, [filter, expected]] of filters.entries()) {
      const { ids, own: mine, others } = required(starts[index]);
      const name = JSON.stringify(filter);
      for (const id of ids)
        expect(moves(told(socket, id).filter(({ instanceId }) => instanceId !== last.id)), name).toEqual(
          expected,
        );
      expect(moves(told(alice, mine)), name).toEqual(expected);
      expect(
        told(bob, others).filter(({ instanceId }) => instanceId === own.id),
        name,
      ).toEqual([]);
      // Each message's position goes on exactly behind it.
      const heard = told(alice, mine);
      for (const [at, { kind, liveRevision }] of heard.entries()) {
        if (kind !== 'CHANGED' && kind !== 'REMOVED') continue;
        const again = await follow(alice, { ...both, ...filter }, liveRevision);
        expect(moves(told(alice, again)), name).toEqual(moves(heard.slice(at + 1)));
      }
    }
    for (const each of [socket, alice, bob]) each.close();
  });

  it.each(['USER', 'AUTHOR'] as const)(
    'with the role %s never hear of what is not theirs, live or resumed from wherever',
    { timeout: LONG },
    async (role) => {
      const me = `me-${role}`;
      const mine = { id: await book(me), ownerId: me };
      const theirs = { id: await book('carol'), ownerId: 'carol' };
      const socket = await socketOf(role, me);
      const watcher = await socketOf('ADMIN', 'root');
      const filters: object[] = [
        ...[{}, { ownerId: 'carol' }, { ids: [mine.id, theirs.id] }, { definitionId }],
        ...[{ workerId: here }, { states: ['RUNNING'] }, { ids: [theirs.id], states: ['SCHEDULED'] }],
      ];
      const old = await position();
      const ids = [];
      for (const filter of filters) ids.push(await follow(socket, filter));
      const olds = ids.map((id) => required(told(socket, id).at(-1)).liveRevision);
      const everything = await follow(watcher, { ids: [mine.id, theirs.id] });
      let seq = 10;
      const round = async () => {
        for (const each of [theirs, mine]) {
          await move(each, { seq: ++seq, state: 'SCHEDULED', workerId: here });
          await move(each, { seq: ++seq, state: 'RUNNING', workerId: there });
        }
      };
      for (let n = 0; n < RING; n++) await round();
      const near = await position();
      const nearSeq = seq;
      await round();
      await until(watcher, everything, ({ transition }) => transition?.sequence === seq);
      await until(socket, required(ids[0]), ({ transition }) => transition?.sequence === seq);

      // By positions of anybody's lists and answers, by those of streams, and by those that cannot go on.
      for (const [index, filter] of filters.entries()) {
        const own = moves(told(socket, required(ids[index])));
        for (const after of [old, required(olds[index]), near]) {
          const id = await follow(socket, filter, after);
          const heard = told(socket, id);
          expect(heard.map(({ kind }) => kind)).not.toContain('RESYNC_REQUIRED');
          const isLater = (text: string) => after !== near || Number(text.split(' ')[1]) > nearSeq;
          expect(moves(heard)).toEqual(own.filter(isLater));
        }
        const id = await follow(socket, filter, required(told(watcher, everything).at(-1)).liveRevision);
        expect(told(socket, id)[0]?.kind).toBe('RESYNC_REQUIRED');
      }
      const all = socket.log.seen.flatMap(({ type, payload }) =>
        type === 'next' ? [payload.data.instanceChanges as Change] : [],
      );
      const kinds = new Set(all.flatMap(({ kind, instanceId }) => (instanceId ? [kind] : [])));
      expect([...kinds].sort()).toEqual(['CHANGED', 'REMOVED', 'SNAPSHOT']);
      expect(new Set(all.flatMap(({ instanceId }) => instanceId ?? []))).toEqual(new Set([mine.id]));
      expect(JSON.stringify(socket.log.seen)).not.toMatch(new RegExp(`${theirs.id}|carol`));
      for (const each of [socket, watcher]) each.close();
    },
  );

  it('are ended within a second of the end of their token, on sockets and as event streams', async () => {
    /** Taken for 30 s after its end, of which about two are left. */
    const token = await server.token('USER', 'short', (2 - 30) / 3600);
    const payload = JSON.parse(Buffer.from(required(token.split('.')[1]), 'base64url').toString());
    const due = ((payload as { exp: number }).exp + 30) * 1000;
    const socket = await openSocket(server.url, { token });
    const stream = await openEventStream(server.url, { token, query: CHANGES });
    await follow(socket, {});
    await stream.log.until(({ data }) => data?.data?.instanceChanges.kind === 'SYNCED');
    const [closed, completed] = await Promise.all([
      socket.closed(LONG).then((how) => ({ ...how, at: Date.now() })),
      stream.log.until(({ event }) => event === 'complete', LONG).then(() => Date.now()),
    ]);
    expect(closed).toMatchObject({ code: 4403, reason: 'Token expired' });
    for (const at of [closed.at, completed]) {
      expect(at - due).toBeGreaterThan(-100);
      expect(at - due).toBeLessThan(1000);
    }
    const [end] = stream.log.seen.filter(({ data }) => data?.errors);
    expect(end?.data.errors[0].extensions).toMatchObject({
      code: 'UNAUTHENTICATED',
      details: { reason: 'EXPIRED' },
    });
  });
});
