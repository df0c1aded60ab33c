import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import type { Overrides } from '../src/context.js';
import { StoreUnavailable } from '../src/db/document-store.js';
import { addMs, systemClock, type Clock } from '../src/lib/clock.js';
import { refusal } from './support/answers.js';
import { purePairs } from './support/backends.js';
import { intercepted } from './support/intercepted-stores.js';
import { REPEATABLE as MAIN_PATH } from './support/repeatable.js';
import { DEFINITIONS_AND_TEMPLATES } from './support/repeatable-definitions.js';
import { REPORTS } from './support/repeatable-reports.js';
import { startTestServer, type TestServer } from './support/server.js';
import { workerInput } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const REPEATABLE = [...MAIN_PATH, ...REPORTS, ...DEFINITIONS_AND_TEMPLATES];
/** Commands whose answer is a report, or that keep no record in a document; each has a test where it is tested. */
const ELSEWHERE = ['syncDefinition', 'reportWorker', 'reloadTemplates', 'runRepair'];

const HOUR_MS = 3_600_000;
/** How far the clock of the servers is ahead. */
let aheadMs = 0;
const clock: Clock = {
  now: () => addMs(systemClock.now(), aheadMs),
  monotonic: () => systemClock.monotonic(),
};

let made = 0;
/** A name that fits definitions, workers and keys. */
const fresh = (name: string) => `${name.toLowerCase()}-${++made}`;

/** What all calls answer, once every one of them is answered. */
async function many<T>(count: number, call: (index: number) => Promise<T>): Promise<T[]> {
  const calls = Array.from({ length: count }, (_, index) => call(index));
  await Promise.allSettled(calls);
  return Promise.all(calls);
}

/** How many definitions, instances, workers and templates there are. */
async function countsOn({ server: { context } }: TestServer): Promise<number[]> {
  const { definitions, instances, workers, templates } = context.collections;
  const every = { index: 'id' };
  return Promise.all([
    definitions.count({}, every),
    instances.count({}, every),
    workers.count({}, every),
    templates.count({}, every),
  ]);
}

/** Commands have their effect, but nobody learns of it: as after a crash just before the record is marked done. */
const forgetful = intercepted(({ name, args: [document], go }) =>
  name === 'idempotency_records.replace' && (document as { done: boolean }).done
    ? Promise.reject(new StoreUnavailable('refused by the test'))
    : go(),
);

const stages: { name: string; pair: ReturnType<typeof purePairs>[number]; overrides: Overrides }[] = [
  ...purePairs().map((pair) => ({ name: pair.name, pair, overrides: { clock } })),
  ...purePairs()
    .slice(0, 1)
    .map((pair) => ({
      name: `${pair.name}, unfinished records`,
      pair,
      overrides: { wrapStores: forgetful, clock },
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
      const after = await countsOn(server);
      expect(await send(admin, keyed)).toEqual(first);
      await afterwards?.(first.id);
      const changed = await send(admin, keyed);
      expect([changed.id, changed.revision]).toEqual([first.id, afterwards ? revision + 1 : revision]);
      expect(await countsOn(server)).toEqual(after);
    });

    it('is refused with other input, which then has no effect', async () => {
      const { input, other, revision } = await prepare(admin, fresh(name));
      const idempotencyKey = fresh('key');
      const { id } = await send(admin, { ...input, idempotencyKey });
      const after = await countsOn(server);
      const error = await refusal(send(admin, { ...input, ...other, idempotencyKey }));
      expect(error).toMatchObject({
        code: 'IDEMPOTENCY_CONFLICT',
        retryable: false,
        details: { key: idempotencyKey },
      });
      expect(await countsOn(server)).toEqual(after);
      const again = await send(admin, { ...input, idempotencyKey });
      expect([again.id, again.revision]).toEqual([id, revision]);
    });

    it('gives one effect to twenty calls at once', async () => {
      const { input, revision } = await prepare(admin, fresh(name));
      const keyed = { ...input, expectedRevision: undefined, idempotencyKey: fresh('key') };
      const before = await countsOn(server);
      const answers = await many(20, () => send(admin, keyed));
      for (const answer of answers) expect(answer).toMatchObject({ id: answers[0]?.id, revision });
      const objects = (await countsOn(server)).map((count, index) => count - (before[index] as number));
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
      const second = await startTestServer({ env, dataDir, overrides: { clock } });
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
    const after = await countsOn(server);
    await server.stop();
    server = await startTestServer({ env, overrides, dataDir: server.dataDir });
    admin = await server.client('ADMIN', 'root');
    for (const { send, keyed, first } of sent) expect(await send(admin, keyed)).toEqual(first);
    expect(await countsOn(server)).toEqual(after);
  });

  it('is remembered for 24 hours, and may count as new after that', { timeout: 120_000 }, async () => {
    const sent = [];
    for (const { name, prepare, send } of REPEATABLE) {
      const { input } = await prepare(admin, fresh(name));
      const keyed = { ...input, idempotencyKey: fresh('key') };
      sent.push({ name, send, keyed, first: await send(admin, keyed) });
    }
    const after = await countsOn(server);
    try {
      aheadMs = 23.8 * HOUR_MS;
      for (const { name, send, keyed, first } of sent) {
        const { id, revision } = await send(admin, keyed);
        expect([name, id, revision]).toEqual([name, first.id, first.revision]);
      }
      expect(await countsOn(server)).toEqual(after);
      aheadMs = 25 * HOUR_MS;
      const { send, keyed, first } = required(sent.find(({ name }) => name === 'createInstance'));
      const anew = await send(admin, { ...keyed, reservationId: fresh('booking') });
      expect(anew.id).not.toBe(first.id);
    } finally {
      aheadMs = 0;
    }
  });
});

it('an idempotency key is tested with every command', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
  const commands = Object.keys(required(schema.getMutationType()).getFields());
  expect([...REPEATABLE.map(({ name }) => name), ...ELSEWHERE].sort()).toEqual(commands.sort());
});
