import type { ClaimLedger } from '../claims/ledger.js';
import type { Collection } from '../db/document-store.js';
import type { Call } from '../lib/operation.js';
import type { Logger } from '../logger.js';
import { endClaim } from './end-claim.js';
import { loseWorker } from './instance-ending.js';
import type { InstanceDocument } from './instance-model.js';
import type { InstanceRepository } from './instance-repository.js';
import { publishInstance, type PublishDeps } from './publish-instance.js';

export interface LostDeps extends PublishDeps {
  readonly instances: InstanceRepository;
  readonly collections: { readonly instances: Collection<InstanceDocument> };
  readonly ledger: ClaimLedger;
  readonly logger: Logger;
}

const PAGE = 200;

/**
 * Ends every instance of a worker that is gone along the legal moves, one commit per instance. What cannot be
 * ended now is left to repair; the worker's own move has been committed.
 */
export async function endLostInstances(
  deps: LostDeps,
  workerId: string,
  { requestId, source }: Pick<Call, 'requestId' | 'source'>,
): Promise<void> {
  const cause = { by: 'system:worker-lost', requestId, source, record: null };
  const filter = { workerId, finished: false };
  try {
    for (;;) {
      const lost = await deps.collections.instances.find(filter, { index: 'workerId_state', limit: PAGE });
      if (lost.length === 0) return;
      for (const { id } of lost) {
        const { state } = await deps.instances.update(id, cause, (instance, now) =>
          loseWorker(instance, { now }),
        );
        await endClaim(deps.ledger, state);
        await publishInstance(deps, state);
      }
    }
  } catch (error) {
    deps.logger.warn({ err: error, workerId }, 'instances of a lost worker are left to repair');
  }
}
