import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { INSTANCE_STATES } from '../src/instances/transitions.js';
import { WORKER_STATUSES } from '../src/workers/transitions.js';
import { purePairs } from './support/backends.js';
import { expectSound } from './support/checker.js';
import * as model from './support/claim-model.js';
import { startTestServer, type TestServer } from './support/server.js';
import { workerInput } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const RUN_MS = 10_000;
const SLOW = 90_000;

const NEEDS: readonly model.Need[] = [
  { cpuCores: 1, ports: 0 },
  { cpuCores: 1, ports: 2 },
  { cpuCores: 3, ports: 1 },
];
/** Transient refusals, which say: try again. */
const AGAIN = ['CLAIM_CONTENTION', 'REVISION_CONFLICT'];
const ROOM_REFUSALS = ['CAPACITY_EXCEEDED', 'PORTS_EXHAUSTED'];

let made = 0;

/** Ids of the real objects, in the order of the model's. */
class Real {
  readonly instances: string[] = [];
  readonly workers: string[] = [];

  constructor(
    readonly client: api.LabletClient,
    readonly definitions: readonly string[],
  ) {}

  async createInstance(need: number): Promise<string> {
    const definitionId = required(this.definitions[need]);
    return (await story(this.client).instance({ definitionId })).id;
  }

  async registerWorker(): Promise<string> {
    const { cpuCores, first, last, excluded } = model.ROOM;
    const declaredCapacity = { cpuCores, memoryGb: 1000, storageGb: 1000, nodes: null };
    const limits = { declaredCapacity, portRange: { start: first, end: last }, excludedPorts: [excluded] };
    return (await story(this.client).worker(workerInput(`model-${++made}`, limits))).id;
  }

  schedule(instance: number, worker: number) {
    return this.#code(
      story(this.client).schedule(required(this.instances[instance]), required(this.workers[worker])),
    );
  }

  move(instance: number, to: api.InstanceState) {
    const lab = to === 'RUNNING' ? { cmlLabId: 'lab-1' } : {};
    return this.#code(story(this.client).move(required(this.instances[instance]), to, lab));
  }

  terminate(instance: number) {
    return this.#code(story(this.client).terminate(required(this.instances[instance])));
  }

  moveWorker(worker: number, to: api.WorkerStatus, force: boolean) {
    return this.#code(story(this.client).moveWorker(required(this.workers[worker]), to, { force }));
  }

  /** Null when it is done, else the code of the refusal. */
  async #code(request: Promise<unknown>): Promise<string | null> {
    try {
      await request;
      return null;
    } catch (error) {
      if (error instanceof api.ApiError) return error.code;
      throw error;
    }
  }

  async readInstance(index: number) {
    const { instance } = await this.client.request(api.InstanceDocument, {
      id: required(this.instances[index]),
    });
    const { state, workerId, allocatedPorts, terminationRequested } = required(instance);
    return {
      state: state as string,
      worker: workerId == null ? null : this.workers.indexOf(workerId),
      ports: allocatedPorts.map(({ number }) => number),
      ending: terminationRequested != null,
    };
  }

  async readWorker(index: number) {
    const { worker } = await this.client.request(api.WorkerDocument, { id: required(this.workers[index]) });
    const { status, capacity, ports, instanceIds } = required(worker);
    return {
      status: status as string,
      freeCores: capacity.available.cpuCores,
      freePorts: ports.available,
      holders: instanceIds.map((id) => this.instances.indexOf(id)).sort((a, b) => a - b),
      held: ports.allocations.flatMap((each) => each.ports.map(({ number }) => number)).sort((a, b) => a - b),
    };
  }
}

/** Every instance and worker is as the model has it. */
async function expectAgreement(expected: model.Model, real: Real): Promise<void> {
  const instances = await Promise.all(real.instances.map((_id, index) => real.readInstance(index)));
  expect(instances).toEqual(
    expected.instances.map(({ state, worker, ports, ending }) => ({ state, worker, ports, ending })),
  );
  const workers = await Promise.all(real.workers.map((_id, index) => real.readWorker(index)));
  expect(workers).toEqual(
    expected.workers.map(({ status }, index) => {
      const held = model.heldOn(expected, index);
      const { numbers, cpuCores } = model.freeOn(expected, index);
      return {
        status,
        freeCores: cpuCores,
        freePorts: numbers.length,
        holders: held.map((each) => expected.instances.indexOf(each)).sort((a, b) => a - b),
        held: held.flatMap(({ ports }) => ports).sort((a, b) => a - b),
      };
    }),
  );
}

type Step = fc.AsyncCommand<model.Model, Real>;

/** A command that both do, to the same answer and the same state. */
function step(
  name: string,
  isPossible: (expected: model.Model) => boolean,
  act: (expected: model.Model, real: Real) => Promise<void>,
): Step {
  return {
    check: isPossible,
    async run(expected, real) {
      await act(expected, real);
      await expectAgreement(expected, real);
    },
    toString: () => name,
  };
}

