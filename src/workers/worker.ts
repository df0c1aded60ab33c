import type { Capacity } from '../claims/capacity.js';
import type { LicenseType } from '../claims/license.js';
import { DEFAULT_EXCLUDED_PORTS, DEFAULT_PORT_RANGE, type PortRange } from '../claims/ports.js';
import { validationFailed } from '../errors.js';
import { assertMove, invalidTransition, type WorkerMoveCommand, type WorkerStatus } from './transitions.js';
import type { WorkerEvent, WorkerFacts } from './worker-events.js';
import { assertSettings, normalizeExcluded, workerBusy } from './worker-limits.js';
import { DEFAULT_DRAIN_TIMEOUT_HOURS, type WorkerState } from './worker-state.js';

/** What a worker takes over from a template at registration. */
export interface TemplateValues {
  readonly name: string;
  readonly instanceType: string;
  readonly licenseType: LicenseType;
  readonly capacity: Capacity;
  /** The first one is the default; empty means any. */
  readonly regions: readonly string[];
  readonly portRange: PortRange;
  readonly excludedPorts: readonly number[];
  readonly drainTimeoutHours: number;
}

/** What a caller gives; the rest comes from the template or is a default. */
export interface RegisterWorker extends Partial<WorkerFacts> {
  readonly name: string;
  readonly template: TemplateValues | null;
  readonly region?: string | undefined;
  readonly instanceType?: string | undefined;
  readonly licenseType?: LicenseType | undefined;
  readonly declaredCapacity?: Capacity | undefined;
  readonly portRange?: PortRange | undefined;
  readonly excludedPorts?: readonly number[] | undefined;
  readonly drainTimeoutHours?: number | undefined;
}

/**
 * Registers a worker: given values first, then the template's, then defaults.
 * @throws VALIDATION_FAILED for what neither gives, PORT_OUT_OF_RANGE
 */
export function register(command: RegisterWorker): readonly WorkerEvent[] {
  const { template } = command;
  const required = {
    region: command.region ?? template?.regions[0],
    instanceType: command.instanceType ?? template?.instanceType,
    licenseType: command.licenseType ?? template?.licenseType,
    declaredCapacity: command.declaredCapacity ?? template?.capacity,
  };
  assertComplete(required);
  const payload = {
    name: command.name,
    templateName: template?.name ?? null,
    ...required,
    portRange: command.portRange ?? template?.portRange ?? DEFAULT_PORT_RANGE,
    excludedPorts: normalizeExcluded(
      command.excludedPorts ?? template?.excludedPorts ?? DEFAULT_EXCLUDED_PORTS,
    ),
    drainTimeoutHours:
      command.drainTimeoutHours ?? template?.drainTimeoutHours ?? DEFAULT_DRAIN_TIMEOUT_HOURS,
    ...factsAfter(NOTHING_REPORTED, command),
  };
  assertSettings(payload);
  return [{ type: 'WorkerRegistered', payload }];
}

function assertComplete<T extends object>(
  fields: T,
): asserts fields is { [K in keyof T]: Exclude<T[K], undefined> } {
  const missing = Object.entries(fields).filter(([, value]) => value === undefined);
  if (missing.length === 0) return;
  throw validationFailed(
    missing.map(([path]) => ({ path, rule: 'REQUIRED', message: 'Give it, or a template that has it.' })),
  );
}

/** A move as reported or ordered, and what stands against it. */
export interface ChangeWorkerStatus {
  readonly to: WorkerStatus;
  readonly reason: string | null;
  /** Stops a worker although claims are held. */
  readonly force: boolean;
  /** Instances that hold a claim, from the very value that closed the worker. */
  readonly heldBy: readonly string[];
  /** Instances on the worker that documents show as unfinished; asked for when a stopped worker starts. */
  readonly unfinished: readonly string[];
}

/**
 * Makes a move that is reported or ordered, except those of draining.
 * @throws INVALID_TRANSITION; WORKER_BUSY when RUNNING or DRAINING is stopped with claims held and without
 * force, and when STOPPED starts with claims held or unfinished instances: their labs are gone
 */
