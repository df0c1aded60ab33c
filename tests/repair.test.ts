import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { instanceWorkerValue } from '../src/claims/claim-values.js';
import { codecs } from '../src/claims/values.js';
import * as api from '../src/client/index.js';
import type { Context } from '../src/context.js';
import { StoreUnavailable } from '../src/db/document-store.js';
import { heldClaim } from '../src/instances/instance-state.js';
import { refusal } from './support/answers.js';
import { purePairs } from './support/backends.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

/** The leader mends only when it is asked, and looks again after 50 ms. */
const ON_REQUEST = { REPAIR_SECONDS: '3600', REPAIR_CONFIRM_SECONDS: '0.05', REPAIR_POLL_MS: '20' };

const root = mkdtempSync(join(tmpdir(), 'lablet-labs-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let made = 0;
const fresh = (name: string) => `${name}-${++made}`;

describe.each(purePairs())('repair on $name', (pair) => {
  let server: TestServer;
  let admin: api.LabletClient;
  let tell: ReturnType<typeof story>;
  let context: Context;
  let definitionId: string;
  let stopEngines: () => Promise<void>;
  /** Disturbs calls of the stores while it is set. */
  let disturb: ((call: StoreCall) => Promise<unknown>) | null = null;

  beforeAll(async () => {
    const engines = await pair.start();
    stopEngines = engines.stop;
    const wrapStores = intercepted((call) => disturb?.(call) ?? call.go());
    server = await startTestServer({
      env: { ...engines.env, ...ON_REQUEST, ARTIFACT_FILE_ROOT: root },
      overrides: { wrapStores },
    });
    context = server.server.context;
    admin = await server.client('ADMIN', 'root');
    tell = story(admin);
    definitionId = (await tell.definition(plainDefinition('Lab', 2))).id;
  });

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  const repair = async (input: api.RunRepairInput = {}) =>
    required((await admin.request(api.RunRepairDocument, { input })).runRepair).report;
  const summary = ({ findings }: Awaited<ReturnType<typeof repair>>) =>
    findings.map(({ kind, entityId, action }) => `${kind} ${entityId} ${action}`).sort();

  /** Finds exactly this, mends it, and finds nothing any more; a look beforehand changes nothing. */
  async function mends(...expected: string[]) {
    await context.outbox.idle();
    const before = await context.live.list(context.keys.root);
    const look = await repair({ dryRun: true });
    expect(summary(look)).toEqual(expected.map((each) => `${each} REPORTED`).sort());
    expect(look.withheld).toBe('DRY_RUN');
    const after = await context.live.list(context.keys.root);
    const still = (entries: typeof before.entries) =>
      entries.filter(({ key }) => key !== context.keys.tick).map(({ key, value }) => `${key} ${value}`);
    expect(still(after.entries)).toEqual(still(before.entries));
    const report = await repair();
    expect(report).toMatchObject({ status: 'DONE', withheld: null, repaired: expected.length });
    expect(summary(report)).toEqual(expected.map((each) => `${each} REPAIRED`).sort());
    expect(summary(await repair())).toEqual([]);
    return report;
  }

  beforeEach(async () => {
    await context.outbox.idle();
    expect(summary(await repair())).toEqual([]);
  });

  const scheduled = async (workerId: string) => {
    const { id } = await tell.instance({ definitionId });
    return tell.schedule(id, workerId);
  };
  const claimsOn = async (id: string) => {
    const [room, ports] = await Promise.all([
      context.live.get(context.keys.workerCapacity(id)),
      context.live.get(context.keys.workerPorts(id)),
    ]);
    const [capacity, numbers] = [
      codecs.workerCapacity.decode(room?.value ?? ''),
      codecs.workerPorts.decode(ports?.value ?? ''),
    ];
    if (!capacity.ok || !numbers.ok) throw new Error('claim keys are not there');
    return { capacity: capacity.value, ports: numbers.value };
  };
  const stateOf = async (id: string) => (await context.instances.load(id)).state;
  const liveState = async (id: string) => {
    const entry = await context.live.get(context.keys.instanceState(id));
    const decoded = entry && codecs.instanceState.decode(entry.value);
    return decoded?.ok ? decoded.value : null;
  };
  /** Rewrites a document as no command would; events that still wait would come back with it. */
  async function falsify(collection: 'instances' | 'workers', id: string, change: object) {
    await context.outbox.idle();
    const stored = required(await context.collections[collection].get(id));
    const { revision } = stored;
    await context.collections[collection].replace(
      { ...stored, ...change, revision: revision + 1 } as never,
      revision,
    );
  }
  const room = async (workerId: string) =>
    required((await admin.request(api.WorkerDocument, { id: workerId })).worker).ports.available;

  describe('of claims', () => {
    it('gives back what a process took that ended before its save, and no late save revives it', async () => {
      const worker = await openWorker(admin, fresh('orphan'));
      const { id } = await tell.instance({ definitionId });
      const before = await room(worker.id);
      let late: (() => Promise<unknown>) | null = null;
      disturb = ({ name, go }) => {
        if (name !== 'lablet_instances.replace') return go();
        late = go;
        return Promise.reject(new Error('the process ended here'));
      };
      await refusal(tell.schedule(id, worker.id)).finally(() => (disturb = null));
      await mends(`ORPHAN_CLAIM ${id}`);
      expect(await room(worker.id)).toBe(before);
      const { revision } = await stateOf(id);
      await expect(required<() => Promise<unknown>>(late)()).rejects.toMatchObject({
        name: 'RevisionConflict',
      });
      expect(await stateOf(id)).toMatchObject({ state: 'PENDING', revision });
      expect((await tell.schedule(id, worker.id)).state).toBe('SCHEDULED');
    });

    it('gives back what an instance without a document holds', async () => {
      const worker = await openWorker(admin, fresh('ghost'));
      const id = context.ids.next('ins');
      const values = await claimsOn(worker.id);
      await context.ledger.claim({
        instanceId: id,
        workerId: worker.id,
        worker: (await context.workers.load(worker.id)).state,
        need: (await context.definitions.load(definitionId)).state,
        token: 'token',
        claimedAt: context.clock.now(),
      });
      await mends(`ORPHAN_CLAIM ${id}`);
      expect((await claimsOn(worker.id)).capacity.claims).toEqual(values.capacity.claims);
      expect(await context.live.get(context.keys.instanceWorker(id))).toBeNull();
    });

    it('gives back the claim of an instance that is TERMINATED', async () => {
      const worker = await openWorker(admin, fresh('ended'));
      const { id } = await scheduled(worker.id);
      disturb = ({ name, args, go }) =>
        name === 'live.txn' && JSON.stringify(args).includes('/capacity')
          ? Promise.reject(new Error('the process ended here'))
          : go();
      await tell.terminate(id).finally(() => (disturb = null));
      await mends(`ORPHAN_CLAIM ${id}`);
      expect((await claimsOn(worker.id)).capacity.claims).toEqual({});
    });

    it('takes a claim again that is in no key, with its numbers', async () => {
      const worker = await openWorker(admin, fresh('missing'));
      const { id } = await scheduled(worker.id);
      const before = await claimsOn(worker.id);
      const held = required(heldClaim(await stateOf(id)));
      await context.ledger.release({ instanceId: id, workerId: worker.id, token: held.token });
      await mends(`MISSING_CLAIM ${id}`);
      const after = await claimsOn(worker.id);
      expect([after.capacity.claims, after.ports.claims]).toEqual([
        before.capacity.claims,
        before.ports.claims,
      ]);
    });

    it('only reports a claim whose numbers another instance holds, and never ends it', async () => {
      const worker = await openWorker(admin, fresh('lost'));
      const { id } = await scheduled(worker.id);
      const held = required(heldClaim(await stateOf(id)));
      await context.ledger.release({ instanceId: id, workerId: worker.id, token: held.token });
      const other = await scheduled(worker.id);
      const report = await repair();
      expect(summary(report)).toEqual([`CLAIM_LOST ${id} REPORTED`]);
      expect((await stateOf(id)).state).toBe('SCHEDULED');
      await tell.terminate(other.id);
      await mends(`MISSING_CLAIM ${id}`);
    });

    it.each(['capacity', 'ports', 'holder'] as const)(
      'completes a claim that lacks its part in %s',
      async (part) => {
        const worker = await openWorker(admin, fresh('part'));
        const { id } = await scheduled(worker.id);
        const before = await claimsOn(worker.id);
        const { live, keys } = context;
        if (part === 'holder') await live.delete(keys.instanceWorker(id));
        if (part === 'capacity') {
          await live.put(
            keys.workerCapacity(worker.id),
            codecs.workerCapacity.encode({ ...before.capacity, claims: {} }),
          );
        }
        if (part === 'ports') {
          await live.put(
            keys.workerPorts(worker.id),
            codecs.workerPorts.encode({ ...before.ports, claims: {} }),
          );
        }
        await mends(`PARTIAL_CLAIM ${id}`);
        const after = await claimsOn(worker.id);
        expect([after.capacity.claims, after.ports.claims]).toEqual([
          before.capacity.claims,
          before.ports.claims,
        ]);
        expect(await live.get(keys.instanceWorker(id))).not.toBeNull();
      },
    );

    it('gives back part of a claim that no document supports', async () => {
      const worker = await openWorker(admin, fresh('rest'));
      const { id } = await tell.instance({ definitionId });
      const claim = {
        instanceId: id,
        token: 't',
        claimedAt: context.clock.now(),
        amounts: {} as never,
        ports: {},
      };
      const value = codecs.instanceWorker.encode(instanceWorkerValue(worker.id, claim));
      await context.live.put(context.keys.instanceWorker(id), value);
      await mends(`PARTIAL_CLAIM ${id}`);
      expect(await context.live.get(context.keys.instanceWorker(id))).toBeNull();
    });

    it('gives back a claim under another token, and takes that of the document', async () => {
      const worker = await openWorker(admin, fresh('token'));
      const { id } = await scheduled(worker.id);
      const { capacity } = await claimsOn(worker.id);
      const entry = { ...required(capacity.claims[id]), token: 'foreign' };
      await context.live.put(
        context.keys.workerCapacity(worker.id),
        codecs.workerCapacity.encode({ ...capacity, claims: { [id]: entry } }),
      );
      await mends(`ORPHAN_CLAIM ${id}`);
      const held = required(heldClaim(await stateOf(id)));
      expect((await claimsOn(worker.id)).capacity.claims[id]?.token).toBe(held.token);
    });
  });

  describe('of live states', () => {
    it('rewrites one that is behind, and one that is missing', async () => {
      const worker = await openWorker(admin, fresh('stale'));
      const [late, gone] = [await scheduled(worker.id), await scheduled(worker.id)];
      disturb = ({ name, args, go }) =>
        name === 'live.txn' && JSON.stringify(args).includes('/state')
          ? Promise.reject(new Error('lost'))
          : go();
      await tell.move(late.id, 'INSTANTIATING').finally(() => (disturb = null));
      await context.live.delete(context.keys.instanceState(gone.id));
      await mends(`STALE_STATE ${late.id}`, `STALE_STATE ${gone.id}`);
      expect(await liveState(late.id)).toMatchObject({ state: 'INSTANTIATING', seq: 3 });
      expect(await liveState(gone.id)).toMatchObject({ state: 'SCHEDULED', seq: 2 });
    });

    it('takes one back that is ahead, and one without a document', async () => {
      const { id } = await tell.instance({ definitionId });
      const value = required(await liveState(id));
      const { live, keys } = context;
      await live.put(
        keys.instanceState(id),
        codecs.instanceState.encode({ ...value, state: 'RUNNING', seq: 9 }),
      );
      const ghost = context.ids.next('ins');
      await live.put(keys.instanceState(ghost), codecs.instanceState.encode({ ...value, id: ghost }));
      await mends(`AHEAD_STATE ${id}`, `AHEAD_STATE ${ghost}`);
      expect(await liveState(id)).toEqual(value);
      expect(await live.get(keys.instanceState(ghost))).toBeNull();
    });

    it('makes anew what cannot be read, and leaves alone what a newer server wrote', async () => {
      const worker = await openWorker(admin, fresh('odd'));
      const { id } = await scheduled(worker.id);
      const newer = await scheduled(worker.id);
      const { live, keys } = context;
      const before = await claimsOn(worker.id);
      await live.put(keys.instanceState(id), 'nonsense');
      await live.put(keys.workerPorts(worker.id), '{"v":1}');
      await live.put(keys.instanceState(newer.id), '{"v":2,"more":true}');
      await mends(`MALFORMED_KEY ${id}`, `MALFORMED_KEY ${worker.id}`);
      expect((await claimsOn(worker.id)).ports.claims).toEqual(before.ports.claims);
      expect((await live.get(keys.instanceState(newer.id)))?.value).toBe('{"v":2,"more":true}');
      await live.delete(keys.instanceState(newer.id));
      await mends(`STALE_STATE ${newer.id}`);
    });
  });

  describe('of workers', () => {
    it('makes missing claim keys anew from documents, with every number', async () => {
      const worker = await openWorker(admin, fresh('keys'));
      const one = await scheduled(worker.id);
      const before = await claimsOn(worker.id);
      const { live, keys } = context;
      for (const key of [
        keys.workerCapacity(worker.id),
        keys.workerPorts(worker.id),
        keys.instanceWorker(one.id),
      ]) {
        await live.delete(key);
      }
      await mends(`STALE_CONFIG ${worker.id}`);
      const after = await claimsOn(worker.id);
      expect(after.capacity).toMatchObject({
        claims: before.capacity.claims,
        accepting: { open: true, seq: 3 },
      });
      expect(after.ports).toMatchObject({ claims: before.ports.claims, range: before.ports.range });
    });

    it('makes missing claim keys anew, and no save of a claim that was in them follows', async () => {
      const worker = await openWorker(admin, fresh('late'));
      const { id } = await tell.instance({ definitionId });
      let late: (() => Promise<unknown>) | null = null;
      disturb = ({ name, go }) => {
        if (name !== 'lablet_instances.replace') return go();
        late = go;
        return Promise.reject(new Error('the process ended here'));
      };
      await refusal(tell.schedule(id, worker.id)).finally(() => (disturb = null));
      await context.outbox.idle();
      const room = context.keys.workerCapacity(worker.id);
      await context.live.delete(room);
      // It arrives in the very moment the keys are there again, and others may claim.
      let outcome: string | null = null;
      disturb = async ({ args, go }) => {
        const answer = await go();
        if (late !== null && JSON.stringify(args).includes(`"put":"${room}"`)) {
          const save = required<() => Promise<unknown>>(late);
          late = null;
          outcome = await save().then(
            () => 'saved',
            (error: Error) => error.name,
          );
        }
        return answer;
      };
      const report = await repair().finally(() => (disturb = null));
      expect(summary(report)).toEqual([`PARTIAL_CLAIM ${id} REPAIRED`, `STALE_CONFIG ${worker.id} REPAIRED`]);
      expect(outcome).toBe('RevisionConflict');
      expect(summary(await repair())).toEqual([]);
      expect(await stateOf(id)).toMatchObject({ state: 'PENDING' });
      expect((await tell.schedule(id, worker.id)).state).toBe('SCHEDULED');
    });

    it('undoes a closing whose document was never saved, and no late save revives it', async () => {
      const worker = await openWorker(admin, fresh('close'));
      let late: (() => Promise<unknown>) | null = null;
      disturb = ({ name, go }) => {
        if (name !== 'cml_workers.replace') return go();
        late = go;
        return Promise.reject(new Error('the process ended here'));
      };
      await refusal(tell.moveWorker(worker.id, 'STOPPING')).finally(() => (disturb = null));
      expect((await claimsOn(worker.id)).capacity.accepting).toEqual({ open: false, seq: 4 });
      await mends(`STALE_CONFIG ${worker.id}`);
      expect((await claimsOn(worker.id)).capacity.accepting).toEqual({ open: true, seq: 3 });
      await expect(required<() => Promise<unknown>>(late)()).rejects.toMatchObject({
        name: 'RevisionConflict',
      });
      expect((await scheduled(worker.id)).state).toBe('SCHEDULED');
    });

    it('opens a worker whose process ended before opening it, and closes one that is not RUNNING', async () => {
      const [opened, closed] = [
        await openWorker(admin, fresh('open')),
        await openWorker(admin, fresh('shut')),
      ];
      const { live, keys } = context;
      const values = await claimsOn(opened.id);
      await live.put(
        keys.workerCapacity(opened.id),
        codecs.workerCapacity.encode({ ...values.capacity, accepting: { open: false, seq: 2 } }),
      );
      await tell.moveWorker(closed.id, 'STOPPING');
      const shut = await claimsOn(closed.id);
      await live.put(
        keys.workerCapacity(closed.id),
        codecs.workerCapacity.encode({ ...shut.capacity, accepting: { open: true, seq: 4 } }),
      );
      await mends(`STALE_CONFIG ${opened.id}`, `STALE_CONFIG ${closed.id}`);
      expect((await claimsOn(opened.id)).capacity.accepting.open).toBe(true);
      expect((await claimsOn(closed.id)).capacity.accepting.open).toBe(false);
    });

    it('brings limits of another revision and a status in line', async () => {
      const worker = await openWorker(admin, fresh('limits'));
      await falsify('workers', worker.id, {
        portRange: { start: 3000, end: 3010 },
        configRevision: 4,
        sequence: 4,
        status: 'DRAINING',
      });
      await mends(`STALE_CONFIG ${worker.id}`, `STALE_STATE ${worker.id}`);
      expect((await claimsOn(worker.id)).ports).toMatchObject({
        range: { start: 3000, end: 3010 },
        configRevision: 4,
      });
    });

    it('lets the claim keys of a terminated worker lapse where its process did not', async () => {
      const worker = await openWorker(admin, fresh('over'));
      await tell.moveWorker(worker.id, 'STOPPING');
      await tell.moveWorker(worker.id, 'STOPPED');
      disturb = ({ name, args, go }) =>
        name === 'live.txn' &&
        JSON.stringify(args).includes('"lease"') &&
        JSON.stringify(args).includes('/capacity')
          ? Promise.reject(new Error('the process ended here'))
          : go();
      await tell.moveWorker(worker.id, 'TERMINATED').finally(() => (disturb = null));
      expect((await claimsOn(worker.id)).capacity.accepting.seq).toBe(4);
      await mends(`STALE_CONFIG ${worker.id}`);
      expect((await claimsOn(worker.id)).capacity.accepting).toEqual({ open: false, seq: 6 });
    });

    it('deletes the keys of a worker without a document', async () => {
      const { live, keys } = context;
      const ghost = context.ids.next('wrk');
      const worker = await openWorker(admin, fresh('copy'));
      const { capacity } = await claimsOn(worker.id);
      await live.put(
        keys.workerCapacity(ghost),
        codecs.workerCapacity.encode({ ...capacity, workerId: ghost }),
      );
      await mends(`AHEAD_STATE ${ghost}`);
      expect(await live.get(keys.workerCapacity(ghost))).toBeNull();
    });

    it('ends what runs on a worker that is gone, with its reason, and frees the room', async () => {
      const worker = await openWorker(admin, fresh('gone'));
      const one = await scheduled(worker.id);
      disturb = ({ name, go }) =>
        name === 'lablet_instances.replace' ? Promise.reject(new StoreUnavailable('lost')) : go();
      try {
        await tell.moveWorker(worker.id, 'STOPPING', { force: true });
        await tell.moveWorker(worker.id, 'STOPPED');
      } finally {
        disturb = null;
      }
      await mends(`WORKER_GONE ${one.id}`);
      const state = await stateOf(one.id);
      expect(state.state).toBe('TERMINATED');
      expect(state.history.at(-1)).toMatchObject({
        by: 'system:worker-lost',
        reason: 'WORKER_LOST_BEFORE_START',
      });
      expect((await claimsOn(worker.id)).capacity.claims).toEqual({});
      expect(await liveState(one.id)).toMatchObject({ state: 'TERMINATED' });
    });
  });

  it('D5 finishes a sync that ended between its two documents', async () => {
    const file = fresh('lab') + '.yaml';
    const write = (text: string) => writeFileSync(join(root, file), text);
    write('nodes: [{label: r1, node_definition: iosv, tags: ["serial:5000"]}]');
    const name = fresh('Synced');
    const { id } = await tell.definition({
      ...plainDefinition(name, 0),
      portTemplate: undefined,
      labArtifactUri: `file:///${file}`,
      extractTopology: true,
    });
    write('nodes: [{label: r2, node_definition: iosv, tags: ["serial:5000"]}]');
    disturb = ({ name: call, go }) =>
      call === 'lablet_definitions.replace' ? Promise.reject(new StoreUnavailable('ended here')) : go();
    await refusal(admin.request(api.SyncDefinitionDocument, { input: { id } })).finally(
      () => (disturb = null),
    );
    const latest = async () =>
      required((await admin.request(api.DefinitionByNameDocument, { name })).definitionByName).version;
    expect(await latest()).toBe('1.0.1');
    await mends(`UNFINISHED_SYNC ${id}`);
    expect(await latest()).toBe('1.0.1');
    expect((await context.definitions.load(id)).state).toMatchObject({ status: 'DEPRECATED' });
  });

  it('publishes events that wait in their document', async () => {
    const isEvent = ([entries]: readonly unknown[]) =>
      (entries as { aggregateId: string }[]).some(({ aggregateId }) => aggregateId.startsWith('ins_'));
    disturb = ({ name, args, go }) =>
      name === 'domain_events.insertMissing' && isEvent(args) ? Promise.reject(new Error('lost')) : go();
    const { id } = await tell.instance({ definitionId });
    const look = await repair({ dryRun: true }).finally(() => (disturb = null));
    expect(summary(look)).toEqual([`UNPUBLISHED_EVENT ${id} REPORTED`]);
    await repair();
    expect(await context.collections.instances.get(id)).toMatchObject({ hasOutbox: false });
  });

  describe('holds back', () => {
    /** Live states that no document supports, in peace nobody's. */
    async function ghosts(count: number) {
      const { id } = await tell.instance({ definitionId });
      const value = required(await liveState(id));
      const ids = Array.from({ length: count }, () => context.ids.next('ins'));
      for (const ghost of ids) {
        await context.live.put(
          context.keys.instanceState(ghost),
          codecs.instanceState.encode({ ...value, id: ghost }),
        );
      }
      return ids;
    }

    it('when it would take away too much, until an administrator asks for it', async () => {
      const ids = await ghosts(11);
      const report = await repair();
      expect(report).toMatchObject({ withheld: 'THRESHOLD', found: 11, repaired: 0 });
      expect(await liveState(required(ids[0]))).not.toBeNull();
      expect(await repair({ force: true })).toMatchObject({ withheld: null, repaired: 11 });
      expect(await liveState(required(ids[0]))).toBeNull();
    });

    it('when the documents are older than the live store has seen, until an administrator accepts them', async () => {
      const [ghost] = await ghosts(1);
      const { live, keys, collections, clock } = context;
      const deployment = required(await collections.deployments.get('deployment'));
      const ahead = deployment.tick + 1000;
      await live.put(keys.tick, codecs.tick.encode({ v: 1, n: ahead, at: clock.now() }));
      expect(await repair()).toMatchObject({ withheld: 'DOCUMENTS_WENT_BACK', found: 1, repaired: 0 });
      expect(await liveState(required(ghost))).not.toBeNull();
      expect(await repair({ force: true })).toMatchObject({ withheld: null, repaired: 1 });
      expect(required(await collections.deployments.get('deployment')).tick).toBeGreaterThan(ahead);
      expect(await repair()).toMatchObject({ withheld: null, found: 0 });
    });
  });

  it('acts on nothing that changes between the two looks', async () => {
    const worker = await openWorker(admin, fresh('busy'));
    const { id } = await scheduled(worker.id);
    await context.live.delete(context.keys.instanceState(id));
    let moved = false;
    disturb = async ({ name, go }) => {
      const answer = await go();
      if (name === 'lablet_definitions.find' && !moved) {
        moved = true;
        await tell.move(id, 'INSTANTIATING');
      }
      return answer;
    };
    const report = await repair().finally(() => (disturb = null));
    expect([moved, summary(report)]).toEqual([true, []]);
  });

  describe('a report', () => {
    it('is kept and can be read by administrators and managers', async () => {
      const report = await repair({ dryRun: true });
      const manager = await server.client('MANAGER', 'm');
      const { repairReports } = await manager.request(api.RepairReportsDocument, { first: 1 });
      expect(required(repairReports).nodes).toEqual([report]);
      const user = await server.client('USER', 'u');
      expect((await refusal(user.request(api.RepairReportsDocument, {}))).code).toBe('FORBIDDEN');
      expect((await refusal(manager.request(api.RunRepairDocument, { input: {} }))).code).toBe('FORBIDDEN');
    });

    it('is one for all repeats of its command', async () => {
      const idempotencyKey = fresh('key');
      const [one, two] = await Promise.all([repair({ idempotencyKey }), repair({ idempotencyKey })]);
      expect(one.id).toBe(two.id);
      expect((await repair({ idempotencyKey })).id).toBe(one.id);
    });
  });
});
