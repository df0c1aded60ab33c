import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import { instanceIn, instanceRun, SCORE } from '../../tests/support/instance-runs.js';
import { recordScore, reportPorts, reportStartFailure, scoreFaults } from './instance-reports.js';
import { INSTANCE_STATES, legalTargets } from './transitions.js';

const FAILURE = { code: 'BOOT_TIMEOUT', message: 'node edge-r1 did not boot' };

describe('recordScore', () => {
  it('stores the score and moves GRADING to STOPPING in one commit', () => {
    const run = instanceRun('GRADING');
    const { revision, sequence } = run.state;
    run.commit(recordScore(run.state, { score: SCORE, now: at(20) }), at(20), 'assessor');
    expect(run.state).toMatchObject({
      state: 'STOPPING',
      revision: revision + 1,
      sequence: sequence + 1,
      gradingScore: { ...SCORE, gradedAt: at(20) },
    });
    expect(run.types().slice(-2)).toEqual(['InstanceGraded', 'InstanceStopping']);
  });

  it('is refused outside GRADING', () => {
    for (const state of INSTANCE_STATES.filter((each) => each !== 'GRADING')) {
      expect(() => recordScore(instanceIn(state), { score: SCORE, now: at(20) })).toThrow(
        expect.objectContaining({
          code: 'INVALID_TRANSITION',
          details: { from: state, to: 'STOPPING', legal: legalTargets(state) },
        }),
      );
    }
  });

  it('lists every part that breaks 0 <= points <= max', () => {
    const line = (points: number, max: number) => ({ criterion: 'c', points, max });
    const score = { total: 11, max: 10, passed: true, breakdown: [line(1, 1), line(-1, 1), line(0, -1)] };
    const paths = ['score.total', 'score.breakdown.1.points', 'score.breakdown.2.points'];
    expect(scoreFaults(score).map(({ path }) => path)).toEqual(paths);
    expect(scoreFaults({ ...score, total: Number.NaN, breakdown: [] })).toHaveLength(1);
    expect(() => recordScore(instanceIn('GRADING'), { score, now: at(20) })).toThrow(
      expect.objectContaining({ code: 'VALIDATION_FAILED' }),
    );
  });

  it('takes up to 200 lines', () => {
    const lines = (count: number) =>
      Array.from({ length: count }, () => ({ criterion: 'c', points: 0, max: 0 }));
    const score = { total: 0, max: 0, passed: false };
    expect(scoreFaults({ ...score, breakdown: lines(200) })).toEqual([]);
    expect(scoreFaults({ ...score, breakdown: lines(201) })).toEqual([
      expect.objectContaining({ path: 'score.breakdown', rule: 'TOO_LONG' }),
    ]);
  });
});

describe('reportStartFailure', () => {
  it('counts three failed starts and refuses a fourth', () => {
    const run = instanceRun('INSTANTIATING');
    for (const count of [1, 2, 3]) {
      run.commit(reportStartFailure(run.state, FAILURE), at(10 + count), 'controller');
      expect(run.state).toMatchObject({
        state: 'INSTANTIATING',
        sequence: 3,
        retryCount: count,
        lastError: { ...FAILURE, at: at(10 + count) },
      });
    }
    expect(() => reportStartFailure(run.state, FAILURE)).toThrow(/terminate it instead/);
  });

  it('is refused outside INSTANTIATING', () => {
    for (const state of INSTANCE_STATES.filter((each) => each !== 'INSTANTIATING')) {
      expect(() => reportStartFailure(instanceIn(state), FAILURE)).toThrow(
        expect.objectContaining({ code: 'INVALID_TRANSITION' }),
      );
    }
  });
});

describe('reportPorts', () => {
  const configured = [{ name: 'vnc_1', status: 'CONFIGURED' }] as const;

  it('takes over what changed, and only that', () => {
    const run = instanceRun('RUNNING');
    run.commit(reportPorts(run.state, { statuses: configured }), at(10), 'controller');
    expect(run.state.allocatedPorts.map(({ name, number, status }) => [name, number, status])).toEqual([
      ['serial_1', 2000, 'ALLOCATED'],
      ['vnc_1', 2001, 'CONFIGURED'],
    ]);
    const again = reportPorts(run.state, {
      statuses: [...configured, { name: 'serial_1', status: 'REACHABLE' }],
    });
    expect(again).toEqual([
      { type: 'InstancePortsReported', payload: { statuses: [{ name: 'serial_1', status: 'REACHABLE' }] } },
    ]);
    expect(reportPorts(run.state, { statuses: configured })).toEqual([]);
  });

  it('refuses ports that are unknown or named twice', () => {
    const statuses = [...configured, { name: 'web', status: 'REACHABLE' } as const, ...configured];
    expect(() => reportPorts(instanceIn('RUNNING'), { statuses })).toThrow(
      expect.objectContaining({
        code: 'VALIDATION_FAILED',
        details: {
          fields: [
            expect.objectContaining({ path: 'portStatuses.1.name', rule: 'UNKNOWN_PORT' }),
            expect.objectContaining({ path: 'portStatuses.2.name', rule: 'DUPLICATE' }),
          ],
        },
      }),
    );
  });

  it('is refused once the instance is TERMINATED', () => {
    expect(() => reportPorts(instanceIn('TERMINATED'), { statuses: configured })).toThrow(
      expect.objectContaining({ code: 'INVALID_TRANSITION' }),
    );
  });
});
