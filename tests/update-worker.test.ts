import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { draftOf } from '../src/claims/draft.js';
import { isUsable } from '../src/claims/ports.js';
import type { LiveValues } from '../src/claims/draft.js';
import { codecs } from '../src/claims/values.js';
import { LiveOutcomeUnknown, LiveUnavailable } from '../src/live/live-store.js';
import { limitsOf } from '../src/workers/worker-state.js';
import { faultPaths, refusal } from './support/answers.js';
import { intercepted } from './support/intercepted-stores.js';
import { seededRandom } from './support/seeded-random.js';
import { startTestServer, type TestServer } from './support/server.js';
import { honestAdmin, openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const ROOM = { cpuCores: 8, memoryGb: 8, storageGb: 80, nodes: 8 };

let server: TestServer;
let admin: api.LabletClient;
let tell: ReturnType<typeof story>;
let definitionId: string;
let made = 0;
const fresh = () => `limits-${++made}`;

/** What a test puts before a call of a store; `live.write` is a transaction that writes. */
const before: Record<string, () => Promise<void> | void> = {};
const disturbed = intercepted(async ({ name, args, go }) => {
  const { then } = (args[0] ?? {}) as { then?: readonly unknown[] };
  await before[name === 'live.txn' && then?.length ? 'live.write' : name]?.();
  return go();
});

beforeAll(async () => {
  server = await startTestServer({ overrides: { wrapStores: disturbed } });
  admin = await honestAdmin(server);
  tell = story(admin);
  definitionId = (await tell.definition(plainDefinition('Limited'))).id;
});

beforeEach(() => {
  for (const name of Object.keys(before)) delete before[name];
});

afterAll(() => server.close());

async function change(input: api.UpdateWorkerInput, client = admin) {
  const { updateWorker } = await client.request(api.UpdateWorkerDocument, { input });
  return required(updateWorker);
}
const drain = (id: string) => admin.request(api.DrainWorkerDocument, { input: { id } });
const cancelDrain = (id: string) => admin.request(api.CancelWorkerDrainDocument, { input: { id } });
const read = async (id: string) => required((await admin.request(api.WorkerDocument, { id })).worker);
const valuesOf = async (id: string): Promise<LiveValues> =>
  (await server.server.context.ledger.read(id)).values;
const newWorker = async () =>
  (await openWorker(admin, fresh(), { declaredCapacity: ROOM, portRange: { start: 3000, end: 3019 } })).id;

/** An instance that holds 1 core, 1 GiB, 1 GiB, 1 node and two numbers. */
async function claimOn(workerId: string): Promise<string> {
  const { id } = await tell.instance({ definitionId });
  await tell.schedule(id, workerId);
  return id;
}

/** The claim values repeat what the document says. */
async function expectAgreement(id: string): Promise<void> {
  const { state } = await server.server.context.workers.load(id);
  const { capacity, ports } = await valuesOf(id);
  const { declared, range, excluded, configRevision } = limitsOf(state);
  expect(capacity).toMatchObject({ declared, configRevision });
  expect(ports).toMatchObject({ range, excluded, configRevision });
}

describe('updateWorker', () => {
  it('raises and widens while the worker runs, and claims get the room at once', async () => {
    const id = await newWorker();
    const held = await claimOn(id);
    const { worker, liveRevision } = await change({
      id,
      declaredCapacity: { cpuCores: 10, nodes: null },
      portRange: { start: 2999, end: 3030 },
      excludedPorts: [],
      drainTimeoutHours: 12,
    });
    expect(worker).toMatchObject({
      status: 'RUNNING',
      revision: 4,
      configRevision: 4,
      drainTimeoutHours: 12,
      capacity: { declared: { ...ROOM, cpuCores: 10, nodes: null }, allocated: { cpuCores: 1 } },
      ports: { range: { start: 2999, end: 3030 }, excluded: [], allocations: [{ instanceId: held }] },
    });
    expect(liveRevision).not.toBeNull();
    await expectAgreement(id);
    expect((await valuesOf(id)).capacity.accepting).toEqual({ open: true, seq: 3 });
    const { id: next } = await tell.instance({ definitionId });
    const { allocatedPorts } = await tell.schedule(next, id);
    expect(allocatedPorts.map(({ number }) => number)).toEqual([2999, 3002]);
  });

  const LOWERING: [string, Omit<api.UpdateWorkerInput, 'id'>][] = [
    ['cores', { declaredCapacity: { cpuCores: 7 } }],
    ['memory', { declaredCapacity: { memoryGb: 7 } }],
    ['storage', { declaredCapacity: { storageGb: 79 } }],
    ['nodes', { declaredCapacity: { nodes: 7 } }],
    ['the range from below', { portRange: { start: 3001, end: 3019 } }],
    ['the range from above', { portRange: { start: 3000, end: 3018 } }],
    ['the usable numbers', { excludedPorts: [3019, 9090] }],
  ];
  it.each(LOWERING)('lowers %s only while the worker takes no claims', async (_, lower) => {
    const id = await newWorker();
    const [document, values] = [await read(id), await valuesOf(id)];
    expect(await refusal(change({ id, ...lower }))).toMatchObject({
      code: 'WORKER_BUSY',
      retryable: true,
      details: { status: 'RUNNING', instances: [] },
    });
    expect([await read(id), await valuesOf(id)]).toEqual([document, values]);
    await drain(id);
    const { worker } = await change({ id, ...lower });
    expect(worker).toMatchObject({ status: 'DRAINING', revision: 5, configRevision: 5 });
    await expectAgreement(id);
    expect((await valuesOf(id)).capacity.accepting.open).toBe(false);
    await cancelDrain(id);
    await expectAgreement(id);
    expect((await valuesOf(id)).capacity.accepting.open).toBe(true);
  });

  it('never cuts off what claims hold, and names every short dimension and every held number', async () => {
    const id = await newWorker();
    const [first, second] = [await claimOn(id), await claimOn(id)];
    await drain(id);
    const [document, values] = [await read(id), await valuesOf(id)];
    expect(
      await refusal(change({ id, declaredCapacity: { cpuCores: 1, memoryGb: 1, nodes: 1, storageGb: 20 } })),
    ).toMatchObject({
      code: 'CAPACITY_EXCEEDED',
      details: {
        shortfalls: [
          { dimension: 'CPU_CORES', need: 2, free: 1 },
          { dimension: 'MEMORY_GB', need: 2, free: 1 },
          { dimension: 'NODES', need: 2, free: 1 },
        ],
      },
    });
    const inUse = { code: 'PORT_IN_USE', retryable: false };
    expect(await refusal(change({ id, portRange: { start: 3001, end: 3002 } }))).toMatchObject({
      ...inUse,
      details: {
        ports: [
          { number: 3000, instanceId: first },
          { number: 3003, instanceId: second },
        ],
      },
    });
    expect(await refusal(change({ id, excludedPorts: [3002] }))).toMatchObject({
      ...inUse,
      details: { ports: [{ number: 3002, instanceId: second }] },
    });
    expect([await read(id), await valuesOf(id)]).toEqual([document, values]);
    const { worker } = await change({
      id,
      declaredCapacity: { cpuCores: 2, memoryGb: 2, nodes: 2 },
      portRange: { start: 3000, end: 3003 },
    });
    expect(worker.capacity.available).toMatchObject({ cpuCores: 0, memoryGb: 0, nodes: 0 });
    expect(worker.ports.available).toBe(0);
  });

  it.each([
    { start: 1023, end: 2000 },
    { start: 3000, end: 2999 },
  ])('refuses the range $start-$end', async (portRange) => {
    const id = await newWorker();
    expect(await refusal(change({ id, portRange }))).toMatchObject({
      code: 'PORT_OUT_OF_RANGE',
      details: { number: null, range: portRange, excluded: [9090] },
    });
    expect(await read(id)).toMatchObject({ revision: 3 });
  });

  it('gives a worker another name, unless one has it', async () => {
    const [id, other] = [await newWorker(), await newWorker()];
    const { name } = await read(id);
    const taken = await refusal(change({ id: other, name, drainTimeoutHours: 1 }));
    expect(taken).toMatchObject({
      code: 'ALREADY_EXISTS',
      details: { entity: 'Worker', key: 'name', existingId: id },
    });
    expect(await read(other)).toMatchObject({ revision: 3 });
    const renamed = fresh();
    const { worker } = await change({ id, name: renamed });
    expect(worker).toMatchObject({ name: renamed, revision: 4, configRevision: 1 });
    expect((await change({ id: other, name })).worker).toMatchObject({ name });
  });

  it('changes nothing when everything is as asked for', async () => {
    const id = await newWorker();
    const { name } = await read(id);
    const values = await valuesOf(id);
    const { worker } = await change({ id, name, declaredCapacity: ROOM, excludedPorts: [9090, 9090] });
    expect(worker).toMatchObject({ revision: 3 });
    expect(await valuesOf(id)).toEqual(values);
  });

  it('says what is wrong with the input, null included where a value is required', async () => {
    const id = await newWorker();
    const room = { cpuCores: 0, memoryGb: 65_537, storageGb: 9, nodes: 0 };
    expect(faultPaths(await refusal(change({ id, declaredCapacity: room, drainTimeoutHours: 49 })))).toEqual([
      'declaredCapacity.cpuCores',
      'declaredCapacity.memoryGb',
      'declaredCapacity.nodes',
      'declaredCapacity.storageGb',
      'drainTimeoutHours',
    ]);
    const nothing = {
      name: null,
      portRange: null,
      excludedPorts: null,
      declaredCapacity: { cpuCores: null },
    };
    expect(faultPaths(await refusal(change({ id, ...nothing })))).toEqual([
      'declaredCapacity.cpuCores',
      'excludedPorts',
      'name',
      'portRange',
    ]);
  });

  it('is refused under a stale revision, to those without the role, and for what is missing', async () => {
    const id = await newWorker();
    const stale = await refusal(change({ id, drainTimeoutHours: 9, expectedRevision: 2 }));
    expect(stale).toMatchObject({ code: 'REVISION_CONFLICT', details: { expected: 2, actual: 3 } });
    for (const role of ['SERVICE', 'AUTHOR', 'USER'] as const) {
      const client = await server.client(role);
      expect(await refusal(change({ id, drainTimeoutHours: 9 }, client))).toMatchObject({
        code: 'FORBIDDEN',
      });
    }
    const missing = await refusal(change({ id: `wrk_${'0'.repeat(26)}`, drainTimeoutHours: 9 }));
    expect(missing).toMatchObject({ code: 'NOT_FOUND' });
    const manager = await server.client('MANAGER');
    const { worker } = await change({ id, drainTimeoutHours: 9, expectedRevision: 3 }, manager);
    expect(worker).toMatchObject({ drainTimeoutHours: 9, revision: 4 });
  });
});

describe('the two stores of a worker', () => {
  it('are left with lower limits in the claim values when raising is cut short, which claims obey', async () => {
    const id = await newWorker();
    before['live.write'] = () => Promise.reject(new LiveUnavailable('refused by the test'));
    const { worker, liveRevision } = await change({ id, portRange: { start: 3000, end: 3040 } });
    expect([worker.revision, worker.configRevision, liveRevision]).toEqual([4, 4, null]);
    delete before['live.write'];
    expect(await valuesOf(id)).toMatchObject({
      capacity: { configRevision: 1 },
      ports: { range: { end: 3019 } },
    });
    await drain(id);
    await cancelDrain(id);
    await expectAgreement(id);
  });

  it('are left with higher but closed limits when lowering is cut short; opening brings the lower ones', async () => {
    const id = await newWorker();
    await drain(id);
    before['live.write'] = () => Promise.reject(new LiveOutcomeUnknown('nobody knows'));
    const { liveRevision } = await change({ id, declaredCapacity: { cpuCores: 1 } });
    expect(liveRevision).toBeNull();
    delete before['live.write'];
    const left = (await valuesOf(id)).capacity;
    expect(left).toMatchObject({ configRevision: 1, declared: ROOM, accepting: { open: false } });
    await cancelDrain(id);
    await expectAgreement(id);
    await claimOn(id);
    expect(await refusal(claimOn(id))).toMatchObject({
      code: 'CAPACITY_EXCEEDED',
      details: { shortfalls: [{ dimension: 'CPU_CORES', need: 1, free: 0 }] },
    });
  });

  it('are changed in the document first: without the claim values nothing is changed', async () => {
    const id = await newWorker();
    before['live.txn'] = () => Promise.reject(new LiveUnavailable('refused by the test'));
    const error = await refusal(change({ id, declaredCapacity: { cpuCores: 9 } }));
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', details: { store: 'live' } });
    const { worker } = await change({ id, name: fresh() });
    expect(worker).toMatchObject({ revision: 4, configRevision: 1 });
  });

  it('lower nothing on a worker that was opened after its claims were looked at', async () => {
    const id = await newWorker();
    await drain(id);
    before['cml_workers.replace'] = async () => {
      delete before['cml_workers.replace'];
      await cancelDrain(id);
      await claimOn(id);
    };
    expect(await refusal(change({ id, declaredCapacity: { nodes: 1 } }))).toMatchObject({
      code: 'WORKER_BUSY',
      details: { status: 'RUNNING' },
    });
    expect(await read(id)).toMatchObject({ revision: 5, configRevision: 1 });
    await expectAgreement(id);
  });

  it('keep the later limits when an earlier change arrives late', async () => {
    const id = await newWorker();
    const { ledger, workers } = server.server.context;
    const early = limitsOf((await workers.load(id)).state);
    await change({ id, declaredCapacity: { cpuCores: 9 } });
    const values = await valuesOf(id);
    expect(await ledger.limit(id, early, { mayBeOpen: true })).toBeNull();
    const lower = { ...early, configRevision: 99 };
    expect(await ledger.limit(id, lower, { mayBeOpen: false })).toBeNull();
    expect(await valuesOf(id)).toEqual(values);
  });

  it('agree after any mixture of commands, and no claim is ever outside the limits it stands under', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
    const random = seededRandom(seed);
    const id = await newWorker();
    const { hub, keys } = server.server.context;
    const excesses: string[] = [];
    const controller = new AbortController();
    const wants = (key: string) => key.startsWith(`${keys.root}workers/${id}/`);
    const reader = hub.read({ after: null, signal: controller.signal, wants, lastToken: () => null });
    const watching = (async () => {
      for await (const message of reader) if (message.kind === 'CHANGED') excesses.push(...excessIn());
    })();
    function excessIn(): string[] {
      const capacity = codecs.workerCapacity.decode(hub.value(keys.workerCapacity(id))?.text ?? '');
      const ports = codecs.workerPorts.decode(hub.value(keys.workerPorts(id))?.text ?? '');
      if (!capacity.ok || !ports.ok) return ['unreadable'];
      const { allocated } = draftOf({ capacity: capacity.value, ports: ports.value });
      const { range, excluded, claims } = ports.value;
      const numbers = Object.values(claims).flatMap((held) => Object.values(held));
      const outside = numbers.filter((number) => !isUsable(number, range, excluded));
      const over = allocated.cpuCores > capacity.value.declared.cpuCores;
      return over || outside.length > 0 ? [`${allocated.cpuCores} cores, ${outside.join()}`] : [];
    }
    const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
    const claimed: string[] = [];
    const steps: (() => Promise<unknown>)[] = [
      () => change({ id, declaredCapacity: { cpuCores: between(1, 8) } }),
      () => change({ id, portRange: { start: 3000, end: between(3003, 3030) } }),
      () => drain(id),
      () => cancelDrain(id),
      () => claimOn(id).then((instance) => claimed.push(instance)),
      () => claimOn(id).then((instance) => claimed.push(instance)),
      () => tell.terminate(claimed.shift() ?? `ins_${'0'.repeat(26)}`),
    ];
    const codes = new Set<string>();
    for (let round = 0; round < 40; round++) {
      const together = Array.from({ length: 3 }, () => required(steps[between(0, steps.length - 1)])());
      for (const outcome of await Promise.allSettled(together)) {
        if (outcome.status === 'rejected') codes.add((outcome.reason as api.ApiError).code);
      }
      await expectAgreement(id);
    }
    controller.abort();
    await watching;
    expect(excesses, `SEED=${seed}`).toEqual([]);
    const expected =
      'CAPACITY_EXCEEDED INVALID_TRANSITION NOT_FOUND PORTS_EXHAUSTED PORT_IN_USE REVISION_CONFLICT ' +
      'WORKER_BUSY WORKER_NOT_ACCEPTING CLAIM_CONTENTION';
    for (const code of codes) expect(expected, `SEED=${seed}`).toContain(code);
  });
});
