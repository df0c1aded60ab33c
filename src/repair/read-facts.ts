import type { LiveKeys } from '../claims/keys.js';
import type { InstanceRepository } from '../instances/instance-repository.js';
import { LiveUnavailable, type LiveStore } from '../live/live-store.js';
import type { WorkerRepository } from '../workers/worker-repository.js';
import type { WorkerState } from '../workers/worker-state.js';
import type { InstanceFacts } from './instance-differences.js';
import { liveView, type LiveView } from './live-view.js';

export interface FactsDeps {
  readonly live: LiveStore;
  readonly keys: LiveKeys;
  readonly instances: InstanceRepository;
  readonly workers: WorkerRepository;
}

/** Reads these keys linearizably, at one revision. */
export async function readKeys({ live, keys }: FactsDeps, wanted: readonly string[]): Promise<LiveView> {
  // The epoch is always there, so the comparison fails and reads everything in one round.
  const { succeeded, reads } = await live.txn({
    when: [{ key: keys.epoch, absent: true }],
    then: [],
    orElse: wanted,
  });
  if (succeeded) throw new LiveUnavailable('the live store was emptied');
  return liveView([...reads.values()], keys);
}

const keysOfWorker = (keys: LiveKeys, id: string) => [
  keys.workerState(id),
  keys.workerCapacity(id),
  keys.workerPorts(id),
];

/**
 * An instance's document and keys as they are together: the document was the same before and after the keys were
 * read. Null when it changed meanwhile.
 * @param workerIds workers whose claim values may name the instance
 */
export async function readInstance(
  deps: FactsDeps,
  id: string,
  workerIds: readonly string[],
): Promise<{ facts: InstanceFacts; view: LiveView } | null> {
  const { keys, instances, workers } = deps;
  const before = await instances.find(id);
  const { workerId } = before?.state ?? { workerId: null };
  const named = [...new Set([...workerIds, ...(workerId === null ? [] : [workerId])])];
  const wanted = [keys.instanceState(id), keys.instanceWorker(id)];
  const view = await readKeys(deps, [...wanted, ...named.flatMap((each) => keysOfWorker(keys, each))]);
  const worker = workerId === null ? null : await workers.find(workerId);
  const after = await instances.find(id);
  if (before?.state.revision !== after?.state.revision) return null;
  return {
    facts: { id, state: after?.state ?? null, workerStatus: worker?.state.status ?? null },
    view,
  };
}

/** The same for a worker. */
export async function readWorker(
  deps: FactsDeps,
  id: string,
): Promise<{ state: WorkerState | null; view: LiveView } | null> {
  const before = await deps.workers.find(id);
  const view = await readKeys(deps, keysOfWorker(deps.keys, id));
  const after = await deps.workers.find(id);
  if (before?.state.revision !== after?.state.revision) return null;
  return { state: after?.state ?? null, view };
}
