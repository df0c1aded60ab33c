import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import { moveWorker, workerIn, workerRun } from '../../tests/support/worker-runs.js';
import { legalTargets, WORKER_MOVES, WORKER_STATUSES } from './transitions.js';
import { workerOutsideName } from './worker-events.js';
import { cancelDrain, changeStatus, drain, report, revokeClose, type ChangeWorkerStatus } from './worker.js';

const QUIET = { reason: null, claimsHeld: 0 };

const change = (
  to: ChangeWorkerStatus['to'],
  more: Partial<ChangeWorkerStatus> = {},
): ChangeWorkerStatus => ({
  to,
  reason: null,
  force: false,
  heldBy: [],
  unfinished: [],
  ...more,
});

describe('changes of status', () => {
  it('make all 19 legal moves, each with its command, and none of the other 45', () => {
    let made = 0;
    for (const from of WORKER_STATUSES) {
      for (const to of WORKER_STATUSES) {
        const run = workerRun(from);
        const { sequence } = run.state;
        const legal = WORKER_MOVES.find((each) => each.from === from && each.to === to);
        if (legal) {
          run.commit(moveWorker(run.state, to), at(20), 'controller');
          expect(run.state).toMatchObject({ status: to, sequence: sequence + 1 });
          expect(run.state.history.at(-1)).toMatchObject({ from, to, at: at(20), by: 'controller' });
          expect(run.replay()).toEqual(run.state);
          made++;
        } else {
          const details = { from, to, legal: legalTargets(from) };
          expect(() => changeStatus(run.state, change(to))).toThrow(
            expect.objectContaining({ code: 'INVALID_TRANSITION', details }),
          );
        }
      }
    }
    expect(made).toBe(19);
  });

  it('leave draining to its own commands', () => {
    expect(() => changeStatus(workerIn('RUNNING'), change('DRAINING'))).toThrow(/drainWorker/);
    expect(() => changeStatus(workerIn('DRAINING'), change('RUNNING'))).toThrow(/cancelWorkerDrain/);
    expect(() => drain(workerIn('STOPPED'), QUIET)).toThrow(
      expect.objectContaining({ code: 'INVALID_TRANSITION' }),
    );
    expect(() => cancelDrain(workerIn('STOPPED'), QUIET)).toThrow(/transitionWorker/);
  });

  it('note since when a worker drains, while it does', () => {
    const run = workerRun('RUNNING');
    run.commit(drain(run.state, { reason: 'maintenance', claimsHeld: 3 }), at(10));
    expect(run.state).toMatchObject({ status: 'DRAINING', drainStartedAt: at(10) });
    expect(run.events.at(-1)?.payload).toEqual({
      from: 'RUNNING',
      to: 'DRAINING',
      reason: 'maintenance',
      claimsHeld: 3,
    });
    run.commit(cancelDrain(run.state, QUIET), at(11));
    expect(run.state).toMatchObject({ status: 'RUNNING', drainStartedAt: null });
  });

  it.each(['RUNNING', 'DRAINING'] as const)('stop a %s worker with claims only by force', (status) => {
    const run = workerRun(status);
    const heldBy = ['ins_1', 'ins_2'];
    expect(() => changeStatus(run.state, change('STOPPING', { heldBy }))).toThrow(
      expect.objectContaining({ code: 'WORKER_BUSY', details: { status, instances: heldBy } }),
    );
    const [event] = changeStatus(run.state, change('STOPPING', { heldBy, force: true, reason: 'fire' }));
    expect(event?.payload).toEqual({ from: status, to: 'STOPPING', reason: 'fire', claimsHeld: 2 });
    expect(changeStatus(run.state, change('FAILED', { heldBy }))).toHaveLength(1);
  });

  it('start a stopped worker only when nothing is left on it, force or not', () => {
    const state = workerIn('STOPPED');
    for (const [heldBy, unfinished, instances] of [
      [['ins_1'], [], ['ins_1']],
      [[], ['ins_2'], ['ins_2']],
      [['ins_1'], ['ins_1', 'ins_2'], ['ins_1', 'ins_2']],
    ]) {
      expect(() => changeStatus(state, change('RUNNING', { heldBy, unfinished, force: true }))).toThrow(
        expect.objectContaining({ code: 'WORKER_BUSY', details: { status: 'STOPPED', instances } }),
      );
    }
    expect(changeStatus(state, change('TERMINATED', { heldBy: ['ins_1'] }))).toHaveLength(1);
    expect(changeStatus(state, change('RUNNING'))).toHaveLength(1);
  });

  it('let a failed worker come back with its claims', () => {
    const heldBy = ['ins_1'];
    expect(changeStatus(workerIn('FAILED'), change('PROVISIONING', { heldBy }))).toHaveLength(1);
    expect(
      changeStatus(workerIn('PROVISIONING'), change('RUNNING', { heldBy, unfinished: heldBy })),
    ).toHaveLength(1);
  });

  it('are known outside by the status reached', () => {
    const run = workerRun('DRAINING');
    expect(run.events.map(workerOutsideName)).toEqual([
      'ccm.worker.pending',
      'ccm.worker.provisioning',
      'ccm.worker.running',
      'ccm.worker.draining',
    ]);
    expect(workerOutsideName({ type: 'WorkerCloseRevoked', payload: { seq: 4 } })).toBeNull();
  });
});

