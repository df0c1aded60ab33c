import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { LICENSE_TYPES } from '../src/claims/license.js';
import { faultPaths, refusal } from './support/answers.js';
import { intercepted } from './support/intercepted-stores.js';
import { seededRandom } from './support/seeded-random.js';
import { startTestServer, type TestServer } from './support/server.js';
import { AMPLE, honestAdmin, openWorker, workerInput } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

type Preview = NonNullable<api.PlacementPreviewQuery['placementPreview']>;
type Reason = Preview['rejected'][number]['reasons'][number];

let server: TestServer;
let admin: api.LabletClient;
let tell: ReturnType<typeof story>;
let made = 0;
const fresh = (name: string) => `${name}-${++made}`;

/** Done before the next page of workers is read, once that is the given one. */
let beforePage: { page: number; act: () => Promise<unknown> } | null = null;
const disturbed = intercepted(async ({ name, go }) => {
  if (name === 'cml_workers.find' && beforePage && --beforePage.page === 0) {
    const { act } = beforePage;
    beforePage = null;
    await act();
  }
  return go();
});

beforeAll(async () => {
  server = await startTestServer({ overrides: { wrapStores: disturbed } });
  admin = await honestAdmin(server);
  tell = story(admin);
});

afterAll(() => server.close());

async function preview(variables: api.PlacementPreviewQueryVariables, client = admin): Promise<Preview> {
  return required((await client.request(api.PlacementPreviewDocument, variables)).placementPreview);
}
const drain = (id: string) => admin.request(api.DrainWorkerDocument, { input: { id } });
const cancelDrain = (id: string) => admin.request(api.CancelWorkerDrainDocument, { input: { id } });
const reasonsOf = ({ rejected }: Preview, id: string): readonly Reason[] =>
  required(rejected.find(({ worker }) => worker.id === id)).reasons;
const isEligible = ({ eligible }: Preview, id: string) => eligible.some(({ worker }) => worker.id === id);

async function claimOn(workerId: string, definition: Partial<api.CreateDefinitionInput>) {
  const { id: definitionId } = await tell.definition({ ...plainDefinition(fresh('Held')), ...definition });
  const { id } = await tell.instance({ definitionId });
  return tell.schedule(id, workerId);
}

