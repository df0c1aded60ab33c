import { NO_AMOUNTS, subtract, type Amounts, type Capacity } from '../claims/capacity.js';
import { draftOf, freeCapacity, heldNumbers, type LiveValues } from '../claims/draft.js';
import type { LiveKeys } from '../claims/keys.js';
import { availablePorts, type PortRange } from '../claims/ports.js';
import { codecs } from '../claims/values.js';
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

export interface LiveReader {
  readonly hub: WatchHub;
  readonly keys: LiveKeys;
}

/** Both claim values as of the live revision this process has reached; null where they are missing or unreadable. */
export function liveValuesOf({ hub, keys }: LiveReader, workerId: string): LiveValues | null {
  const capacity = hub.value(keys.workerCapacity(workerId))?.as(codecs.workerCapacity);
  const ports = hub.value(keys.workerPorts(workerId))?.as(codecs.workerPorts);
  return capacity && ports ? { capacity, ports } : null;
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
