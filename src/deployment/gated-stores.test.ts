import { afterEach, beforeEach, expect, it } from 'vitest';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { StoreUnavailable } from '../db/document-store.js';
import { LiveUnavailable } from '../live/live-store.js';
import { ensureDeployment } from './deployment-document.js';
import { DEPLOYMENT, DeploymentDocument } from './deployment-model.js';
import { gatedDocuments, gatedLive } from './gated-stores.js';
import { systemIds } from '../lib/ids.js';

let stores: TempStores;
let why: string | null;

beforeEach(async () => {
  stores = await tempStores([DeploymentDocument]);
  why = null;
});
afterEach(() => stores.close());

it('documents can be read and not written while something stands against it', async () => {
  const gated = gatedDocuments(stores.documents, () => why);
  const deployments = gated.collection(DeploymentDocument);
  const stored = await ensureDeployment(deployments, systemIds());
  why = 'not now';
  const next = { ...stored, revision: 2 };
  for (const write of [
    () => deployments.insert(stored),
    () => deployments.insertMissing([stored]),
    () => deployments.replace(next, 1),
    () => deployments.amend(DEPLOYMENT, { tick: 4 }),
    () => deployments.pullEvents(DEPLOYMENT, []),
    () => deployments.remove(DEPLOYMENT, 1),
    () => deployments.deleteOlderThan('deploymentId', 'z', 1),
  ]) {
    await expect(write()).rejects.toThrow(new StoreUnavailable('not now'));
  }
  expect(await deployments.get(DEPLOYMENT)).toEqual(stored);
  expect(deployments.name).toBe('deployment');
  expect(Date.parse(await gated.now())).toBeGreaterThan(0);
  await gated.ping();
  why = null;
  await deployments.replace(next, 1);
  expect(await deployments.get(DEPLOYMENT)).toEqual(next);
});

it('the live store can be read and not written', async () => {
  const live = gatedLive(stores.live, () => why);
  await live.put('/a', '1');
  why = 'not now';
  for (const write of [
    () => live.put('/a', '2'),
    () => live.delete('/a'),
    () => live.lease(5),
    () => live.txn({ when: [], then: [{ put: '/a', value: '2' }] }),
  ]) {
    await expect(write()).rejects.toThrow(new LiveUnavailable('not now'));
  }
  const read = await live.txn({ when: [{ key: '/a', absent: true }], then: [], orElse: ['/a'] });
  expect(read.reads.get('/a')).toMatchObject({ value: '1' });
  why = null;
  expect((await live.delete('/a')).existed).toBe(true);
});
