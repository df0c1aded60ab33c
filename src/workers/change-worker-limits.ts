import { emptyValues } from '../claims/claim-values.js';
import type { LiveValues } from '../claims/draft.js';
import { assertRevision, causeOf, isApplied } from '../db/aggregate-repository.js';
import { RevisionConflict } from '../db/document-store.js';
import type { Call } from '../lib/operation.js';
import { unchangedWorker, type PublishDeps, type WorkerAnswer } from './publish-worker.js';
import { updateLimits, type UpdateLimits } from './worker-limits.js';
import type { WorkerRepository } from './worker-repository.js';
import { limitsOf, type WorkerState } from './worker-state.js';

export interface LimitDeps extends PublishDeps {
  readonly workers: WorkerRepository;
}

export interface LimitChange extends Omit<UpdateLimits, 'live'> {
  readonly id: string;
  readonly expectedRevision?: number | null | undefined;
}

const ATTEMPTS = 4;

/**
 * Changes limits in the order that keeps claims within them. Decided from claim values that were read after the
 * document: while it is not RUNNING they are closed, so nothing is added to them until a save of the document
 * opens the worker, and that makes this save fail. Then the document is saved, then the claim values are
 * rewritten. A crash in between leaves them with older limits: lower ones, or higher ones that are closed, which
 * opening overwrites.
 */
export async function changeWorkerLimits(
  deps: LimitDeps,
  { id, expectedRevision, ...changes }: LimitChange,
  call: Call,
): Promise<WorkerAnswer> {
  for (let attempt = 1; ; attempt++) {
    const loaded = await deps.workers.load(id);
    const { state } = loaded;
    if (isApplied(loaded, call)) return unchangedWorker(deps, state);
    assertRevision(state, expectedRevision);
    const events = updateLimits(state, { ...changes, live: await valuesFor(deps, state, changes) });
    if (events.length === 0) return unchangedWorker(deps, state);
    try {
      const worker = await deps.workers.save(loaded, events, causeOf(call));
      const limitsChanged = worker.configRevision !== state.configRevision && worker.status !== 'TERMINATED';
      return limitsChanged ? await rewriteClaims(deps, worker) : unchangedWorker(deps, worker);
    } catch (error) {
      if (!(error instanceof RevisionConflict) || attempt >= ATTEMPTS) throw error;
    }
  }
}

/**
 * The claim values; a new name or drain time does not depend on them, nor on the store that holds them. Those of a
 * terminated worker may have lapsed.
 */
async function valuesFor(
  { ledger }: LimitDeps,
  worker: WorkerState,
  { declaredCapacity, portRange, excludedPorts }: Omit<LimitChange, 'id'>,
): Promise<LiveValues> {
  const limits = declaredCapacity || portRange || excludedPorts;
  if (limits && worker.status !== 'TERMINATED') return (await ledger.read(worker.id)).values;
  return emptyValues(worker.id, limitsOf(worker), { open: false, seq: worker.sequence });
}

async function rewriteClaims(deps: LimitDeps, worker: WorkerState): Promise<WorkerAnswer> {
  try {
    // While RUNNING limits are only raised.
    const mayBeOpen = worker.status === 'RUNNING';
    const write = deps.ledger.limit(worker.id, limitsOf(worker), { mayBeOpen });
    const liveRevision = await deps.positions.after(write);
    return (await write) === null ? unchangedWorker(deps, worker) : { worker, liveRevision };
  } catch (error) {
    deps.logger.warn({ err: error, workerId: worker.id }, 'claim limits could not be rewritten; repair will');
    return { worker, liveRevision: null };
  }
}
