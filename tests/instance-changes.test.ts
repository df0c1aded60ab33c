import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  InstanceChangesDocument,
  InstanceDocument,
  InstancesDocument,
  LiveRevisionDocument,
  TransitionInstanceDocument,
  WorkerDocument,
  WorkersDocument,
  type InstanceChangesSubscriptionVariables,
  type LabletClient,
} from '../src/client/index.js';
import { rawDocument, refusal } from './support/answers.js';
import type { Change } from './support/live-audit.js';
import { openSocket } from './support/raw-socket.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { StreamLog } from './support/stream-log.js';
import { plainDefinition, required, story } from './support/story.js';

let server: TestServer;
let admin: LabletClient;
let tell: ReturnType<typeof story>;
let definitionId: string;
let workerId: string;

beforeAll(async () => {
  server = await startTestServer({ env: { BOOKMARK_SECONDS: '0.2', AT_LEAST_WAIT_MS: '100' } });
  admin = await server.client('ADMIN', 'root');
  tell = story(admin);
  definitionId = (await tell.definition(plainDefinition('Watched'))).id;
  workerId = (await openWorker(admin, 'watched')).id;
});

afterAll(() => server.close());

async function* changes(
  variables: InstanceChangesSubscriptionVariables,
  client = admin,
): AsyncGenerator<Change> {
  for await (const { instanceChanges } of client.subscribe(InstanceChangesDocument, variables)) {
    if (instanceChanges.kind !== 'BOOKMARK') yield instanceChanges;
  }
}

/** The first messages of a stream, up to `wanted`. */
async function firstOf(
  variables: InstanceChangesSubscriptionVariables,
  wanted: (message: Change) => boolean = ({ kind }) => kind === 'SYNCED',
  client = admin,
): Promise<Change[]> {
  const seen: Change[] = [];
  for await (const message of changes(variables, client)) {
    seen.push(message);
    if (wanted(message)) break;
  }
  return seen;
}

const follow = async (filter: InstanceChangesSubscriptionVariables['filter']) => {
  const log = new StreamLog(changes({ filter: filter ?? null }));
  await log.until(({ kind }) => kind === 'SYNCED');
  return log;
};
const short = ({ kind, transition }: Change) => (transition ? `${kind} ${transition.to}` : kind);
const book = async () => (await tell.instance({ definitionId })).id;
const move = async (id: string, to: 'INSTANTIATING' | 'RUNNING' | 'COLLECTING' | 'STOPPING') =>
  tell.move(id, to, to === 'RUNNING' ? { cmlLabId: 'lab' } : {});

/** An instance that ran and ended, and what a subscriber was told meanwhile. */
async function life(id: string): Promise<void> {
  await tell.schedule(id, workerId);
  for (const to of ['INSTANTIATING', 'RUNNING', 'STOPPING'] as const) await move(id, to);
  await tell.move(id, 'STOPPED');
  await tell.terminate(id);
}

