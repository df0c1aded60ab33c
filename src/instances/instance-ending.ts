import { amountsOf } from '../claims/capacity.js';
import { validationFailed } from '../errors.js';
import { laterOf } from '../lib/clock.js';
import type { InstanceEvent } from './instance-events.js';
import type { InstanceState } from './instance-state.js';
import { shortestPath, type InstanceStateName } from './transitions.js';

/** Who ends the instances of a worker that is gone, in histories and events. */
export const WORKER_LOST = 'system:worker-lost';

/** A request to end an instance. */
export interface TerminateInstance {
  readonly reason: string | null;
  /** True when the caller acts as a service: it must say why it ends an instance that is starting. */
  readonly byService: boolean;
  /** ISO 8601, UTC, milliseconds. */
  readonly now: string;
}

/**
 * Ends an instance from any state, as far as can be done at once: where the lab has to be stopped first the
 * request is recorded and the rest follows when STOPPED is reported. Without effect when repeated.
 * @throws VALIDATION_FAILED without a reason where one is required
 */
export function terminate(state: InstanceState, command: TerminateInstance): readonly InstanceEvent[] {
  const { reason, byService, now } = command;
  switch (state.state) {
    case 'TERMINATED':
      return [];
    case 'STOPPING':
      return state.terminationRequested ? [] : [requested(reason)];
    case 'RUNNING':
    case 'COLLECTING':
    case 'GRADING':
      return [requested(reason), { type: 'InstanceStopping', payload: { reason } }];
    case 'INSTANTIATING':
      if (byService && !reason) throw reasonMissing();
      break;
    case 'PENDING':
    case 'SCHEDULED':
    case 'STOPPED':
    case 'ARCHIVED':
      break;
  }
  return endingEvents(state, shortestPath(state.state, 'TERMINATED'), reason, now);
}

const requested = (reason: string | null): InstanceEvent => ({
  type: 'InstanceTerminationRequested',
  payload: { reason },
});

const reasonMissing = () =>
  validationFailed([
    { path: 'reason', rule: 'REQUIRED', message: 'A service gives a reason for ending a starting instance.' },
  ]);

const LOSS_REASONS: Readonly<Record<InstanceStateName, string | null>> = {
  PENDING: null,
  SCHEDULED: 'WORKER_LOST_BEFORE_START',
  INSTANTIATING: 'WORKER_LOST_BEFORE_START',
  RUNNING: 'WORKER_LOST_DURING_RUN',
  COLLECTING: 'WORKER_LOST_DURING_RUN',
  GRADING: 'WORKER_LOST_DURING_RUN',
  STOPPING: 'WORKER_LOST_AFTER_RUN',
  STOPPED: 'WORKER_LOST_AFTER_RUN',
  ARCHIVED: 'WORKER_LOST_AFTER_RUN',
  TERMINATED: null,
};

/**
 * Takes an instance whose worker is gone to TERMINATED along the legal moves, in one commit. One that has no
 * claim (PENDING, TERMINATED) stays as it is.
 */
export function loseWorker(
  state: InstanceState,
  { now }: { readonly now: string },
): readonly InstanceEvent[] {
  const reason = LOSS_REASONS[state.state];
  return reason === null ? [] : endingEvents(state, shortestPath(state.state, 'TERMINATED'), reason, now);
}

/** STOPPED has been reached: what follows in the same commit when the end was requested before. */
export function stopEvents(
  state: InstanceState,
  reason: string | null,
  now: string,
): readonly InstanceEvent[] {
  const stopped = stoppedEvent(state, reason, now);
  const request = state.terminationRequested;
  if (!request) return [stopped];
  const { durationSeconds } = stopped.payload;
  const after = { ...state, durationSeconds };
  return [stopped, ...endingEvents(after, shortestPath('STOPPED', 'TERMINATED'), request.reason, now)];
}

function stoppedEvent(state: InstanceState, reason: string | null, now: string) {
  // A run never ends before the latest thing that happened in it, whatever this process's clock says.
  const endedAt = laterOf(now, state.updatedAt);
  const { startedAt } = state;
  const durationSeconds = startedAt === null ? null : wholeSeconds(startedAt, endedAt);
  return { type: 'InstanceStopped' as const, payload: { reason, endedAt, durationSeconds } };
}

function wholeSeconds(from: string, to: string): number {
  return Math.floor((Date.parse(to) - Date.parse(from)) / 1000);
}

function endingEvents(
  state: InstanceState,
  path: readonly InstanceStateName[],
  reason: string | null,
  now: string,
): InstanceEvent[] {
  let { durationSeconds } = state;
  return path.flatMap((to, step): InstanceEvent[] => {
    switch (to) {
      case 'STOPPED': {
        const stopped = stoppedEvent(state, reason, now);
        durationSeconds = stopped.payload.durationSeconds;
        return [stopped];
      }
      case 'TERMINATED':
        return terminatedEvents(state, path[step - 1] ?? state.state, reason, durationSeconds);
      default:
        return [{ type: to === 'STOPPING' ? 'InstanceStopping' : 'InstanceArchived', payload: { reason } }];
    }
  });
}

function terminatedEvents(
  state: InstanceState,
  from: InstanceStateName,
  reason: string | null,
  durationSeconds: number | null,
): InstanceEvent[] {
  const { id: instanceId, workerId, claim, gradingScore } = state;
  const amounts = claim && amountsOf(claim);
  const ports = claim?.ports ?? [];
  const terminated: InstanceEvent = {
    type: 'InstanceTerminated',
    payload: {
      workerId,
      from,
      reason,
      gradingScore,
      durationSeconds,
      releasedPorts: ports,
      releasedAmounts: amounts,
    },
  };
  if (!claim || !amounts) return [terminated];
  const released = { workerId: claim.workerId, instanceId, ports, amounts };
  return [terminated, { type: 'WorkerPortsReleased', payload: released }];
}