describe('placementPreview', () => {
  it('W3 names NODES with need and free on a licensed worker, and the node limit that is never met', async () => {
    const { id: personal } = await openWorker(admin, fresh('personal'), { licenseType: 'PERSONAL' });
    const { id: evaluation } = await openWorker(admin, fresh('evaluation'), { licenseType: 'EVALUATION' });
    await claimOn(personal, { nodeCount: 19 });
    await claimOn(evaluation, { nodeCount: 4 });
    const { id: two } = await tell.definition({ ...plainDefinition(fresh('Two')), nodeCount: 2 });
    const seen = await preview({ definitionId: two });
    const short = { code: 'CAPACITY_EXCEEDED', dimension: 'NODES', need: 2, free: 1 };
    expect(reasonsOf(seen, personal)).toMatchObject([short]);
    expect(reasonsOf(seen, evaluation)).toMatchObject([short]);
    const { id: six } = await tell.definition({ ...plainDefinition(fresh('Six')), nodeCount: 6 });
    expect(reasonsOf(await preview({ definitionId: six }), evaluation)).toMatchObject([
      { code: 'WORKER_NOT_ELIGIBLE', kind: 'NODE_LIMIT', required: '6', actual: '5', need: null },
      { code: 'CAPACITY_EXCEEDED', dimension: 'NODES', need: 6, free: 1 },
    ]);
  });

  it('lists every reason at once, in the order of the checks', async () => {
    const { id } = await openWorker(admin, fresh('small'), {
      licenseType: 'EVALUATION',
      declaredCapacity: { cpuCores: 2, memoryGb: 2, storageGb: 10, nodes: 2 },
      portRange: { start: 4000, end: 4000 },
      cmlVersion: '2.8.0',
    });
    await drain(id);
    const { id: definitionId } = await tell.definition({
      ...plainDefinition(fresh('Large'), 3),
      nodeCount: 9,
      licenseAffinity: ['PERSONAL', 'ENTERPRISE'],
      resourceRequirements: {
        cpuCores: 3,
        memoryGb: 4,
        storageGb: 11,
        amiRequirements: [{ minVersion: '2.9.0', namePattern: 'CML-*', nodeDefinitions: ['iosv'] }],
      },
    });
    const reasons = reasonsOf(await preview({ definitionId }), id);
    const filled = reasons.map((reason) =>
      Object.fromEntries(
        Object.entries(reason).filter(([name, value]) => name !== 'message' && value !== null),
      ),
    );
    const ineligible = (kind: string, needed: string, actual?: string) => ({
      code: 'WORKER_NOT_ELIGIBLE',
      kind,
      required: needed,
      ...(actual === undefined ? {} : { actual }),
    });
    const short = (dimension: string, need: number, free: number) => ({
      code: 'CAPACITY_EXCEEDED',
      dimension,
      need,
      free,
    });
    expect(filled).toEqual([
      { code: 'WORKER_NOT_ACCEPTING', status: 'DRAINING' },
      ineligible('LICENSE', 'PERSONAL, ENTERPRISE', 'EVALUATION'),
      ineligible('IMAGE_NAME', 'CML-*'),
      expect.objectContaining({ code: 'WORKER_NOT_ELIGIBLE', kind: 'IMAGE_VERSION', actual: '2.8.0' }),
      ineligible('NODE_DEFINITIONS', 'iosv'),
      ineligible('NODE_LIMIT', '9', '5'),
      short('CPU_CORES', 3, 2),
      short('MEMORY_GB', 4, 2),
      short('STORAGE_GB', 11, 10),
      short('NODES', 9, 2),
      { code: 'PORTS_EXHAUSTED', need: 3, free: 1, range: { start: 4000, end: 4000 } },
    ]);
    for (const { message } of reasons) expect(message).not.toBe('');
  });

  it('finds the definition by id, by name and version, and the latest of a name', async () => {
    const name = fresh('Family');
    const [one, two] = [
      await tell.definition(plainDefinition(name)),
      await admin.request(api.CreateDefinitionVersionDocument, {
        input: { fromId: (await tell.definition(plainDefinition(`${name} b`))).id, version: '1.1.0' },
      }),
    ];
    expect(await preview({ definitionId: one.id })).toMatchObject({ definitionId: one.id });
    const asked = { definitionName: `${name} b`, definitionVersion: '1.0.0' };
    expect(await preview(asked)).toMatchObject({ definitionVersion: '1.0.0' });
    expect(await preview({ definitionName: `${name} b` })).toMatchObject({
      definitionId: required(two.createDefinitionVersion).definition.id,
      definitionVersion: '1.1.0',
    });
    const nobody = await refusal(preview({ definitionName: 'Nobody' }));
    expect(nobody).toMatchObject({ code: 'NOT_FOUND', details: { entity: 'LabletDefinition' } });
    expect(faultPaths(await refusal(preview({})))).toEqual(['definitionId']);
    const both = { definitionId: one.id, definitionName: name };
    expect(faultPaths(await refusal(preview(both)))).toEqual(['definitionId']);
    const lost = { definitionId: one.id, definitionVersion: '1.0.0' };
    expect(faultPaths(await refusal(preview(lost)))).toEqual(['definitionVersion']);
  });

  it('says no while one of document and claim values does', async () => {
    const { id } = await openWorker(admin, fresh('turning'));
    const { id: definitionId } = await tell.definition(plainDefinition(fresh('Turning')));
    const midway = async (act: () => Promise<unknown>) => {
      beforePage = { page: 2, act };
      return preview({ definitionId });
    };
    expect(reasonsOf(await midway(() => drain(id)), id)).toMatchObject([{ status: 'DRAINING' }]);
    // Opened after the live revision of the answer: who watches from there on hears of it.
    expect(reasonsOf(await midway(() => cancelDrain(id)), id)).toMatchObject([{ status: 'RUNNING' }]);
    expect(isEligible(await preview({ definitionId }), id)).toBe(true);
  });

  it('says no where the claim values are missing', async () => {
    const { id } = await openWorker(admin, fresh('lost'));
    const { id: definitionId } = await tell.definition(plainDefinition(fresh('Lost')));
    const { live, keys } = server.server.context;
    const key = keys.workerPorts(id);
    const { value } = required(await live.get(key));
    const eligible = async () => isEligible(await preview({ definitionId }), id);
    await live.delete(key);
    await expect.poll(eligible, { interval: 5 }).toBe(false);
    await live.put(key, value);
    await expect.poll(eligible, { interval: 5 }).toBe(true);
  });

  it('is for those who may read workers', async () => {
    const { id: definitionId } = await tell.definition(plainDefinition(fresh('Roles')));
    const user = await server.client('USER');
    expect(await refusal(preview({ definitionId }, user))).toMatchObject({ code: 'FORBIDDEN' });
    await preview({ definitionId }, await server.client('SERVICE'));
  });

  it('says yes exactly where a claim succeeds, and no with every dimension that is short', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
    const random = seededRandom(seed);
    const between = (low: number, high: number) => low + Math.floor(random() * (high - low + 1));
    const oneOf = <T>(list: readonly T[]): T => list[between(0, list.length - 1)] as T;
    for (let n = 0; n < 8; n++) {
      const { id } = await openWorker(admin, fresh('random'), {
        licenseType: oneOf(LICENSE_TYPES),
        declaredCapacity: {
          cpuCores: between(1, 9),
          memoryGb: between(1, 9),
          storageGb: 10,
          nodes: between(1, 9),
        },
        portRange: { start: 5000, end: 5000 + between(0, 5) },
        excludedPorts: [5001],
        ...(random() < 0.5 ? { cmlVersion: oneOf(['2.7.1', '2.10.0']) } : {}),
      });
      if (random() < 0.2) await drain(id);
    }
    const told = { yes: 0, no: 0 };
    for (let n = 0; n < 15; n++) {
      const need = { cpuCores: between(1, 4), memoryGb: between(1, 4), storageGb: between(1, 4) };
      const minVersion = random() < 0.3 ? [{ minVersion: '2.9.0' }] : [];
      const [nodeCount, ports] = [between(1, 4), between(0, 3)];
      const affinity = LICENSE_TYPES.filter(() => random() < 0.8);
      const { id: definitionId } = await tell.definition({
        ...plainDefinition(fresh('Random'), ports),
        nodeCount,
        licenseAffinity: affinity.length > 0 ? affinity : ['PERSONAL'],
        resourceRequirements: { ...need, amiRequirements: minVersion },
      });
      // One claim of each definition stays, so that workers fill up.
      const keep = between(0, 3);
      const seen = await preview({ definitionId });
      const { workers } = await admin.request(api.WorkersDocument, { first: 200 });
      const stored = new Map(required(workers).nodes.map((worker) => [worker.id, worker]));
      expect(seen.eligible.length + seen.rejected.length).toBe(stored.size);
      for (const [index, { worker, ports: numbers }] of seen.eligible.entries()) {
        const { id } = await tell.instance({ definitionId });
        const { allocatedPorts } = await tell.schedule(id, worker.id);
        expect(allocatedPorts.map(({ name, number }) => ({ name, number }))).toEqual(numbers);
        if (index !== keep) await tell.terminate(id);
        told.yes++;
      }
      for (const { worker, reasons } of seen.rejected) {
        const { capacity, ports: held } = required(stored.get(worker.id));
        const { available } = capacity;
        const { id } = await tell.instance({ definitionId });
        const error = await refusal(tell.schedule(id, worker.id));
        expect(error.code, `SEED=${seed}`).toBe(reasons[0]?.code);
        const wanted = [
          ['CPU_CORES', need.cpuCores, available.cpuCores],
          ['MEMORY_GB', need.memoryGb, available.memoryGb],
          ['STORAGE_GB', need.storageGb, available.storageGb],
          ['NODES', nodeCount, available.nodes ?? Infinity],
        ] as const;
        const short = wanted.filter(([, asked, free]) => asked > free);
        const listed = reasons.filter(({ code }) => code === 'CAPACITY_EXCEEDED');
        expect(
          listed.map(({ dimension, need: asked, free }) => [dimension, asked, free]),
          `SEED=${seed}`,
        ).toEqual(short);
        const exhausted = reasons.filter(({ code }) => code === 'PORTS_EXHAUSTED');
        expect(exhausted.map(({ need: asked, free }) => [asked, free])).toEqual(
          ports > held.available ? [[ports, held.available]] : [],
        );
        await tell.terminate(id);
        told.no++;
      }
    }
    expect(told.yes * told.no, `SEED=${seed}`).toBeGreaterThan(0);
  });
});

