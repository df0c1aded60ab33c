import type { CapacityValue, PortsValue } from '../claims/values.js';
import type { WorkerState } from '../workers/worker-state.js';
import type { Difference } from './findings.js';
import { valueOf, type LiveView, type Slot, type WorkerSlots } from './live-view.js';

/** Every difference between a worker's document (null when there is none) and its keys. */
export function workerDifferences(id: string, state: WorkerState | null, view: LiveView): Difference[] {
  const slots = view.worker(id);
  if (state === null) return strayKeys(id, slots);
  return [...configDifferences(state, slots), ...statusDifferences(state, slots)];
}

/** Claim keys that have to be made anew from documents: missing, or unreadable. */
export function needsRebuild(slots: WorkerSlots): boolean {
  return [slots.capacity, slots.ports].some(({ is }) => is === 'ABSENT' || is === 'UNREADABLE');
}

/** True when a closing was written whose document was never saved. */
export function hasStandingClose(state: WorkerState, slots: WorkerSlots): boolean {
  return (valueOf(slots.capacity)?.accepting.seq ?? 0) > state.sequence;
}

function strayKeys(entityId: string, slots: WorkerSlots): Difference[] {
  return Object.values(slots as unknown as Record<string, Slot<unknown>>)
    .filter(({ is }) => is === 'VALUE' || is === 'UNREADABLE')
    .map(({ key }) => ({
      kind: 'AHEAD_STATE' as const,
      entityId,
      workerId: entityId,
      expected: 'no key, no document',
      actual: key,
      counted: true,
    }));
}

/** How room, ports, limits and the open flag differ from the document. */
export function configDifferences(state: WorkerState, slots: WorkerSlots): Difference[] {
  const { id: entityId, status } = state;
  const about = { entityId, workerId: entityId, counted: false };
  const both = [slots.capacity, slots.ports];
  if (both.some(({ is }) => is === 'NEWER')) return [];
  const unreadable = both.filter(({ is }) => is === 'UNREADABLE');
  if (unreadable.length > 0) {
    return unreadable.map(({ key }) => ({
      ...about,
      kind: 'MALFORMED_KEY' as const,
      expected: 'the claims that documents record',
      actual: `${key} cannot be read`,
    }));
  }
  if (both.some(({ is }) => is === 'ABSENT')) {
    // Those of a terminated worker lapse once they are empty.
    if (status === 'TERMINATED') return [];
    const expected = 'the claims that documents record';
    return [{ ...about, kind: 'STALE_CONFIG', expected, actual: 'claim keys are missing' }];
  }
  const wanted = describe(state.configRevision, status === 'RUNNING', state.sequence);
  const actual = actualConfig(state, slots);
  return actual === null ? [] : [{ ...about, kind: 'STALE_CONFIG', expected: wanted, actual }];
}

function actualConfig(state: WorkerState, { capacity, ports }: WorkerSlots): string | null {
  const [room, numbers] = [valueOf(capacity), valueOf(ports)];
  if (!room || !numbers) return null;
  const { open, seq } = room.accepting;
  const current = [room, numbers].every(({ configRevision }) => configRevision === state.configRevision);
  const right = current && open === (state.status === 'RUNNING') && seq <= state.sequence;
  // Keys that lapse carry the last sequence.
  const stays = state.status === 'TERMINATED' && seq < state.sequence && isEmpty(room, numbers);
  return right && !stays ? null : describe(Math.min(room.configRevision, numbers.configRevision), open, seq);
}

function isEmpty(room: CapacityValue, numbers: PortsValue): boolean {
  return Object.keys(room.claims).length + Object.keys(numbers.claims).length === 0;
}

function describe(configRevision: number, open: boolean, seq: number): string {
  return `limits of revision ${configRevision}, ${open ? 'open' : 'closed'} (${seq})`;
}

function statusDifferences(state: WorkerState, { state: slot }: WorkerSlots): Difference[] {
  const { id: entityId, status, sequence } = state;
  const about = { entityId, workerId: entityId, counted: false, expected: `${status} (${sequence})` };
  switch (slot.is) {
    case 'NEWER':
      return [];
    case 'UNREADABLE':
      return [{ ...about, kind: 'MALFORMED_KEY', actual: `${slot.key} cannot be read` }];
    case 'ABSENT':
      return status === 'TERMINATED' ? [] : [{ ...about, kind: 'STALE_STATE', actual: 'no key' }];
    case 'VALUE': {
      const { seq, status: live } = slot.value;
      const actual = `${live} (${seq})`;
      if (seq > sequence) return [{ ...about, kind: 'AHEAD_STATE', actual, counted: true }];
      return seq === sequence && live === status ? [] : [{ ...about, kind: 'STALE_STATE', actual }];
    }
  }
}
