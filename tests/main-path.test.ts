import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  InstanceChangesDocument,
  InstanceDocument,
  InstanceGraphDocument,
  RenderedLabDocument,
  TemplatesDocument,
  WorkerDocument,
  type InstanceChangesSubscription,
} from '../src/client/index.js';
import { backends, type Backend } from './support/backends.js';
import { StreamLog } from './support/stream-log.js';
import { startTestServer, type TestServer } from './support/server.js';
import { plainDefinition, required, story } from './support/story.js';

type Change = NonNullable<InstanceChangesSubscription['instanceChanges']>;

async function* changes(stream: AsyncIterable<InstanceChangesSubscription>): AsyncGenerator<Change> {
  for await (const { instanceChanges } of stream) yield instanceChanges;
}

describe.each(backends())('the main path on $name', (backend: Backend) => {
  let server: TestServer;
  let stopEngines: () => Promise<void>;

  beforeAll(async () => {
    const { env, stop } = await backend.start();
    stopEngines = stop;
    server = await startTestServer({ env });
  });

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  it('seeds the worker templates of the file', async () => {
    const client = await server.client('USER');
    const { templates } = await client.request(TemplatesDocument, {});
    expect(required(templates).nodes.map(({ name }) => name)).toEqual([
      'enterprise-large',
      'personal-standard',
    ]);
  });

  it('goes from definition to end, with port numbers of its own and every step live', async () => {
    const admin = await server.client('ADMIN', 'root');
    const tell = story(admin);
    const lab = await tell.definition();
    expect(lab).toMatchObject({ nodeCount: 3, topologySource: 'EXTRACTED', status: 'ACTIVE', revision: 1 });
    expect(lab.labYamlHash).toMatch(/^[0-9a-f]{64}$/);
    expect(
      lab.portTemplate.map(({ name, kind, nodeLabel, insidePort }) => [name, kind, nodeLabel, insidePort]),
    ).toEqual([
      ['serial_1', 'SERIAL', 'edge-r1', null],
      ['branch_r2_serial', 'SERIAL', 'branch-r2', null],
      ['vnc_1', 'VNC', 'desk', null],
      ['web', 'PAT', 'desk', 8080],
    ]);
    const worker = await tell.runningWorker('worker-1');
    expect(worker.status).toBe('RUNNING');

    const log = new StreamLog(changes(admin.subscribe(InstanceChangesDocument, {})));
    await log.until(({ kind }) => kind === 'SYNCED');
    const booked = await tell.instance({ definitionId: lab.id });
    expect(booked).toMatchObject({
      state: 'PENDING',
      ownerId: 'root',
      asSoonAsPossible: true,
      workerId: null,
    });

    const scheduled = await tell.schedule(booked.id, worker.id);
    expect(scheduled.state).toBe('SCHEDULED');
    expect(scheduled.allocatedPorts.map(({ name, number, status }) => [name, number, status])).toEqual([
      ['serial_1', 2000, 'ALLOCATED'],
      ['branch_r2_serial', 2001, 'ALLOCATED'],
      ['vnc_1', 2002, 'ALLOCATED'],
      ['web', 2003, 'ALLOCATED'],
    ]);
    const { instance: shown } = await admin.request(RenderedLabDocument, { id: booked.id });
    const rendered = required(required(shown).renderedLabYaml);
    for (const tag of ["'serial:2000', core", "['serial:2001']", "'vnc:2002'", "'pat:tcp:2003:8080'"]) {
      expect(rendered).toContain(tag);
    }
    expect(rendered).toContain("{tag: 'serial:2000', label: 'serial:2000'");
    expect(rendered).not.toContain('PORT_');

    const { worker: held } = await admin.request(WorkerDocument, { id: worker.id });
    expect(held).toMatchObject({
      capacity: {
        declared: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
        allocated: { cpuCores: 3, memoryGb: 5, storageGb: 50, nodes: 3 },
        available: { cpuCores: 45, memoryGb: 187, storageGb: 450, nodes: 17 },
      },
      instanceIds: [booked.id],
    });
    expect(required(held).ports.available).toBe(7999 - 4);

    await tell.move(booked.id, 'INSTANTIATING');
    const running = await tell.move(booked.id, 'RUNNING', { cmlLabId: 'lab-1' });
    expect(running).toMatchObject({ state: 'RUNNING', cmlLabId: 'lab-1' });
    const stopping = await tell.terminate(booked.id, 'done');
    expect(stopping).toMatchObject({
      state: 'STOPPING',
      terminationRequested: { by: 'root', reason: 'done' },
    });
    const ended = await tell.move(booked.id, 'STOPPED');
    expect(ended.state).toBe('TERMINATED');
    expect(ended.history.map(({ to }) => to)).toEqual([
      'PENDING',
      'SCHEDULED',
      'INSTANTIATING',
      'RUNNING',
      'STOPPING',
      'STOPPED',
      'ARCHIVED',
      'TERMINATED',
    ]);

    await log.until(({ transition }) => transition?.to === 'TERMINATED');
    const [synced, ...moves] = log.seen;
    expect(synced?.kind).toBe('SYNCED');
    // A commit with several moves shows its final state.
    expect(moves.map(({ kind, transition }) => [kind, transition?.to])).toEqual([
      ['CHANGED', 'PENDING'],
      ['CHANGED', 'SCHEDULED'],
      ['CHANGED', 'INSTANTIATING'],
      ['CHANGED', 'RUNNING'],
      ['CHANGED', 'STOPPING'],
      ['CHANGED', 'TERMINATED'],
    ]);
    for (const { instance: shown, transition } of moves) {
      expect(required(shown).sequence).toBeGreaterThanOrEqual(required(transition).sequence);
    }

    const { worker: free } = await admin.request(WorkerDocument, { id: worker.id });
    expect(free).toMatchObject({ capacity: { allocated: { cpuCores: 0, nodes: 0 } }, instanceIds: [] });
    const again = await tell.instance({ definitionId: lab.id });
    const reused = await tell.schedule(again.id, worker.id);
    expect(reused.allocatedPorts.map(({ number }) => number)).toEqual([2000, 2001, 2002, 2003]);
  });

  it('answers the nested graph in one query', async () => {
    const admin = await server.client('ADMIN');
    const tell = story(admin);
    const lab = await tell.definition(plainDefinition('Graph lab'));
    const { id: workerId } = await tell.worker({ name: 'graph-worker', templateName: 'enterprise-large' });
    await tell.moveWorker(workerId, 'PROVISIONING');
    await tell.moveWorker(workerId, 'RUNNING');
    const { id } = await tell.instance({ definitionId: lab.id });
    await tell.schedule(id, workerId);
    const { instance: graph } = await admin.request(InstanceGraphDocument, { id });
    expect(graph).toMatchObject({
      definition: { id: lab.id, versions: [{ version: '1.0.0' }] },
      nextStates: ['INSTANTIATING', 'TERMINATED'],
      worker: {
        id: workerId,
        capacity: { allocated: { cpuCores: 1, memoryGb: 1, storageGb: 1, nodes: 1 } },
        ports: { allocations: [{ instanceId: id, ports: [{ number: 2000 }, { number: 2001 }] }] },
        instances: [{ id, state: 'SCHEDULED' }],
        template: { name: 'enterprise-large', workers: [{ id: workerId }] },
      },
    });
  });

  it('shows a new subscriber what is there, then only what changes', async () => {
    const admin = await server.client('ADMIN');
    const log = new StreamLog(changes(admin.subscribe(InstanceChangesDocument, {})));
    await log.until(({ kind }) => kind === 'SYNCED');
    const snapshots = log.seen.filter(({ kind }) => kind === 'SNAPSHOT').map(({ instanceId }) => instanceId);
    expect(new Set(snapshots).size).toBe(snapshots.length);
    expect(snapshots.length).toBeGreaterThanOrEqual(2);
    for (const id of snapshots) {
      const { instance } = await admin.request(InstanceDocument, { id: required(id) });
      expect(required(instance).state).not.toBe('TERMINATED');
    }
  });
});