const hasInstance = ({ instances }: model.Model) => instances.length > 0;
const hasWorker = ({ workers }: model.Model) => workers.length > 0;
const hasBoth = (expected: model.Model) => hasInstance(expected) && hasWorker(expected);

async function create(expected: model.Model, real: Real, need: number): Promise<void> {
  real.instances.push(await real.createInstance(need));
  expected.instances.push({
    need: required(NEEDS[need]),
    state: 'PENDING',
    worker: null,
    ports: [],
    ending: false,
  });
}

/** A worker that is RUNNING unless only registered. */
async function addWorker(expected: model.Model, real: Real, running: boolean): Promise<void> {
  real.workers.push(await real.registerWorker());
  expected.workers.push({ status: 'PENDING' });
  const index = expected.workers.length - 1;
  for (const to of running ? (['PROVISIONING', 'RUNNING'] as const) : []) {
    expect(await real.moveWorker(index, to, false)).toBe(model.moveWorker(expected, index, to, false));
  }
}

const LIVELY = ['INSTANTIATING', 'RUNNING', 'STOPPING', 'STOPPED'] as const;
const PASSING = ['STOPPING', 'STOPPED', 'RUNNING', 'PROVISIONING'] as const;
const index = fc.nat(20);

/** Moves that often are legal, and all others now and then. */
const targets = <T>(likely: readonly T[], all: readonly T[]) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...likely) },
    { weight: 1, arbitrary: fc.constantFrom(...all) },
  );

const STEPS: fc.Arbitrary<Step>[] = [
  fc.nat(NEEDS.length - 1).map((need) =>
    step(
      `create(${need})`,
      () => true,
      (m, r) => create(m, r, need),
    ),
  ),
  fc.boolean().map((running) =>
    step(
      `worker(${running})`,
      ({ workers }) => workers.length < 3,
      (m, r) => addWorker(m, r, running),
    ),
  ),
  ...Array.from({ length: 3 }, () =>
    fc.tuple(index, index).map(([i, w]) =>
      step(`schedule(${i}, ${w})`, hasBoth, async (m, r) => {
        const [instance, worker] = [i % m.instances.length, w % m.workers.length];
        const expected = model.schedule(m, instance, worker);
        expect(await r.schedule(instance, worker)).toBe(expected);
      }),
    ),
  ),
  ...Array.from({ length: 3 }, () =>
    fc.tuple(index, targets(LIVELY, INSTANCE_STATES)).map(([i, to]) =>
      step(`move(${i}, ${to})`, hasInstance, async (m, r) => {
        const instance = i % m.instances.length;
        const expected = model.move(m, instance, to);
        expect(await r.move(instance, to)).toBe(expected);
      }),
    ),
  ),
  index.map((i) =>
    step(`terminate(${i})`, hasInstance, async (m, r) => {
      const instance = i % m.instances.length;
      const expected = model.terminate(m, instance);
      expect(await r.terminate(instance)).toBe(expected);
    }),
  ),
  fc.tuple(index, targets(PASSING, WORKER_STATUSES), fc.boolean()).map(([w, to, force]) =>
    step(`moveWorker(${w}, ${to}, ${force})`, hasWorker, async (m, r) => {
      const worker = w % m.workers.length;
      const expected = model.moveWorker(m, worker, to, force);
      expect(await r.moveWorker(worker, to, force)).toBe(expected);
    }),
  ),
];

/** One request of a batch. */
interface Request {
  readonly what: 'schedule' | 'move' | 'terminate';
  readonly instance: number;
  readonly worker: number;
  readonly to: api.InstanceState;
}

const request: fc.Arbitrary<Request> = fc.record({
  what: fc.constantFrom('schedule', 'schedule', 'schedule', 'move', 'terminate'),
  instance: fc.nat(7),
  worker: fc.nat(1),
  to: fc.constantFrom(...LIVELY),
});

/** The code that the model gives, after the request. */
function answerOf(expected: model.Model, { what, instance, worker, to }: Request): string | null {
  if (what === 'schedule') return model.schedule(expected, instance, worker);
  return what === 'move' ? model.move(expected, instance, to) : model.terminate(expected, instance);
}

interface Answered extends Request {
  readonly code: string | null;
}

/** Without the numbers that a claim got, which depend on an order that nobody sees. */
const shapeOf = ({ instances }: model.Model) =>
  JSON.stringify(instances.map(({ state, worker, ending }) => [state, worker, ending]));

/**
 * True where a refusal for lack of room may come from claims that other requests of the batch took and had to give
 * back, since their instance went on meanwhile: a claim is taken before the document that records it.
 */
function wasShort(at: model.Model, refused: Answered, answered: readonly Answered[]): boolean {
  const { worker, instance, code } = refused;
  if (at.instances[instance]?.state !== 'PENDING' || at.workers[worker]?.status !== 'RUNNING') return false;
  const lost = answered
    .filter((each) => each !== refused && each.what === 'schedule' && each.worker === worker)
    .filter((each) => each.code !== null && !ROOM_REFUSALS.includes(each.code))
    .map((each) => required(at.instances[each.instance]).need);
  const { numbers, cpuCores } = model.freeOn(at, worker);
  const need = required(at.instances[instance]).need;
  return code === 'CAPACITY_EXCEEDED'
    ? need.cpuCores > cpuCores - lost.reduce((total, each) => total + each.cpuCores, 0)
    : need.ports > numbers.length - lost.reduce((total, each) => total + each.ports, 0);
}

