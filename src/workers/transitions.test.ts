import { describe, expect, it } from 'vitest';
import { assertMove, invalidTransition, legalTargets, WORKER_MOVES, WORKER_STATUSES } from './transitions.js';

const LEGAL: Record<(typeof WORKER_STATUSES)[number], readonly string[]> = {
  PENDING: ['PROVISIONING', 'FAILED', 'TERMINATED'],
  PROVISIONING: ['RUNNING', 'FAILED', 'TERMINATED'],
  RUNNING: ['DRAINING', 'STOPPING', 'FAILED'],
  DRAINING: ['RUNNING', 'STOPPING', 'FAILED'],
  STOPPING: ['STOPPED', 'FAILED'],
  STOPPED: ['RUNNING', 'TERMINATED'],
  FAILED: ['PROVISIONING', 'STOPPING', 'TERMINATED'],
  TERMINATED: [],
};

describe('the transition table of workers', () => {
  it('accepts 19 of all 64 ordered pairs and refuses 45 with from, to and legal targets', () => {
    let accepted = 0;
    for (const from of WORKER_STATUSES) {
      expect(legalTargets(from)).toEqual(LEGAL[from]);
      for (const to of WORKER_STATUSES) {
        if (LEGAL[from].includes(to)) {
          expect(assertMove(from, to)).toMatchObject({ from, to });
          accepted++;
        } else {
          const details = { from, to, legal: LEGAL[from] };
          expect(() => assertMove(from, to)).toThrow(
            expect.objectContaining({ code: 'INVALID_TRANSITION', details }),
          );
        }
      }
    }
    expect([WORKER_STATUSES.length ** 2, accepted]).toEqual([64, 19]);
    expect(WORKER_MOVES.map(({ number }) => number)).toEqual(WORKER_MOVES.map((_, index) => index + 1));
  });

  it('drains and cancels with commands of their own', () => {
    const others = WORKER_MOVES.filter(({ command }) => command !== 'transitionWorker');
    expect(others.map(({ from, to, command }) => [from, to, command])).toEqual([
      ['RUNNING', 'DRAINING', 'drainWorker'],
      ['DRAINING', 'RUNNING', 'cancelWorkerDrain'],
    ]);
    expect(() => assertMove('RUNNING', 'DRAINING', 'transitionWorker')).toThrow(/drainWorker/);
    expect(() => assertMove('STOPPED', 'RUNNING', 'cancelWorkerDrain')).toThrow(/transitionWorker/);
  });

  it('explains a refusal to people', () => {
    expect(invalidTransition('TERMINATED', 'RUNNING').message).toContain('No move leads from here.');
  });
});