describe('S2 watching instances', () => {
  it('for a state yields only moves into it, and says once that one has left', async () => {
    const log = await follow({ states: ['RUNNING', 'STOPPED'] });
    const id = await book();
    await life(id);
    await log.until(({ kind, transition }) => kind === 'REMOVED' && transition?.to === 'TERMINATED');
    const own = log.seen.filter(({ instanceId }) => instanceId === id);
    expect(own.map(short)).toEqual([
      'CHANGED RUNNING',
      'REMOVED STOPPING',
      'CHANGED STOPPED',
      'REMOVED TERMINATED',
    ]);
    expect(own.map(({ instance }) => instance === null)).toEqual([false, true, false, true]);
  });

  it('that end announces the end once and never again, and leaves them out of snapshots', async () => {
    const id = await book();
    const log = await follow({ ids: [id] });
    await life(id);
    await log.until(({ transition }) => transition?.to === 'TERMINATED');
    expect(log.seen.map(short)).toEqual([
      ...['SNAPSHOT PENDING', 'SYNCED', 'CHANGED SCHEDULED', 'CHANGED INSTANTIATING', 'CHANGED RUNNING'],
      ...['CHANGED STOPPING', 'CHANGED STOPPED', 'CHANGED TERMINATED'],
    ]);
    // As if its time in the live store were over.
    const { live, keys } = server.server.context;
    await live.delete(keys.instanceState(id));
    const other = await book();
    const [later] = (await firstOf({ filter: { ids: [id, other] } })).map(({ instanceId }) => instanceId);
    expect(later).toBe(other);
    expect(log.seen).toHaveLength(8);
  });

  it('by worker, owner, definition or id tells of these alone', async () => {
    const { id: other } = await tell.definition(plainDefinition(`Other ${Date.now()}`));
    const [own, foreign] = [
      await book(),
      (await tell.instance({ definitionId: other, ownerId: 'alice' })).id,
    ];
    const start = (await admin.request(LiveRevisionDocument, {})).liveRevision;
    for (const id of [own, foreign]) await tell.schedule(id, workerId);
    const last = await book();
    const idsFor = async (filter: InstanceChangesSubscriptionVariables['filter']) =>
      (await firstOf({ filter: filter ?? null, after: start ?? null })).flatMap(
        ({ instanceId }) => instanceId ?? [],
      );
    expect(await idsFor({ workerId })).toEqual([own, foreign]);
    expect(await idsFor({ ownerId: 'alice' })).toEqual([foreign]);
    expect(await idsFor({ definitionId })).toEqual([own, last]);
    expect(await idsFor({ ids: [foreign, last] })).toEqual([foreign, last]);
    expect(await idsFor({ ownerId: 'alice', definitionId })).toEqual([]);
    expect(await idsFor({ states: ['SCHEDULED'] })).toEqual([own, foreign]);
    const error = await refusal(firstOf({ filter: { ids: Array.from({ length: 101 }, () => own) } }));
    expect(error).toMatchObject({ code: 'VALIDATION_FAILED', details: { fields: [{ path: 'filter.ids' }] } });
  });

  it('writes of repair that move nothing are no news', async () => {
    const id = await book();
    const log = await follow({ ids: [id] });
    const { live, keys } = server.server.context;
    const entry = required(await live.get(keys.instanceState(id)));
    await live.put(entry.key, entry.value);
    await tell.schedule(id, workerId);
    await log.until(({ transition }) => transition?.to === 'SCHEDULED');
    expect(log.seen.map(short)).toEqual(['SNAPSHOT PENDING', 'SYNCED', 'CHANGED SCHEDULED']);
  });

  it('reads what hangs on them anew for each message', async () => {
    const { id: host } = await openWorker(admin, `host-${Date.now()}`);
    const id = await book();
    const socket = await openSocket(server.url, { token: await server.token('ADMIN') });
    const query = `subscription { instanceChanges(filter: { ids: ["${id}"] }) {
      kind transition { to } instance { worker { status } } } }`;
    socket.subscribe('1', query);
    await socket.log.until(({ payload }) => payload?.data?.instanceChanges.kind === 'SYNCED');
    await tell.schedule(id, host);
    await tell.moveWorker(host, 'FAILED');
    await tell.move(id, 'INSTANTIATING');
    await socket.log.until(
      ({ payload }) => payload?.data?.instanceChanges.transition?.to === 'INSTANTIATING',
    );
    const statuses = socket.log.seen.flatMap(
      ({ payload }) => payload?.data?.instanceChanges.instance?.worker?.status ?? [],
    );
    expect(statuses).toEqual(['RUNNING', 'FAILED']);
    socket.close();
  });
});

describe('S2 a position', () => {
  it('of SYNCED, CHANGED, REMOVED and BOOKMARK goes on after its message, without a gap and nothing twice', async () => {
    const id = await book();
    const filter = { ids: [id], states: ['PENDING' as const, 'RUNNING' as const] };
    const all: Change[] = [];
    const reading = (async () => {
      for await (const { instanceChanges } of admin.subscribe(InstanceChangesDocument, { filter })) {
        all.push(instanceChanges);
        if (instanceChanges.transition?.to === 'STOPPING') return;
      }
    })();
    await tell.schedule(id, workerId);
    for (const to of ['INSTANTIATING', 'RUNNING'] as const) await move(id, to);
    while (!all.some(({ kind }, n) => kind === 'BOOKMARK' && n > 3)) await new Promise(setImmediate);
    await move(id, 'STOPPING');
    await reading;
    const kinds = new Set(all.map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['BOOKMARK', 'CHANGED', 'REMOVED', 'SNAPSHOT', 'SYNCED']);
    for (const [n, { kind, liveRevision }] of all.entries()) {
      const again = (await firstOf({ filter, after: liveRevision })).map(short);
      const rest = all
        .slice(n + 1)
        .filter((message) => message.kind !== 'BOOKMARK')
        .map(short);
      const missed = rest.filter((text) => text !== 'SYNCED');
      // Inside a snapshot the snapshot starts again; by now nothing matches.
      expect(again).toEqual(kind === 'SNAPSHOT' ? ['RESYNC_REQUIRED', 'SYNCED'] : [...missed, 'SYNCED']);
    }
  });

  it('of a stream goes on under the same filter only; that of an answer or a list under any', async () => {
    const id = await book();
    const [{ liveRevision }] = (await firstOf({ filter: { ids: [id] } })).slice(-1) as [Change];
    const kindsAfter = async (after: string, filter: InstanceChangesSubscriptionVariables['filter']) =>
      (await firstOf({ filter: filter ?? null, after })).map(({ kind }) => kind);
    expect(await kindsAfter(liveRevision, { ids: [id], states: null })).toEqual(['SYNCED']);
    expect((await kindsAfter(liveRevision, { ids: [id], states: ['PENDING'] }))[0]).toBe('RESYNC_REQUIRED');
    const { instances } = await admin.request(InstancesDocument, {});
    const { workers } = await admin.request(WorkersDocument, {});
    for (const position of [required(instances).liveRevision, required(workers).liveRevision]) {
      expect(await kindsAfter(position, { ids: [id] })).toEqual(['SYNCED']);
    }
    const alice = await server.client('USER', 'root');
    const [{ kind }] = (await firstOf({ filter: { ids: [id] }, after: liveRevision }, undefined, alice)) as [
      Change,
    ];
    expect(kind).toBe('RESYNC_REQUIRED');
  });

  it('that was made up or changed is refused when subscribing', async () => {
    const position = required((await admin.request(LiveRevisionDocument, {})).liveRevision);
    const garbled = `${position.startsWith('X') ? 'Y' : 'X'}${position.slice(1)}`;
    for (const after of ['nonsense', 'a.b', garbled]) {
      const error = await refusal(firstOf({ after }));
      const fields = [{ path: 'after', rule: 'LIVE_REVISION' }];
      expect(error).toMatchObject({ code: 'VALIDATION_FAILED', details: { fields } });
    }
    // The others on the same socket go on.
    expect((await firstOf({ after: position })).at(-1)?.kind).toBe('SYNCED');
  });

  it('of a list leaves no gap between the list and the stream', async () => {
    const id = await book();
    const { instances } = await admin.request(InstancesDocument, { first: 200 });
    const { liveRevision, nodes } = required(instances);
    expect(nodes.find((node) => node.id === id)?.state).toBe('PENDING');
    await tell.schedule(id, workerId);
    const seen = await firstOf({ filter: { ids: [id] }, after: liveRevision });
    expect(seen.map(short)).toEqual(['CHANGED SCHEDULED', 'SYNCED']);
  });
});

