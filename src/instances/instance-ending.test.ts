import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import {
  GRANT,
  INSTANCE_ID,
  instanceIn,
  instanceRun,
  to,
  WORKER_ID,
  type InstanceRun,
} from '../../tests/support/instance-runs.js';
import { loseWorker, terminate, WORKER_LOST } from './instance-ending.js';
import { move } from './instance.js';
import { INSTANCE_STATES, type InstanceStateName } from './transitions.js';

const AT_ONCE: readonly InstanceStateName[] = [
  'PENDING',
  'SCHEDULED',
  'INSTANTIATING',
  'STOPPED',
  'ARCHIVED',
];
const BY_REQUEST: readonly InstanceStateName[] = ['RUNNING', 'COLLECTING', 'GRADING'];

function end(run: InstanceRun, when = at(30), by = 'u-17', byService = false) {
  return run.commit(terminate(run.state, { reason: 'enough', byService, now: when }), when, by);
}

describe('terminate', () => {
  it.each(AT_ONCE)('takes %s to TERMINATED in one commit, and is without effect the second time', (from) => {
    const run = instanceRun(from);
    const { revision } = run.state;
    const ended = end(run);
    expect(ended).toMatchObject({ state: 'TERMINATED', revision: revision + 1, terminatedAt: at(30) });
    expect(ended.terminationRequested).toBeNull();
    expect(end(run, at(31))).toBe(ended);
  });

  it.each(BY_REQUEST)('takes %s to STOPPING and records the request once', (from) => {
    const run = instanceRun(from);
    const { sequence } = run.state;
    const stopping = end(run);
    const request = { at: at(30), by: 'u-17', reason: 'enough' };
    expect(stopping).toMatchObject({
      state: 'STOPPING',
      sequence: sequence + 1,
      terminationRequested: request,
    });
    expect(run.types().slice(-2)).toEqual(['InstanceTerminationRequested', 'InstanceStopping']);
    expect(end(run, at(31))).toBe(stopping);
  });

  it('records the request of a STOPPING instance without a move', () => {
    const run = instanceRun('STOPPING');
    const { history } = run.state;
    const requested = end(run);
    expect(requested.history).toEqual(history);
    expect(requested.terminationRequested).toEqual({ at: at(30), by: 'u-17', reason: 'enough' });
    expect(run.types().at(-1)).toBe('InstanceTerminationRequested');
    expect(end(run, at(31))).toBe(requested);
  });

  it('changes nothing in TERMINATED', () => {
    expect(terminate(instanceIn('TERMINATED'), { reason: 'x', byService: true, now: at(30) })).toEqual([]);
  });

  it('goes on to TERMINATED in the same commit once STOPPED is reported', () => {
    const run = instanceRun('RUNNING');
    end(run);
    const { revision, sequence } = run.state;
    run.commit(move(run.state, to('STOPPED', at(33), { reason: 'lab is down' })), at(33), 'controller');
    expect(run.state).toMatchObject({
      state: 'TERMINATED',
      revision: revision + 1,
      sequence: sequence + 3,
      endedAt: at(33),
      durationSeconds: 30 * 60,
      terminatedAt: at(33),
      claim: { releasedAt: at(33) },
    });
    expect(run.types().slice(-4)).toEqual([
      'InstanceStopped',
      'InstanceArchived',
      'InstanceTerminated',
      'WorkerPortsReleased',
    ]);
    expect(run.state.history.slice(-3).map(({ to: state, reason }) => [state, reason])).toEqual([
      ['STOPPED', 'lab is down'],
      ['ARCHIVED', 'enough'],
      ['TERMINATED', 'enough'],
    ]);
    expect(run.events.at(-2)?.payload).toMatchObject({ from: 'ARCHIVED', durationSeconds: 30 * 60 });
  });

  it('gives everything back and keeps the worker in the record', () => {
    const run = instanceRun('SCHEDULED');
    end(run);
    const ports = [
      { name: 'serial_1', number: 2000 },
      { name: 'vnc_1', number: 2001 },
    ];
    expect(run.state).toMatchObject({
      workerId: WORKER_ID,
      claim: { token: GRANT.token, releasedAt: at(30) },
    });
    expect(run.events.slice(-2).map(({ type, payload }) => ({ type, payload }))).toEqual([
      {
        type: 'InstanceTerminated',
        payload: {
          workerId: WORKER_ID,
          from: 'SCHEDULED',
          reason: 'enough',
          gradingScore: null,
          durationSeconds: null,
          releasedPorts: ports,
          releasedAmounts: GRANT.amounts,
        },
      },
      {
        type: 'WorkerPortsReleased',
        payload: { workerId: WORKER_ID, instanceId: INSTANCE_ID, ports, amounts: GRANT.amounts },
      },
    ]);
  });

  it('releases nothing of an instance that claimed nothing', () => {
    const run = instanceRun('PENDING');
    end(run);
    expect(run.types()).toEqual(['InstanceCreated', 'InstanceTerminated']);
    expect(run.events.at(-1)?.payload).toMatchObject({ releasedPorts: [], releasedAmounts: null });
    expect(run.state.claim).toBeNull();
  });

  it('needs a reason from a service that ends a starting instance, and only there', () => {
    const without = { reason: null, byService: true, now: at(30) };
    expect(() => terminate(instanceIn('INSTANTIATING'), without)).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_FAILED',
        details: { fields: [expect.objectContaining({ path: 'reason', rule: 'REQUIRED' })] },
      }),
    );
    for (const state of INSTANCE_STATES.filter((each) => each !== 'INSTANTIATING')) {
      expect(() => terminate(instanceIn(state), without)).not.toThrow();
    }
    expect(terminate(instanceIn('INSTANTIATING'), { ...without, byService: false })).not.toEqual([]);
    expect(terminate(instanceIn('INSTANTIATING'), { ...without, reason: 'no boot' })).not.toEqual([]);
  });
});

