import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as api from '../src/client/index.js';
import type { Lease } from '../src/live/live-store.js';
import { purePairs } from './support/backends.js';
import { intercepted } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

describe.each(purePairs())('a terminated worker on $name', (pair) => {
  let server: TestServer;
  let admin: api.LabletClient;
  let stopEngines: () => Promise<void>;
  const lapsing: Lease[] = [];

  beforeAll(async () => {
    const engines = await pair.start();
    stopEngines = engines.stop;
    const wrapStores = intercepted(async ({ name, args, go }) => {
      const answer = await go();
      const options = args[1] as { keepAlive?: boolean } | undefined;
      if (name === 'live.lease' && options?.keepAlive === false) lapsing.push(answer as Lease);
      return answer;
    });
    server = await startTestServer({ env: engines.env, overrides: { wrapStores } });
    admin = await server.client('ADMIN', 'root');
  });

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  it('has claim keys and a status that lapse, and takes new limits without them', async () => {
    const tell = story(admin);
    const worker = await openWorker(admin, 'over');
    const { id: definitionId } = await tell.definition(plainDefinition('Lab', 1));
    const { id } = await tell.instance({ definitionId });
    await tell.schedule(id, worker.id);
    await tell.moveWorker(worker.id, 'STOPPING', { force: true });
    await tell.moveWorker(worker.id, 'STOPPED');
    await tell.moveWorker(worker.id, 'TERMINATED');
    const { live, keys } = server.server.context;
    const held = [keys.workerCapacity(worker.id), keys.workerPorts(worker.id), keys.workerState(worker.id)];
    expect(await Promise.all(held.map((key) => live.get(key)))).not.toContain(null);
    // The shared lease is asked for with ten minutes to spare, so here it is ended by hand.
    await Promise.all(lapsing.map((lease) => lease.revoke()));
    await vi.waitFor(async () =>
      expect(await Promise.all(held.map((key) => live.get(key)))).toEqual([null, null, null]),
    );
    const input = { id: worker.id, portRange: { start: 4000, end: 4100 } };
    const { updateWorker } = await admin.request(api.UpdateWorkerDocument, { input });
    expect(required(updateWorker).worker.ports).toMatchObject({ range: { start: 4000, end: 4100 } });
  });
});
