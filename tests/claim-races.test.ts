import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { StoreUnavailable, WriteOutcomeUnknown } from '../src/db/document-store.js';
import { LiveOutcomeUnknown, type Transaction } from '../src/live/live-store.js';
import { refusal } from './support/answers.js';
import { purePairs } from './support/backends.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { bookMany, openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const FOUR = 4;
let made = 0;
const fresh = (name: string) => `${name}-${++made}`;

/** A transaction that writes the instance's own key: a claim or a release. */
const isClaim = ({ name, args }: StoreCall): boolean =>
  name === 'live.txn' &&
  (args[0] as Transaction).then.some((write) =>
    ('put' in write ? write.put : write.delete).endsWith('/worker'),
  );

const isSave = ({ name }: StoreCall): boolean => name === 'lablet_instances.replace';

describe.each(purePairs())('claims under faults on $name', (backend) => {
  let server: TestServer;
  let admin: api.LabletClient;
  let env: Readonly<Record<string, string>>;
  let stopEngines: () => Promise<void>;
  /** What happens to the calls of the stores, unless it is let through. */
  let disturb: (call: StoreCall) => Promise<unknown>;
  const calmly = ({ go }: StoreCall) => go();

  beforeAll(async () => {
    ({ env, stop: stopEngines } = await backend.start());
    disturb = calmly;
    server = await startTestServer({ env, overrides: { wrapStores: intercepted((call) => disturb(call)) } });
    admin = await server.client('ADMIN', 'root');
  });

  beforeEach(() => {
    disturb = calmly;
  });

  afterAll(async () => {
    disturb = calmly;
    await server?.close();
    await stopEngines?.();
  });

  /** Does `act` to the next `times` calls that `which` picks. */
  function onNext(
    times: number,
    which: (call: StoreCall) => boolean,
    act: (call: StoreCall) => Promise<unknown>,
  ): void {
    let left = times;
    disturb = (call) => (which(call) && left-- > 0 ? act(call) : call.go());
  }

  async function prepare(count: number, ports = FOUR) {
    const { id: definitionId } = await story(admin).definition(plainDefinition(fresh('Lab'), ports));
    const { id: workerId } = await openWorker(admin, fresh('worker'));
    const ids = (await bookMany(admin, definitionId, count)).map(({ id }) => id);
    return { workerId, ids };
  }

  /** The numbers that each instance holds on the worker, as the live store has them; its own key must agree. */
  async function held(workerId: string, ids: readonly string[]): Promise<Record<string, number[]>> {
    const { live, keys } = server.server.context;
    const [capacity, ports] = await Promise.all(
      [keys.workerCapacity(workerId), keys.workerPorts(workerId)].map(async (key) => {
        const { claims } = JSON.parse(required(await live.get(key)).value) as { claims: Record<string, any> };
        return claims;
      }),
    );
    expect(Object.keys(required(capacity)).sort()).toEqual(Object.keys(required(ports)).sort());
    for (const id of ids) {
      const own = await live.get(keys.instanceWorker(id));
      const token = own && (JSON.parse(own.value) as { token: string }).token;
      expect(token).toBe(capacity?.[id]?.token ?? null);
    }
    return Object.fromEntries(
      Object.entries(required(ports)).map(([id, numbers]) => [
        id,
        Object.values(numbers as Record<string, number>),
      ]),
    );
  }

  async function expectAllHeld(workerId: string, ids: readonly string[]): Promise<void> {
    const claims = await held(workerId, ids);
    expect(Object.keys(claims).sort()).toEqual([...ids].sort());
    const numbers = Object.values(claims).flat();
    expect(new Set(numbers).size).toBe(ids.length * FOUR);
    for (const id of ids) {
      const { instance } = await admin.request(api.InstanceDocument, { id });
      expect(instance).toMatchObject({ state: 'SCHEDULED', workerId, revision: 2 });
      expect(instance?.allocatedPorts.map(({ number }) => number)).toEqual(claims[id]);
    }
  }

  it.each([
    [
      'the reply is lost',
      async ({ go }: StoreCall) => go().then(() => Promise.reject(new LiveOutcomeUnknown('lost'))),
    ],
    ['the request is lost', () => Promise.reject(new LiveOutcomeUnknown('lost'))],
  ])('each end as exactly one claim where %s', async (_name, lose) => {
    const { workerId, ids } = await prepare(20);
    const lost = new Set<string>();
    disturb = (call) => {
      const text = isClaim(call) ? JSON.stringify(call.args) : '';
      const added = ids.filter((id) => text.includes(`${id}/worker`) && !lost.has(id));
      if (added.length === 0) return call.go();
      for (const id of added) lost.add(id);
      return lose(call);
    };
    await Promise.all(ids.map((id) => story(admin).schedule(id, workerId)));
    expect(lost.size).toBe(ids.length);
    await expectAllHeld(workerId, ids);
  });

  it('are released for good though the reply is lost', async () => {
    const { workerId, ids } = await prepare(5);
    for (const id of ids) await story(admin).schedule(id, workerId);
    onNext(ids.length, isClaim, ({ go }) => go().then(() => Promise.reject(new LiveOutcomeUnknown('lost'))));
    await Promise.all(ids.map((id) => story(admin).terminate(id)));
    expect(await held(workerId, ids)).toEqual({});
  });

  it.each([
    [
      'was done',
      async ({ go }: StoreCall) => go().then(() => Promise.reject(new WriteOutcomeUnknown('lost'))),
    ],
    ['was not done', () => Promise.reject(new WriteOutcomeUnknown('lost'))],
  ])('are recorded once where nobody knows whether the save %s', async (_name, lose) => {
    const { workerId, ids } = await prepare(3);
    for (const id of ids) {
      onNext(1, isSave, lose);
      expect(await story(admin).schedule(id, workerId)).toMatchObject({ state: 'SCHEDULED', revision: 2 });
    }
    await expectAllHeld(workerId, ids);
  });

  it('are given back where the save surely was not done', async () => {
    const { workerId, ids } = await prepare(1);
    const [id = ''] = ids;
    onNext(1, isSave, () => Promise.reject(new StoreUnavailable('away')));
    expect((await refusal(story(admin).schedule(id, workerId))).code).toBe('STORE_UNAVAILABLE');
    expect(await held(workerId, ids)).toEqual({});
    expect((await admin.request(api.InstanceDocument, { id })).instance).toMatchObject({ state: 'PENDING' });
    expect((await story(admin).schedule(id, workerId)).state).toBe('SCHEDULED');
  });

  it('are kept where the save was done but cannot be asked about', async () => {
    const { workerId, ids } = await prepare(1);
    const [id = ''] = ids;
    let away = false;
    disturb = async (call) => {
      if (away && call.name.startsWith('lablet_instances.')) throw new StoreUnavailable('away');
      if (!isSave(call) || away) return call.go();
      await call.go();
      away = true;
      throw new WriteOutcomeUnknown('lost');
    };
    expect((await refusal(story(admin).schedule(id, workerId))).code).toBe('STORE_UNAVAILABLE');
    disturb = calmly;
    await expectAllHeld(workerId, ids);
  });

  it.each([
    [null, 'INVALID_TRANSITION'],
    [1, 'REVISION_CONFLICT'],
  ])(
    'are given back where the instance is ended before the save, expecting %s',
    async (expectedRevision, code) => {
      const { workerId, ids } = await prepare(1);
      const [id = ''] = ids;
      onNext(1, isSave, async ({ go }) => {
        await story(admin).terminate(id);
        return go();
      });
      const input = { id, workerId, expectedRevision };
      expect((await refusal(admin.request(api.ScheduleInstanceDocument, { input }))).code).toBe(code);
      expect(await held(workerId, ids)).toEqual({});
      const { instance } = await admin.request(api.InstanceDocument, { id });
      expect(instance).toMatchObject({ state: 'TERMINATED', allocatedPorts: [] });
    },
  );

  // One process at a time can use embedded stores.
  const itShares = backend.name === 'embedded stores' ? null : it;
  itShares?.('never meet where two servers claim on one worker', async () => {
    const second = await startTestServer({ env, dataDir: server.dataDir });
    try {
      const { workerId, ids } = await prepare(60);
      const clients = [admin, await second.client('ADMIN', 'root')];
      const calls = ids.map((id, index) => story(required(clients[index % 2])).schedule(id, workerId));
      await Promise.allSettled(calls);
      await Promise.all(calls);
      await expectAllHeld(workerId, ids);
    } finally {
      await second.stop();
    }
  });
});
