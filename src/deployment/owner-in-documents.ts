import type { Collection } from '../db/document-store.js';
import type { Clock } from '../lib/clock.js';
import type { Ids } from '../lib/ids.js';
import { changeDeployment, ensureDeployment } from './deployment-document.js';
import type { DeploymentDocument } from './deployment-model.js';
import type { Ownership, OwnerPlace } from './owner.js';

/**
 * The owner lease of a server with an embedded live store, in the deployment document. Nobody ends it there: it has
 * lapsed when it did not change for its time, by the monotonic clock of whoever reads it.
 */
export function ownerInDocuments(parts: {
  readonly deployments: Collection<DeploymentDocument>;
  readonly folderId: string;
  readonly ttlSeconds: number;
  readonly clock: Clock;
  readonly ids: Ids;
}): OwnerPlace {
  const { deployments, folderId, ttlSeconds, clock, ids } = parts;
  let foreign: { folder: string; beat: number; since: number; first: number } | null = null;

  /** What to think of a lease of another folder. */
  function judge(folder: string, beat: number): Ownership | 'LAPSED' {
    const now = clock.monotonic();
    if (foreign?.folder !== folder) foreign = { folder, beat, since: now, first: beat };
    if (foreign.beat !== beat) foreign = { ...foreign, beat, since: now };
    if (now - foreign.since >= ttlSeconds * 1000) return 'LAPSED';
    return beat === foreign.first ? 'UNDECIDED' : 'FOREIGN';
  }

  return {
    name: 'The document store',
    async claim() {
      let outcome: Ownership = 'HELD';
      await ensureDeployment(deployments, ids);
      await changeDeployment(deployments, async ({ ownerFolder, ownerBeat }) => {
        const mine = { ownerFolder: folderId, ownerBeat: ownerBeat + 1 };
        outcome = 'HELD';
        if (ownerFolder === null || ownerFolder === folderId) return mine;
        const judged = judge(ownerFolder, ownerBeat);
        if (judged === 'LAPSED') return mine;
        outcome = judged;
        return null;
      });
      return outcome;
    },
    isLapsed: () => false,
    async release() {
      await changeDeployment(deployments, async ({ ownerFolder }) =>
        ownerFolder === folderId ? { ownerFolder: null } : null,
      );
    },
  };
}
