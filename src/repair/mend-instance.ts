import { instanceWorkerValue } from '../claims/claim-values.js';
import { draftOf, drop, obstaclesTo, place, valuesOf, type LiveValues } from '../claims/draft.js';
import type { LiveKeys } from '../claims/keys.js';
import { codecs } from '../claims/values.js';
import { loseWorker, WORKER_LOST } from '../instances/instance-ending.js';
import { heldClaim, instanceStateValue } from '../instances/instance-state.js';
import { revokeClaim } from '../instances/instance.js';
import type { Condition, LeaseId, Write } from '../live/live-store.js';
import { Overtaken, REPAIR_CAUSE, writeFenced, type Term } from './fenced.js';
import type { FindingAction } from './findings.js';
import { isGone, presences, type InstanceFacts, type Presence } from './instance-differences.js';
import { unchanged, valueOf, type LiveView } from './live-view.js';
import { readInstance, type FactsDeps } from './read-facts.js';

export interface MendDeps extends FactsDeps {
  /** A lease for values that are to lapse. */
  readonly terminalLease: () => Promise<LeaseId>;
}

interface KeyWrites {
  readonly when: readonly Condition[];
  readonly then: readonly Write[];
}

const ROUNDS = 8;

/**
 * Brings an instance's keys in line with its document: ends it if its worker is gone, gives back what no document
 * supports, takes again what is missing, rewrites its state. REPORTED when its room is taken by others.
 * @throws Overtaken
 */
export async function mendInstance(
  deps: MendDeps,
  term: Term,
  { id, workerIds }: { readonly id: string; readonly workerIds: readonly string[] },
): Promise<FindingAction> {
  let fenced: number | null = null;
  for (let round = 1; round <= ROUNDS; round++) {
    const read = await readInstance(deps, id, workerIds);
    if (!read) throw new Overtaken('the document changed');
    const { facts, view } = read;
    if (facts.state && heldClaim(facts.state) && isGone(facts.workerStatus)) {
      await endOnLostWorker(deps, term, id);
      continue;
    }
    const next = claimWrites(facts, view, deps.keys);
    if (next === 'TAKEN') return 'REPORTED';
    if (next === null) {
      await mendState(deps, term, facts, view);
      return 'REPAIRED';
    }
    if (facts.state?.state === 'PENDING' && facts.state.revision !== fenced) {
      fenced = await fenceAgainstLateSave(deps, facts, view);
    }
    await writeFenced(deps.live, term, next.when, next.then);
  }
  throw new Overtaken('the claims of the instance keep changing');
}

/** One commit; the worker is read again for it, since it may have come back. */
async function endOnLostWorker(deps: MendDeps, term: Term, id: string): Promise<void> {
  const loaded = await deps.instances.load(id);
  const { workerId } = loaded.state;
  const worker = workerId === null ? null : await deps.workers.find(workerId);
  if (!isGone(worker?.state.status ?? null) || term.signal.aborted) {
    throw new Overtaken('the worker came back');
  }
  const now = deps.instances.commitTime(loaded.state);
  const cause = { ...REPAIR_CAUSE, by: WORKER_LOST };
  await deps.instances.save(loaded, loseWorker(loaded.state, { now }), cause, now);
}

/** Raises the revision, so that a save of this claim that was only slow fails. */
async function fenceAgainstLateSave(
  { instances }: MendDeps,
  { id, state }: InstanceFacts,
  view: LiveView,
): Promise<number> {
  const stray = presences({ id, state, workerStatus: null }, view)[0];
  const token = stray?.entry?.token ?? stray?.holder?.token ?? null;
  const fence = await instances.update(id, REPAIR_CAUSE, (now) => revokeClaim(now, { token }), {
    expectedRevision: state?.revision,
  });
  return fence.state.revision;
}

/** The next transaction that brings claim keys nearer to the document; null when they agree with it. */
function claimWrites(facts: InstanceFacts, view: LiveView, keys: LiveKeys): KeyWrites | 'TAKEN' | null {
  const held = facts.state && heldClaim(facts.state);
  const found = presences(facts, view);
  const stray = found.find((each) => each.workerId !== held?.workerId && isThere(each));
  if (stray) return release(facts.id, stray, view, keys);
  const own = held && found.find((each) => each.workerId === held.workerId);
  const holder = view.instance(facts.id).holder;
  if (!held || !own?.values) {
    return holder.is === 'UNREADABLE' ? { when: [unchanged(holder)], then: [{ delete: holder.key }] } : null;
  }
  const draft = draftOf(own.values);
  const obstacles = obstaclesTo(draft, held);
  const wrong = obstacles.shortfalls.length > 0 || obstacles.ports.length > 0;
  place(draft, held);
  const values = valuesOf(draft);
  if (isWhole(own, values, held.token)) return null;
  if (wrong) return 'TAKEN';
  const value = codecs.instanceWorker.encode(instanceWorkerValue(held.workerId, held));
  return {
    when: [...guards(held.workerId, view), unchanged(holder)],
    then: [...puts(values, keys), { put: holder.key, value }],
  };
}

const isThere = ({ entry, ports, holder }: Presence): boolean =>
  entry !== null || ports !== null || holder !== null;

function isWhole(own: Presence, wanted: LiveValues, token: string): boolean {
  const id = own.holder?.instanceId;
  if (id === undefined || own.holder?.token !== token) return false;
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return same(own.entry, wanted.capacity.claims[id]) && same(own.ports, wanted.ports.claims[id]);
}

/** Takes out whatever a worker holds for the instance, whole or in part. */
function release(id: string, stray: Presence, view: LiveView, keys: LiveKeys): KeyWrites {
  const { holder } = view.instance(id);
  const also = stray.holder
    ? { when: [unchanged(holder)], then: [{ delete: holder.key }] }
    : { when: [], then: [] };
  if (!stray.values) return also;
  const draft = draftOf(stray.values);
  drop(draft, id);
  return {
    when: [...guards(stray.workerId, view), ...also.when],
    then: [...puts(valuesOf(draft), keys), ...also.then],
  };
}

function guards(workerId: string, view: LiveView): Condition[] {
  const { capacity, ports } = view.worker(workerId);
  return [unchanged(capacity), unchanged(ports)];
}

function puts({ capacity, ports }: LiveValues, keys: LiveKeys): Write[] {
  return [
    { put: keys.workerCapacity(capacity.workerId), value: codecs.workerCapacity.encode(capacity) },
    { put: keys.workerPorts(ports.workerId), value: codecs.workerPorts.encode(ports) },
  ];
}

/** Rewrites the state from the document, or deletes the key of an instance that does not exist. */
async function mendState(deps: MendDeps, term: Term, facts: InstanceFacts, view: LiveView): Promise<void> {
  const slot = view.instance(facts.id).state;
  const { state } = facts;
  if (slot.is === 'NEWER') return;
  if (state === null) {
    if (slot.is !== 'ABSENT') await writeFenced(deps.live, term, [unchanged(slot)], [{ delete: slot.key }]);
    return;
  }
  const wanted = instanceStateValue(state);
  const known = valueOf(slot);
  if (known?.seq === wanted.seq && known.state === wanted.state) return;
  const ended = wanted.state === 'TERMINATED';
  if (slot.is === 'ABSENT' && ended) return;
  const lease = ended ? { lease: await deps.terminalLease() } : {};
  const put = { put: slot.key, value: codecs.instanceState.encode(wanted), ...lease };
  await writeFenced(deps.live, term, [unchanged(slot)], [put]);
}