export function changeStatus(state: WorkerState, command: ChangeWorkerStatus): readonly WorkerEvent[] {
  const { to, reason, force, heldBy, unfinished } = command;
  const { status } = state;
  assertMove(status, to, 'transitionWorker');
  if ((status === 'RUNNING' || status === 'DRAINING') && to === 'STOPPING' && heldBy.length > 0 && !force) {
    throw workerBusy(status, heldBy, `${heldBy.length} instances hold claims; drain first, or use force.`);
  }
  const left = [...new Set([...heldBy, ...unfinished])];
  if (status === 'STOPPED' && to === 'RUNNING' && left.length > 0) {
    throw workerBusy(status, left, `${left.length} instances of the stopped worker are to be ended first.`);
  }
  return moveEvents(state, to, 'transitionWorker', reason, heldBy.length);
}

/** Start or end of draining. */
export interface ChangeDrain {
  readonly reason: string | null;
  /** Number of claims held. */
  readonly claimsHeld: number;
}

/** From RUNNING: keeps what it has and takes nothing new. @throws INVALID_TRANSITION */
export function drain(state: WorkerState, { reason, claimsHeld }: ChangeDrain): readonly WorkerEvent[] {
  return moveEvents(state, 'DRAINING', 'drainWorker', reason, claimsHeld);
}

/** From DRAINING back to RUNNING. @throws INVALID_TRANSITION */
export function cancelDrain(state: WorkerState, { reason, claimsHeld }: ChangeDrain): readonly WorkerEvent[] {
  return moveEvents(state, 'RUNNING', 'cancelWorkerDrain', reason, claimsHeld);
}

function moveEvents(
  { status }: WorkerState,
  to: WorkerStatus,
  command: WorkerMoveCommand,
  reason: string | null,
  claimsHeld: number,
): readonly WorkerEvent[] {
  const { from } = assertMove(status, to, command);
  return [{ type: 'WorkerStatusChanged', payload: { from, to, reason, claimsHeld } }];
}

const NOTHING_REPORTED: WorkerFacts = {
  cloudInstanceId: null,
  amiName: null,
  cmlVersion: null,
  nodeDefinitions: null,
  endpointUrl: null,
  host: null,
};
const FACT_NAMES = Object.keys(NOTHING_REPORTED) as (keyof WorkerFacts)[];

/** Takes over reported facts; absent is unchanged, null is no longer known. No event when nothing changed. */
export function report(state: WorkerState, facts: Partial<WorkerFacts>): readonly WorkerEvent[] {
  const after = factsAfter(state, facts);
  const changed = FACT_NAMES.filter((name) => !sameFact(state[name], after[name]));
  if (changed.length === 0) return [];
  const changes = Object.fromEntries(changed.map((name) => [name, after[name]])) as Partial<WorkerFacts>;
  return [{ type: 'WorkerReported', payload: { facts: changes } }];
}

function factsAfter(before: WorkerFacts, given: Partial<WorkerFacts>): WorkerFacts {
  const facts = FACT_NAMES.map((name) => [name, given[name] === undefined ? before[name] : given[name]]);
  const after = Object.fromEntries(facts) as WorkerFacts;
  // Controllers list them in any order; sorted, the same set is no change.
  const nodeDefinitions = after.nodeDefinitions && [...new Set(after.nodeDefinitions)].sort();
  return { ...after, nodeDefinitions };
}

function sameFact(a: string | readonly string[] | null, b: string | readonly string[] | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Fence before repair undoes a closing whose document was never saved: the revision rises, so that a slow
 * save under the old one fails. `seq` is that of the closing.
 * @throws INVALID_TRANSITION when the document has reached that sequence: the closing is in force
 */
export function revokeClose(state: WorkerState, { seq }: { readonly seq: number }): readonly WorkerEvent[] {
  if (seq <= state.sequence) {
    throw invalidTransition(state.status, 'RUNNING', 'The closing of the worker has been completed.');
  }
  return [{ type: 'WorkerCloseRevoked', payload: { seq } }];
}
