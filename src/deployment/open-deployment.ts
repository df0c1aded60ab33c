import { codecs } from '../claims/values.js';
import type { LiveKeys } from '../claims/keys.js';
import type { Collection } from '../db/document-store.js';
import type { Ids } from '../lib/ids.js';
import type { LiveStore } from '../live/live-store.js';
import { changeDeployment, ensureDeployment, readDeployment } from './deployment-document.js';
import type { DeploymentDocument } from './deployment-model.js';

/** The two stores do not belong together, or the documents are gone; the message says what to do. */
export class DeploymentMismatch extends Error {
  override readonly name = 'DeploymentMismatch';
}

interface OpenParts {
  readonly deployments: Collection<DeploymentDocument>;
  readonly live: LiveStore;
  readonly keys: LiveKeys;
  readonly ids: Ids;
  /** Asked once it is known that the stores belong together, before anything is written. */
  readonly own?: () => Promise<void>;
}

/**
 * Makes sure that both stores carry the same deployment id, and answers it; founds the deployment where both are
 * empty. Whether the live store was emptied or restored since is judged by the epoch guard, and mended by the
 * leader. Safe for processes that start at the same moment.
 * @throws DeploymentMismatch
 */
export async function openDeployment(parts: OpenParts): Promise<string> {
  const { live, keys, deployments } = parts;
  let stored = await readDeployment(deployments);
  const known = await readEpoch(live, keys);
  // Another process may have founded it between the two reads.
  if (!stored && known) stored = await readDeployment(deployments);
  if (!stored && known) {
    throw new DeploymentMismatch(
      `The live store belongs to deployment ${known.deploymentId}, but the document store is empty: ` +
        'it is the wrong database, or it was emptied. Restore it, or point MONGODB_URI at the right one.',
    );
  }
  if (stored && known && stored.deploymentId !== known.deploymentId) {
    throw new DeploymentMismatch(
      `The document store belongs to deployment ${stored.deploymentId}, the live store to ${known.deploymentId}: ` +
        'one of them is the wrong one. Check MONGODB_URI, ETCD_ENDPOINTS, ETCD_PREFIX and DATA_DIR.',
    );
  }
  await parts.own?.();
  stored ??= await ensureDeployment(deployments, parts.ids);
  if (stored.epoch === null) await found(parts, stored.deploymentId);
  return stored.deploymentId;
}

async function readEpoch(live: LiveStore, keys: LiveKeys) {
  const entry = await live.get(keys.epoch);
  const decoded = entry && codecs.epoch.decode(entry.value);
  if (decoded?.ok !== false) return decoded?.value ?? null;
  throw new DeploymentMismatch(`${keys.epoch} cannot be read by this version of the server.`);
}

/** Creates the epoch if nobody did, then remembers it in the document. */
async function found({ deployments, live, keys, ids }: OpenParts, deploymentId: string): Promise<void> {
  await live.txn({
    when: [{ key: keys.epoch, absent: true }],
    then: [{ put: keys.epoch, value: codecs.epoch.encode({ v: 1, epoch: ids.ulid(), deploymentId }) }],
  });
  const known = await readEpoch(live, keys);
  if (!known) throw new DeploymentMismatch(`${keys.epoch} vanished while the server started.`);
  if (known.deploymentId !== deploymentId) {
    throw new DeploymentMismatch(
      `The live store was taken by deployment ${known.deploymentId} at this moment.`,
    );
  }
  await changeDeployment(deployments, async ({ epoch }) => (epoch === null ? { epoch: known.epoch } : null));
}
