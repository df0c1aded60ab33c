import { rewrite } from '../claims/claim-values.js';
import { codecs } from '../claims/values.js';
import { revokeClaim } from '../instances/instance.js';
import { revokeClose } from '../workers/worker.js';
import { limitsOf, workerStateValue, type WorkerState } from '../workers/worker-state.js';
import { Overtaken, REPAIR_CAUSE, writeFenced, type Term } from './fenced.js';
import type { FindingAction } from './findings.js';
import { liveView, unchanged, valueOf, type WorkerSlots } from './live-view.js';
import type { MendDeps } from './mend-instance.js';
import { PAGE } from './pages.js';
import { readWorker } from './read-facts.js';
import { rebuildWorker, type RebuildDeps } from './rebuild-worker.js';
import {
  configDifferences,
  hasStandingClose,
  needsRebuild,
  workerDifferences,
} from './worker-differences.js';

const ROUNDS = 4;

/**
 * Brings a worker's keys in line with its document: claim keys first, its status last, since RUNNING is announced
 * only over current limits. Claims stay as they are.
 * @throws Overtaken
 */
export async function mendWorker(
  deps: MendDeps & RebuildDeps,
  term: Term,
  id: string,
): Promise<FindingAction> {
  for (let round = 1; round <= ROUNDS; round++) {
    const read = await readWorker(deps, id);
    if (!read) throw new Overtaken('the document changed');
    const { state, view } = read;
    if (workerDifferences(id, state, view).length === 0) return 'REPAIRED';
    const slots = view.worker(id);
    if (state === null) await deleteStray(deps, term, slots);
    else if (!(await mendConfig(deps, term, state, slots))) await mendStatus(deps, term, state, slots);
  }
  throw new Overtaken('the keys of the worker keep changing');
}

async function deleteStray({ live }: MendDeps, term: Term, slots: WorkerSlots): Promise<void> {
  const there = [slots.state, slots.capacity, slots.ports].filter(
    ({ is }) => is !== 'ABSENT' && is !== 'NEWER',
  );
  await writeFenced(
    live,
    term,
    there.map(unchanged),
    there.map(({ key }) => ({ delete: key })),
  );
}

/** True when it wrote claim keys. */
async function mendConfig(
  deps: MendDeps & RebuildDeps,
  term: Term,
  state: WorkerState,
  slots: WorkerSlots,
): Promise<boolean> {
  if (configDifferences(state, slots).length === 0) return false;
  const guards = [unchanged(slots.capacity), unchanged(slots.ports)];
  if (needsRebuild(slots)) {
    const open = state.status === 'RUNNING';
    await fenceClaimsUnderWay(deps, state.id);
    await rebuildWorker(deps, term, { worker: state, open, life: [], guards });
    return true;
  }
  const [capacity, ports] = [valueOf(slots.capacity), valueOf(slots.ports)];
  if (!capacity || !ports) return false;
  if (hasStandingClose(state, slots)) {
    // A save under the closing that was only slow must not follow.
    const { seq } = capacity.accepting;
    await deps.workers.update(state.id, REPAIR_CAUSE, (worker) => revokeClose(worker, { seq }), {
      expectedRevision: state.revision,
    });
  }
  const accepting = { open: state.status === 'RUNNING', seq: state.sequence };
  const next = rewrite({ capacity, ports }, { accepting, limits: limitsOf(state) });
  const empty = Object.keys(next.capacity.claims).length === 0;
  const lease = state.status === 'TERMINATED' && empty ? { lease: await deps.terminalLease() } : {};
  await writeFenced(deps.live, term, guards, [
    { put: slots.capacity.key, value: codecs.workerCapacity.encode(next.capacity), ...lease },
    { put: slots.ports.key, value: codecs.workerPorts.encode(next.ports), ...lease },
  ]);
  return true;
}

/**
 * A claim of a PENDING instance is in no document yet: keys that are made anew lack it, and others may get its
 * numbers. Its save must not follow.
 */
async function fenceClaimsUnderWay(
  { live, keys, instances, collections }: MendDeps & RebuildDeps,
  workerId: string,
): Promise<void> {
  const { entries } = await live.list(keys.instances);
  const view = liveView(entries, keys);
  const holds = (id: string) => valueOf(view.instance(id).holder)?.workerId === workerId;
  const ids = [...view.instanceIds].filter(holds);
  for (let start = 0; start < ids.length; start += PAGE) {
    for (const { id } of await collections.instances.getMany(ids.slice(start, start + PAGE))) {
      const token = valueOf(view.instance(id).holder)?.token ?? null;
      await instances.update(id, REPAIR_CAUSE, (state) =>
        state.state === 'PENDING' ? revokeClaim(state, { token }) : [],
      );
    }
  }
}

async function mendStatus(deps: MendDeps, term: Term, state: WorkerState, slots: WorkerSlots): Promise<void> {
  const lease = state.status === 'TERMINATED' ? { lease: await deps.terminalLease() } : {};
  const value = codecs.workerState.encode(workerStateValue(state));
  await writeFenced(deps.live, term, [unchanged(slots.state)], [{ put: slots.state.key, value, ...lease }]);
}
