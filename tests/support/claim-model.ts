/**
 * What the specification says of instances, workers and claims, once more and by itself: plain data, one step after
 * the other, nothing shared with the program.
 */

export interface Need {
  readonly cpuCores: number;
  readonly ports: number;
}

export interface ModelInstance {
  readonly need: Need;
  state: string;
  worker: number | null;
  /** In template order; empty while no claim is or was held. */
  ports: number[];
  ending: boolean;
}

export interface ModelWorker {
  status: string;
}

/** Every worker of the model has this room. */
export const ROOM = { cpuCores: 6, first: 2000, last: 2006, excluded: 2003 };

export interface Model {
  readonly instances: ModelInstance[];
  readonly workers: ModelWorker[];
}

export const emptyModel = (): Model => ({ instances: [], workers: [] });

const REPORTED: Readonly<Record<string, readonly string[]>> = {
  SCHEDULED: ['INSTANTIATING'],
  INSTANTIATING: ['RUNNING'],
  RUNNING: ['COLLECTING', 'STOPPING'],
  COLLECTING: ['GRADING', 'STOPPING'],
  GRADING: ['STOPPING'],
  STOPPING: ['STOPPED'],
  STOPPED: ['ARCHIVED', 'RUNNING'],
};
const WORKER_MOVES: Readonly<Record<string, readonly string[]>> = {
  PENDING: ['PROVISIONING', 'FAILED', 'TERMINATED'],
  PROVISIONING: ['RUNNING', 'FAILED', 'TERMINATED'],
  RUNNING: ['STOPPING', 'FAILED'],
  STOPPING: ['STOPPED', 'FAILED'],
  STOPPED: ['RUNNING', 'TERMINATED'],
  FAILED: ['PROVISIONING', 'STOPPING', 'TERMINATED'],
};

const holds = ({ state, worker }: ModelInstance): boolean => worker !== null && state !== 'TERMINATED';

export const heldOn = ({ instances }: Model, worker: number): ModelInstance[] =>
  instances.filter((each) => each.worker === worker && holds(each));

export function freeOn(model: Model, worker: number) {
  const held = heldOn(model, worker);
  const taken = new Set(held.flatMap(({ ports }) => ports));
  const numbers: number[] = [];
  for (let number = ROOM.first; number <= ROOM.last; number++) {
    if (number !== ROOM.excluded && !taken.has(number)) numbers.push(number);
  }
  const cpuCores = ROOM.cpuCores - held.reduce((total, { need }) => total + need.cpuCores, 0);
  return { numbers, cpuCores };
}

/** The code it is refused with, or null after it was done. */
export function schedule(model: Model, index: number, worker: number): string | null {
  const instance = model.instances[index] as ModelInstance;
  if (instance.state === 'SCHEDULED') return instance.worker === worker ? null : 'CLAIM_CONFLICT';
  if (instance.state !== 'PENDING') return 'INVALID_TRANSITION';
  if (model.workers[worker]?.status !== 'RUNNING') return 'WORKER_NOT_ACCEPTING';
  const { numbers, cpuCores } = freeOn(model, worker);
  if (instance.need.cpuCores > cpuCores) return 'CAPACITY_EXCEEDED';
  if (instance.need.ports > numbers.length) return 'PORTS_EXHAUSTED';
  Object.assign(instance, { state: 'SCHEDULED', worker, ports: numbers.slice(0, instance.need.ports) });
  return null;
}

export function move({ instances }: Model, index: number, to: string): string | null {
  const instance = instances[index] as ModelInstance;
  if (!REPORTED[instance.state]?.includes(to)) return 'INVALID_TRANSITION';
  instance.state = to === 'STOPPED' && instance.ending ? 'TERMINATED' : to;
  return null;
}

export function terminate({ instances }: Model, index: number): null {
  const instance = instances[index] as ModelInstance;
  if (['RUNNING', 'COLLECTING', 'GRADING'].includes(instance.state)) {
    Object.assign(instance, { state: 'STOPPING', ending: true });
  } else if (instance.state === 'STOPPING') instance.ending = true;
  else instance.state = 'TERMINATED';
  return null;
}

export function moveWorker(model: Model, index: number, to: string, force: boolean): string | null {
  const worker = model.workers[index] as ModelWorker;
  if (!WORKER_MOVES[worker.status]?.includes(to)) return 'INVALID_TRANSITION';
  const held = heldOn(model, index);
  if (held.length > 0 && worker.status === 'RUNNING' && to === 'STOPPING' && !force) return 'WORKER_BUSY';
  worker.status = to;
  if (to === 'STOPPED' || to === 'TERMINATED') for (const instance of held) instance.state = 'TERMINATED';
  return null;
}
