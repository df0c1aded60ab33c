import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codecs } from '../src/claims/values.js';
import * as api from '../src/client/index.js';
import type { Transaction, TxnResult } from '../src/live/live-store.js';
import { purePairs } from './support/backends.js';
import { gate } from './support/by-hand.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, story } from './support/story.js';

/** The leader mends only when it is asked; the caller does not wait for long. */
const ON_REQUEST = {
  REPAIR_SECONDS: '3600',
  REPAIR_CONFIRM_SECONDS: '0.05',
  REPAIR_POLL_MS: '20',
  OPERATION_DEADLINE_MS: '2000',
};

describe.each(purePairs())('repair of a former leader on $name', (pair) => {
  let server: TestServer;
  let stopEngines: () => Promise<void>;
  /** Disturbs calls of the stores while it is set. */
  let disturb: ((call: StoreCall) => Promise<unknown>) | null = null;

  beforeAll(async () => {
    const engines = await pair.start();
    stopEngines = engines.stop;
    const wrapStores = intercepted((call) => disturb?.(call) ?? call.go());
    server = await startTestServer({ env: { ...engines.env, ...ON_REQUEST }, overrides: { wrapStores } });
  });

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  it.each(['state', 'claim'] as const)('writes no %s once another process leads', async (what) => {
    const { live, keys, clock } = server.server.context;
    const admin = await server.client('ADMIN', 'root');
    const tell = story(admin);
    const { id: definitionId } = await tell.definition(plainDefinition(`Lab ${what}`));
    const worker = await openWorker(admin, `worker-${what}`);
    const { id } = await tell.instance({ definitionId });
    await tell.schedule(id, worker.id);
    const key = what === 'state' ? keys.instanceState(id) : keys.instanceWorker(id);
    await live.delete(key);

    const leader = keys.leader('control-plane');
    const since = clock.now();
    const other = codecs.leader.encode({ v: 1, service: 'control-plane', holder: 'other', since });
    const written = gate<boolean>();
    const writes = ({ name, args }: StoreCall) =>
      name === 'live.txn' &&
      (args[0] as Transaction).then.some((write) => 'put' in write && write.put === key);
    disturb = async (call) => {
      if (!writes(call)) return call.go();
      disturb = null;
      await live.delete(leader);
      await live.put(leader, other);
      const result = (await call.go()) as TxnResult;
      written.open(result.succeeded);
      return result;
    };
    // It is the next leader that answers for the request.
    const asked = admin.request(api.RunRepairDocument, { input: {} }).catch(() => null);
    expect(await written.opened).toBe(false);
    expect(await live.get(key)).toBeNull();
    await live.delete(leader);
    await expect.poll(() => live.get(key), { timeout: 15_000 }).not.toBeNull();
    await asked;
  });
});