describe('report', () => {
  const FACTS = { amiName: 'CML-2.9.1', cmlVersion: '2.9.1+build.3', nodeDefinitions: ['ubuntu', 'iosv'] };

  it('takes over what changed and leaves the rest', () => {
    const run = workerRun('RUNNING');
    run.commit(report(run.state, FACTS), at(10), 'controller');
    expect(run.events.at(-1)).toMatchObject({
      type: 'WorkerReported',
      payload: { facts: { ...FACTS, nodeDefinitions: ['iosv', 'ubuntu'] } },
    });
    run.commit(report(run.state, { host: 'lab.example.org', amiName: undefined }), at(11), 'controller');
    expect(run.state).toMatchObject({ amiName: 'CML-2.9.1', host: 'lab.example.org', revision: 5 });
    expect(run.events.at(-1)?.payload).toEqual({ facts: { host: 'lab.example.org' } });
    run.commit(report(run.state, { host: null, nodeDefinitions: null }), at(12), 'controller');
    expect(run.state).toMatchObject({ host: null, nodeDefinitions: null });
  });

  it('is no change when everything is known, in whatever order', () => {
    const run = workerRun('RUNNING');
    run.commit(report(run.state, FACTS), at(10));
    expect(report(run.state, { ...FACTS, nodeDefinitions: ['iosv', 'ubuntu', 'iosv'] })).toEqual([]);
    expect(report(run.state, {})).toEqual([]);
  });

  it('tells nothing installed from nothing reported', () => {
    const run = workerRun('RUNNING');
    run.commit(report(run.state, { nodeDefinitions: [] }), at(10));
    expect(run.state.nodeDefinitions).toEqual([]);
  });
});

describe('revokeClose', () => {
  it('is a fence against the save of a closing', () => {
    const run = workerRun('RUNNING');
    const before = run.state;
    run.commit(revokeClose(before, { seq: before.sequence + 1 }), at(9), 'system:repair');
    expect(run.state).toEqual({ ...before, revision: before.revision + 1, updatedAt: at(9) });
    expect(run.events.at(-1)).toMatchObject({ type: 'WorkerCloseRevoked', payload: { seq: 4 } });
  });

  it('is refused once the closing is in the document', () => {
    const state = workerIn('DRAINING');
    expect(() => revokeClose(state, { seq: state.sequence })).toThrow(
      expect.objectContaining({ code: 'INVALID_TRANSITION' }),
    );
  });
});
