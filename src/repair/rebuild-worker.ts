import { instanceWorkerValue, rebuiltValues } from '../claims/claim-values.js';
import type { Claim } from '../claims/draft.js';
import type { LiveKeys } from '../claims/keys.js';
import { codecs } from '../claims/values.js';
import type { Collection } from '../db/document-store.js';
import type { InstanceDocument } from '../instances/instance-model.js';
import type { InstanceRepository } from '../instances/instance-repository.js';
import { heldClaim } from '../instances/instance-state.js';
import type { Condition, LiveStore } from '../live/live-store.js';
import { limitsOf, type WorkerState } from '../workers/worker-state.js';
import { writeFenced, type Term } from './fenced.js';
import { pages } from './pages.js';

export interface RebuildDeps {
  readonly live: LiveStore;
  readonly keys: LiveKeys;
  readonly instances: InstanceRepository;
  readonly collections: { readonly instances: Collection<InstanceDocument> };
}

export interface WorkerRebuild {
  readonly worker: WorkerState;
  /** Whether it takes claims from now on. */
  readonly open: boolean;
  /** Of the whole: compared by every transaction. */
  readonly life: readonly Condition[];
  /** Holds as long as the worker's claim keys are as they were read. */
  readonly guards: readonly Condition[];
}

/** etcd allows 128 operations in a transaction. */
export const WRITES_AT_ONCE = 100;

/**
 * Makes the claim keys of a worker anew from documents: first the keys of the instances that hold claims on it,
 * then its room and ports in one transaction.
 * @throws Overtaken
 */
export async function rebuildWorker(
  deps: RebuildDeps,
  term: Term,
  { worker, open, life, guards }: WorkerRebuild,
): Promise<void> {
  const { live, keys } = deps;
  const claims = await claimsOn(deps, worker.id);
  for (let start = 0; start < claims.length; start += WRITES_AT_ONCE) {
    const holders = claims.slice(start, start + WRITES_AT_ONCE).map((claim) => ({
      put: keys.instanceWorker(claim.instanceId),
      value: codecs.instanceWorker.encode(instanceWorkerValue(worker.id, claim)),
    }));
    await writeFenced(live, term, life, holders);
  }
  const accepting = { open, seq: worker.sequence };
  const { capacity, ports } = rebuiltValues(worker.id, limitsOf(worker), accepting, claims);
  await writeFenced(
    live,
    term,
    [...guards, ...life],
    [
      { put: keys.workerCapacity(worker.id), value: codecs.workerCapacity.encode(capacity) },
      { put: keys.workerPorts(worker.id), value: codecs.workerPorts.encode(ports) },
    ],
  );
}

/** Every claim that documents record on the worker. */
async function claimsOn({ collections, instances }: RebuildDeps, workerId: string): Promise<Claim[]> {
  const claims: Claim[] = [];
  const filter = { workerId, finished: false };
  for await (const page of pages(collections.instances, filter, 'workerId_state')) {
    for (const document of page) {
      const held = heldClaim(instances.stateOf(document));
      if (held) claims.push(held);
    }
  }
  return claims;
}
