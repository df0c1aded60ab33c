import { LabletError } from '../errors.js';

/** The states of an instance, from request to clean-up. */
export const INSTANCE_STATES = [
  'PENDING',
  'SCHEDULED',
  'INSTANTIATING',
  'RUNNING',
  'COLLECTING',
  'GRADING',
  'STOPPING',
  'STOPPED',
  'ARCHIVED',
  'TERMINATED',
] as const;
export type InstanceStateName = (typeof INSTANCE_STATES)[number];

/** Commands that can move an instance, as the API names them. */
export type InstanceMoveCommand =
  'scheduleInstance' | 'transitionInstance' | 'recordGradingScore' | 'terminateInstance';

/** Events that move an instance. */
export type InstanceMoveEvent =
  | 'InstanceScheduled'
  | 'InstanceInstantiating'
  | 'InstanceRunning'
  | 'InstanceResumed'
  | 'InstanceCollecting'
  | 'InstanceGrading'
  | 'InstanceStopping'
  | 'InstanceStopped'
  | 'InstanceArchived'
  | 'InstanceTerminated';

/** One legal move. */
export interface InstanceMove {
  readonly number: number;
  readonly from: InstanceStateName;
  readonly to: InstanceStateName;
  /** Commands that a caller can make it with. */
  readonly commands: readonly InstanceMoveCommand[];
  readonly event: InstanceMoveEvent;
}

const move = (
  number: number,
  from: InstanceStateName,
  to: InstanceStateName,
  event: InstanceMoveEvent,
  ...commands: InstanceMoveCommand[]
): InstanceMove => ({ number, from, to, commands, event });

/** The legal moves of an instance. Nothing else in the program knows which moves there are. */
export const INSTANCE_MOVES: readonly InstanceMove[] = [
  move(1, 'PENDING', 'SCHEDULED', 'InstanceScheduled', 'scheduleInstance'),
  move(2, 'PENDING', 'TERMINATED', 'InstanceTerminated', 'terminateInstance'),
  move(3, 'SCHEDULED', 'INSTANTIATING', 'InstanceInstantiating', 'transitionInstance'),
  move(4, 'SCHEDULED', 'TERMINATED', 'InstanceTerminated', 'terminateInstance'),
  move(5, 'INSTANTIATING', 'RUNNING', 'InstanceRunning', 'transitionInstance'),
  move(6, 'INSTANTIATING', 'TERMINATED', 'InstanceTerminated', 'terminateInstance'),
  move(7, 'RUNNING', 'COLLECTING', 'InstanceCollecting', 'transitionInstance'),
  move(8, 'RUNNING', 'STOPPING', 'InstanceStopping', 'transitionInstance', 'terminateInstance'),
  move(9, 'COLLECTING', 'GRADING', 'InstanceGrading', 'transitionInstance'),
  move(10, 'COLLECTING', 'STOPPING', 'InstanceStopping', 'transitionInstance', 'terminateInstance'),
  move(
    11,
    'GRADING',
    'STOPPING',
    'InstanceStopping',
    'recordGradingScore',
    'transitionInstance',
    'terminateInstance',
  ),
  move(12, 'STOPPING', 'STOPPED', 'InstanceStopped', 'transitionInstance'),
  move(13, 'STOPPED', 'ARCHIVED', 'InstanceArchived', 'transitionInstance'),
  move(14, 'STOPPED', 'RUNNING', 'InstanceResumed', 'transitionInstance'),
  move(15, 'ARCHIVED', 'TERMINATED', 'InstanceTerminated', 'terminateInstance'),
];

/** States that a legal move leads to, in the order of the table. */
export function legalTargets(state: InstanceStateName): InstanceStateName[] {
  return INSTANCE_MOVES.filter(({ from }) => from === state).map(({ to }) => to);
}

/** The legal move between two states, or null. */
export function findMove(from: InstanceStateName, to: InstanceStateName): InstanceMove | null {
  return INSTANCE_MOVES.find((each) => each.from === from && each.to === to) ?? null;
}

/**
 * The move between two states, made with `command`.
 * @throws INVALID_TRANSITION when the table has no such move, or another command makes it
 */
export function assertMove(
  from: InstanceStateName,
  to: InstanceStateName,
  command?: InstanceMoveCommand,
): InstanceMove {
  const found = findMove(from, to);
  if (!found) throw invalidTransition(from, to);
  if (command && !found.commands.includes(command)) {
    throw invalidTransition(from, to, `This move is made with ${found.commands.join(' or ')}.`);
  }
  return found;
}

/** The state an event leads to. */
export function targetOf(event: InstanceMoveEvent): InstanceStateName {
  return (INSTANCE_MOVES.find((each) => each.event === event) as InstanceMove).to;
}

/** The shortest legal way between two states, without the start; empty when they are the same. */
export function shortestPath(from: InstanceStateName, to: InstanceStateName): InstanceStateName[] {
  let paths: InstanceStateName[][] = [[]];
  const seen = new Set([from]);
  while (paths.length > 0) {
    const next: InstanceStateName[][] = [];
    for (const path of paths) {
      const end = path.at(-1) ?? from;
      if (end === to) return path;
      const fresh = legalTargets(end).filter((target) => !seen.has(target));
      for (const target of fresh) next.push([...path, target]);
      for (const target of fresh) seen.add(target);
    }
    paths = next;
  }
  throw new RangeError(`no legal way leads from ${from} to ${to}`);
}

/** The refusal of a move, with what would be legal. */
export function invalidTransition(
  from: InstanceStateName,
  to: InstanceStateName,
  hint?: string,
): LabletError<'INVALID_TRANSITION'> {
  const legal = legalTargets(from);
  const ways = legal.length > 0 ? `Legal from here: ${legal.join(', ')}.` : 'No move leads from here.';
  return new LabletError(
    'INVALID_TRANSITION',
    `An instance cannot go from ${from} to ${to}. ${hint ?? ways}`,
    {
      from,
      to,
      legal,
    },
  );
}
