import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError, WorkerDocument } from '../src/client/index.js';
import type { LiveStore } from '../src/live/live-store.js';
import { purePairs, type Backend } from './support/backends.js';
import { startTestServer, type TestServer } from './support/server.js';
import { plainDefinition, required, story } from './support/story.js';

/** Everything the live store holds of claims, as raw text by key. */
async function claimKeys(live: LiveStore): Promise<Record<string, string>> {
  const { entries } = await live.list('/ccm/');
  const claims = entries.filter(({ key }) => /\/(capacity|ports|worker)$/.test(key));
  return Object.fromEntries(claims.map(({ key, value }) => [key, value]));
}

const refusalOf = (work: Promise<unknown>): Promise<ApiError> =>
  work.then(
    () => {
      throw new Error('it was not refused');
    },
    (error: unknown) => {
      if (error instanceof ApiError) return error;
      throw error;
    },
  );

describe.each(purePairs())('claims on $name', (backend: Backend) => {
  let server: TestServer;
  let stopEngines: () => Promise<void>;
  let tell: ReturnType<typeof story>;
  let worker: (name: string, input?: object) => Promise<string>;

  beforeAll(async () => {
    const { env, stop } = await backend.start();
    stopEngines = stop;
    server = await startTestServer({ env });
    tell = story(await server.client('ADMIN'));
    worker = async (name, input = {}) => {
      const { id } = await tell.worker({ name, templateName: 'enterprise-large', ...input });
      await tell.moveWorker(id, 'PROVISIONING');
      return (await tell.moveWorker(id, 'RUNNING')).id;
    };
  });

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  it('gives 50 callers at once 200 distinct numbers', async () => {
    const workerId = await worker('busy', {
      declaredCapacity: { cpuCores: 100, memoryGb: 100, storageGb: 100, nodes: 100 },
    });
    const { id: definitionId } = await tell.definition(plainDefinition('Four ports', 4));
    const clients = await Promise.all(Array.from({ length: 50 }, () => server.client('SERVICE')));
    const booked = await Promise.all(clients.map((client) => story(client).instance({ definitionId })));
    const scheduled = await Promise.all(
      clients.map((client, index) => story(client).schedule(required(booked[index]).id, workerId)),
    );
    const numbers = scheduled.flatMap(({ allocatedPorts }) => allocatedPorts.map(({ number }) => number));
    expect(new Set(numbers).size).toBe(200);
    expect(Math.min(...numbers)).toBe(2000);
    expect(Math.max(...numbers)).toBe(2199);
    const { worker: held } = await (await server.client('ADMIN')).request(WorkerDocument, { id: workerId });
    expect(held).toMatchObject({
      capacity: { allocated: { cpuCores: 50 } },
      ports: { available: 7999 - 200 },
    });
  });

  it('hands freed numbers out again, lowest first', async () => {
    const workerId = await worker('reuse');
    const { id: definitionId } = await tell.definition(plainDefinition('Reuse lab', 2));
    const numbersOf = async () => {
      const { id } = await tell.instance({ definitionId });
      const { allocatedPorts } = await tell.schedule(id, workerId);
      return { id, numbers: allocatedPorts.map(({ number }) => number) };
    };
    const first = await numbersOf();
    const second = await numbersOf();
    expect([first.numbers, second.numbers]).toEqual([
      [2000, 2001],
      [2002, 2003],
    ]);
    await tell.terminate(first.id);
    expect((await numbersOf()).numbers).toEqual([2000, 2001]);
  });

  it('refuses what does not fit and leaves every claim key as it was', async () => {
    const workerId = await worker('narrow', { portRange: { start: 3000, end: 3002 } });
    const { id: definitionId } = await tell.definition(plainDefinition('Two ports', 2));
    const [one, two] = [await tell.instance({ definitionId }), await tell.instance({ definitionId })];
    await tell.schedule(one.id, workerId);
    const before = await claimKeys(server.server.context.live);
    const refusal = await refusalOf(tell.schedule(two.id, workerId));
    expect([refusal.code, refusal.details]).toEqual([
      'PORTS_EXHAUSTED',
      { need: 2, free: 1, range: { start: 3000, end: 3002 } },
    ]);
    expect(await claimKeys(server.server.context.live)).toEqual(before);
  });

  it('counts nodes against the licence over all claims of a worker', async () => {
    const workerId = await worker('licensed', { templateName: 'personal-standard' });
    const lab = (nodeCount: number) => ({ ...plainDefinition(`${nodeCount} nodes`, 0), nodeCount });
    const { id: large } = await tell.definition(lab(19));
    const { id: small } = await tell.definition(lab(2));
    await tell.schedule((await tell.instance({ definitionId: large })).id, workerId);
    const refusal = await refusalOf(
      tell.schedule((await tell.instance({ definitionId: small })).id, workerId),
    );
    expect([refusal.code, refusal.details]).toEqual([
      'CAPACITY_EXCEEDED',
      { shortfalls: [{ dimension: 'NODES', need: 2, free: 1 }] },
    ]);
  });

  it('lets one of two schedulers win, with exactly one claim', async () => {
    const [a, b] = [await worker('rival-a'), await worker('rival-b')];
    const { id: definitionId } = await tell.definition(plainDefinition('Contested lab', 1));
    for (let round = 0; round < 10; round++) {
      const { id } = await tell.instance({ definitionId });
      const results = await Promise.allSettled([tell.schedule(id, a), tell.schedule(id, b)]);
      const won = results.filter(({ status }) => status === 'fulfilled');
      expect(won).toHaveLength(1);
      const lost = results.find((result) => result.status === 'rejected');
      expect((lost?.reason as ApiError).code).toBe('CLAIM_CONFLICT');
      const holders = Object.entries(await claimKeys(server.server.context.live)).filter(([, value]) =>
        value.includes(id),
      );
      expect(holders.map(([key]) => key.replace(/wrk_\w+/, 'W')).sort()).toEqual([
        '/ccm/instances/' + id + '/worker',
        '/ccm/workers/W/capacity',
        '/ccm/workers/W/ports',
      ]);
    }
  });

  it('leaves no claim behind when an instance is ended while it is scheduled', async () => {
    const workerId = await worker('ending');
    const { id: definitionId } = await tell.definition(plainDefinition('Short lab', 1));
    for (let round = 0; round < 30; round++) {
      const { id } = await tell.instance({ definitionId });
      await Promise.allSettled([tell.schedule(id, workerId), tell.terminate(id)]);
      const ended = await tell.terminate(id);
      expect(ended.state).toBe('TERMINATED');
      expect(JSON.stringify(await claimKeys(server.server.context.live))).not.toContain(id);
    }
  });

  it('ends every instance of a worker that is stopped by force', async () => {
    const workerId = await worker('doomed');
    const { id: definitionId } = await tell.definition(plainDefinition('Doomed lab', 1));
    const [waiting, running] = [await tell.instance({ definitionId }), await tell.instance({ definitionId })];
    await tell.schedule(waiting.id, workerId);
    await tell.schedule(running.id, workerId);
    await tell.move(running.id, 'INSTANTIATING');
    await tell.move(running.id, 'RUNNING', { cmlLabId: 'lab-9' });
    const busy = await refusalOf(tell.moveWorker(workerId, 'STOPPING'));
    expect([busy.code, busy.details['instances']]).toEqual(['WORKER_BUSY', [waiting.id, running.id]]);
    await tell.moveWorker(workerId, 'STOPPING', { force: true });
    const closed = await refusalOf(tell.schedule((await tell.instance({ definitionId })).id, workerId));
    expect([closed.code, closed.details]).toEqual(['WORKER_NOT_ACCEPTING', { status: 'STOPPING' }]);
    await tell.moveWorker(workerId, 'STOPPED');
    const reasons = await Promise.all(
      [waiting.id, running.id].map(async (id) => (await tell.terminate(id)).history),
    );
    expect(reasons.map((history) => history.at(-1))).toMatchObject([
      { to: 'TERMINATED', reason: 'WORKER_LOST_BEFORE_START', by: 'system:worker-lost' },
      { to: 'TERMINATED', reason: 'WORKER_LOST_DURING_RUN', by: 'system:worker-lost' },
    ]);
    const { worker: stopped } = await (
      await server.client('ADMIN')
    ).request(WorkerDocument, { id: workerId });
    expect(stopped).toMatchObject({ instanceIds: [], capacity: { allocated: { cpuCores: 0 } } });
  });

  it('keeps keys and values in the stated form', async () => {
    const workerId = await worker('formal');
    const { id: definitionId } = await tell.definition(plainDefinition('Formal lab', 1));
    const { id } = await tell.instance({ definitionId });
    await tell.schedule(id, workerId);
    const { live } = server.server.context;
    const read = async (key: string) =>
      JSON.parse(required(await live.get(key)).value) as Record<string, unknown>;
    expect(Object.keys(await read(`/ccm/instances/${id}/state`))).toEqual([
      'v',
      'id',
      'state',
      'from',
      'seq',
      'revision',
      'ownerId',
      'definitionId',
      'workerId',
      'at',
    ]);
    expect(await read(`/ccm/instances/${id}/state`)).toMatchObject({
      v: 1,
      state: 'SCHEDULED',
      from: 'PENDING',
      seq: 2,
    });
    const held = await read(`/ccm/instances/${id}/worker`);
    expect(Object.keys(held)).toEqual(['v', 'instanceId', 'workerId', 'token', 'claimedAt']);
    expect(await read(`/ccm/workers/${workerId}/state`)).toMatchObject({ v: 1, status: 'RUNNING', seq: 3 });
    const capacity = await read(`/ccm/workers/${workerId}/capacity`);
    expect(capacity).toMatchObject({
      v: 1,
      workerId,
      configRevision: 1,
      accepting: { open: true, seq: 3 },
      declared: { cpuCores: 48, memoryGb: 192, storageGb: 1000, nodes: 500 },
      claims: { [id]: { token: held['token'], cpuCores: 1, memoryGb: 1, storageGb: 1, nodes: 1 } },
    });
    expect(await read(`/ccm/workers/${workerId}/ports`)).toMatchObject({
      v: 1,
      seq: capacity['seq'],
      range: { start: 2000, end: 9999 },
      excluded: [9090],
      claims: { [id]: { port_0: 2000 } },
    });
    expect(Object.keys(await read('/ccm/epoch'))).toEqual(['v', 'epoch', 'deploymentId']);
    expect(Object.keys(await read('/ccm/control-plane/leader'))).toEqual(['v', 'service', 'holder', 'since']);
    expect(Object.keys(await read('/ccm/control-plane/tick'))).toEqual(['v', 'n', 'at']);
  });
});
