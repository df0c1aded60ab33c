import { amountsOf, type Amounts } from '../claims/capacity.js';
import { LabletError, validationFailed } from '../errors.js';
import { laterOf } from '../lib/clock.js';
import { stopEvents } from './instance-ending.js';
import type { GrantedPort, InstanceEvent } from './instance-events.js';
import type { InstanceState } from './instance-state.js';
import { assertNotOver, resolveTimeslot, type TimeslotWish } from './timeslot.js';
import { assertMove, invalidTransition, type InstanceStateName } from './transitions.js';

/** Who wants which version and when. */
export interface RequestInstance extends TimeslotWish {
  readonly definition: {
    readonly id: string;
    readonly name: string;
    readonly version: string;
    readonly status: string;
    readonly replacementId: string | null;
    readonly maxDurationMinutes: number;
  };
  readonly ownerId: string;
  readonly reservationId?: string | null;
  /** ISO 8601, UTC, milliseconds; so are all times of commands. */
  readonly now: string;
}

/**
 * Asks for a run of a definition version.
 * @throws DEFINITION_NOT_ACTIVE, TIMESLOT_INVALID
 */
export function request(command: RequestInstance): readonly InstanceEvent[] {
  const { definition, ownerId, reservationId = null, now } = command;
  const { status, replacementId } = definition;
  if (status !== 'ACTIVE') {
    throw new LabletError(
      'DEFINITION_NOT_ACTIVE',
      `The definition is ${status}; new instances need ACTIVE.`,
      {
        status,
        replacementId,
      },
    );
  }
  const slot = resolveTimeslot(command, definition.maxDurationMinutes, now);
  const payload = {
    definitionId: definition.id,
    definitionName: definition.name,
    definitionVersion: definition.version,
    ownerId,
    reservationId,
    ...slot,
  };
  return [{ type: 'InstanceCreated', payload }];
}

/**
 * True when scheduling on this worker has a claim to take; false when the instance is SCHEDULED there already.
 * @throws CLAIM_CONFLICT when SCHEDULED on another worker, INVALID_TRANSITION in any later state,
 * TIMESLOT_INVALID when the slot is over
 */
export function needsClaim(state: InstanceState, workerId: string, now: string): boolean {
  if (state.state === 'SCHEDULED') {
    if (state.workerId === workerId) return false;
    throw new LabletError('CLAIM_CONFLICT', 'The instance is already scheduled on another worker.', {
      workerId: state.workerId as string,
    });
  }
  assertMove(state.state, 'SCHEDULED', 'scheduleInstance');
  assertNotOver(state, now);
  return true;
}

/** The claim that was granted. */
export interface ScheduleInstance {
  readonly workerId: string;
  readonly token: string;
  readonly claimedAt: string;
  readonly amounts: Amounts;
  /** In the order of the definition's template. */
  readonly ports: readonly GrantedPort[];
  readonly now: string;
}

/**
 * Records the claim that was granted. Unchanged when SCHEDULED on this worker already; the claim of this
 * command is then not the recorded one.
 * @throws as {@link needsClaim}
 */
export function schedule(state: InstanceState, command: ScheduleInstance): readonly InstanceEvent[] {
  const { workerId, token, claimedAt, now } = command;
  if (!needsClaim(state, workerId, now)) return [];
  const amounts = amountsOf(command.amounts);
  const ports = command.ports.map(({ name, protocol, kind, number }) => ({ name, protocol, kind, number }));
  const numbers = ports.map(({ name, number }) => ({ name, number }));
  return [
    { type: 'InstanceScheduled', payload: { workerId, ports, amounts, token, claimedAt } },
    { type: 'WorkerPortsAllocated', payload: { workerId, instanceId: state.id, ports: numbers, amounts } },
  ];
}

/** A move as a controller reports it. */
export interface MoveInstance {
  readonly to: InstanceStateName;
  readonly reason: string | null;
  /** Required for the first RUNNING; a resumed lab keeps its id unless another one is given. */
  readonly cmlLabId?: string | null;
  /** Where owners reach the ports, as the worker reports it. */
  readonly host?: string | null;
  /** Of the definition's lab file. */
  readonly labYamlHash?: string | null;
  readonly now: string;
}

/**
 * Makes a move that a controller reports. Reaching STOPPED after a request to end goes on to TERMINATED.
 * @throws INVALID_TRANSITION, also for moves that other commands make; VALIDATION_FAILED without a lab id;
 * TIMESLOT_INVALID when resuming after the slot
 */
export function move(state: InstanceState, command: MoveInstance): readonly InstanceEvent[] {
  const { to, reason, now } = command;
  const { event } = assertMove(state.state, to, 'transitionInstance');
  switch (event) {
    case 'InstanceInstantiating': {
      const ports = state.claim?.ports ?? [];
      const { labYamlHash = null } = command;
      return [{ type: event, payload: { reason, workerId: state.workerId, ports, labYamlHash } }];
    }
    case 'InstanceRunning': {
      const { host = null } = command;
      const cmlLabId = assertLabId(command.cmlLabId);
      const startedAt = laterOf(now, state.updatedAt);
      return [{ type: event, payload: { reason, cmlLabId, host, startedAt } }];
    }
    case 'InstanceResumed':
      assertNotOver(state, now);
      return [{ type: event, payload: { reason, cmlLabId: command.cmlLabId ?? state.cmlLabId } }];
    case 'InstanceStopped':
      return stopEvents(state, reason, now);
    case 'InstanceCollecting':
    case 'InstanceGrading':
    case 'InstanceStopping':
    case 'InstanceArchived':
      return [{ type: event, payload: { reason } }];
    default:
      // The table gives scheduling and termination to other commands.
      throw invalidTransition(state.state, to);
  }
}

function assertLabId(cmlLabId: string | null | undefined): string {
  if (cmlLabId) return cmlLabId;
  throw validationFailed([
    { path: 'cmlLabId', rule: 'REQUIRED', message: 'A running instance has the id of its lab in CML.' },
  ]);
}

/**
 * Fence against the save of a claim that repair is about to release: the revision rises, so that a slow save
 * under the old one fails. `token` is null where the live store was lost and no token is known.
 * @throws INVALID_TRANSITION when the instance is no longer PENDING: the claim may then be recorded
 */
export function revokeClaim(
  state: InstanceState,
  { token }: { readonly token: string | null },
): readonly InstanceEvent[] {
  if (state.state !== 'PENDING') {
    throw invalidTransition(state.state, 'PENDING', 'Only the claim of a PENDING instance can be revoked.');
  }
  return [{ type: 'InstanceClaimRevoked', payload: { token } }];
}
