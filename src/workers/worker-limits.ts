import { amountsOf, DIMENSIONS, type Capacity } from '../claims/capacity.js';
import { capacityExceeded } from '../claims/fits.js';
import { draftOf, holdersOf, type LiveValues } from '../claims/draft.js';
import { assertPortRange, isUsable, type PortRange } from '../claims/ports.js';
import { LabletError, validationFailed, type FieldFault, type Shortfall } from '../errors.js';
import type { WorkerEvent, WorkerSettings } from './worker-events.js';
import { effectiveCapacity, type WorkerState } from './worker-state.js';

/** Changes of what people set; absent is unchanged. */
export interface UpdateLimits {
  readonly name?: string | undefined;
  /** `nodes` null is no limit. */
  readonly declaredCapacity?: Partial<Capacity> | undefined;
  readonly portRange?: PortRange | undefined;
  readonly excludedPorts?: readonly number[] | undefined;
  readonly drainTimeoutHours?: number | undefined;
  /** The claim values as read for this command. */
  readonly live: LiveValues;
}

/**
 * Changes name, drain time and limits. Raising and widening is always allowed. Lowering, narrowing and
 * excluding more needs a worker that takes no claims, and never cuts off what claims hold.
 * @throws VALIDATION_FAILED, PORT_OUT_OF_RANGE, WORKER_BUSY (lowering while RUNNING), CAPACITY_EXCEEDED
 * (`need` is what claims hold, `free` the limit asked for), PORT_IN_USE
 */
export function updateLimits(state: WorkerState, command: UpdateLimits): readonly WorkerEvent[] {
  const next = settingsAfter(state, command);
  assertSettings(next);
  const lowered = loweredDimensions(state, next);
  const fewerPorts = losesPorts(state, next);
  if (lowered.length > 0 || fewerPorts) assertNotAccepting(state, command.live);
  assertCovered(state, next, lowered, command.live);
  if (fewerPorts) assertNotHeld(next, command.live);
  const limitsChanged = !same(limitsIn(state), limitsIn(next));
  const { name, drainTimeoutHours } = state;
  if (!limitsChanged && next.name === name && next.drainTimeoutHours === drainTimeoutHours) return [];
  return [{ type: 'WorkerCapacityUpdated', payload: { ...next, limitsChanged } }];
}

/** Excluded numbers ascending, each once. */
export function normalizeExcluded(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function settingsAfter(state: WorkerState, command: UpdateLimits): WorkerSettings {
  const { nodes = state.declaredCapacity.nodes, ...given } = command.declaredCapacity ?? {};
  const { cpuCores, memoryGb, storageGb } = state.declaredCapacity;
  return {
    name: command.name ?? state.name,
    declaredCapacity: {
      cpuCores: given.cpuCores ?? cpuCores,
      memoryGb: given.memoryGb ?? memoryGb,
      storageGb: given.storageGb ?? storageGb,
      nodes,
    },
    portRange: command.portRange ?? state.portRange,
    excludedPorts: normalizeExcluded(command.excludedPorts ?? state.excludedPorts),
    drainTimeoutHours: command.drainTimeoutHours ?? state.drainTimeoutHours,
  };
}

const BOUNDS = [
  ['cpuCores', 1, 4096],
  ['memoryGb', 1, 65_536],
  ['storageGb', 10, 1_000_000],
  ['nodes', 1, 10_000],
] as const;

/** Every rule that settings break: capacity 1-4096 cores, 1-65536 GiB, 10-1000000 GiB, 1-10000 nodes; drain time 1-48 h. */
export function settingsFaults(settings: Pick<WorkerSettings, 'declaredCapacity' | 'drainTimeoutHours'>) {
  const faults: FieldFault[] = [];
  const check = (path: string, value: number | null, low: number, high: number) => {
    if (value === null || (Number.isInteger(value) && value >= low && value <= high)) return;
    faults.push({ path, rule: 'OUT_OF_RANGE', message: `Must be a whole number from ${low} to ${high}.` });
  };
  for (const [field, low, high] of BOUNDS) {
    check(`declaredCapacity.${field}`, settings.declaredCapacity[field], low, high);
  }
  check('drainTimeoutHours', settings.drainTimeoutHours, 1, 48);
  return faults;
}

/** @throws VALIDATION_FAILED, PORT_OUT_OF_RANGE */
export function assertSettings(settings: WorkerSettings): void {
  const faults = settingsFaults(settings);
  if (faults.length > 0) throw validationFailed(faults);
  assertPortRange(settings.portRange, settings.excludedPorts);
}

/** Compared by the limit that counts: declaring fewer nodes, but still more than the licence allows, lowers nothing. */
function loweredDimensions(state: WorkerState, next: WorkerSettings) {
  const before = effectiveCapacity(state.licenseType, state.declaredCapacity);
  const after = effectiveCapacity(state.licenseType, next.declaredCapacity);
  return DIMENSIONS.filter(([field]) => (after[field] ?? Infinity) < (before[field] ?? Infinity));
}

/** True when a number that may be handed out now could not be any more. */
function losesPorts({ portRange, excludedPorts }: WorkerState, next: WorkerSettings): boolean {
  if (next.portRange.start > portRange.start || next.portRange.end < portRange.end) return true;
  return next.excludedPorts.some((number) => isUsable(number, portRange, excludedPorts));
}

/** Lowering has to wait while the document says RUNNING or the claim values still take claims. */
function assertNotAccepting({ status }: WorkerState, live: LiveValues): void {
  if (status !== 'RUNNING' && !live.capacity.accepting.open) return;
  const message = 'Limits are lowered only while the worker takes no claims; drain or stop it first.';
  throw workerBusy(status, Object.keys(live.capacity.claims), message);
}

/** The refusal because of claims; `instances` are the ids of those that hold them. */
export function workerBusy(
  status: string,
  instances: readonly string[],
  message: string,
): LabletError<'WORKER_BUSY'> {
  return new LabletError('WORKER_BUSY', message, { status, instances });
}

function assertCovered(
  { licenseType }: WorkerState,
  next: WorkerSettings,
  lowered: ReturnType<typeof loweredDimensions>,
  live: LiveValues,
): void {
  const held = amountsOf(draftOf(live).allocated);
  const after = effectiveCapacity(licenseType, next.declaredCapacity);
  const short = lowered.flatMap(([field, dimension]): Shortfall[] => {
    const limit = after[field];
    return limit !== null && held[field] > limit ? [{ dimension, need: held[field], free: limit }] : [];
  });
  if (short.length > 0) throw capacityExceeded(short);
}

function assertNotHeld({ portRange, excludedPorts }: WorkerSettings, { ports }: LiveValues): void {
  const cutOff = holdersOf(ports).filter(({ number }) => !isUsable(number, portRange, excludedPorts));
  if (cutOff.length === 0) return;
  throw new LabletError('PORT_IN_USE', `${cutOff.length} of the numbers are held by instances.`, {
    ports: cutOff,
  });
}

const limitsIn = ({ declaredCapacity, portRange, excludedPorts }: WorkerSettings) => [
  declaredCapacity.cpuCores,
  declaredCapacity.memoryGb,
  declaredCapacity.storageGb,
  declaredCapacity.nodes,
  portRange.start,
  portRange.end,
  ...excludedPorts,
];

const same = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((value, index) => value === b[index]);
