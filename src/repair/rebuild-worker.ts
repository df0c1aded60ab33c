import { instanceWorkerValue, rebuiltValues } from '../claims/claim-values.js';
import type { Claim } from '../claims/draft.js';
import type { LiveKeys } from '../claims/keys.js';
import { codecs } from '../claims/values.js';
import type { Collection, IndexKey } from '../db/document-store.js';
import type { InstanceDocument } from '../instances/instance-model.js';
import type { InstanceRepository } from '../instances/instance-repository.js';
import { heldClaim } from '../instances/instance-state.js';
import type { Condition, LiveStore } from '../live/live-store.js';
import { limitsOf, type WorkerState } from '../workers/worker-state.js';
import { writeFenced, type Term } from './fenced.js';

export interface RebuildDeps {
  readonly live: LiveStore;
  readonly keys: LiveKeys;
  readonly instances: InstanceRepository;
  readonly collections: { readonly instances: Collection<InstanceDocument> };
}

const PAGE = 200;
/** etcd allows 128 operations in a transaction. */
const HOLDERS_AT_ONCE = 100;

/**
 * Makes the claim keys of a worker anew from documents: first the keys of the instances that hold claims on it,
 * then its room and ports in one transaction. It is open only if its document is RUNNING.
 * @param when holds as long as the worker's claim keys are as they were read
 */
export async function rebuildWorker(
  deps: RebuildDeps,
  term: Term,
  worker: WorkerState,
  when: readonly Condition[],
): Promise<void> {
  const { live, keys } = deps;
  const claims = await claimsOn(deps, worker.id);
  for (let start = 0; start < claims.length; start += HOLDERS_AT_ONCE) {
    const holders = claims.slice(start, start + HOLDERS_AT_ONCE).map((claim) => ({
      put: keys.instanceWorker(claim.instanceId),
      value: codecs.instanceWorker.encode(instanceWorkerValue(worker.id, claim)),
    }));
    await writeFenced(live, term, [], holders);
  }
  const accepting = { open: worker.status === 'RUNNING', seq: worker.sequence };
  const { capacity, ports } = rebuiltValues(worker.id, limitsOf(worker), accepting, claims);
  await writeFenced(live, term, when, [
    { put: keys.workerCapacity(worker.id), value: codecs.workerCapacity.encode(capacity) },
    { put: keys.workerPorts(worker.id), value: codecs.workerPorts.encode(ports) },
  ]);
}

/** Every claim that documents record on the worker. */
async function claimsOn({ collections, instances }: RebuildDeps, workerId: string): Promise<Claim[]> {
  const index = 'workerId_state';
  const claims: Claim[] = [];
  let after: IndexKey | undefined;
  for (;;) {
    const filter = { workerId, finished: false };
    const page = await collections.instances.find(filter, {
      index,
      limit: PAGE,
      ...(after ? { after } : {}),
    });
    for (const document of page) {
      const held = heldClaim(instances.stateOf(document));
      if (held) claims.push(held);
    }
    const last = page.at(-1);
    if (page.length < PAGE || !last) return claims;
    after = collections.instances.keyOf(last, index);
  }
}
