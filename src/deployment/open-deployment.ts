import { codecs } from '../claims/values.js';
import type { LiveKeys } from '../claims/keys.js';
import { DuplicateKey, RevisionConflict, type Collection } from '../db/document-store.js';
import type { Ids } from '../lib/ids.js';
import type { LiveStore } from '../live/live-store.js';
import { DEPLOYMENT, type DeploymentDocument } from './deployment-model.js';

/** The two stores do not belong together, or one of them lost its content; the message says what to do. */
export class DeploymentMismatch extends Error {
  override readonly name = 'DeploymentMismatch';
}

export interface Deployment {
  readonly deploymentId: string;
  readonly epoch: string;
}

/**
 * Makes sure that both stores carry the same deployment id and epoch; founds the deployment where both are
 * empty. Safe for processes that start at the same moment.
 * @throws DeploymentMismatch
 */
export async function openDeployment(parts: {
  deployments: Collection<DeploymentDocument>;
  live: LiveStore;
  keys: LiveKeys;
  ids: Ids;
}): Promise<Deployment> {
  const { live, keys } = parts;
  let stored = await parts.deployments.get(DEPLOYMENT);
  const known = await readEpoch(live, keys);
  // Another process may have founded it between the two reads.
  if (!stored && known) stored = await parts.deployments.get(DEPLOYMENT);
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
  if (stored?.epoch && !known) {
    throw new DeploymentMismatch(
      `The live store of deployment ${stored.deploymentId} was emptied: its claims are gone. ` +
        'Restore it from its snapshot, then start again.',
    );
  }
  return found(parts, stored ?? (await insertDeployment(parts.deployments, parts.ids)));
}

async function readEpoch(live: LiveStore, keys: LiveKeys) {
  const entry = await live.get(keys.epoch);
  if (!entry) return null;
  const decoded = codecs.epoch.decode(entry.value);
  if (!decoded.ok)
    throw new DeploymentMismatch(`${keys.epoch} cannot be read by this version of the server.`);
  return decoded.value;
}

async function insertDeployment(
  deployments: Collection<DeploymentDocument>,
  ids: Ids,
): Promise<DeploymentDocument> {
  const fresh = {
    id: DEPLOYMENT,
    revision: 1,
    schemaVersion: 1,
    deploymentId: ids.ulid(),
    epoch: null,
    tick: 0,
  };
  try {
    await deployments.insert(fresh);
    return fresh;
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error;
    return (await deployments.get(DEPLOYMENT)) as DeploymentDocument;
  }
}

/** Creates the epoch if nobody did, then remembers it in the document. */
async function found(
  { deployments, live, keys, ids }: Parameters<typeof openDeployment>[0],
  document: DeploymentDocument,
): Promise<Deployment> {
  const { deploymentId } = document;
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
  if (document.epoch === null) {
    try {
      await deployments.replace(
        { ...document, epoch: known.epoch, revision: document.revision + 1 },
        document.revision,
      );
    } catch (error) {
      // Another process remembered the same epoch first.
      if (!(error instanceof RevisionConflict)) throw error;
    }
  } else if (document.epoch !== known.epoch) {
    throw new DeploymentMismatch(
      `The live store has another life (${known.epoch}) than the documents know (${document.epoch}): ` +
        'it was restored or replaced. Restore the matching snapshot, then start again.',
    );
  }
  return { deploymentId, epoch: known.epoch };
}
