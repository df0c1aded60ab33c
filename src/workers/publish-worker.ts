import type { ClaimLedger } from '../claims/ledger.js';
import type { LiveStates } from '../claims/live-states.js';
import type { LivePositions } from '../live/live-positions.js';
import type { Logger } from '../logger.js';
import { limitsOf, workerStateValue, type WorkerState } from './worker-state.js';

export interface PublishDeps {
  readonly ledger: ClaimLedger;
  readonly liveStates: LiveStates;
  readonly positions: LivePositions;
  readonly logger: Logger;
}

/** What every command on a worker answers. */
export interface WorkerAnswer {
  readonly worker: WorkerState;
  readonly liveRevision: string | null;
}

/**
 * After the commit: opens a RUNNING worker for claims, then mirrors its status to the live store. What fails
 * here is left to repair; the command has succeeded.
 */
export async function publishWorker(deps: PublishDeps, worker: WorkerState): Promise<WorkerAnswer> {
  try {
    const opened =
      worker.status !== 'RUNNING' || (await deps.ledger.open(worker.id, limitsOf(worker), worker.sequence));
    // A later closing stands: its command writes the live status.
    if (!opened) return unchangedWorker(deps, worker);
  } catch (error) {
    // A live RUNNING must not be seen before the claim keys carry the document's limits.
    deps.logger.warn({ err: error, workerId: worker.id }, 'the worker could not be opened; repair will');
    return { worker, liveRevision: null };
  }
  const write = deps.liveStates.worker(workerStateValue(worker));
  return { worker, liveRevision: await deps.positions.after(write) };
}

/** The claim keys of a terminated worker lapse, as its status does; while claims are left repair ends them first. */
export async function letClaimsLapse(
  { ledger, liveStates, logger }: PublishDeps,
  worker: WorkerState,
): Promise<void> {
  const { id: workerId, sequence } = worker;
  try {
    await ledger.lapse(workerId, limitsOf(worker), sequence, await liveStates.terminalLease());
  } catch (error) {
    logger.warn({ err: error, workerId }, 'claim keys of a terminated worker are left to repair');
  }
}

/** The answer of a command that changed nothing. */
export function unchangedWorker(
  { positions }: Pick<PublishDeps, 'positions'>,
  worker: WorkerState,
): WorkerAnswer {
  return { worker, liveRevision: positions.now() };
}

/** After the commit of a new worker: makes its claim keys and shows it. What fails is left to repair; the worker is registered. */
export async function publishNewWorker(deps: PublishDeps, worker: WorkerState): Promise<WorkerAnswer> {
  try {
    await deps.ledger.register(worker.id, limitsOf(worker), { open: false, seq: worker.sequence });
  } catch (error) {
    deps.logger.warn({ err: error, workerId: worker.id }, 'claim keys could not be made; repair will');
    return { worker, liveRevision: null };
  }
  return publishWorker(deps, worker);
}
