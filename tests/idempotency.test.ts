import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import type { Overrides } from '../src/context.js';
import { StoreUnavailable } from '../src/db/document-store.js';
import { INSTANCE_STATES } from '../src/instances/transitions.js';
import { refusal } from './support/answers.js';
import { purePairs } from './support/backends.js';
import { intercepted } from './support/intercepted-stores.js';
import { REPEATABLE as MAIN_PATH } from './support/repeatable.js';
import { REPORTS } from './support/repeatable-reports.js';
import { startTestServer, type TestServer } from './support/server.js';
import { workerInput } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const REPEATABLE = [...MAIN_PATH, ...REPORTS];

let made = 0;
/** A name that fits definitions, workers and keys. */
const fresh = (name: string) => `${name.toLowerCase()}-${++made}`;

/** What all calls answer, once every one of them is answered. */
async function many<T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> {
  const calls = Array.from({ length: count }, (_, index) => call(index));
  await Promise.allSettled(calls);
  return Promise.all(calls);
}

/** How many definitions, instances and workers there are. */
async function counts(client: api.LabletClient): Promise<number[]> {
  const [{ definitions }, { instances }, { workers }] = await Promise.all([
    client.request(api.DefinitionsDocument, {}),
    client.request(api.InstancesDocument, { filter: { states: [...INSTANCE_STATES] } }),
    client.request(api.WorkersDocument, {}),
  ]);
  return [definitions, instances, workers].map((list) => required(list).totalCount);
}

/** Commands have their effect, but nobody learns of it: as after a crash just before the record is marked done. */
const forgetful = intercepted(({ name, go }) =>
  name === 'idempotency_records.replace' ? Promise.reject(new StoreUnavailable('refused by the test')) : go(),
);

const stages: { name: string; pair: ReturnType<typeof purePairs>[number]; overrides: Overrides }[] = [
  ...purePairs().map((pair) => ({ name: pair.name, pair, overrides: {} })),
  ...purePairs()
    .slice(0, 1)
    .map((pair) => ({
      name: `${pair.name}, unfinished records`,
      pair,
      overrides: { wrapStores: forgetful },
    })),
];

