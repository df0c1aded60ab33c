import { emptyValues } from '../../src/claims/claim-values.js';
import type { LiveValues } from '../../src/claims/draft.js';
import { assertMove, WORKER_MOVES, type WorkerStatus } from '../../src/workers/transitions.js';
import { limitsOf, workerAggregate, type WorkerState } from '../../src/workers/worker-state.js';
import { cancelDrain, changeStatus, drain, register, type RegisterWorker } from '../../src/workers/worker.js';
import { aggregateRun, at } from './aggregate-run.js';
import { WORKER_ID } from './instance-runs.js';

export const REGISTRATION: RegisterWorker = {
  name: 'worker-1',
  template: null,
  region: 'us-east-1',
  instanceType: 'm5zn.metal',
  licenseType: 'PERSONAL',
  declaredCapacity: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
};

/** Moves a worker with the command that makes this move. */
export function moveWorker(state: WorkerState, target: WorkerStatus) {
  const { command } = assertMove(state.status, target);
  if (command === 'drainWorker') return drain(state, { reason: null, claimsHeld: 0 });
  if (command === 'cancelWorkerDrain') return cancelDrain(state, { reason: null, claimsHeld: 0 });
  return changeStatus(state, { to: target, reason: null, force: false, heldBy: [], unfinished: [] });
}

export const newWorkerRun = () => aggregateRun(workerAggregate, WORKER_ID);

/** A worker that went the shortest way to `target`, one move a minute from minute 0 on. */
export function workerRun(target: WorkerStatus, registration: Partial<RegisterWorker> = {}) {
  const run = newWorkerRun();
  run.commit(register({ ...REGISTRATION, ...registration }), at(0), 'manager-1');
  for (const [step, status] of wayTo(target).entries()) {
    run.commit(moveWorker(run.state, status), at(step + 1), 'controller');
  }
  return run;
}

export const workerIn = (target: WorkerStatus, registration: Partial<RegisterWorker> = {}): WorkerState =>
  workerRun(target, registration).state;

/** Empty claim values that agree with the worker's document. */
export const valuesFor = (worker: WorkerState): LiveValues =>
  emptyValues(worker.id, limitsOf(worker), { open: worker.status === 'RUNNING', seq: worker.sequence });

function wayTo(target: WorkerStatus, from: WorkerStatus = 'PENDING'): WorkerStatus[] {
  const ways = new Map<WorkerStatus, WorkerStatus[]>([[from, []]]);
  for (const [status, way] of ways) {
    for (const move of WORKER_MOVES.filter((each) => each.from === status && !ways.has(each.to))) {
      ways.set(move.to, [...way, move.to]);
    }
  }
  return ways.get(target) as WorkerStatus[];
}
