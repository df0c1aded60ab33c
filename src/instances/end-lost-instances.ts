import type { ClaimLedger } from '../claims/ledger.js';
import type { Cause } from '../db/aggregate-repository.js';
import { RevisionConflict, type Collection } from '../db/document-store.js';
import type { Call } from '../lib/operation.js';
import type { Logger } from '../logger.js';
import type { WorkerRepository } from '../workers/worker-repository.js';
import type { WorkerState } from '../workers/worker-state.js';
import { endClaim } from './end-claim.js';
import { loseWorker, WORKER_LOST } from './instance-ending.js';
import type { InstanceDocument } from './instance-model.js';
import type { InstanceRepository } from './instance-repository.js';
import { publishInstance, type PublishDeps } from './publish-instance.js';

export interface LostDeps extends PublishDeps {
  readonly instances: InstanceRepository;
  readonly workers: Pick<WorkerRepository, 'load'>;
  readonly collections: { readonly instances: Collection<InstanceDocument> };
  readonly ledger: ClaimLedger;
  readonly logger: Logger;
}

const PAGE = 200;
const ATTEMPTS = 4;

/**
 * Ends every instance of a worker that is gone along the legal moves, one commit per instance, as long as the worker
 * stands where `worker` does. What cannot be ended now is left to repair; the worker's own move has been committed.
 */
export async function endLostInstances(
  deps: LostDeps,
  worker: WorkerState,
  { requestId, source }: Pick<Call, 'requestId' | 'source'>,
): Promise<void> {
  const { id: workerId } = worker;
  const cause = { by: WORKER_LOST, requestId, source, record: null };
  const filter = { workerId, finished: false };
  try {
    for (;;) {
      const lost = await deps.collections.instances.find(filter, { index: 'workerId_state', limit: PAGE });
      if (lost.length === 0) return;
      for (const { id } of lost) if (!(await endOne(deps, worker, id, cause))) return;
    }
  } catch (error) {
    deps.logger.warn({ err: error, workerId }, 'instances of a lost worker are left to repair');
  }
}

/** False when the worker was moved again: what is on it now is for that move to end, or runs. */
async function endOne(
  deps: LostDeps,
  { id: workerId, sequence }: WorkerState,
  id: string,
  cause: Cause,
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    // The worker comes second: it starts again only once this instance is ended, and then the save below fails.
    const loaded = await deps.instances.load(id);
    const worker = await deps.workers.load(workerId);
    if (worker.state.sequence !== sequence) return false;
    if (loaded.state.workerId !== workerId) return true;
    const now = deps.instances.commitTime(loaded.state);
    const events = loseWorker(loaded.state, { now });
    if (events.length === 0) return true;
    try {
      const ended = await deps.instances.save(loaded, events, cause, now);
      await endClaim(deps.ledger, ended);
      await publishInstance(deps, ended);
      return true;
    } catch (error) {
      if (!(error instanceof RevisionConflict) || attempt >= ATTEMPTS) throw error;
    }
  }
}
