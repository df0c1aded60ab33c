import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { refusal } from './support/answers.js';
import { startTestServer, type TestServer } from './support/server.js';
import { honestAdmin, openWorker, workerInput } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

let server: TestServer;
let admin: api.LabletClient;
let tell: ReturnType<typeof story>;

const instance = async (id: string) => required((await admin.request(api.InstanceDocument, { id })).instance);
const worker = async (id: string) => required((await admin.request(api.WorkerDocument, { id })).worker);
const schedule = (input: api.ScheduleInstanceInput) =>
  refusal(admin.request(api.ScheduleInstanceDocument, { input }));

beforeAll(async () => {
  server = await startTestServer();
  admin = await honestAdmin(server);
  tell = story(admin);
});

afterAll(() => server.close());

describe('scheduling', () => {
  it('again on the same worker changes nothing, and on another one is CLAIM_CONFLICT', async () => {
    const lab = await tell.definition(plainDefinition('Again'));
    const [here, there] = [await openWorker(admin, 'again-1'), await openWorker(admin, 'again-2')];
    const { id } = await tell.instance({ definitionId: lab.id });
    const scheduled = await tell.schedule(id, here.id);
    expect(await tell.schedule(id, here.id)).toEqual(scheduled);
    expect(await schedule({ id, workerId: there.id })).toMatchObject({
      code: 'CLAIM_CONFLICT',
      details: { workerId: here.id },
    });
    expect((await worker(here.id)).instanceIds).toEqual([id]);
    expect((await worker(there.id)).instanceIds).toEqual([]);
  });

  it('on a worker in any status but RUNNING is WORKER_NOT_ACCEPTING', async () => {
    const lab = await tell.definition(plainDefinition('Not accepting'));
    const { id } = await tell.instance({ definitionId: lab.id });
    const { id: workerId } = await tell.worker(workerInput('not-accepting'));
    const refused: string[] = [];
    const way = ['PROVISIONING', 'FAILED', 'STOPPING', 'STOPPED', 'TERMINATED'] as const;
    for (const to of [null, ...way]) {
      const { status } = to === null ? await worker(workerId) : await tell.moveWorker(workerId, to);
      const error = await schedule({ id, workerId });
      expect(error).toMatchObject({ code: 'WORKER_NOT_ACCEPTING', retryable: true, details: { status } });
      refused.push(status);
    }
    expect(refused).toEqual(['PENDING', ...way]);
    expect(await instance(id)).toMatchObject({ state: 'PENDING', revision: 1 });
  });

  it('where licence, image and nodes do not fit names every reason', async () => {
    const lab = await tell.definition({
      ...plainDefinition('Choosy'),
      licenseAffinity: ['ENTERPRISE'],
      nodeCount: 6,
      resourceRequirements: {
        ...{ cpuCores: 1, memoryGb: 1, storageGb: 1 },
        amiRequirements: [
          { namePattern: 'CML-3.*', minVersion: '2.10.0', nodeDefinitions: ['iosv', 'asav'] },
        ],
      },
    });
    const { id } = await tell.instance({ definitionId: lab.id });
    const facts = { amiName: 'CML-2.9.1', cmlVersion: '2.9.1', nodeDefinitions: ['iosv'] };
    const old = await openWorker(admin, 'old', { licenseType: 'EVALUATION', ...facts });
    const told = await schedule({ id, workerId: old.id });
    expect(told).toMatchObject({ code: 'WORKER_NOT_ELIGIBLE', retryable: false });
    expect(told.details['reasons']).toEqual([
      { kind: 'LICENSE', need: 'ENTERPRISE', actual: 'EVALUATION' },
      { kind: 'IMAGE_NAME', need: 'CML-3.*', actual: 'CML-2.9.1' },
      { kind: 'IMAGE_VERSION', need: expect.stringContaining('2.10.0'), actual: '2.9.1' },
      { kind: 'NODE_DEFINITIONS', need: expect.stringContaining('asav'), actual: expect.any(String) },
      { kind: 'NODE_LIMIT', need: '6', actual: '5' },
    ]);
    // What was never reported satisfies nothing.
    const silent = await openWorker(admin, 'silent');
    const untold = (await schedule({ id, workerId: silent.id })).details['reasons'] as api.ApiErrorInfo[];
    expect(untold).toEqual(
      ['IMAGE_NAME', 'IMAGE_VERSION', 'NODE_DEFINITIONS'].map((kind) =>
        expect.objectContaining({ kind, actual: null }),
      ),
    );
  });

  it('where room is short names every short dimension with need and free, and takes no port', async () => {
    const lab = await tell.definition({
      ...plainDefinition('Large', 4),
      resourceRequirements: { cpuCores: 3, memoryGb: 9, storageGb: 10 },
      nodeCount: 2,
    });
    const declaredCapacity = { cpuCores: 2, memoryGb: 8, storageGb: 10, nodes: 1 };
    const portRange = { start: 3000, end: 3003 };
    const { id: workerId } = await openWorker(admin, 'small', { declaredCapacity, portRange });
    const { id } = await tell.instance({ definitionId: lab.id });
    expect(await schedule({ id, workerId })).toMatchObject({
      code: 'CAPACITY_EXCEEDED',
      retryable: true,
      details: {
        shortfalls: [
          { dimension: 'CPU_CORES', need: 3, free: 2 },
          { dimension: 'MEMORY_GB', need: 9, free: 8 },
          { dimension: 'NODES', need: 2, free: 1 },
        ],
      },
    });
    expect((await worker(workerId)).ports).toMatchObject({ available: 4, allocations: [] });
  });

  it('where port numbers are short says how many it needs and has', async () => {
    const lab = await tell.definition(plainDefinition('Ports', 4));
    const portRange = { start: 3000, end: 3003 };
    const { id: workerId } = await openWorker(admin, 'narrow', { portRange, excludedPorts: [3001] });
    const { id } = await tell.instance({ definitionId: lab.id });
    expect(await schedule({ id, workerId })).toMatchObject({
      code: 'PORTS_EXHAUSTED',
      retryable: true,
      details: { need: 4, free: 3, range: portRange },
    });
    expect(await worker(workerId)).toMatchObject({ instanceIds: [], ports: { available: 3 } });
  });
});
