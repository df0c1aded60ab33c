import type { LiveKeys } from '../claims/keys.js';
import {
  codecs,
  type CapacityValue,
  type Codec,
  type InstanceStateValue,
  type InstanceWorkerValue,
  type PortsValue,
  type WorkerStateValue,
} from '../claims/values.js';
import type { Condition, Entry } from '../live/live-store.js';

/** One key as it was read. */
export type Slot<T> =
  | { readonly key: string; readonly is: 'ABSENT' }
  | { readonly key: string; readonly is: 'VALUE'; readonly value: T; readonly modRevision: number }
  /** NEWER: a newer server wrote it; it is left alone. */
  | { readonly key: string; readonly is: 'UNREADABLE' | 'NEWER'; readonly modRevision: number };

export interface InstanceSlots {
  readonly state: Slot<InstanceStateValue>;
  readonly holder: Slot<InstanceWorkerValue>;
}

export interface WorkerSlots {
  readonly state: Slot<WorkerStateValue>;
  readonly capacity: Slot<CapacityValue>;
  readonly ports: Slot<PortsValue>;
}

/** Live keys at one revision, by what they are about. Keys that were not read count as absent. */
export interface LiveView {
  instance(id: string): InstanceSlots;
  worker(id: string): WorkerSlots;
  readonly instanceIds: ReadonlySet<string>;
  readonly workerIds: ReadonlySet<string>;
  /** Workers whose claim values, or whose holder key, name the instance. */
  workersOf(instanceId: string): readonly string[];
  /** Number of claims in claim values and of keys of instances and workers. */
  readonly claimsAndKeys: number;
}

/** Holds as long as the key is as it was read. */
export function unchanged(slot: Slot<unknown>): Condition {
  return slot.is === 'ABSENT'
    ? { key: slot.key, absent: true }
    : { key: slot.key, modRevision: slot.modRevision };
}

export function valueOf<T>(slot: Slot<T>): T | null {
  return slot.is === 'VALUE' ? slot.value : null;
}

export function liveView(entries: readonly Entry[], keys: LiveKeys): LiveView {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const [instanceIds, workerIds] = [new Set<string>(), new Set<string>()];
  const claimants = new Map<string, Set<string>>();
  let claimsAndKeys = 0;

  function slot<T>(key: string, codec: Codec<T>): Slot<T> {
    const entry = byKey.get(key);
    if (!entry) return { key, is: 'ABSENT' };
    const { modRevision } = entry;
    const decoded = codec.decode(entry.value);
    return decoded.ok
      ? { key, is: 'VALUE', value: decoded.value, modRevision }
      : { key, is: decoded.why, modRevision };
  }

  function remembering<T>(read: (id: string) => T): (id: string) => T {
    const known = new Map<string, T>();
    return (id) => {
      const found = known.get(id) ?? read(id);
      known.set(id, found);
      return found;
    };
  }

  const instance = remembering((id): InstanceSlots => ({
    state: slot(keys.instanceState(id), codecs.instanceState),
    holder: slot(keys.instanceWorker(id), codecs.instanceWorker),
  }));
  const worker = remembering((id): WorkerSlots => ({
    state: slot(keys.workerState(id), codecs.workerState),
    capacity: slot(keys.workerCapacity(id), codecs.workerCapacity),
    ports: slot(keys.workerPorts(id), codecs.workerPorts),
  }));

  function claimed(instanceId: string, workerId: string): void {
    const workers = claimants.get(instanceId) ?? new Set();
    claimants.set(instanceId, workers.add(workerId));
    instanceIds.add(instanceId);
  }

  for (const { key } of entries) {
    const parsed = keys.parse(key);
    if (!parsed || !('id' in parsed)) continue;
    claimsAndKeys++;
    (parsed.kind.startsWith('instance') ? instanceIds : workerIds).add(parsed.id);
  }
  for (const id of workerIds) {
    const { capacity, ports } = worker(id);
    const claims = Object.keys(valueOf(capacity)?.claims ?? {});
    claimsAndKeys += claims.length;
    for (const instanceId of [...claims, ...Object.keys(valueOf(ports)?.claims ?? {})])
      claimed(instanceId, id);
  }
  for (const id of [...instanceIds]) {
    const holder = valueOf(instance(id).holder);
    if (holder) claimed(id, holder.workerId);
  }
  return {
    instance,
    worker,
    instanceIds,
    workerIds,
    workersOf: (instanceId) => [...(claimants.get(instanceId) ?? [])],
    claimsAndKeys,
  };
}
