import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { refusal } from './support/answers.js';
import { purePairs } from './support/backends.js';
import { seededRandom } from './support/seeded-random.js';
import { startTestServer, type TestServer } from './support/server.js';
import { bookMany, openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
let made = 0;
const fresh = (name: string) => `${name}-${++made}`;

describe.each(purePairs())('workers and their claims on $name', (backend) => {
  let server: TestServer;
  let admin: api.LabletClient;
  let tell: ReturnType<typeof story>;
  let definitionId: string;
  let stopEngines: () => Promise<void>;

  const worker = async (id: string) => required((await admin.request(api.WorkerDocument, { id })).worker);
  const instance = async (id: string) =>
    required((await admin.request(api.InstanceDocument, { id })).instance);

  beforeAll(async () => {
    const { env, stop } = await backend.start();
    stopEngines = stop;
    server = await startTestServer({ env });
    admin = await server.client('ADMIN', 'root');
    tell = story(admin);
    definitionId = (await tell.definition(plainDefinition('Lab', 1))).id;
  });

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  /** The claims of the worker as the live store has them. */
  async function claims(workerId: string): Promise<string[]> {
    const { live, keys } = server.server.context;
    const { value } = required(await live.get(keys.workerCapacity(workerId)));
    return Object.keys((JSON.parse(value) as { claims: object }).claims);
  }

  const WAY = [
    'INSTANTIATING',
    'RUNNING',
    'COLLECTING',
    'GRADING',
    'STOPPING',
    'STOPPED',
    'ARCHIVED',
  ] as const;
  type Place = 'SCHEDULED' | (typeof WAY)[number];

  /** An instance on the worker that has come as far as `place`. */
  async function instanceIn(place: Place, workerId: string): Promise<string> {
    const { id } = await tell.instance({ definitionId });
    await tell.schedule(id, workerId);
    for (const to of WAY.slice(0, place === 'SCHEDULED' ? 0 : WAY.indexOf(place) + 1)) {
      await tell.move(id, to, to === 'RUNNING' ? { cmlLabId: 'lab-1' } : {});
    }
    return id;
  }

  const REASONS: readonly [Place, string][] = [
    ['SCHEDULED', 'WORKER_LOST_BEFORE_START'],
    ['INSTANTIATING', 'WORKER_LOST_BEFORE_START'],
    ['RUNNING', 'WORKER_LOST_DURING_RUN'],
    ['COLLECTING', 'WORKER_LOST_DURING_RUN'],
    ['GRADING', 'WORKER_LOST_DURING_RUN'],
    ['STOPPING', 'WORKER_LOST_AFTER_RUN'],
    ['STOPPED', 'WORKER_LOST_AFTER_RUN'],
    ['ARCHIVED', 'WORKER_LOST_AFTER_RUN'],
  ];

  it.each(['STOPPED', 'TERMINATED'] as const)(
    'end every instance when they reach %s, each for its reason',
    async (end) => {
      const { id: workerId } = await openWorker(admin, fresh('lost'));
      const ids: string[] = [];
      for (const [place] of REASONS) ids.push(await instanceIn(place, workerId));
      const { id: waiting } = await tell.instance({ definitionId });
      const before = await Promise.all(ids.map(instance));
      expect(before.map(({ state }) => state)).toEqual(REASONS.map(([place]) => place));

      const held = [...ids].sort();
      const busy = await refusal(tell.moveWorker(workerId, 'STOPPING'));
      expect(busy).toMatchObject({ code: 'WORKER_BUSY', details: { status: 'RUNNING' } });
      expect((busy.details['instances'] as string[]).sort()).toEqual(held);
      // A failed worker may come back: nothing ends.
      await tell.moveWorker(workerId, 'FAILED');
      expect(await Promise.all(ids.map(instance))).toEqual(before);
      if (end === 'STOPPED') {
        await tell.moveWorker(workerId, 'STOPPING', { force: true });
        expect((await claims(workerId)).sort()).toEqual(held);
      }
      await tell.moveWorker(workerId, end);

      for (const [index, [place, reason]] of REASONS.entries()) {
        const { state, history, sequence, workerId: kept } = await instance(ids[index] as string);
        expect([state, kept]).toEqual(['TERMINATED', workerId]);
        expect(sequence).toBe(history.length);
        const added = history.slice(required(before[index]).history.length);
        expect(added.map(({ from }) => from)[0]).toBe(place);
        for (const entry of added) expect(entry).toMatchObject({ reason, by: 'system:worker-lost' });
      }
      expect(await instance(waiting)).toMatchObject({ state: 'PENDING', revision: 1 });
      expect(await claims(workerId)).toEqual([]);
      expect(await worker(workerId)).toMatchObject({
        instanceIds: [],
        capacity: { allocated: { cpuCores: 0 } },
      });
    },
  );

  it('that are told to stop while claims arrive are either busy or empty, never both', async () => {
    for (let round = 0; round < 15; round++) {
      const { id: workerId } = await openWorker(admin, fresh('closing'));
      const ids = (await bookMany(admin, definitionId, 4)).map(({ id }) => id);
      // Who comes first changes from round to round.
      const early = round % 2 === 0 ? tell.moveWorker(workerId, 'STOPPING') : null;
      const scheduling = ids.map((id) => tell.schedule(id, workerId));
      const stopping = early ?? tell.moveWorker(workerId, 'STOPPING');
      const [stop, ...schedules] = await Promise.allSettled([stopping, ...scheduling]);
      const granted = schedules.filter(({ status }) => status === 'fulfilled').length;
      const { status } = await worker(workerId);
      expect(await claims(workerId)).toHaveLength(granted);
      if (stop.status === 'fulfilled') expect([status, granted]).toEqual(['STOPPING', 0]);
      else expect([(stop.reason as api.ApiError).code, status]).toEqual(['WORKER_BUSY', 'RUNNING']);
      for (const call of schedules) {
        if (call.status === 'rejected')
          expect((call.reason as api.ApiError).code).toBe('WORKER_NOT_ACCEPTING');
      }
    }
  });

  it('that are stopped by force while claims arrive end all that was granted', async () => {
    for (let round = 0; round < 10; round++) {
      const { id: workerId } = await openWorker(admin, fresh('forced'));
      const ids = (await bookMany(admin, definitionId, 4)).map(({ id }) => id);
      const schedules = ids.map((id) => tell.schedule(id, workerId));
      const settled = Promise.allSettled(schedules);
      await tell.moveWorker(workerId, 'STOPPING', { force: true });
      const results = await settled;
      await tell.moveWorker(workerId, 'STOPPED');
      expect(await claims(workerId)).toEqual([]);
      for (const [index, id] of ids.entries()) {
        const granted = results[index]?.status === 'fulfilled';
        expect((await instance(id)).state).toBe(granted ? 'TERMINATED' : 'PENDING');
      }
    }
  });

  it('allocate exactly what their live claims hold, at every step of a random run', async () => {
    const random = seededRandom(SEED);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const workers = [await openWorker(admin, fresh('random')), await openWorker(admin, fresh('random'))];
    const labs = [];
    for (const cores of [1, 2, 5]) {
      const resourceRequirements = { cpuCores: cores, memoryGb: cores * 2, storageGb: cores * 3 };
      labs.push(
        await tell.definition({
          ...plainDefinition(fresh('Random'), cores),
          resourceRequirements,
          nodeCount: cores,
        }),
      );
    }
    const live = new Map<string, { workerId: string; cores: number; step: number }>();
    for (let step = 0; step < 60; step++) {
      const [id, held] = [...live].length > 0 ? pick([...live]) : ['', undefined];
      const choice = random();
      if (!held || choice < 0.5) {
        const [lab, { id: workerId }] = [pick(labs), pick(workers)];
        const booked = await tell.instance({ definitionId: lab.id });
        await tell.schedule(booked.id, workerId);
        live.set(booked.id, { workerId, cores: lab.nodeCount, step: 0 });
      } else if (choice < 0.8 && held.step < WAY.length) {
        const to = WAY[held.step++] as Place;
        await tell.move(id, to, to === 'RUNNING' ? { cmlLabId: 'lab-1' } : {});
      } else {
        if ((await tell.terminate(id)).state !== 'TERMINATED') {
          if ((await instance(id)).state === 'STOPPING') await tell.move(id, 'STOPPED');
        }
        live.delete(id);
      }
      for (const { id: workerId } of workers) {
        const own = [...live].filter(([, claim]) => claim.workerId === workerId);
        const cores = own.reduce((sum, [, claim]) => sum + claim.cores, 0);
        const { capacity, instanceIds, ports } = await worker(workerId);
        const allocated = { cpuCores: cores, memoryGb: cores * 2, storageGb: cores * 3, nodes: cores };
        expect(capacity.allocated, `seed ${SEED}, step ${step}`).toEqual(allocated);
        expect([...instanceIds].sort()).toEqual(own.map(([each]) => each).sort());
        expect(ports.available).toBe(7999 - cores);
      }
    }
    for (const id of live.keys())
      if ((await tell.terminate(id)).state === 'STOPPING') await tell.move(id, 'STOPPED');
    for (const { id } of workers)
      expect((await worker(id)).capacity.allocated).toMatchObject({ cpuCores: 0, nodes: 0 });
  });

  it('each have their own numbers, given lowest first around what is excluded', async () => {
    const { id: pair } = await tell.definition(plainDefinition(fresh('Pair'), 2));
    const limits = { portRange: { start: 9088, end: 9093 }, excludedPorts: [9090] };
    const [here, there] = [
      await openWorker(admin, fresh('own'), limits),
      await openWorker(admin, fresh('own'), limits),
    ];
    const place = async (workerId: string) => {
      const { id } = await tell.instance({ definitionId: pair });
      return { id, numbers: (await tell.schedule(id, workerId)).allocatedPorts.map(({ number }) => number) };
    };
    const [first, second] = [await place(here.id), await place(here.id)];
    expect([first.numbers, second.numbers]).toEqual([
      [9088, 9089],
      [9091, 9092],
    ]);
    expect((await place(there.id)).numbers).toEqual([9088, 9089]);
    await tell.terminate(first.id);
    await tell.terminate(second.id);
    const [again, more] = [await place(here.id), await place(here.id)];
    await tell.terminate(again.id);
    expect([again.numbers, more.numbers, (await place(here.id)).numbers]).toEqual([
      [9088, 9089],
      [9091, 9092],
      [9088, 9089],
    ]);
  });

  it('with an evaluation licence stop at five nodes', async () => {
    const { id: three } = await tell.definition({ ...plainDefinition(fresh('Three'), 0), nodeCount: 3 });
    const { id: workerId } = await openWorker(admin, fresh('evaluation'), { licenseType: 'EVALUATION' });
    const [one, two] = await bookMany(admin, three, 2);
    await tell.schedule(required(one).id, workerId);
    const full = await refusal(tell.schedule(required(two).id, workerId));
    const shortfalls = [{ dimension: 'NODES', need: 3, free: 2 }];
    expect(full).toMatchObject({ code: 'CAPACITY_EXCEEDED', details: { shortfalls } });
  });
});
