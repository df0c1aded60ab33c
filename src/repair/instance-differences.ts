import { amountsOf } from '../claims/capacity.js';
import { draftOf, obstaclesTo, type Claim, type LiveValues } from '../claims/draft.js';
import type { PortNumbers } from '../claims/ports.js';
import type { CapacityClaim, InstanceWorkerValue } from '../claims/values.js';
import { heldClaim, type InstanceState } from '../instances/instance-state.js';
import type { WorkerStatus } from '../workers/transitions.js';
import type { Difference, FindingKind } from './findings.js';
import { valueOf, type LiveView } from './live-view.js';

/** What the keys of one worker hold for an instance, whole or in part. */
export interface Presence {
  readonly workerId: string;
  /** Both claim values of the worker; null while they are missing or cannot be read. */
  readonly values: LiveValues | null;
  readonly entry: CapacityClaim | null;
  readonly ports: PortNumbers | null;
  readonly holder: InstanceWorkerValue | null;
}

/** An instance's document, and the status of the worker it names. */
export interface InstanceFacts {
  readonly id: string;
  /** Null when there is no such document. */
  readonly state: InstanceState | null;
  readonly workerStatus: WorkerStatus | null;
}

/** Every difference between an instance's document and its keys. */
export function instanceDifferences(facts: InstanceFacts, view: LiveView): Difference[] {
  const { id, state, workerStatus } = facts;
  const held = state && heldClaim(state);
  if (held && isGone(workerStatus)) {
    const { workerId } = held;
    const actual = `${state.state} on a worker that is ${workerStatus}`;
    return [{ kind: 'WORKER_GONE', entityId: id, workerId, expected: 'TERMINATED', actual, counted: false }];
  }
  return [...claimDifferences(facts, view), ...stateDifferences(facts, view)];
}

export function isGone(status: WorkerStatus | null): boolean {
  return status === 'STOPPED' || status === 'TERMINATED';
}

/** What each worker holds for the instance, where the document or a key names one. */
export function presences({ id, state }: InstanceFacts, view: LiveView): Presence[] {
  const held = state && heldClaim(state);
  const holder = valueOf(view.instance(id).holder);
  return [...new Set([...view.workersOf(id), ...(held ? [held.workerId] : [])])].map((workerId) => {
    const slots = view.worker(workerId);
    const [capacity, ports] = [valueOf(slots.capacity), valueOf(slots.ports)];
    const values = capacity && ports && { capacity, ports };
    return {
      workerId,
      values,
      // Where one of the two values is missing both are made anew first.
      entry: values?.capacity.claims[id] ?? null,
      ports: values?.ports.claims[id] ?? null,
      holder: holder?.workerId === workerId ? holder : null,
    };
  });
}

function claimDifferences(facts: InstanceFacts, view: LiveView): Difference[] {
  const { id: entityId, state } = facts;
  const held = state && heldClaim(state);
  const holderSlot = view.instance(entityId).holder;
  // A newer server knows better; an unreadable key is made anew from the document.
  if (holderSlot.is === 'NEWER') return [];
  const counted = takesAway(facts, view);
  const found = presences(facts, view).flatMap((presence): Difference[] => {
    const { workerId } = presence;
    const own = held?.workerId === workerId ? held : null;
    const kind = own ? heldKind(own, presence) : strayKind(presence);
    if (!kind) return [];
    const expected = own ? describeClaim(own) : `no claim, ${state?.state ?? 'no document'}`;
    const taken = !own && counted;
    return [{ kind, entityId, workerId, expected, actual: describePresence(presence), counted: taken }];
  });
  if (holderSlot.is !== 'UNREADABLE') return found;
  const workerId = held?.workerId ?? null;
  const expected = held ? 'the worker that holds its claim' : 'no key';
  const malformed = { kind: 'MALFORMED_KEY' as const, entityId, workerId, expected };
  return [...found, { ...malformed, actual: `${holderSlot.key} cannot be read`, counted: false }];
}

/** How the keys of the worker that the document names differ from it; null when they do not. */
function heldKind(held: Claim, { values, entry, ports, holder }: Presence): FindingKind | null {
  // Without claim values the worker is mended first, from the same documents.
  if (!values) return null;
  const tokens = [entry?.token, holder?.token].filter((token) => token !== undefined);
  if (tokens.some((token) => token !== held.token)) return 'ORPHAN_CLAIM';
  const whole = entry && ports && holder && sameAmounts(entry, held) && samePorts(ports, held.ports);
  if (whole) return null;
  const obstacles = obstaclesTo(draftOf(values), held);
  if (obstacles.shortfalls.length > 0 || obstacles.ports.length > 0) return 'CLAIM_LOST';
  return entry || ports || holder ? 'PARTIAL_CLAIM' : 'MISSING_CLAIM';
}

/** What a worker holds for an instance that has no claim there. */
function strayKind({ entry, ports, holder }: Presence): FindingKind | null {
  if (!entry && !ports && !holder) return null;
  return entry && ports && holder?.token === entry.token ? 'ORPHAN_CLAIM' : 'PARTIAL_CLAIM';
}

/** True where only a document that was lost, or is older than the keys, would make the claim a stray one. */
function takesAway({ id, state }: InstanceFacts, view: LiveView): boolean {
  if (state === null) return true;
  const live = valueOf(view.instance(id).state);
  return state.state === 'PENDING' && live !== null && live.seq > state.sequence;
}

function stateDifferences({ id: entityId, state }: InstanceFacts, view: LiveView): Difference[] {
  const slot = view.instance(entityId).state;
  const about = { entityId, workerId: state?.workerId ?? null, counted: false };
  const expected = state ? `${state.state} (${state.sequence})` : 'no key';
  switch (slot.is) {
    case 'NEWER':
      return [];
    case 'UNREADABLE':
      return [{ ...about, kind: 'MALFORMED_KEY', expected, actual: `${slot.key} cannot be read` }];
    case 'ABSENT':
      if (state === null || state.state === 'TERMINATED') return [];
      return [{ ...about, kind: 'STALE_STATE', expected, actual: 'no key' }];
    case 'VALUE': {
      const { seq, state: live } = slot.value;
      const actual = `${live} (${seq})`;
      if (state === null || seq > state.sequence) {
        return [{ ...about, kind: 'AHEAD_STATE', expected, actual, counted: true }];
      }
      if (seq === state.sequence && live === state.state) return [];
      return [{ ...about, kind: 'STALE_STATE', expected, actual }];
    }
  }
}

function sameAmounts(entry: CapacityClaim, { amounts }: Claim): boolean {
  return JSON.stringify(amountsOf(entry)) === JSON.stringify(amountsOf(amounts));
}

function samePorts(a: PortNumbers, b: PortNumbers): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function describeClaim({ amounts, ports }: Claim): string {
  const { cpuCores, memoryGb, storageGb, nodes } = amounts;
  const numbers = Object.values(ports).join(', ') || 'none';
  return `claim of ${cpuCores} cores, ${memoryGb} GB, ${storageGb} GB, ${nodes} nodes, ports ${numbers}`;
}

function describePresence({ values, entry, ports, holder }: Presence): string {
  const parts = [entry && 'room', ports && 'ports', holder && 'its own key'].filter((part) => part !== null);
  if (parts.length > 0) return `holds ${parts.join(', ')}`;
  return values ? 'holds nothing' : 'the worker has no claim keys';
}
