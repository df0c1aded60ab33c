import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import { GRANT, instanceIn, instanceRun, SCORE, to, WORKER_ID } from '../../tests/support/instance-runs.js';
import { terminate } from './instance-ending.js';
import { recordScore } from './instance-reports.js';
import { move, schedule } from './instance.js';
import { findMove, INSTANCE_STATES, legalTargets } from './transitions.js';

describe('move', () => {
  const reported = (from: string, target: string) =>
    findMove(from as never, target as never)?.commands.includes('transitionInstance') ?? false;

  it('makes exactly the reported moves among all 100 ordered pairs, and changes nothing otherwise', () => {
    let made = 0;
    for (const from of INSTANCE_STATES) {
      for (const target of INSTANCE_STATES) {
        const run = instanceRun(from);
        const before = JSON.stringify(run.state);
        const attempt = () => move(run.state, to(target, at(20), { reason: 'said so' }));
        if (reported(from, target)) {
          const state = run.commit(attempt(), at(20), 'controller');
          expect(state.state).toBe(target);
          expect(state.history.at(-1)).toEqual({
            sequence: state.sequence,
            from,
            to: target,
            at: at(20),
            by: 'controller',
            reason: 'said so',
          });
          expect(run.events.at(-1)?.type).toBe(findMove(from, target)?.event);
          made++;
        } else {
          const details = { from, to: target, legal: legalTargets(from) };
          expect(attempt).toThrow(expect.objectContaining({ code: 'INVALID_TRANSITION', details }));
          expect(JSON.stringify(run.state)).toBe(before);
        }
      }
    }
    expect(made).toBe(10);
  });

  it('tells outside what starts: worker, ports and lab file', () => {
    const [event] = move(instanceIn('SCHEDULED'), to('INSTANTIATING', at(2), { labYamlHash: 'ab12' }));
    expect(event?.payload).toEqual({
      reason: null,
      workerId: WORKER_ID,
      ports: [
        { name: 'serial_1', number: 2000 },
        { name: 'vnc_1', number: 2001 },
      ],
      labYamlHash: 'ab12',
    });
  });

  it('needs the lab id for RUNNING, and notes start and host', () => {
    const run = instanceRun('INSTANTIATING');
    for (const cmlLabId of [null, undefined, '']) {
      expect(() => move(run.state, to('RUNNING', at(3), { cmlLabId }))).toThrow(
        expect.objectContaining({
          code: 'VALIDATION_FAILED',
          details: { fields: [expect.objectContaining({ path: 'cmlLabId', rule: 'REQUIRED' })] },
        }),
      );
    }
    run.commit(move(run.state, to('RUNNING', at(3), { host: 'lab.example.org' })), at(3));
    expect(run.events.at(-1)?.payload).toEqual({
      reason: null,
      cmlLabId: 'lab-1',
      host: 'lab.example.org',
      startedAt: at(3),
    });
    expect(run.state).toMatchObject({ cmlLabId: 'lab-1', startedAt: at(3), endedAt: null });
  });

  it('measures a run in whole seconds', () => {
    const run = instanceRun('STOPPING');
    const end = at(6).replace('00.000Z', '30.900Z');
    run.commit(move(run.state, to('STOPPED', end)), end);
    expect(run.state).toMatchObject({ startedAt: at(3), endedAt: end, durationSeconds: 210 });
  });

  it('never ends a run before its latest change, whatever the clock says', () => {
    const run = instanceRun('STOPPING');
    const [event] = move(run.state, to('STOPPED', at(0)));
    expect(event?.payload).toMatchObject({ endedAt: run.state.updatedAt });
  });

  it('resumes a stopped lab within its slot: start kept, end cleared', () => {
    const run = instanceRun('STOPPED');
    expect(run.state.durationSeconds).not.toBeNull();
    run.commit(move(run.state, to('RUNNING', at(119), { cmlLabId: null })), at(119));
    expect(run.state).toMatchObject({
      state: 'RUNNING',
      cmlLabId: 'lab-1',
      startedAt: at(3),
      endedAt: null,
      durationSeconds: null,
    });
    const again = instanceRun('STOPPED');
    again.commit(move(again.state, to('RUNNING', at(10), { cmlLabId: 'lab-2' })), at(10));
    expect(again.state.cmlLabId).toBe('lab-2');
    expect(() => move(instanceIn('STOPPED'), to('RUNNING', at(120)))).toThrow(
      expect.objectContaining({ code: 'TIMESLOT_INVALID', details: { rule: 'OVER', limit: at(120) } }),
    );
  });
});

describe('all ways together', () => {
  it('make exactly the 15 legal moves', () => {
    const made = new Set<string>();
    const note = (from: string, facts: readonly { type: string }[]) => {
      for (const { type } of facts.slice(0, 2)) made.add(`${from} ${type}`);
    };
    note('PENDING', schedule(instanceIn('PENDING'), { ...GRANT, now: at(1) }));
    for (const from of INSTANCE_STATES) {
      for (const target of INSTANCE_STATES) {
        if (findMove(from, target)?.commands.includes('transitionInstance')) {
          note(from, move(instanceIn(from), to(target, at(20))));
        }
      }
      note(from, terminate(instanceIn(from), { reason: 'enough', byService: false, now: at(20) }));
    }
    note('GRADING', recordScore(instanceIn('GRADING'), { score: SCORE, now: at(20) }));
    for (const from of INSTANCE_STATES) {
      for (const target of legalTargets(from)) {
        expect(made).toContain(`${from} ${findMove(from, target)?.event}`);
      }
    }
  });
});
