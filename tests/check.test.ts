import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codecs } from '../src/claims/values.js';
import * as api from '../src/client/index.js';
import type { Collections, Context } from '../src/context.js';
import { purePairs } from './support/backends.js';
import { overriding } from './support/by-hand.js';
import { checked, expectSound } from './support/checker.js';
import { runServerProcess } from './support/server-process.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

/** Nobody mends what is planted here. */
const QUIET = { REPAIR_SECONDS: '3600', OUTBOX_SWEEP_SECONDS: '3600' };
const MINUTE = 60_000;
const SLOW = 60_000;

let made = 0;
const fresh = (name: string) => `${name}-${++made}`;

/** Two RUNNING instances, one that ended, one that waits, and everything else a day brings. */
async function oneDay(admin: api.LabletClient) {
  const tell = story(admin);
  const { id: definitionId } = await tell.definition(plainDefinition(fresh('Lab')));
  const worker = await openWorker(admin, fresh('worker'));
  const ids: string[] = [];
  for (let count = 1; count <= 3; count++) {
    const { id } = await tell.instance({ definitionId, idempotencyKey: fresh('key') });
    await tell.schedule(id, worker.id);
    ids.push(id);
  }
  const [first = '', second = '', ended = ''] = ids;
  await tell.move(first, 'INSTANTIATING');
  await tell.move(first, 'RUNNING', { cmlLabId: 'lab-1' });
  await tell.terminate(ended);
  await tell.instance({ definitionId });
  return { definitionId, workerId: worker.id, first, second, ended };
}

describe.each(purePairs())('lablet check on $name', (pair) => {
  const embedded = pair.name === 'embedded stores';

  it(
    'finds nothing wrong in an installation that is sound, and changes nothing',
    { timeout: SLOW },
    async () => {
      const engines = await pair.start();
      const server = await startTestServer({ env: engines.env });
      const settings = { ...engines.env, DATA_DIR: server.dataDir };
      try {
        const { context } = server.server;
        await oneDay(await server.client('ADMIN', 'root'));
        const { read } = await expectSound(context);
        expect(read).toMatchObject({ definitions: 1, instances: 4, workers: 1 });
        expect(read.events).toBeGreaterThan(15);
        const contents = async () =>
          (await context.live.list(context.keys.root)).entries.map(({ key }) => key);
        const before = await contents();
        const beside = await runServerProcess(settings, 'check');
        expect(await contents()).toEqual(before);
        if (embedded) {
          expect(beside).toMatchObject({ code: 2, stdout: '' });
          expect(beside.stderr).toMatch(/^The check cannot run: .*in use by process \d+/);
        } else {
          expect(beside).toMatchObject({ code: 0, stderr: '' });
          expect(beside.stdout).toMatch(/^Read 1 definitions, 4 instances, .*\nNo violations\.\n$/);
        }
        await server.stop();
        const alone = await runServerProcess(settings, 'check', '--json');
        expect(alone).toMatchObject({ code: 0, stderr: '' });
        expect(JSON.parse(alone.stdout)).toMatchObject({
          read: { instances: 4 },
          violations: [],
          unsettled: [],
        });
      } finally {
        await server.close();
        await engines.stop();
      }
    },
  );
});

