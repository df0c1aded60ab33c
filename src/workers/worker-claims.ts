import { NO_AMOUNTS, subtract, type Amounts, type Capacity } from '../claims/capacity.js';
import { draftOf, freeCapacity, heldNumbers, type LiveValues } from '../claims/draft.js';
import type { LiveKeys } from '../claims/keys.js';
import { availablePorts, type PortRange } from '../claims/ports.js';
import { codecs, type CapacityValue, type PortsValue } from '../claims/values.js';
import type { LiveValue } from '../live/change-ring.js';
import type { WatchHub } from '../live/watch-hub.js';
import { limitsOf, type WorkerState } from './worker-state.js';

export interface ClaimsView {
  readonly declared: Capacity;
  readonly allocated: Amounts;
  readonly available: Capacity;
  readonly ports: {
    readonly range: PortRange;
    readonly excluded: number[];
    readonly allocations: {
      instanceId: string;
      ports: { name: string; number: number }[];
      claimedAt: string;
    }[];
    readonly available: number;
  };
}

const decoded = new WeakMap<LiveValue, unknown>();

export interface LiveReader {
  readonly hub: WatchHub;
  readonly keys: LiveKeys;
}

/** Both claim values as of the live revision this process has reached; null where they are missing or unreadable. */
export function liveValuesOf({ hub, keys }: LiveReader, workerId: string): LiveValues | null {
  const capacity = read<CapacityValue>(hub.value(keys.workerCapacity(workerId)), codecs.workerCapacity);
  const ports = read<PortsValue>(hub.value(keys.workerPorts(workerId)), codecs.workerPorts);
  return capacity && ports && { capacity, ports };
}

/** Room and ports of a worker as of the live revision this process has reached. */
export function claimsOf(live: LiveReader, worker: WorkerState): ClaimsView {
  const values = liveValuesOf(live, worker.id);
  if (!values) return unclaimed(worker);
  const { capacity, ports } = values;
  const draft = draftOf(values);
  const { range, excluded, claims } = ports;
  return {
    declared: capacity.declared,
    allocated: draft.allocated,
    available: freeCapacity(draft),
    ports: {
      range,
      excluded,
      allocations: Object.entries(claims).map(([instanceId, numbers]) => ({
        instanceId,
        ports: Object.entries(numbers).map(([name, number]) => ({ name, number })),
        claimedAt: capacity.claims[instanceId]?.claimedAt ?? worker.createdAt,
      })),
      available: availablePorts(range, excluded, heldNumbers(ports)),
    },
  };
}

/** A worker whose claim keys have lapsed (it is gone) or have not been seen yet. */
function unclaimed(worker: WorkerState): ClaimsView {
  const { declared, range, excluded } = limitsOf(worker);
  const available = availablePorts(range, excluded, new Set());
  return {
    declared,
    allocated: NO_AMOUNTS,
    available: subtract(declared, NO_AMOUNTS),
    ports: { range, excluded: [...excluded], allocations: [], available },
  };
}

/** Decodes a value once, whoever asks. */
function read<T>(
  value: LiveValue | null,
  codec: { decode(text: string): { ok: true; value: T } | { ok: false } },
): T | null {
  if (value === null) return null;
  const known = decoded.get(value);
  if (known !== undefined) return known as T;
  const result = codec.decode(value.text);
  if (!result.ok) return null;
  decoded.set(value, result.value);
  return result.value;
}