describe('workerPort', () => {
  const holderOf = async (workerId: string, number: number, client = admin) =>
    required((await client.request(api.WorkerPortDocument, { workerId, number })).workerPort);

  it('names who holds a number and which port it is, or nobody', async () => {
    const { id: workerId } = await openWorker(admin, fresh('ports'));
    const { id: instanceId } = await claimOn(workerId, {});
    expect(await holderOf(workerId, 2001)).toMatchObject({
      worker: { id: workerId },
      number: 2001,
      holder: { instanceId, name: 'port_1' },
    });
    expect(await holderOf(workerId, 2002)).toMatchObject({ holder: null });
    await tell.terminate(instanceId);
    const freed = await holderOf(workerId, 2001);
    expect(freed.holder).toBeNull();
    expect(freed.liveRevision).not.toBe('');
  });

  it('refuses numbers that the worker never hands out, and unknown workers', async () => {
    const { id } = await tell.worker(workerInput(fresh('ports'), { declaredCapacity: AMPLE }));
    for (const number of [1999, 10_000, 9090]) {
      expect(await refusal(holderOf(id, number))).toMatchObject({
        code: 'PORT_OUT_OF_RANGE',
        details: { number, range: { start: 2000, end: 9999 }, excluded: [9090] },
      });
    }
    expect(await refusal(holderOf(`wrk_${'0'.repeat(26)}`, 2000))).toMatchObject({ code: 'NOT_FOUND' });
    const user = await server.client('USER');
    expect(await refusal(holderOf(id, 2000, user))).toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('workers', () => {
  it('are found by status, template and licence, alone and together', async () => {
    const name = fresh('listed');
    const input = workerInput(name, { templateName: 'personal-standard', licenseType: 'EVALUATION' });
    const { id } = await tell.worker(input);
    await tell.moveWorker(id, 'FAILED');
    const { workers } = await admin.request(api.WorkersDocument, { first: 200 });
    const all = required(workers).nodes;
    const parts = { status: 'FAILED', templateName: 'personal-standard', licenseType: 'EVALUATION' } as const;
    const names = Object.keys(parts) as (keyof typeof parts)[];
    for (let mask = 0; mask < 2 ** names.length; mask++) {
      const given = names.filter((_, bit) => mask & (1 << bit));
      const filter = Object.fromEntries(given.map((part) => [part, parts[part]]));
      const expected = all.filter((worker) => given.every((part) => worker[part] === parts[part]));
      const found = required((await admin.request(api.WorkersDocument, { filter, first: 200 })).workers);
      expect(found.nodes.map((worker) => worker.id)).toEqual(expected.map((worker) => worker.id));
      expect(found.totalCount).toBe(expected.length);
      expect(expected.map((worker) => worker.id)).toContain(id);
    }
  });

  it('W2 show what is left of their room and numbers once a claim is taken', async () => {
    const name = fresh('standard');
    const { id } = await openWorker(admin, name, {
      licenseType: 'PERSONAL',
      declaredCapacity: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
    });
    const read = async () => required((await admin.request(api.WorkerDocument, { id })).worker);
    expect((await read()).ports.available).toBe(7999);
    const resourceRequirements = { cpuCores: 3, memoryGb: 5, storageGb: 50 };
    const held = await claimOn(id, { resourceRequirements, nodeCount: 2 });
    expect(await read()).toMatchObject({
      capacity: {
        declared: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
        allocated: { cpuCores: 3, memoryGb: 5, storageGb: 50, nodes: 2 },
        available: { cpuCores: 45, memoryGb: 187, storageGb: 450, nodes: 18 },
      },
      ports: { available: 7997, allocations: [{ instanceId: held.id }] },
      instanceIds: [held.id],
    });
  });
});
