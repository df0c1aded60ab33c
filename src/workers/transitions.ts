import { LabletError } from '../errors.js';

/** The statuses of a worker. Only RUNNING takes new claims. */
export const WORKER_STATUSES = [
  'PENDING',
  'PROVISIONING',
  'RUNNING',
  'DRAINING',
  'STOPPING',
  'STOPPED',
  'FAILED',
  'TERMINATED',
] as const;
export type WorkerStatus = (typeof WORKER_STATUSES)[number];

/** Commands that can move a worker, as the API names them. */
export type WorkerMoveCommand = 'transitionWorker' | 'drainWorker' | 'cancelWorkerDrain';

/** One legal move. */
export interface WorkerMove {
  readonly number: number;
  readonly from: WorkerStatus;
  readonly to: WorkerStatus;
  readonly command: WorkerMoveCommand;
}

const move = (
  number: number,
  from: WorkerStatus,
  to: WorkerStatus,
  command: WorkerMoveCommand = 'transitionWorker',
): WorkerMove => ({ number, from, to, command });

/** The legal moves of a worker. Nothing else in the program knows which moves there are. */
export const WORKER_MOVES: readonly WorkerMove[] = [
  move(1, 'PENDING', 'PROVISIONING'),
  move(2, 'PENDING', 'FAILED'),
  move(3, 'PENDING', 'TERMINATED'),
  move(4, 'PROVISIONING', 'RUNNING'),
  move(5, 'PROVISIONING', 'FAILED'),
  move(6, 'PROVISIONING', 'TERMINATED'),
  move(7, 'RUNNING', 'DRAINING', 'drainWorker'),
  move(8, 'RUNNING', 'STOPPING'),
  move(9, 'RUNNING', 'FAILED'),
  move(10, 'DRAINING', 'RUNNING', 'cancelWorkerDrain'),
  move(11, 'DRAINING', 'STOPPING'),
  move(12, 'DRAINING', 'FAILED'),
  move(13, 'STOPPING', 'STOPPED'),
  move(14, 'STOPPING', 'FAILED'),
  move(15, 'STOPPED', 'RUNNING'),
  move(16, 'STOPPED', 'TERMINATED'),
  move(17, 'FAILED', 'PROVISIONING'),
  move(18, 'FAILED', 'STOPPING'),
  move(19, 'FAILED', 'TERMINATED'),
];

/** Statuses that a legal move leads to, in the order of the table. */
export function legalTargets(status: WorkerStatus): WorkerStatus[] {
  return WORKER_MOVES.filter(({ from }) => from === status).map(({ to }) => to);
}

/**
 * The move between two statuses, made with `command`.
 * @throws INVALID_TRANSITION when the table has no such move, or another command makes it
 */
export function assertMove(from: WorkerStatus, to: WorkerStatus, command?: WorkerMoveCommand): WorkerMove {
  const found = WORKER_MOVES.find((each) => each.from === from && each.to === to);
  if (!found) throw invalidTransition(from, to);
  if (command && found.command !== command) {
    throw invalidTransition(from, to, `This move is made with ${found.command}.`);
  }
  return found;
}

/** The refusal of a move, with what would be legal. */
export function invalidTransition(
  from: WorkerStatus,
  to: WorkerStatus,
  hint?: string,
): LabletError<'INVALID_TRANSITION'> {
  const legal = legalTargets(from);
  const ways = legal.length > 0 ? `Legal from here: ${legal.join(', ')}.` : 'No move leads from here.';
  return new LabletError('INVALID_TRANSITION', `A worker cannot go from ${from} to ${to}. ${hint ?? ways}`, {
    from,
    to,
    legal,
  });
}
