import { DuplicateKey, RevisionConflict, type Collection } from '../db/document-store.js';
import type { Ids } from '../lib/ids.js';
import { DEPLOYMENT, type DeploymentDocument } from './deployment-model.js';

const SEEN = { liveRevision: 0, raftTerm: 0, liveTick: 0 };
const DEFAULTS = { ...SEEN, lostEpoch: null, ownerFolder: null, ownerBeat: 0 };

/** The document of this deployment with the defaults of fields that it was written without; null before the founding. */
export async function readDeployment(
  deployments: Collection<DeploymentDocument>,
): Promise<DeploymentDocument | null> {
  const stored = await deployments.get(DEPLOYMENT);
  return stored && { ...DEFAULTS, ...stored };
}

/** The same; made under a new id where there is none. */
export async function ensureDeployment(
  deployments: Collection<DeploymentDocument>,
  ids: Ids,
): Promise<DeploymentDocument> {
  const stored = await readDeployment(deployments);
  if (stored) return stored;
  const head = { id: DEPLOYMENT, revision: 1, schemaVersion: 1 };
  const fresh = { ...head, deploymentId: ids.ulid(), epoch: null, tick: 0, ...DEFAULTS };
  try {
    await deployments.insert(fresh);
    return fresh;
  } catch (error) {
    // Another process was faster.
    if (!(error instanceof DuplicateKey)) throw error;
    return (await readDeployment(deployments)) as DeploymentDocument;
  }
}

/**
 * Changes the document under its version check, as often as others come first. `change` decides from what is
 * stored; null leaves it as it is.
 */
export async function changeDeployment(
  deployments: Collection<DeploymentDocument>,
  change: (stored: DeploymentDocument) => Promise<Partial<DeploymentDocument> | null>,
): Promise<DeploymentDocument> {
  for (;;) {
    const stored = await readDeployment(deployments);
    if (!stored) throw new Error('the deployment document is missing');
    const fields = await change(stored);
    if (fields === null) return stored;
    const next = { ...stored, ...fields, revision: stored.revision + 1 };
    try {
      await deployments.replace(next, stored.revision);
      return next;
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
    }
  }
}
