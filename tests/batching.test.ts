import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { rawDocument } from './support/answers.js';
import { purePairs } from './support/backends.js';
import { intercepted } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const INSTANCES = 100;
const DEFINITIONS = 10;
const WORKERS = 5;
const DAY = String(24 * 60 * 60);

/** Everything an edge leads to, two steps deep. */
const EVERY_EDGE = rawDocument(`query ($first: Int) {
  instances(first: $first) { nodes {
    id nextStates endpoint { workerName }
    definition { id versions { id } previousVersion { id } replacement { id } instances { id } }
    worker { id capacity { available { cpuCores } } ports { available } instances { id } template { id workers { id } } }
  } }
}`);

describe.each(purePairs())('edges of a list on $name', (backend) => {
  let server: TestServer;
  let admin: api.LabletClient;
  let stopEngines: () => Promise<void>;
  const calls: string[] = [];

  beforeAll(async () => {
    const { env, stop } = await backend.start();
    stopEngines = stop;
    const wrapStores = intercepted(({ name, go }) => {
      calls.push(name);
      return go();
    });
    // Nothing of its own accord during the test.
    const quiet = {
      OUTBOX_SWEEP_SECONDS: DAY,
      TICK_SECONDS: DAY,
      LEADER_TTL_SECONDS: DAY,
      REPAIR_SECONDS: DAY,
      REPAIR_POLL_MS: '86400000',
    };
    server = await startTestServer({ env: { ...env, ...quiet }, overrides: { wrapStores } });
    admin = await server.client('ADMIN', 'root');
    const tell = story(admin);
    const labs = [];
    for (let index = 0; index < DEFINITIONS; index++)
      labs.push(await tell.definition(plainDefinition(`Lab ${index}`)));
    const workers = [];
    for (let index = 0; index < WORKERS; index++) workers.push(await openWorker(admin, `worker-${index}`));
    for (let index = 0; index < INSTANCES; index++) {
      const { id } = await tell.instance({ definitionId: labs[index % DEFINITIONS]?.id ?? '' });
      await tell.schedule(id, workers[index % WORKERS]?.id ?? '');
    }
    await server.server.context.outbox.idle();
  }, 120_000);

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  /** The store calls that one request makes, in order of their names. */
  async function callsOf<T>(request: () => Promise<T>): Promise<{ answer: T; names: string[] }> {
    const before = calls.length;
    const answer = await request();
    return { answer, names: calls.slice(before).sort() };
  }

  it('cost the same few store calls for ten instances and for a hundred', async () => {
    const list = (first: number) => callsOf(() => admin.request(api.InstancesWithEdgesDocument, { first }));
    const [ten, hundred] = [await list(INSTANCES / 10), await list(INSTANCES)];
    const nodes = required(hundred.answer.instances).nodes;
    expect(nodes).toHaveLength(INSTANCES);
    for (const { definition, worker } of nodes) {
      expect(required(definition).versions).toHaveLength(1);
      expect(required(worker).capacity.available.cpuCores).toBe(4096 - INSTANCES / WORKERS);
    }
    expect(new Set(nodes.map(({ worker }) => worker?.id)).size).toBe(WORKERS);
    expect(new Set(nodes.map(({ definition }) => definition?.id)).size).toBe(DEFINITIONS);
    expect(hundred.names).toEqual(ten.names);
    expect(hundred.names).toEqual([
      'cml_workers.getMany',
      'lablet_definitions.find',
      'lablet_definitions.getMany',
      'lablet_instances.find',
    ]);
  });

  it('cost a fixed number of store calls however many are followed', async () => {
    const list = (first: number) => callsOf(() => admin.request(EVERY_EDGE, { first }));
    const [ten, hundred] = [await list(INSTANCES / 10), await list(INSTANCES)];
    const [first] = hundred.answer.instances.nodes;
    expect(first.definition.instances).toHaveLength(INSTANCES / DEFINITIONS);
    expect(first.worker.instances).toHaveLength(INSTANCES / WORKERS);
    expect(hundred.names).toEqual(ten.names);
    expect(hundred.names.length).toBeLessThan(10);
  });

  it('cost nothing when they are not asked for, nor does the total', async () => {
    const text = 'query ($first: Int) { instances(first: $first) { nodes { id } } }';
    const { names } = await callsOf(() => admin.request(rawDocument(text), { first: INSTANCES }));
    expect(names).toEqual(['lablet_instances.find']);
  });

  it('load many objects by id with one call a type', async () => {
    const { instances } = await admin.request(api.InstancesWithEdgesDocument, { first: INSTANCES });
    const ids = required(instances).nodes.flatMap(({ id, definition, worker }) => [
      id,
      required(definition).id,
      required(worker).id,
    ]);
    const { answer, names } = await callsOf(() =>
      admin.request(api.NodesDocument, { ids: ids.slice(0, 200) }),
    );
    expect(required(answer.nodes).filter((node) => node === null)).toEqual([]);
    expect(names).toEqual(['cml_workers.getMany', 'lablet_definitions.getMany', 'lablet_instances.getMany']);
  });
});
