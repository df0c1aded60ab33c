/** Who changed what, when, from where and by which request: every command leaves that behind. */
import { buildSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import * as api from '../src/client/index.js';
import { addMs } from '../src/lib/clock.js';
import { faultPaths, refusal } from './support/answers.js';
import { purePairs } from './support/backends.js';
import { readDocument } from './support/markdown.js';
import { REPEATABLE } from './support/repeatable.js';
import { REPORTS } from './support/repeatable-reports.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { exampleDefinition, plainDefinition, required, story } from './support/story.js';

type Audited = NonNullable<api.AuditRecordsQuery['auditRecords']>['nodes'][number];

const TEMPLATE = {
  name: 'audited',
  instanceType: 'm5zn.metal',
  licenseType: 'PERSONAL',
  capacity: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
  amiPattern: 'CML-2.9.*',
} as const;

/** What each command leaves that no other test drives, and the changes it is told of by. */
type Step = (client: api.LabletClient) => Promise<unknown>;

describe.each(purePairs())('the audit on $name', (pair) => {
  let server: TestServer;
  let stopEngines: () => Promise<void>;
  let admin: api.LabletClient;
  let actor: api.LabletClient;
  /** Of the latest answer that the actor got. */
  let requestId: string;
  let now = new Date().toISOString();
  const clock = { now: () => now, monotonic: () => performance.now() };
  /** The request of each command, by its name. */
  const requests = new Map<string, string>();

  const list = async (filter: api.AuditFilter = {}, more: Partial<api.AuditRecordsQueryVariables> = {}) =>
    required(
      (await admin.request(api.AuditRecordsDocument, { filter, first: 200, direction: 'ASC', ...more }))
        .auditRecords,
    );

  /** Has the actor do it under this name. */
  async function acts(name: string, step: Step): Promise<void> {
    await step(actor);
    requests.set(name, requestId);
  }

  beforeAll(async () => {
    const { env, stop } = await pair.start();
    stopEngines = stop;
    server = await startTestServer({ env, overrides: { clock } });
    admin = await server.client('ADMIN', 'root');
    actor = api.createClient({
      url: server.url,
      token: await server.token(['ADMIN', 'SERVICE'], 'anna'),
      webSocketImpl: WebSocket,
      async fetch(...sent) {
        const answer = await fetch(...sent);
        requestId = required(answer.headers.get('x-request-id'));
        return answer;
      },
    });
    for (const { name, prepare, send } of [...REPEATABLE, ...REPORTS]) {
      const { input } = await prepare(admin, name.toLowerCase());
      await acts(name, (client) => send(client, input));
    }
    now = addMs(now, 60_000);
    const tell = story(admin);
    const { id } = await tell.definition(plainDefinition('Audited'));
    const synced = await tell.definition(exampleDefinition());
    const worker = await openWorker(admin, 'audited');
    const { id: templateId } = required(
      (await admin.request(api.CreateTemplateDocument, { input: { ...TEMPLATE, name: 'audited-too' } }))
        .createTemplate,
    ).template;
    const steps: Record<string, Step> = {
      createDefinitionVersion: (client) =>
        client.request(api.CreateDefinitionVersionDocument, { input: { fromId: id, version: '1.1.0' } }),
      deprecateDefinition: (client) =>
        client.request(api.DeprecateDefinitionDocument, { input: { id, reason: 'old' } }),
      archiveDefinition: (client) => client.request(api.ArchiveDefinitionDocument, { input: { id } }),
      syncDefinition: (client) => client.request(api.SyncDefinitionDocument, { input: { id: synced.id } }),
      reportWorker: (client) =>
        client.request(api.ReportWorkerDocument, { input: { id: worker.id, cmlVersion: '2.9.1' } }),
      createTemplate: (client) => client.request(api.CreateTemplateDocument, { input: TEMPLATE }),
      updateTemplate: (client) =>
        client.request(api.UpdateTemplateDocument, { input: { id: templateId, description: 'new' } }),
      reloadTemplates: (client) => client.request(api.ReloadTemplatesDocument, { input: {} }),
      runRepair: (client) => client.request(api.RunRepairDocument, { input: { dryRun: true } }),
    };
    for (const [name, step] of Object.entries(steps)) await acts(name, step);
    await server.server.context.outbox.idle();
  }, 240_000);

  afterAll(async () => {
    await actor?.close();
    await server?.close();
    await stopEngines?.();
  });

  it('shows every command with who, what, where from and its request', async () => {
    const { Mutation } = buildSchema(readDocument('schema.graphql')).getTypeMap();
    const commands = Object.keys((Mutation as unknown as { getFields(): object }).getFields());
    expect([...requests.keys()].sort()).toEqual(commands.sort());
    for (const [operation, request] of requests) {
      const { nodes } = await list({ operation, caller: 'anna' });
      expect([operation, nodes.length]).not.toEqual([operation, 0]);
      for (const node of nodes) {
        expect(node).toMatchObject({
          caller: 'anna',
          operation,
          requestId: request,
          source: expect.stringMatching(/^(::ffff:)?127\.0\.0\.1$|^::1$/),
          id: expect.stringMatching(/^evt_/),
        });
      }
    }
  });

  it('says what changed: the event, its object and its values, without tokens of claims', async () => {
    const [scheduled, allocated] = (await list({ requestId: requests.get('scheduleInstance') ?? '' })).nodes;
    expect([scheduled?.change, allocated?.change]).toEqual(['InstanceScheduled', 'WorkerPortsAllocated']);
    expect(scheduled).toMatchObject({ targetType: 'INSTANCE', revision: 2 });
    const paths = required(scheduled).details.map(({ path }) => path);
    expect(paths).toContain('ports.0.number');
    expect(paths.filter((path) => path.includes('token'))).toEqual([]);
    const [sync] = (await list({ operation: 'syncDefinition' })).nodes;
    expect(sync).toMatchObject({ change: 'DefinitionSynced', targetType: 'DEFINITION' });
    expect(sync?.details).toContainEqual({ path: 'outcome', value: 'UNCHANGED' });
  });

  it('shows commands that change no object of their own, which `events` leaves out', async () => {
    const { nodes } = await list({ targetType: 'CONTROL_PLANE' });
    expect(nodes.map(({ change, caller }) => [change, caller])).toEqual([
      ['TemplatesReloadRequested', 'anna'],
      ['RepairRequested', 'anna'],
    ]);
    expect(nodes[1]).toMatchObject({ targetId: expect.stringMatching(/^rep_/) });
    expect(nodes[1]?.details).toContainEqual({ path: 'dryRun', value: 'true' });
    const all = required((await admin.request(api.EventsDocument, { first: 200 })).events);
    expect((await list()).totalCount - all.totalCount).toBe(2);
  });

  it('notes a repair once, however often its command is repeated', async () => {
    const input = { dryRun: true, idempotencyKey: 'repair-once' };
    for (let times = 0; times < 2; times++) await admin.request(api.RunRepairDocument, { input });
    expect((await list({ operation: 'runRepair', caller: 'root' })).nodes).toHaveLength(1);
  });

  it('shows automatic moves under the part that made them', async () => {
    const { nodes } = await list({ caller: 'system:templates' });
    expect(new Set(nodes.map(({ change, operation }) => `${change} ${operation}`))).toEqual(
      new Set(['TemplateSeeded null']),
    );
  });

  it('filters by caller, operation, target, type, request and time, alone and together', async () => {
    const { nodes: all } = await list();
    const target = required(all.find(({ operation }) => operation === 'deprecateDefinition')).targetId;
    const middle = required(all.find(({ targetId }) => targetId === target)).at;
    const request = requests.get('archiveDefinition') ?? '';
    const filters: [api.AuditFilter, (record: Audited) => boolean][] = [
      [{ caller: 'anna' }, ({ caller }) => caller === 'anna'],
      [{ operation: 'createInstance' }, ({ operation }) => operation === 'createInstance'],
      [{ targetId: target }, ({ targetId }) => targetId === target],
      [{ targetType: 'WORKER' }, ({ targetType }) => targetType === 'WORKER'],
      [{ requestId: request }, (record) => record.requestId === request],
      [{ from: middle }, ({ at }) => at >= middle],
      [{ before: middle }, ({ at }) => at < middle],
      [
        { caller: 'anna', targetId: target },
        (record) => record.caller === 'anna' && record.targetId === target,
      ],
      [
        { operation: 'createDefinition', caller: 'root', from: middle },
        (record) =>
          record.operation === 'createDefinition' && record.caller === 'root' && record.at >= middle,
      ],
      [{ requestId: request, caller: 'root' }, () => false],
    ];
    for (const [filter, holds] of filters) {
      const ids = (records: readonly Audited[]) => new Set(records.map(({ id }) => id));
      const found = await list(filter);
      expect([filter, ids(found.nodes)]).toEqual([filter, ids(all.filter(holds))]);
      expect(found.totalCount).toBe(all.filter(holds).length);
    }
  });

  it('gives every record once, page by page, newest first', async () => {
    const whole = (await list({ caller: 'anna' })).nodes.map(({ id }) => id);
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const page: NonNullable<api.AuditRecordsQuery['auditRecords']> = await list(
        { caller: 'anna' },
        { first: 7, after, direction: 'DESC' },
      );
      seen.push(...page.nodes.map(({ id }) => id));
      after = page.pageInfo.hasNextPage ? (page.pageInfo.endCursor ?? null) : null;
    } while (after !== null);
    expect(seen.reverse()).toEqual(whole);
  });

  it('is for administrators alone, and says what is wrong with a filter', async () => {
    for (const role of ['AUTHOR', 'MANAGER', 'USER', 'SERVICE'] as const) {
      const client = await server.client(role, 'anna');
      expect(await refusal(client.request(api.AuditRecordsDocument, {}))).toMatchObject({
        code: 'FORBIDDEN',
      });
    }
    const wrong = list({ targetId: 'nobody', caller: '' });
    expect(new Set(faultPaths(await refusal(wrong)))).toEqual(new Set(['filter.targetId', 'filter.caller']));
  });

  it('knows nothing of refused commands, which changed nothing', async () => {
    const refused = actor.request(api.TerminateInstanceDocument, { input: { id: `ins_${'0'.repeat(26)}` } });
    expect(await refusal(refused)).toMatchObject({ code: 'NOT_FOUND' });
    expect((await list({ requestId })).totalCount).toBe(0);
  });
});
