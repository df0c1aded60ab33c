import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  WorkerChangesDocument,
  type LabletClient,
  type WorkerChangesSubscription,
  type WorkerChangesSubscriptionVariables,
} from '../src/client/index.js';
import { refusal } from './support/answers.js';
import { startTestServer, type TestServer } from './support/server.js';
import { bookMany, openWorker, workerInput } from './support/stage.js';
import { StreamLog } from './support/stream-log.js';
import { plainDefinition, story } from './support/story.js';

type Change = WorkerChangesSubscription['workerChanges'];
type Filter = WorkerChangesSubscriptionVariables['filter'];

let server: TestServer;
let admin: LabletClient;
let tell: ReturnType<typeof story>;

beforeAll(async () => {
  server = await startTestServer();
  admin = await server.client('ADMIN', 'root');
  tell = story(admin);
});

afterAll(() => server.close());

async function* changes(
  variables: WorkerChangesSubscriptionVariables,
  client = admin,
): AsyncGenerator<Change> {
  for await (const { workerChanges } of client.subscribe(WorkerChangesDocument, variables))
    yield workerChanges;
}

async function follow(filter: Filter = null): Promise<StreamLog<Change>> {
  const log = new StreamLog(changes({ filter }));
  await log.until(({ kind }) => kind === 'SYNCED');
  return log;
}

async function resumed(filter: Filter, after: string): Promise<string[]> {
  const seen: string[] = [];
  for await (const message of changes({ filter, after })) {
    seen.push(short(message));
    if (message.kind === 'SYNCED') break;
  }
  return seen;
}

const short = ({ kind, transition, workerId }: Change) =>
  transition ? `${kind} ${transition.to}` : workerId ? `${kind} claims` : kind;

describe('S2 watching workers', () => {
  it('tells of every status, and of claims without a move, with the room they left', async () => {
    const { id } = await tell.worker(
      workerInput('every-status', {
        declaredCapacity: { cpuCores: 8, memoryGb: 8, storageGb: 100, nodes: null },
      }),
    );
    const log = await follow({ ids: [id] });
    await tell.moveWorker(id, 'PROVISIONING');
    await tell.moveWorker(id, 'RUNNING');
    const { id: definitionId } = await tell.definition(plainDefinition('Room'));
    const instance = await tell.instance({ definitionId });
    await tell.schedule(instance.id, id);
    await log.until(({ transition, worker }) => !transition && worker?.instanceIds.length === 1);
    await tell.terminate(instance.id);
    await log.until(({ worker }) => worker?.status === 'RUNNING' && worker.capacity.available.cpuCores === 8);
    await tell.moveWorker(id, 'FAILED');
    await tell.moveWorker(id, 'TERMINATED');
    await log.until(({ transition }) => transition?.to === 'TERMINATED');
    const moves = log.seen.filter(({ transition }) => transition).map(short);
    expect(moves).toEqual([
      ...[
        'SNAPSHOT PENDING',
        'CHANGED PROVISIONING',
        'CHANGED RUNNING',
        'CHANGED FAILED',
        'CHANGED TERMINATED',
      ],
    ]);
    const claimed = log.seen.find(
      ({ transition, worker }) => !transition && worker?.instanceIds.length === 1,
    );
    expect(claimed).toMatchObject({
      kind: 'CHANGED',
      workerId: id,
      worker: { status: 'RUNNING', capacity: { available: { cpuCores: 7 } }, instanceIds: [instance.id] },
    });
    const late = new StreamLog(changes({ filter: { ids: [id] } }));
    await late.until(({ kind }) => kind === 'SYNCED');
    expect(late.seen.map(short)).toEqual(['SYNCED']);
  });

  it('by status and template tells of these alone, and once that one has left', async () => {
    const standard = await tell.worker({ name: 'standard', templateName: 'personal-standard' });
    const plain = await tell.worker(workerInput('plain'));
    const [byTemplate, byBoth] = [
      await follow({ templateName: 'personal-standard' }),
      await follow({ templateName: 'personal-standard', statuses: ['PROVISIONING'] }),
    ];
    for (const { id } of [plain, standard]) await tell.moveWorker(id, 'PROVISIONING');
    for (const { id } of [plain, standard]) await tell.moveWorker(id, 'FAILED');
    await byTemplate.until(({ transition }) => transition?.to === 'FAILED');
    await byBoth.until(({ kind }) => kind === 'REMOVED');
    const ids = [...byTemplate.seen, ...byBoth.seen].flatMap(({ workerId }) => workerId ?? []);
    expect(new Set(ids)).toEqual(new Set([standard.id]));
    const moves = (log: StreamLog<Change>) => log.seen.filter(({ transition }) => transition).map(short);
    expect(moves(byTemplate)).toEqual(['SNAPSHOT PENDING', 'CHANGED PROVISIONING', 'CHANGED FAILED']);
    expect(moves(byBoth)).toEqual(['CHANGED PROVISIONING', 'REMOVED FAILED']);
    const removed = byBoth.seen.find(({ kind }) => kind === 'REMOVED');
    expect(removed).toMatchObject({ workerId: standard.id, worker: null });
    const filter = { templateName: 'personal-standard', statuses: ['PROVISIONING' as const] };
    expect(await resumed(filter, removed?.liveRevision ?? '')).toEqual(['SYNCED']);
  });

  it('conflates the claims that a subscriber missed, and never a status', async () => {
    const { id } = await openWorker(admin, 'busy');
    const log = await follow({ ids: [id] });
    const position = log.seen.at(-1)?.liveRevision ?? '';
    const { id: definitionId } = await tell.definition(plainDefinition('Many'));
    const booked = await bookMany(admin, definitionId, 10);
    for (const instance of booked) await tell.schedule(instance.id, id);
    await tell.moveWorker(id, 'FAILED');
    await tell.moveWorker(id, 'STOPPING', { force: true });
    const seen = await resumed({ ids: [id] }, position);
    expect(seen.filter((text) => text === 'CHANGED claims').length).toBeLessThanOrEqual(1);
    expect(seen.filter((text) => text !== 'CHANGED claims')).toEqual([
      'CHANGED FAILED',
      'CHANGED STOPPING',
      'SYNCED',
    ]);
  });

  it('is refused to those who may not read workers, and with a position of another stream starts anew', async () => {
    const user = await server.client('USER', 'alice');
    const first = async (client: LabletClient, after: string | null) => {
      for await (const message of changes({ after }, client)) return message;
      throw new Error('nothing came');
    };
    expect(await refusal(first(user, null))).toMatchObject({ code: 'FORBIDDEN' });
    expect(await refusal(first(admin, 'made.up'))).toMatchObject({ code: 'VALIDATION_FAILED' });
    const { tokens, hub } = server.server.context;
    const epoch = hub.epoch();
    const place = { epoch, revision: hub.revision(), index: null, snapshot: false };
    expect((await first(admin, tokens.encode({ ...place, scope: 'elsewhere' }))).kind).toBe(
      'RESYNC_REQUIRED',
    );
    expect((await first(admin, tokens.encode({ ...place, scope: null }))).kind).toBe('SYNCED');
  });
});
