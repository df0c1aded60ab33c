import { terminate } from '../../src/instances/instance-ending.js';
import { instanceAggregate, type InstanceState } from '../../src/instances/instance-state.js';
import { move, request, schedule, type MoveInstance } from '../../src/instances/instance.js';
import type { InstanceStateName } from '../../src/instances/transitions.js';
import { aggregateRun, at } from './aggregate-run.js';

export const INSTANCE_ID = 'ins_01J00000000000000000000001';
export const WORKER_ID = 'wrk_01J00000000000000000000001';

export const ACTIVE_DEFINITION = {
  id: 'def_01J00000000000000000000001',
  name: 'Branch VPN Troubleshooting',
  version: '1.0.0',
  status: 'ACTIVE',
  replacementId: null,
  maxDurationMinutes: 120,
};

export const GRANT = {
  workerId: WORKER_ID,
  token: '01JTOKEN00000000000000000A',
  claimedAt: at(0),
  amounts: { cpuCores: 3, memoryGb: 5, storageGb: 50, nodes: 2 },
  ports: [
    { name: 'serial_1', protocol: 'TCP', kind: 'SERIAL', number: 2000 },
    { name: 'vnc_1', protocol: 'TCP', kind: 'VNC', number: 2001 },
  ],
} as const;

export const SCORE = {
  total: 7,
  max: 10,
  passed: true,
  breakdown: [{ criterion: 'tunnel is up', points: 7, max: 10 }],
};

/** A reported move with nothing but what it needs. */
export const to = (
  target: InstanceStateName,
  now: string,
  more: Partial<MoveInstance> = {},
): MoveInstance => ({
  to: target,
  reason: null,
  cmlLabId: target === 'RUNNING' ? 'lab-1' : null,
  now,
  ...more,
});

const WAY: readonly InstanceStateName[] = [
  'INSTANTIATING',
  'RUNNING',
  'COLLECTING',
  'GRADING',
  'STOPPING',
  'STOPPED',
  'ARCHIVED',
];

export const newInstanceRun = () => aggregateRun(instanceAggregate, INSTANCE_ID);
export type InstanceRun = ReturnType<typeof newInstanceRun>;

/** An instance that went the whole way to `target`, one move a minute from minute 0 on. */
export function instanceRun(target: InstanceStateName): InstanceRun {
  const run = newInstanceRun();
  run.commit(request({ definition: ACTIVE_DEFINITION, ownerId: 'u-17', now: at(0) }), at(0), 'u-17');
  if (target === 'PENDING') return run;
  run.commit(schedule(run.state, { ...GRANT, now: at(1) }), at(1), 'scheduler');
  let minute = 1;
  for (const step of WAY) {
    if (run.state.state === target || target === 'SCHEDULED') return run;
    minute++;
    run.commit(move(run.state, to(step, at(minute))), at(minute), 'controller');
  }
  if (target === 'ARCHIVED') return run;
  run.commit(terminate(run.state, { reason: null, byService: false, now: at(9) }), at(9), 'u-17');
  return run;
}

export const instanceIn = (target: InstanceStateName): InstanceState => instanceRun(target).state;