describe('lablet check', () => {
  let server: TestServer;
  let admin: api.LabletClient;
  let context: Context;

  beforeAll(async () => {
    server = await startTestServer({ env: QUIET });
    context = server.server.context;
    admin = await server.client('ADMIN', 'root');
  });

  afterAll(() => server?.close());

  type Kind = 'definitions' | 'instances' | 'workers';

  /** Rewrites a document as no command would, and puts it back. */
  async function planted<T>(kind: Kind, id: string, change: object, look: () => Promise<T>): Promise<T> {
    const collection = context.collections[kind] as Collections['instances'];
    await context.outbox.idle();
    const stored = required(await collection.get(id));
    await collection.replace({ ...stored, ...change, revision: stored.revision + 1 }, stored.revision);
    try {
      return await look();
    } finally {
      await collection.remove(id, stored.revision + 1);
      await collection.insert(stored);
    }
  }

  /** The same for a key of the live store. */
  async function replaced<T>(key: string, value: string | null, look: () => Promise<T>): Promise<T> {
    const before = await context.live.get(key);
    await (value === null ? context.live.delete(key) : context.live.put(key, value));
    try {
      return await look();
    } finally {
      await (before ? context.live.put(key, before.value) : context.live.delete(key));
    }
  }

  /** `I1 PORT_HELD_TWICE wrk_…` of everything found a minute later. */
  const found = async () => {
    const { violations, unsettled } = await checked(context, { ageMs: MINUTE });
    expect(unsettled).toEqual([]);
    return violations.map(({ invariant, rule, entityId }) => `${invariant} ${rule} ${entityId}`).sort();
  };

  async function claimValues(workerId: string) {
    const { live, keys } = context;
    const [room, ports] = [
      await live.get(keys.workerCapacity(workerId)),
      await live.get(keys.workerPorts(workerId)),
    ];
    const capacity = codecs.workerCapacity.decode(required(room).value);
    const numbers = codecs.workerPorts.decode(required(ports).value);
    if (!capacity.ok || !numbers.ok) throw new Error('the claim keys cannot be read');
    return { capacity: capacity.value, ports: numbers.value };
  }

  it('finds a port that two claims hold, in keys and in documents', async () => {
    const { workerId, first, second } = await oneDay(admin);
    const { keys } = context;
    const { ports } = await claimValues(workerId);
    const stolen = { ...ports.claims, [second]: required(ports.claims[first]) };
    const value = codecs.workerPorts.encode({ ...ports, claims: stolen });
    expect(await replaced(keys.workerPorts(workerId), value, found)).toEqual([
      `I1 PORT_HELD_TWICE ${workerId}`,
      `I1 PORT_HELD_TWICE ${workerId}`,
      `I5 PARTIAL_CLAIM ${second}`,
    ]);
    const { claim, allocatedPorts } = required(await context.collections.instances.get(first));
    const own = required((await context.collections.instances.get(second))?.claim);
    const copy = { ...own, ports: required(claim).ports };
    const inDocuments = await planted('instances', second, { claim: copy, allocatedPorts }, found);
    expect(inDocuments).toContain(`I1 PORT_HELD_TWICE ${workerId}`);
  });

  it('finds room that does not add up, and room above what is declared', async () => {
    const { workerId, second } = await oneDay(admin);
    const { capacity } = await claimValues(workerId);
    const key = context.keys.workerCapacity(workerId);
    const grown = { ...required(capacity.claims[second]), cpuCores: 40 };
    const more = { ...capacity, claims: { ...capacity.claims, [second]: grown } };
    expect(await replaced(key, codecs.workerCapacity.encode(more), found)).toEqual([
      `I2 ROOM_DIFFERS ${workerId}`,
      `I5 PARTIAL_CLAIM ${second}`,
    ]);
    const small = { ...capacity, declared: { ...capacity.declared, memoryGb: 1 } };
    expect(await replaced(key, codecs.workerCapacity.encode(small), found)).toEqual([
      `I2 ROOM_OVERDRAWN ${workerId}`,
    ]);
  });

  it.each([
    [
      'a sequence is left out',
      (history: any[]) => history.map((each) => ({ ...each, sequence: each.sequence * 2 })),
    ],
    [
      'a move is not legal',
      (history: any[]) => history.map((each, index) => (index === 1 ? { ...each, to: 'GRADING' } : each)),
    ],
    [
      'an entry is before the one above',
      (history: any[]) =>
        history.map((each, index) => (index === 2 ? { ...each, at: '2020-01-01T00:00:00.000Z' } : each)),
    ],
    ['the last move is missing', (history: any[]) => history.slice(0, -1)],
  ])('finds a history in which %s', async (_name, change) => {
    const { first } = await oneDay(admin);
    const { history } = required(await context.collections.instances.get(first));
    const all = await planted('instances', first, { history: change(history) }, found);
    expect(all).toContain(`I3 HISTORY_BROKEN ${first}`);
    // The events still tell the true one.
    expect(all).toContain(`LOG REPLAY_DIFFERS ${first}`);
  });

  it('finds an illegal move of a worker', async () => {
    const { workerId } = await oneDay(admin);
    const { history } = required(await context.collections.workers.get(workerId));
    const jumped = [history[0], { ...history[2], sequence: 2, from: 'PENDING' }];
    const change = { history: jumped, sequence: 2 };
    expect(await planted('workers', workerId, change, found)).toContain(`I3 HISTORY_BROKEN ${workerId}`);
  });

  it('finds live states and limits that are not those of the documents', async () => {
    const { workerId, first } = await oneDay(admin);
    const { keys, live } = context;
    const key = keys.instanceState(first);
    expect(await replaced(key, null, found)).toEqual([`I4 STALE_STATE ${first}`]);
    expect(await replaced(key, 'nonsense', found)).toEqual([`I4 MALFORMED_KEY ${first}`]);
    const value = codecs.instanceState.decode(required(await live.get(key)).value);
    if (!value.ok) throw new Error('the state cannot be read');
    const ahead = codecs.instanceState.encode({ ...value.value, seq: 9 });
    expect(await replaced(key, ahead, found)).toEqual([`I4 AHEAD_STATE ${first}`]);
    const { capacity } = await claimValues(workerId);
    const closed = codecs.workerCapacity.encode({ ...capacity, accepting: { open: false, seq: 3 } });
    expect(await replaced(keys.workerCapacity(workerId), closed, found)).toEqual([
      `I4 STALE_CONFIG ${workerId}`,
    ]);
  });

  it('finds claims without their instance, and instances without their claim', async () => {
    const { workerId, definitionId } = await oneDay(admin);
    const ghost = context.ids.next('ins');
    const [worker, definition] = [
      await context.workers.load(workerId),
      await context.definitions.load(definitionId),
    ];
    const request = { instanceId: ghost, workerId, worker: worker.state, need: definition.state, token: 't' };
    await context.ledger.claim({ ...request, claimedAt: context.clock.now() });
    expect(await found()).toEqual([`I2 ROOM_DIFFERS ${workerId}`, `I5 ORPHAN_CLAIM ${ghost}`]);
    await context.ledger.release(request);
    const { first } = await oneDay(admin);
    const holder = context.keys.instanceWorker(first);
    expect(await replaced(holder, null, found)).toEqual([`I5 PARTIAL_CLAIM ${first}`]);
    expect(await found()).toEqual([]);
  });

  it('finds another epoch of the live store', async () => {
    const { live, keys, deploymentId } = context;
    const value = codecs.epoch.encode({ v: 1, epoch: 'another', deploymentId });
    // Only for the check: the server itself would make everything anew.
    const get: Context['live']['get'] = async (key) => {
      const entry = await live.get(key);
      return entry && key === keys.epoch ? { ...entry, value } : entry;
    };
    const { violations } = await checked({ ...context, live: overriding(live, { get }) }, { ageMs: MINUTE });
    expect(violations).toMatchObject([{ invariant: 'I5', rule: 'OTHER_EPOCH', entityId: keys.epoch }]);
  });

  it('finds nothing wrong with commands that are about no object of their own', async () => {
    const keyed = { input: { idempotencyKey: 'about-no-object' } };
    const { runRepair } = await admin.request(api.RunRepairDocument, keyed);
    expect(required(runRepair).report.status).toBe('DONE');
    await admin.request(api.ReloadTemplatesDocument, { input: { idempotencyKey: 'no-object-either' } });
    expect(await found()).toEqual([]);
  });

  it('finds an idempotency key with two effects, and one without', async () => {
    const { first, second } = await oneDay(admin);
    const { appliedRecords } = required(await context.collections.instances.get(first));
    const record = required(appliedRecords[0]);
    const shared = await planted('instances', second, { appliedRecords: [record] }, found);
    expect(shared).toContain(`I7 EFFECT_TWICE ${[first, second].sort()[0]}`);
    const twice = { appliedRecords: [record, record] };
    expect(await planted('instances', first, twice, found)).toContain(`I7 EFFECT_TWICE ${first}`);
    const { records } = context.collections;
    const stored = required(await records.get(record.id));
    const targetId = context.ids.next('ins');
    await records.replace(
      { ...stored, targetId, done: true, revision: stored.revision + 1 },
      stored.revision,
    );
    expect(await found()).toEqual([`I7 EFFECT_MISSING ${targetId}`]);
    await records.remove(record.id, stored.revision + 1);
  });

  it('finds events that are missing, waiting, ahead of their document or without one', async () => {
    const { first } = await oneDay(admin);
    await context.outbox.idle();
    const { events, instances } = context.collections;
    const log = await events.find({ aggregateId: first }, { index: 'aggregateId_number', limit: 10 });
    const second = required(log[1]);
    await events.remove(second.id, second.revision);
    expect(await found()).toEqual([`LOG EVENTS_BROKEN ${first}`]);
    const gone = required((await checked(context, { ageMs: MINUTE })).violations[0]);
    expect(gone.detail).toBe('events 2 are missing');
    await events.insert(second);
    const waits = { outbox: [{ ...second }], hasOutbox: true };
    expect(await planted('instances', first, waits, found)).toEqual([
      `LOG EVENTS_BROKEN ${first}`,
      `LOG UNPUBLISHED_EVENT ${first}`,
    ]);
    const { eventNumber } = required(await instances.get(first));
    const behind = { eventNumber: eventNumber - 1 };
    expect(await planted('instances', first, behind, found)).toEqual([`LOG EVENTS_BROKEN ${first}`]);
    const id = context.ids.next('evt');
    const stray = { ...second, id, aggregateId: context.ids.next('ins') };
    await events.insert(stray);
    expect(await found()).toEqual([`LOG DOCUMENT_MISSING ${stray.aggregateId}`]);
    await events.remove(id, stray.revision);
  });

  it('finds a document that its events do not tell', async () => {
    const { definitionId, first } = await oneDay(admin);
    expect(await planted('instances', first, { ownerId: 'thief' }, found)).toContain(
      `LOG REPLAY_DIFFERS ${first}`,
    );
    expect(await planted('definitions', definitionId, { nodeCount: 9 }, found)).toEqual([
      `LOG REPLAY_DIFFERS ${definitionId}`,
    ]);
  });

  it('finds a version that a sync replaced and did not deprecate', async () => {
    const { definitionId } = await oneDay(admin);
    const { id: next } = await story(admin).definition(plainDefinition(fresh('Next')));
    const change = { supersedesId: definitionId, familyGuard: `s:${definitionId}` };
    expect(await planted('definitions', next, change, found)).toContain(`I5 UNFINISHED_SYNC ${definitionId}`);
  });

  it('tells what is younger than 30 s apart, until it has waited as long', async () => {
    const { first } = await oneDay(admin);
    await replaced(context.keys.instanceState(first), null, async () => {
      const young = await checked(context);
      expect(young.violations).toEqual([]);
      expect(young.unsettled.map(({ rule, entityId }) => `${rule} ${entityId}`)).toEqual([
        `STALE_STATE ${first}`,
      ]);
      expect(await found()).toEqual([`I4 STALE_STATE ${first}`]);
    });
  });

  it('counts nothing that is gone at the second look', async () => {
    const { first } = await oneDay(admin);
    const key = context.keys.instanceState(first);
    const entry = required(await context.live.get(key));
    await context.live.delete(key);
    let looks = 0;
    const live = new Proxy(context.live, {
      get(target, property) {
        const value: unknown = Reflect.get(target, property);
        if (property !== 'list') return typeof value === 'function' ? value.bind(target) : value;
        return async (prefix: string) => {
          // Two lists are one look: claims, then what repair compares.
          if (++looks === 3) await target.put(key, entry.value);
          return target.list(prefix);
        };
      },
    });
    const { violations, unsettled } = await checked({ ...context, live }, { ageMs: MINUTE });
    expect([looks, violations, unsettled]).toEqual([4, [], []]);
  });
});

