import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

describe('a worker that came back while its instances were ended', () => {
  let server: TestServer;
  let admin: api.LabletClient;
  /** Called before each look for instances that are left on a worker. */
  let onLook: (() => Promise<void>) | null = null;

  const isLook = ({ name, args }: StoreCall) =>
    name === 'lablet_instances.find' && (args[1] as { index: string }).index === 'workerId_state';

  beforeAll(async () => {
    const wrapStores = intercepted(async (call) => {
      if (isLook(call)) await onLook?.();
      return call.go();
    });
    // No repair: it would look for lost instances too.
    server = await startTestServer({ env: { REPAIR_SECONDS: '86400' }, overrides: { wrapStores } });
    admin = await server.client('ADMIN', 'root');
  });

  afterAll(() => server?.close());

  it('keeps what was placed on it since', async () => {
    const tell = story(admin);
    const { id: definitionId } = await tell.definition(plainDefinition('Lab', 1));
    const { id: workerId } = await openWorker(admin, 'returned');
    const { id: lost } = await tell.instance({ definitionId });
    const { id: since } = await tell.instance({ definitionId });
    await tell.schedule(lost, workerId);
    await tell.moveWorker(workerId, 'STOPPING', { force: true });
    let looks = 0;
    onLook = async () => {
      if (++looks < 2) return;
      onLook = null;
      await tell.moveWorker(workerId, 'RUNNING');
      await tell.schedule(since, workerId);
      await tell.move(since, 'INSTANTIATING');
      await tell.move(since, 'RUNNING', { cmlLabId: 'lab-1' });
    };
    await tell.moveWorker(workerId, 'STOPPED');
    expect(looks).toBe(2);
    const state = async (id: string) =>
      required((await admin.request(api.InstanceDocument, { id })).instance).state;
    expect([await state(lost), await state(since)]).toEqual(['TERMINATED', 'RUNNING']);
  });
});