describe('loseWorker', () => {
  it.each([
    ['SCHEDULED', 'WORKER_LOST_BEFORE_START', ['TERMINATED']],
    ['INSTANTIATING', 'WORKER_LOST_BEFORE_START', ['TERMINATED']],
    ['RUNNING', 'WORKER_LOST_DURING_RUN', ['STOPPING', 'STOPPED', 'ARCHIVED', 'TERMINATED']],
    ['COLLECTING', 'WORKER_LOST_DURING_RUN', ['STOPPING', 'STOPPED', 'ARCHIVED', 'TERMINATED']],
    ['GRADING', 'WORKER_LOST_DURING_RUN', ['STOPPING', 'STOPPED', 'ARCHIVED', 'TERMINATED']],
    ['STOPPING', 'WORKER_LOST_AFTER_RUN', ['STOPPED', 'ARCHIVED', 'TERMINATED']],
    ['STOPPED', 'WORKER_LOST_AFTER_RUN', ['ARCHIVED', 'TERMINATED']],
    ['ARCHIVED', 'WORKER_LOST_AFTER_RUN', ['TERMINATED']],
  ] as const)('takes %s with reason %s through %j in one commit', (from, reason, way) => {
    const run = instanceRun(from);
    const { revision, history } = run.state;
    run.commit(loseWorker(run.state, { now: at(40) }), at(40), WORKER_LOST);
    expect(run.state).toMatchObject({
      state: 'TERMINATED',
      revision: revision + 1,
      claim: { releasedAt: at(40) },
    });
    const added = run.state.history.slice(history.length);
    expect(added.map((entry) => entry.to)).toEqual(way);
    for (const entry of added) expect(entry).toMatchObject({ at: at(40), by: 'system:worker-lost', reason });
    expect(run.types().at(-1)).toBe('WorkerPortsReleased');
    expect(run.replay()).toEqual(run.state);
  });

  it('measures a run that it cuts off', () => {
    const run = instanceRun('RUNNING');
    run.commit(loseWorker(run.state, { now: at(40) }), at(40), WORKER_LOST);
    expect(run.state).toMatchObject({ endedAt: at(40), durationSeconds: 37 * 60 });
    expect(run.events.at(-2)).toMatchObject({
      type: 'InstanceTerminated',
      payload: { from: 'ARCHIVED', durationSeconds: 37 * 60 },
    });
  });

  it.each(['PENDING', 'TERMINATED'] as const)('leaves %s as it is', (state) => {
    expect(loseWorker(instanceIn(state), { now: at(40) })).toEqual([]);
  });
});
