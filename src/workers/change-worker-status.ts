import { assertRevision, causeOf, isApplied, type Loaded } from '../db/aggregate-repository.js';
import { RevisionConflict, type Collection } from '../db/document-store.js';
import type { InstanceDocument } from '../instances/instance-model.js';
import type { Call } from '../lib/operation.js';
import type { WorkerStatus } from './transitions.js';
import { publishWorker, unchangedWorker, type PublishDeps, type WorkerAnswer } from './publish-worker.js';
import type { WorkerEvent } from './worker-events.js';
import type { WorkerRepository } from './worker-repository.js';
import type { WorkerState } from './worker-state.js';

export interface StatusDeps extends PublishDeps {
  readonly workers: WorkerRepository;
  readonly collections: { readonly instances: Collection<InstanceDocument> };
}

export interface StatusChange {
  readonly id: string;
  readonly to: WorkerStatus;
  readonly expectedRevision?: number | null | undefined;
  /** The verb, given what holds claims and what documents show as unfinished on the worker. */
  readonly decide: (
    state: WorkerState,
    facts: { heldBy: readonly string[]; unfinished: readonly string[] },
  ) => readonly WorkerEvent[];
}

const ATTEMPTS = 4;
const MAX_UNFINISHED = 200;

/**
 * Moves a worker in the order that keeps claims safe: leaving RUNNING first closes the claim keys and decides
 * from the claims in exactly that value, then the document is saved, then the live status; opening comes last.
 */
export async function changeWorkerStatus(
  deps: StatusDeps,
  change: StatusChange,
  call: Call,
): Promise<WorkerAnswer & { changed: boolean }> {
  for (let attempt = 1; ; attempt++) {
    const loaded = await deps.workers.load(change.id);
    if (isApplied(loaded, call)) return { ...unchangedWorker(deps, loaded.state), changed: false };
    assertRevision(loaded.state, change.expectedRevision);
    const events = await decide(deps, loaded, change);
    try {
      const worker = await deps.workers.save(loaded, events, causeOf(call));
      return { ...(await publishWorker(deps, worker)), changed: true };
    } catch (error) {
      // The command starts again at the closing write, which then carries the newer sequence.
      if (!(error instanceof RevisionConflict) || attempt >= ATTEMPTS) throw error;
    }
  }
}

async function decide(
  { ledger, collections }: StatusDeps,
  { state }: Loaded<WorkerState>,
  { id, to, decide }: StatusChange,
): Promise<readonly WorkerEvent[]> {
  const unfinished = to === 'RUNNING' ? await unfinishedOn(collections.instances, id) : [];
  const facts = (heldBy: readonly string[]) => ({ heldBy, unfinished });
  // Refuses an illegal move before anything is written.
  decide({ ...state }, facts([]));
  if (state.status === 'RUNNING') {
    const heldBy = await ledger.close(
      id,
      state.sequence + 1,
      (holders) => void decide(state, facts(holders)),
    );
    return decide(state, facts(heldBy));
  }
  const { values } = await ledger.read(id);
  return decide(state, facts(Object.keys(values.capacity.claims)));
}

async function unfinishedOn(instances: Collection<InstanceDocument>, workerId: string): Promise<string[]> {
  const filter = { workerId, finished: false };
  const found = await instances.find(filter, { index: 'workerId_state', limit: MAX_UNFINISHED });
  return found.map(({ id }) => id);
}