/**
 * Whether the requests could have been answered so one after the other, ending as `seen`. A transient refusal changes
 * nothing and fits anywhere.
 */
function hasOrder(start: model.Model, answered: readonly Answered[], seen: model.Model): boolean {
  const wanted = shapeOf(seen);
  const dead = new Set<string>();
  const search = (at: model.Model, left: readonly Answered[]): boolean => {
    if (left.length === 0) return shapeOf(at) === wanted;
    const key = `${left.map((each) => answered.indexOf(each)).join(',')} ${shapeOf(at)}`;
    if (dead.has(key)) return false;
    for (const each of left) {
      const rest = left.filter((other) => other !== each);
      const next = structuredClone(at);
      if (answerOf(next, each) === each.code) {
        if (search(next, rest)) return true;
      } else if (
        ROOM_REFUSALS.includes(each.code ?? '') &&
        wasShort(at, each, answered) &&
        search(at, rest)
      ) {
        return true;
      }
    }
    dead.add(key);
    return false;
  };
  return search(
    start,
    answered.filter(({ code }) => code === null || !AGAIN.includes(code)),
  );
}

describe.each(purePairs())('instances, workers and claims on $name', (pair) => {
  let server: TestServer;
  let admin: api.LabletClient;
  let stopEngines: () => Promise<void>;
  const definitions: string[] = [];

  beforeAll(async () => {
    process.stdout.write(`model: seed ${SEED}\n`);
    const engines = await pair.start();
    stopEngines = engines.stop;
    server = await startTestServer({ env: engines.env });
    admin = await server.client('ADMIN', 'root');
    for (const [number, { cpuCores, ports }] of NEEDS.entries()) {
      const input = plainDefinition(`Model ${number}`, ports);
      const resourceRequirements = { ...input.resourceRequirements, cpuCores };
      definitions.push((await story(admin).definition({ ...input, resourceRequirements })).id);
    }
  });

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  const bounds = {
    seed: SEED,
    interruptAfterTimeLimit: RUN_MS,
    markInterruptAsFailure: false,
    endOnFailure: true,
  };

  it(`do what the model does, step by step (seed ${SEED})`, { timeout: SLOW }, async () => {
    let steps = 0;
    await fc.assert(
      fc.asyncProperty(fc.commands(STEPS, { maxCommands: 60, size: 'max' }), async (commands) => {
        const real = new Real(admin, definitions);
        const expected = model.emptyModel();
        await addWorker(expected, real, true);
        await fc.asyncModelRun(() => ({ model: expected, real }), commands);
        steps += [...commands].length;
      }),
      { ...bounds, numRuns: 40 },
    );
    process.stdout.write(`model on ${pair.name}: ${steps} steps agree\n`);
    expect(steps).toBeGreaterThan(50);
    await expectSound(server.server.context, `seed ${SEED}`);
  });

  it(`answer requests at once as in some order (seed ${SEED})`, { timeout: SLOW }, async () => {
    const counts = { batches: 0, done: 0, refused: 0, again: 0 };
    const batches = fc.array(fc.array(request, { minLength: 2, maxLength: 8 }), {
      minLength: 3,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(batches, async (given) => {
        const real = new Real(admin, definitions);
        const expected = model.emptyModel();
        await addWorker(expected, real, true);
        await addWorker(expected, real, true);
        for (let count = 0; count < 8; count++) await create(expected, real, count % NEEDS.length);
        for (const batch of given) {
          const answered = await Promise.all(
            batch.map(async (each): Promise<Answered> => ({ ...each, code: await send(real, each) })),
          );
          const seen = structuredClone(expected);
          for (const [at, instance] of seen.instances.entries())
            Object.assign(instance, await real.readInstance(at));
          await expectAgreement(seen, real);
          const text = JSON.stringify(answered);
          expect(
            hasOrder(expected, answered, seen),
            `seed ${SEED}: ${shapeOf(expected)} ${text} ${shapeOf(seen)}`,
          ).toBe(true);
          Object.assign(expected, seen);
          counts.batches++;
          for (const { code } of answered) {
            counts[code === null ? 'done' : AGAIN.includes(code) ? 'again' : 'refused']++;
          }
        }
      }),
      { ...bounds, numRuns: 60 },
    );
    process.stdout.write(`model on ${pair.name}: ${JSON.stringify(counts)}\n`);
    expect(counts.batches).toBeGreaterThan(5);
    await expectSound(server.server.context, `seed ${SEED}`);
  });

  function send(real: Real, { what, instance, worker, to }: Request): Promise<string | null> {
    if (what === 'schedule') return real.schedule(instance, worker);
    return what === 'move' ? real.move(instance, to) : real.terminate(instance);
  }
});