describe('lablet check that cannot run', () => {
  const missing = join(tmpdir(), 'lablet-nowhere');

  it.each([
    ['its folder is not there', { DATA_DIR: missing }, [], `there is no data folder ${missing}`],
    ['its settings are wrong', { PORT: 'x' }, [], 'PORT'],
    ['its options are wrong', { DATA_DIR: missing }, ['--settle', 'x'], '--settle'],
  ])('says so and ends with code 2 where %s', async (_name, env, args, message) => {
    const ended = await runServerProcess(env, 'check', ...args);
    expect(ended).toMatchObject({ code: 2, stdout: '' });
    expect(ended.stderr).toContain(message);
  });

  it(
    'says so where no server has run on the folder, and names violations with code 1',
    { timeout: SLOW },
    async () => {
      const DATA_DIR = mkdtempSync(join(tmpdir(), 'lablet-check-'));
      const empty = await runServerProcess({ DATA_DIR }, 'check');
      expect(empty).toMatchObject({ code: 2, stdout: '' });
      expect(empty.stderr).toContain('no server has run on it');
      rmSync(DATA_DIR, { recursive: true });
      const server = await startTestServer({ env: QUIET });
      try {
        const { context } = server.server;
        const { definitionId } = await oneDay(await server.client('ADMIN', 'root'));
        await context.outbox.idle();
        const { events } = context.collections;
        const [first] = await events.find(
          { aggregateId: definitionId },
          { index: 'aggregateId_number', limit: 1 },
        );
        const longAgo = '2020-01-01T00:00:00.000Z';
        const stray = {
          ...required(first),
          id: context.ids.next('evt'),
          aggregateId: 'def_gone',
          at: longAgo,
        };
        await events.insert(stray);
        await server.stop();
        const { code, stdout } = await runServerProcess({ DATA_DIR: server.dataDir }, 'check');
        expect(code).toBe(1);
        expect(stdout).toContain('    DOCUMENT_MISSING def_gone: the log has events of a LabletDefinition');
        expect(stdout).toContain('1 violations.');
      } finally {
        await server.close();
      }
    },
  );
});
