import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { addMs } from '../src/lib/clock.js';
import { faultPaths, refusal } from './support/answers.js';
import { purePairs } from './support/backends.js';
import { startTestServer, type TestServer } from './support/server.js';
import { honestAdmin, openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

type Event = NonNullable<api.EventsQuery['events']>['nodes'][number];

describe.each(purePairs())('the event log on $name', (pair) => {
  let server: TestServer;
  let stopEngines: () => Promise<void>;
  let admin: api.LabletClient;
  let now = new Date().toISOString();
  const clock = { now: () => now, monotonic: () => performance.now() };
  let definitionId: string;
  let workerId: string;
  let instanceId: string;
  /** Between the scheduling and the end of the instance. */
  let middle: string;

  beforeAll(async () => {
    const { env, stop } = await pair.start();
    stopEngines = stop;
    server = await startTestServer({ env, overrides: { clock } });
    admin = await honestAdmin(server);
    const tell = story(admin);
    definitionId = (await tell.definition(plainDefinition('Told'))).id;
    workerId = (await openWorker(admin, 'told')).id;
    instanceId = (await tell.instance({ definitionId, ownerId: 'ann' })).id;
    await tell.schedule(instanceId, workerId);
    middle = now = addMs(now, 1000);
    await tell.terminate(instanceId, 'enough');
    await server.server.context.outbox.idle();
  });

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  const list = async (variables: api.EventsQueryVariables = {}, client = admin) =>
    required((await client.request(api.EventsDocument, variables)).events);
  const types = (nodes: readonly Event[]) => nodes.map(({ type }) => type);
  const value = (event: Event | undefined, path: string) =>
    event?.payload.find((field) => field.path === path)?.value;

  const STORY = [
    'InstanceCreated',
    'InstanceScheduled',
    'WorkerPortsAllocated',
    'InstanceTerminated',
    'WorkerPortsReleased',
  ];

  it('tells what happened to one object, with who, when and what', async () => {
    const { nodes, totalCount } = await list({ filter: { aggregateId: instanceId }, direction: 'ASC' });
    expect(types(nodes)).toEqual(STORY);
    expect(totalCount).toBe(5);
    expect(nodes.map(({ number, revision }) => [number, revision])).toEqual([
      [1, 1],
      [2, 2],
      [3, 2],
      [4, 3],
      [5, 3],
    ]);
    const [created, scheduled, , terminated] = nodes;
    expect(created).toMatchObject({
      id: expect.stringMatching(/^evt_/),
      aggregateType: 'INSTANCE',
      aggregateId: instanceId,
      by: 'root',
      requestId: expect.stringMatching(/^[0-9A-Z]{26}$/),
      source: expect.any(String),
      workerId: null,
    });
    expect(value(created, 'ownerId')).toBe('ann');
    expect(scheduled).toMatchObject({ workerId });
    expect(value(scheduled, 'ports.1.number')).toBe('2001');
    expect(value(scheduled, 'amounts.cpuCores')).toBe('1');
    expect(terminated?.at).toBe(middle);
    expect(value(terminated, 'reason')).toBe('enough');
    expect(value(terminated, 'gradingScore')).toBeNull();
  });

  it('leaves out claim tokens, which the stored events have', async () => {
    const stored = await server.server.context.collections.events.find(
      { aggregateId: instanceId },
      { index: 'aggregateId_number', limit: 5 },
    );
    const token = stored[1]?.payload['token'] as string;
    expect(token).toMatch(/^[0-9A-Z]{26}$/);
    const { nodes } = await list({ first: 200 });
    expect(JSON.stringify(nodes)).not.toContain(token);
  });

  it('finds what is about a worker, also what instances did on it', async () => {
    const { nodes } = await list({ filter: { workerId }, direction: 'ASC' });
    expect(types(nodes)).toEqual([
      'WorkerRegistered',
      'WorkerStatusChanged',
      'WorkerStatusChanged',
      ...STORY.slice(1),
    ]);
    const own = await list({ filter: { workerId, aggregateType: 'WORKER' } });
    expect(own.totalCount).toBe(3);
    const both = await list({ filter: { workerId, aggregateId: instanceId } });
    expect(types(both.nodes)).toEqual(STORY.slice(1).reverse());
  });

  it('filters by type and time, and shows the newest first unless asked', async () => {
    const { nodes } = await list({ filter: { aggregateType: 'DEFINITION' } });
    expect(nodes).toMatchObject([{ type: 'DefinitionCreated', aggregateId: definitionId }]);
    const late = await list({ filter: { from: middle } });
    expect(types(late.nodes)).toEqual(STORY.slice(3).reverse());
    const early = await list({ filter: { aggregateType: 'INSTANCE', before: middle } });
    expect(types(early.nodes)).toEqual(STORY.slice(0, 3).reverse());
    const part = { aggregateId: instanceId, from: middle, before: addMs(middle, 1) };
    expect(types((await list({ filter: part, direction: 'ASC' })).nodes)).toEqual(STORY.slice(3));
    expect((await list({ filter: { before: middle, from: middle } })).totalCount).toBe(0);
    expect((await list({ filter: { aggregateType: 'TEMPLATE' } })).totalCount).toBe(2);
  });

  it.each([[{}], [{ aggregateType: 'INSTANCE' }], [{ workerId: 'its' }], [{ aggregateId: 'its' }]] as const)(
    'gives every event of %j once, page by page and in both directions',
    async (given) => {
      const ids = { workerId, aggregateId: instanceId };
      const filter = Object.fromEntries(
        Object.entries(given).map(([name, value]) => [
          name,
          value === 'its' ? ids[name as keyof typeof ids] : value,
        ]),
      );
      const whole = (await list({ filter, first: 200, direction: 'ASC' })).nodes.map(({ id }) => id);
      expect(whole.length).toBeGreaterThan(4);
      for (const direction of ['ASC', 'DESC'] as const) {
        const seen: string[] = [];
        let after: string | null = null;
        for (;;) {
          const page: NonNullable<api.EventsQuery['events']> = await list({
            filter,
            direction,
            first: 2,
            after,
          });
          seen.push(...page.nodes.map(({ id }) => id));
          if (!page.pageInfo.hasNextPage) break;
          after = page.pageInfo.endCursor;
        }
        expect(direction === 'ASC' ? seen : seen.reverse()).toEqual(whole);
      }
    },
  );

  it('is for operators, and says what is wrong with a filter', async () => {
    for (const role of ['USER', 'AUTHOR'] as const) {
      const client = await server.client(role, 'ann');
      expect(await refusal(list({}, client))).toMatchObject({ code: 'FORBIDDEN' });
    }
    for (const role of ['MANAGER', 'SERVICE'] as const) await list({}, await server.client(role));
    const wrong = list({ filter: { aggregateId: 'nobody', workerId: instanceId } });
    expect(faultPaths(await refusal(wrong))).toEqual(['filter.aggregateId', 'filter.workerId']);
  });
});
