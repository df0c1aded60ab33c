import type { Capacity } from '../claims/capacity.js';
import type { LicenseType } from '../claims/license.js';
import type { PortRange } from '../claims/ports.js';
import type { DomainEvent } from '../lib/aggregate.js';
import type { WorkerStatus } from './transitions.js';

/** What controllers report of a worker; null is unknown. */
export interface WorkerFacts {
  readonly cloudInstanceId: string | null;
  readonly amiName: string | null;
  readonly cmlVersion: string | null;
  readonly nodeDefinitions: readonly string[] | null;
  readonly endpointUrl: string | null;
  readonly host: string | null;
}

/** What people set of a worker after its registration. */
export interface WorkerSettings {
  readonly name: string;
  readonly declaredCapacity: Capacity;
  readonly portRange: PortRange;
  readonly excludedPorts: readonly number[];
  readonly drainTimeoutHours: number;
}

/** A worker as it was registered. */
export interface WorkerRegistered extends WorkerFacts, WorkerSettings {
  readonly templateName: string | null;
  readonly region: string;
  readonly instanceType: string;
  readonly licenseType: LicenseType;
}

/** One move of a worker. */
export interface WorkerStatusChanged {
  readonly from: WorkerStatus;
  readonly to: WorkerStatus;
  readonly reason: string | null;
  /** Number of claims that were held when the status changed. */
  readonly claimsHeld: number;
}

/** Everything that can happen to a worker, beside telemetry. */
export type WorkerEvent =
  | DomainEvent<'WorkerRegistered', WorkerRegistered>
  /** All settings as they are after it; `limitsChanged` is false when only name or drain time changed. */
  | DomainEvent<'WorkerCapacityUpdated', WorkerSettings & { readonly limitsChanged: boolean }>
  /** The facts that changed. */
  | DomainEvent<'WorkerReported', { readonly facts: Partial<WorkerFacts> }>
  | DomainEvent<'WorkerStatusChanged', WorkerStatusChanged>
  /** Fence: the closing with this sequence is undone. */
  | DomainEvent<'WorkerCloseRevoked', { readonly seq: number }>;

export type WorkerEventType = WorkerEvent['type'];

/** Name under which an event is known outside; null for those that stay inside. */
export function workerOutsideName(event: WorkerEvent): string | null {
  if (event.type === 'WorkerRegistered') return 'ccm.worker.pending';
  return event.type === 'WorkerStatusChanged' ? `ccm.worker.${event.payload.to.toLowerCase()}` : null;
}