describe('atLeast', () => {
  const PORT = rawDocument(
    'query ($id: ID!, $atLeast: LiveRevision) { workerPort(workerId: $id, number: 2000, atLeast: $atLeast) { liveRevision } }',
  );
  const PREVIEW = rawDocument(
    'query ($id: ID!, $atLeast: LiveRevision) { placementPreview(definitionId: $id, atLeast: $atLeast) { liveRevision } }',
  );

  it('answers as of a position that this process has seen', async () => {
    const id = await book();
    await tell.schedule(id, workerId);
    const { transitionInstance } = await admin.request(TransitionInstanceDocument, {
      input: { id, to: 'INSTANTIATING' },
    });
    const atLeast = required(transitionInstance).liveRevision;
    const [{ instance }, { worker }, { instances }, { workers }] = await Promise.all([
      admin.request(InstanceDocument, { id, atLeast }),
      admin.request(WorkerDocument, { id: workerId, atLeast }),
      admin.request(InstancesDocument, { atLeast }),
      admin.request(WorkersDocument, { atLeast }),
    ]);
    const { workerPort } = await admin.request(PORT, { id: workerId, atLeast });
    const { placementPreview } = await admin.request(PREVIEW, { id: definitionId, atLeast });
    for (const answer of [workerPort, placementPreview])
      expect(answer.liveRevision).toEqual(expect.any(String));
    expect(required(instance).state).toBe('INSTANTIATING');
    expect(required(worker).instanceIds).toContain(id);
    expect(required(instances).nodes.map((node) => node.id)).toContain(id);
    expect(required(workers).nodes.map((node) => node.id)).toContain(workerId);
  });

  it('waits, then fails with TIMEOUT; and is refused when it was made up', async () => {
    const { tokens, hub, live } = server.server.context;
    const epoch = hub.epoch();
    const tokenOf = (revision: number) =>
      tokens.encode({ epoch, revision, index: null, scope: null, snapshot: false });
    const far = tokenOf(hub.revision() + 1_000_000);
    const [id, worker] = [await book(), workerId];
    const asks = (atLeast: string) =>
      Promise.all([
        refusal(admin.request(InstanceDocument, { id, atLeast })),
        refusal(admin.request(InstancesDocument, { atLeast })),
        refusal(admin.request(WorkerDocument, { id: worker, atLeast })),
        refusal(admin.request(WorkersDocument, { atLeast })),
        refusal(admin.request(PORT, { id: worker, atLeast })),
        refusal(admin.request(PREVIEW, { id: definitionId, atLeast })),
      ]);
    for (const error of await asks(far)) {
      expect(error).toMatchObject({ code: 'TIMEOUT', details: { limitMs: 100 } });
    }
    for (const error of await asks('made.up')) {
      const fields = [{ path: 'atLeast' }];
      expect(error).toMatchObject({ code: 'VALIDATION_FAILED', details: { fields } });
    }
    const waiting = admin.request(InstanceDocument, { id, atLeast: tokenOf(hub.revision() + 1) });
    await live.put('/ccm/elsewhere/leader', '{}');
    expect(required((await waiting).instance).id).toBe(id);
  });
});
