import type { Amounts } from '../claims/capacity.js';
import type { DomainEvent } from '../lib/aggregate.js';
import type { AllocatedPort, ClaimedPort, GradingScore } from './instance-parts-model.js';
import type { PortStatus } from './instance-terms.js';
import type { InstanceStateName } from './transitions.js';

/** A port as scheduling grants it, before any report. */
export type GrantedPort = Omit<AllocatedPort, 'status'>;

/** Why a move was made; null when nobody said. */
interface Reasoned {
  readonly reason: string | null;
}

/** What was asked for: definition, owner, reservation and slot. */
export interface InstanceCreated {
  readonly definitionId: string;
  readonly definitionName: string;
  readonly definitionVersion: string;
  readonly ownerId: string;
  readonly reservationId: string | null;
  readonly timeslotStart: string;
  readonly timeslotEnd: string;
  readonly asSoonAsPossible: boolean;
}

/** What was granted on which worker. */
export interface InstanceScheduled {
  readonly workerId: string;
  readonly ports: readonly GrantedPort[];
  readonly amounts: Amounts;
  /** The claim's secret: queries leave it out. */
  readonly token: string;
  readonly claimedAt: string;
}

/** How it ended and what it gave back. */
export interface InstanceTerminated extends Reasoned {
  readonly workerId: string | null;
  readonly from: InstanceStateName;
  readonly gradingScore: GradingScore | null;
  readonly durationSeconds: number | null;
  readonly releasedPorts: readonly ClaimedPort[];
  /** Null when nothing was claimed. */
  readonly releasedAmounts: Amounts | null;
}

/** What one instance took from or gave back to a worker; a fact of the instance that is about the worker. */
export interface WorkerPorts {
  readonly workerId: string;
  readonly instanceId: string;
  readonly ports: readonly ClaimedPort[];
  readonly amounts: Amounts;
}

/** Everything that can happen to an instance. */
export type InstanceEvent =
  | DomainEvent<'InstanceCreated', InstanceCreated>
  | DomainEvent<'InstanceScheduled', InstanceScheduled>
  | DomainEvent<
      'InstanceInstantiating',
      Reasoned & {
        readonly workerId: string | null;
        readonly ports: readonly ClaimedPort[];
        readonly labYamlHash: string | null;
      }
    >
  | DomainEvent<
      'InstanceRunning',
      Reasoned & { readonly cmlLabId: string; readonly host: string | null; readonly startedAt: string }
    >
  | DomainEvent<'InstanceResumed', Reasoned & { readonly cmlLabId: string | null }>
  | DomainEvent<'InstanceCollecting', Reasoned>
  | DomainEvent<'InstanceGrading', Reasoned>
  | DomainEvent<'InstanceGraded', { readonly score: GradingScore }>
  | DomainEvent<'InstanceTerminationRequested', Reasoned>
  | DomainEvent<'InstanceStopping', Reasoned>
  | DomainEvent<
      'InstanceStopped',
      Reasoned & { readonly endedAt: string; readonly durationSeconds: number | null }
    >
  | DomainEvent<'InstanceArchived', Reasoned>
  | DomainEvent<'InstanceTerminated', InstanceTerminated>
  | DomainEvent<
      'InstanceStartFailed',
      { readonly error: { readonly code: string; readonly message: string }; readonly retryCount: number }
    >
  | DomainEvent<
      'InstancePortsReported',
      { readonly statuses: readonly { readonly name: string; readonly status: PortStatus }[] }
    >
  /** Fence: the token is null where the claim itself is lost and only its late save must be stopped. */
  | DomainEvent<'InstanceClaimRevoked', { readonly token: string | null }>
  | DomainEvent<'WorkerPortsAllocated', WorkerPorts>
  | DomainEvent<'WorkerPortsReleased', WorkerPorts>;

export type InstanceEventType = InstanceEvent['type'];

/** Names under which events are known outside; null for those that stay inside. */
export const INSTANCE_OUTSIDE_NAMES: Readonly<Record<InstanceEventType, string | null>> = {
  InstanceCreated: 'ccm.lablet.instance.pending',
  InstanceScheduled: 'ccm.lablet.instance.scheduled',
  InstanceInstantiating: 'ccm.lablet.instance.provisioning.started',
  InstanceRunning: 'ccm.lablet.instance.running',
  InstanceResumed: 'ccm.lablet.instance.running',
  InstanceCollecting: 'ccm.lablet.instance.collecting.started',
  InstanceGrading: 'ccm.lablet.instance.grading.started',
  InstanceGraded: 'ccm.lablet.instance.grading.completed',
  InstanceTerminationRequested: null,
  InstanceStopping: 'ccm.lablet.instance.stopping',
  InstanceStopped: 'ccm.lablet.instance.stopped',
  InstanceArchived: 'ccm.lablet.instance.archived',
  InstanceTerminated: 'ccm.lablet.instance.terminated',
  InstanceStartFailed: null,
  InstancePortsReported: null,
  InstanceClaimRevoked: null,
  WorkerPortsAllocated: null,
  WorkerPortsReleased: null,
};
