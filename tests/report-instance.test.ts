import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { INSTANCE_STATES } from '../src/instances/transitions.js';
import { faultPaths, refusal } from './support/answers.js';
import { startTestServer, type TestServer } from './support/server.js';
import { honestAdmin, openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const failure = { code: 'IMPORT_FAILED', message: 'The image is missing.\nAsk the author.' };
const score = { total: 7, max: 10, passed: true };

let server: TestServer;
let admin: api.LabletClient;
let tell: ReturnType<typeof story>;
let definitionId: string;
let workerId: string;

beforeAll(async () => {
  server = await startTestServer();
  admin = await honestAdmin(server);
  tell = story(admin);
  definitionId = (await tell.definition(plainDefinition('Reported'))).id;
  workerId = (await openWorker(admin, 'reported')).id;
});

afterAll(() => server.close());

const read = async (id: string) => required((await admin.request(api.InstanceDocument, { id })).instance);

async function report(input: api.ReportInstanceInput, client = admin) {
  const { reportInstance } = await client.request(api.ReportInstanceDocument, { input });
  return required(reportInstance).instance;
}

/** An instance that was taken to this state, with its claim. */
async function instanceIn(state: api.InstanceState): Promise<string> {
  const { id } = await tell.instance({ definitionId });
  if (state === 'PENDING') return id;
  await tell.schedule(id, workerId);
  if (state === 'SCHEDULED') return id;
  const way = [
    'INSTANTIATING',
    'RUNNING',
    'COLLECTING',
    'GRADING',
    'STOPPING',
    'STOPPED',
    'ARCHIVED',
  ] as const;
  for (const step of way) {
    await tell.move(id, step, step === 'RUNNING' ? { cmlLabId: 'lab-1' } : {});
    if (step === state) return id;
  }
  await tell.terminate(id);
  return id;
}

describe('reportInstance', () => {
  it('counts failed starts, refuses the fourth, and leaves the instance to be terminated', async () => {
    const id = await instanceIn('INSTANTIATING');
    const service = await server.client('SERVICE');
    for (const count of [1, 2, 3]) {
      const startFailure = { ...failure, code: `TRY_${count}` };
      const reported = await report({ id, startFailure }, service);
      expect(reported).toMatchObject({
        state: 'INSTANTIATING',
        retryCount: count,
        lastError: startFailure,
        revision: 3 + count,
      });
    }
    expect(await refusal(report({ id, startFailure: failure }))).toMatchObject({
      code: 'INVALID_TRANSITION',
      message: expect.stringContaining('terminate it instead'),
      details: { from: 'INSTANTIATING', to: 'INSTANTIATING', legal: ['RUNNING', 'TERMINATED'] },
    });
    expect(await read(id)).toMatchObject({ revision: 6, sequence: 3 });
    expect(await tell.terminate(id, 'it does not start')).toMatchObject({ state: 'TERMINATED' });
  });

  it('takes over what a controller sees of ports, and changes nothing when told the same again', async () => {
    const id = await instanceIn('SCHEDULED');
    const portStatuses: api.PortStatusInput[] = [{ name: 'port_1', status: 'CONFIGURED' }];
    const reported = await report({ id, portStatuses });
    expect(reported.allocatedPorts.map(({ name, status }) => [name, status])).toEqual([
      ['port_0', 'ALLOCATED'],
      ['port_1', 'CONFIGURED'],
    ]);
    expect(await report({ id, portStatuses })).toMatchObject({ revision: reported.revision });
    const both = await report({
      id,
      portStatuses: [{ name: 'port_0', status: 'REACHABLE' }, ...portStatuses],
    });
    expect(both).toMatchObject({ revision: reported.revision + 1, sequence: 2 });
  });

  it('stores a failed start and ports in one commit, or neither', async () => {
    const id = await instanceIn('INSTANTIATING');
    const statuses = (name: string) => [{ name, status: 'CONFIGURED' as const }];
    const wrong = report({ id, startFailure: failure, portStatuses: statuses('port_9') });
    expect(faultPaths(await refusal(wrong))).toEqual(['portStatuses.0.name']);
    expect(await read(id)).toMatchObject({ revision: 3 });
    const right = await report({ id, startFailure: failure, portStatuses: statuses('port_0') });
    expect(right).toMatchObject({
      revision: 4,
      retryCount: 1,
      allocatedPorts: [{ status: 'CONFIGURED' }, {}],
    });
  });

  it('says what is wrong with the input', async () => {
    const id = await instanceIn('INSTANTIATING');
    const twice: api.PortStatusInput[] = [
      { name: 'port_0', status: 'REACHABLE' },
      { name: 'port_0', status: 'CONFIGURED' },
    ];
    const paths = async (input: Omit<api.ReportInstanceInput, 'id'>) =>
      faultPaths(await refusal(report({ id, ...input })));
    expect(await paths({})).toEqual(['portStatuses']);
    expect(await paths({ portStatuses: [] })).toEqual(['portStatuses']);
    expect(await paths({ portStatuses: twice })).toEqual(['portStatuses.1.name']);
    expect(await paths({ startFailure: { code: ' ', message: '' } })).toEqual([
      'startFailure.code',
      'startFailure.message',
    ]);
  });

  it.each(INSTANCE_STATES.filter((state) => state !== 'INSTANTIATING'))(
    'takes no failed start in %s',
    async (state) => {
      const id = await instanceIn(state);
      const error = await refusal(report({ id, startFailure: failure }));
      expect(error).toMatchObject({ code: 'INVALID_TRANSITION', details: { from: state } });
    },
  );

  it('takes no ports of an ended instance: they belong to others', async () => {
    const id = await instanceIn('TERMINATED');
    const error = await refusal(report({ id, portStatuses: [{ name: 'port_0', status: 'REACHABLE' }] }));
    expect(error).toMatchObject({ code: 'INVALID_TRANSITION', details: { from: 'TERMINATED', legal: [] } });
  });

  it('is refused under a stale revision, to those without the role, and for what is missing', async () => {
    const id = await instanceIn('INSTANTIATING');
    const startFailure = failure;
    const stale = await refusal(report({ id, startFailure, expectedRevision: 2 }));
    expect(stale).toMatchObject({ code: 'REVISION_CONFLICT', details: { expected: 2, actual: 3 } });
    const manager = await server.client('MANAGER');
    const owner = await server.client('USER', 'root');
    for (const client of [manager, owner]) {
      expect(await refusal(report({ id, startFailure }, client))).toMatchObject({ code: 'FORBIDDEN' });
    }
    const missing = `ins_${'0'.repeat(26)}`;
    expect(await refusal(report({ id: missing, startFailure }))).toMatchObject({
      code: 'NOT_FOUND',
      details: { id: missing },
    });
    expect(await report({ id, startFailure, expectedRevision: 3 })).toMatchObject({ revision: 4 });
  });
});

describe('recordGradingScore', () => {
  const grade = (input: Partial<api.RecordGradingScoreInput> & { id: string }) =>
    admin.request(api.RecordGradingScoreDocument, { input: { score, ...input } });

  it.each(INSTANCE_STATES.filter((state) => state !== 'GRADING'))('takes no score in %s', async (state) => {
    const id = await instanceIn(state);
    const before = await read(id);
    expect(await refusal(grade({ id }))).toMatchObject({
      code: 'INVALID_TRANSITION',
      details: { from: state, to: 'STOPPING' },
    });
    expect(await read(id)).toEqual(before);
  });

  it('is refused under a stale revision and for what is missing', async () => {
    const id = await instanceIn('GRADING');
    expect(await refusal(grade({ id, expectedRevision: 3 }))).toMatchObject({ code: 'REVISION_CONFLICT' });
    expect(await refusal(grade({ id: `ins_${'0'.repeat(26)}` }))).toMatchObject({ code: 'NOT_FOUND' });
    await grade({ id, expectedRevision: 6 });
    expect(await read(id)).toMatchObject({ state: 'STOPPING', revision: 7 });
  });
});

describe('terminateInstance', () => {
  const REQUESTED: readonly api.InstanceState[] = ['RUNNING', 'COLLECTING', 'GRADING', 'STOPPING'];

  it.each(INSTANCE_STATES)('I3 ends from %s, and a second call in a row adds nothing', async (state) => {
    const id = await instanceIn(state);
    const before = await read(id);
    const once = await tell.terminate(id, 'enough');
    const asked = REQUESTED.includes(state);
    expect(once.state).toBe(asked ? 'STOPPING' : 'TERMINATED');
    expect(once.revision).toBe(before.revision + (state === 'TERMINATED' ? 0 : 1));
    expect(once.terminationRequested).toEqual(asked ? expect.objectContaining({ reason: 'enough' }) : null);
    expect(await tell.terminate(id, 'again')).toEqual(once);
    if (asked) expect(await tell.move(id, 'STOPPED')).toMatchObject({ state: 'TERMINATED' });
    const { worker } = await admin.request(api.WorkerDocument, { id: workerId });
    expect(required(worker).instanceIds).not.toContain(id);
  });
});