describe.each(stages)('an idempotency key on $name', ({ pair, overrides }) => {
  let server: TestServer;
  let admin: api.LabletClient;
  let env: Readonly<Record<string, string>>;
  let stopEngines: () => Promise<void>;

  beforeAll(async () => {
    ({ env, stop: stopEngines } = await pair.start());
    server = await startTestServer({ env, overrides });
    admin = await server.client('ADMIN', 'root');
  });

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  describe.each(REPEATABLE)('of $name', ({ name, creates, prepare, send }) => {
    it('gives one effect, and every repeat answers the object as it is now', async () => {
      const { input, revision, afterwards } = await prepare(admin, fresh(name));
      const keyed = { ...input, idempotencyKey: fresh('key') };
      const first = await send(admin, keyed);
      expect(first.revision).toBe(revision);
      const after = await counts(admin);
      expect(await send(admin, keyed)).toEqual(first);
      await afterwards(first.id);
      const changed = await send(admin, keyed);
      expect(changed.id).toBe(first.id);
      if (name !== 'createDefinition') expect(changed.revision).toBe(revision + 1);
      expect(await counts(admin)).toEqual(after);
    });

    it('is refused with other input, which then has no effect', async () => {
      const { input, other, revision } = await prepare(admin, fresh(name));
      const idempotencyKey = fresh('key');
      const { id } = await send(admin, { ...input, idempotencyKey });
      const after = await counts(admin);
      const error = await refusal(send(admin, { ...input, ...other, idempotencyKey }));
      expect(error).toMatchObject({
        code: 'IDEMPOTENCY_CONFLICT',
        retryable: false,
        details: { key: idempotencyKey },
      });
      expect(await counts(admin)).toEqual(after);
      const again = await send(admin, { ...input, idempotencyKey });
      expect([again.id, again.revision]).toEqual([id, revision]);
    });

    it('gives one effect to twenty calls at once', async () => {
      const { input, revision } = await prepare(admin, fresh(name));
      const keyed = { ...input, expectedRevision: undefined, idempotencyKey: fresh('key') };
      const before = await counts(admin);
      const answers = await many(20, () => send(admin, keyed));
      for (const answer of answers) expect(answer).toMatchObject({ id: answers[0]?.id, revision });
      const objects = (await counts(admin)).map((count, index) => count - (before[index] as number));
      expect(objects.reduce((sum, count) => sum + count)).toBe(creates ? 1 : 0);
    });

    const itChanges = creates ? null : it;
    itChanges?.('gives one effect to twenty calls at once that expect a revision', async () => {
      const { input, revision } = await prepare(admin, fresh(name));
      const keyed = { ...input, idempotencyKey: fresh('key') };
      for (const answer of await many(20, () => send(admin, keyed)))
        expect(answer).toMatchObject({ revision });
    });

    it('belongs to its caller: another one may use the same', async () => {
      const other = await server.client('ADMIN', 'other');
      const idempotencyKey = fresh('key');
      const [one, two] = [await prepare(admin, fresh(name)), await prepare(admin, fresh(name))];
      const mine = await send(admin, { ...one.input, idempotencyKey });
      const theirs = await send(other, { ...two.input, idempotencyKey });
      expect(theirs.id).not.toBe(mine.id);
    });

    // One process at a time can use embedded stores.
    const itShares = pair.name.startsWith('embedded stores') ? null : it;
    itShares?.('gives one effect to calls at two servers at once', async () => {
      const { dataDir } = server;
      const second = await startTestServer({ env, dataDir });
      try {
        const clients = [admin, await second.client('ADMIN', 'root')];
        const { input, revision } = await prepare(admin, fresh(name));
        const keyed = { ...input, expectedRevision: undefined, idempotencyKey: fresh('key') };
        const answers = await many(20, (index) => send(clients[index % 2] as api.LabletClient, keyed));
        for (const answer of answers) expect(answer).toMatchObject({ id: answers[0]?.id, revision });
      } finally {
        await second.stop();
      }
    });
  });

  it('stands for one operation: another one with the same key is refused', async () => {
    const { id: definitionId } = await story(admin).definition(plainDefinition(fresh('Lab')));
    const idempotencyKey = fresh('key');
    const { id } = await story(admin).instance({ definitionId, idempotencyKey });
    const end = admin.request(api.TerminateInstanceDocument, { input: { id, idempotencyKey } });
    expect(await refusal(end)).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('of a command that was refused may be sent again, and then has its effect', async () => {
    const tell = story(admin);
    const { id: definitionId } = await tell.definition(plainDefinition(fresh('Lab')));
    const { id } = await tell.instance({ definitionId });
    const { id: workerId } = await tell.worker(workerInput(fresh('worker')));
    const input = { id, workerId, idempotencyKey: fresh('key') };
    const send = () => admin.request(api.ScheduleInstanceDocument, { input });
    expect((await refusal(send())).code).toBe('WORKER_NOT_ACCEPTING');
    await tell.moveWorker(workerId, 'PROVISIONING');
    await tell.moveWorker(workerId, 'RUNNING');
    expect((await send()).scheduleInstance?.instance).toMatchObject({ state: 'SCHEDULED', revision: 2 });
    expect((await send()).scheduleInstance?.instance).toMatchObject({ state: 'SCHEDULED', revision: 2 });
  });

  it('is not used up by a command whose target is missing or hidden', async () => {
    const alice = await server.client('USER', 'alice');
    const { id: definitionId } = await story(admin).definition(plainDefinition(fresh('Lab')));
    const { id: hidden } = await story(admin).instance({ definitionId });
    const { id: own } = await story(alice).instance({ definitionId });
    const idempotencyKey = fresh('key');
    const end = (id: string) =>
      alice.request(api.TerminateInstanceDocument, { input: { id, idempotencyKey } });
    for (const id of [hidden, `ins_${'0'.repeat(26)}`])
      expect((await refusal(end(id))).code).toBe('NOT_FOUND');
    expect((await end(own)).terminateInstance?.instance.state).toBe('TERMINATED');
  });

  it('is remembered across a restart', async () => {
    const sent = [];
    for (const { name, prepare, send } of REPEATABLE) {
      const { input } = await prepare(admin, fresh(name));
      const keyed = { ...input, idempotencyKey: fresh('key') };
      sent.push({ send, keyed, first: await send(admin, keyed) });
    }
    const after = await counts(admin);
    await server.stop();
    server = await startTestServer({ env, overrides, dataDir: server.dataDir });
    admin = await server.client('ADMIN', 'root');
    for (const { send, keyed, first } of sent) expect(await send(admin, keyed)).toEqual(first);
    expect(await counts(admin)).toEqual(after);
  });
});
