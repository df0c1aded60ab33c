import { validationFailed, type FieldFault } from '../errors.js';
import type { InstanceEvent } from './instance-events.js';
import type { GradingScore } from './instance-parts-model.js';
import type { InstanceState } from './instance-state.js';
import type { PortStatus } from './instance-terms.js';
import { assertMove, invalidTransition } from './transitions.js';

/** Starts that may fail; after these the instance is to be terminated. */
export const MAX_START_FAILURES = 3;
const MAX_SCORE_LINES = 200;

/** A score from outside, and the time it is recorded at. */
export interface RecordScore {
  readonly score: Omit<GradingScore, 'gradedAt'>;
  readonly now: string;
}

/**
 * Stores the score and moves GRADING to STOPPING.
 * @throws INVALID_TRANSITION outside GRADING; VALIDATION_FAILED unless 0 <= total <= max, in each of at most
 * 200 lines too
 */
export function recordScore(state: InstanceState, { score, now }: RecordScore): readonly InstanceEvent[] {
  assertMove(state.state, 'STOPPING', 'recordGradingScore');
  const faults = scoreFaults(score);
  if (faults.length > 0) throw validationFailed(faults);
  const { total, max, passed } = score;
  const breakdown = score.breakdown.map(({ criterion, points, max: most }) => ({
    criterion,
    points,
    max: most,
  }));
  return [
    { type: 'InstanceGraded', payload: { score: { total, max, passed, breakdown, gradedAt: now } } },
    { type: 'InstanceStopping', payload: { reason: null } },
  ];
}

/** Every rule a score breaks, with paths below `score`. */
export function scoreFaults({ total, max, breakdown }: RecordScore['score']): FieldFault[] {
  const faults: FieldFault[] = [];
  const check = (path: string, points: number, most: number) => {
    if (points >= 0 && points <= most) return;
    faults.push({ path, rule: 'OUT_OF_RANGE', message: `Must be from 0 to ${most}.` });
  };
  check('score.total', total, max);
  if (breakdown.length > MAX_SCORE_LINES) {
    faults.push({ path: 'score.breakdown', rule: 'TOO_LONG', message: `At most ${MAX_SCORE_LINES} lines.` });
  }
  breakdown.forEach((line, index) => check(`score.breakdown.${index}.points`, line.points, line.max));
  return faults;
}

/** What went wrong, as the controller says. */
export interface ReportStartFailure {
  readonly code: string;
  readonly message: string;
}

/**
 * Counts a failed start.
 * @throws INVALID_TRANSITION outside INSTANTIATING, and for the fourth one
 */
export function reportStartFailure(
  state: InstanceState,
  { code, message }: ReportStartFailure,
): readonly InstanceEvent[] {
  if (state.state !== 'INSTANTIATING') {
    throw invalidTransition(
      state.state,
      'INSTANTIATING',
      'Only an INSTANTIATING instance can fail to start.',
    );
  }
  if (state.retryCount >= MAX_START_FAILURES) {
    throw invalidTransition(state.state, 'INSTANTIATING', 'It failed too often; terminate it instead.');
  }
  return [
    {
      type: 'InstanceStartFailed',
      payload: { error: { code, message }, retryCount: state.retryCount + 1 },
    },
  ];
}

/** What a controller observes of ports, by name. */
export interface ReportPorts {
  readonly statuses: readonly { readonly name: string; readonly status: PortStatus }[];
}

/**
 * Takes over what a controller observes of the ports; what it says already changes nothing.
 * @throws VALIDATION_FAILED for a port that the instance does not hold or that is named twice,
 * INVALID_TRANSITION once it is TERMINATED
 */
export function reportPorts(state: InstanceState, { statuses }: ReportPorts): readonly InstanceEvent[] {
  if (state.state === 'TERMINATED') {
    throw invalidTransition(state.state, state.state, 'Its ports belong to others now.');
  }
  const present = new Map(state.allocatedPorts.map(({ name, status }) => [name, status]));
  const faults = statuses.flatMap(({ name }, index) => portFaults(statuses, name, index, present));
  if (faults.length > 0) throw validationFailed(faults);
  const changed = statuses
    .filter(({ name, status }) => present.get(name) !== status)
    .map(({ name, status }) => ({ name, status }));
  return changed.length === 0 ? [] : [{ type: 'InstancePortsReported', payload: { statuses: changed } }];
}

function portFaults(
  statuses: ReportPorts['statuses'],
  name: string,
  index: number,
  present: ReadonlyMap<string, PortStatus>,
): FieldFault[] {
  const path = `portStatuses.${index}.name`;
  if (!present.has(name)) {
    return [{ path, rule: 'UNKNOWN_PORT', message: `The instance holds no port ${name}.` }];
  }
  if (statuses.findIndex((each) => each.name === name) === index) return [];
  return [{ path, rule: 'DUPLICATE', message: `Port ${name} is named twice.` }];
}
