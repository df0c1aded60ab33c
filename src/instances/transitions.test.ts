import { describe, expect, it } from 'vitest';
import { isLabletError } from '../errors.js';
import {
  assertMove,
  findMove,
  INSTANCE_MOVES,
  INSTANCE_STATES,
  invalidTransition,
  legalTargets,
  shortestPath,
  targetOf,
} from './transitions.js';

const PAIRS = INSTANCE_STATES.flatMap((from) => INSTANCE_STATES.map((to) => [from, to] as const));
const LEGAL = [
  'PENDING>SCHEDULED',
  'PENDING>TERMINATED',
  'SCHEDULED>INSTANTIATING',
  'SCHEDULED>TERMINATED',
  'INSTANTIATING>RUNNING',
  'INSTANTIATING>TERMINATED',
  'RUNNING>COLLECTING',
  'RUNNING>STOPPING',
  'COLLECTING>GRADING',
  'COLLECTING>STOPPING',
  'GRADING>STOPPING',
  'STOPPING>STOPPED',
  'STOPPED>ARCHIVED',
  'STOPPED>RUNNING',
  'ARCHIVED>TERMINATED',
];

describe('the transition table of instances', () => {
  it('holds exactly the 15 legal moves, numbered', () => {
    expect(INSTANCE_MOVES.map(({ from, to }) => `${from}>${to}`)).toEqual(LEGAL);
    expect(INSTANCE_MOVES.map(({ number }) => number)).toEqual(LEGAL.map((_, index) => index + 1));
  });

  it('accepts 15 of all 100 ordered pairs and refuses 85 with from, to and legal targets', () => {
    let accepted = 0;
    for (const [from, to] of PAIRS) {
      if (LEGAL.includes(`${from}>${to}`)) {
        expect(assertMove(from, to)).toBe(findMove(from, to));
        accepted++;
      } else {
        const legal = LEGAL.filter((pair) => pair.startsWith(`${from}>`)).map((pair) => pair.split('>')[1]);
        const details = { from, to, legal };
        expect(() => assertMove(from, to)).toThrow(
          expect.objectContaining({ code: 'INVALID_TRANSITION', details }),
        );
      }
    }
    expect([PAIRS.length, accepted]).toEqual([100, 15]);
  });

  it('lets each command make its own moves only', () => {
    const moves = (command: string) =>
      INSTANCE_MOVES.filter(({ commands }) => commands.some((each) => each === command)).map(
        ({ number }) => number,
      );
    expect(moves('scheduleInstance')).toEqual([1]);
    expect(moves('terminateInstance')).toEqual([2, 4, 6, 8, 10, 11, 15]);
    expect(moves('transitionInstance')).toEqual([3, 5, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(moves('recordGradingScore')).toEqual([11]);
    expect(() => assertMove('PENDING', 'SCHEDULED', 'transitionInstance')).toThrow(/scheduleInstance/);
  });

  it('says where each event leads', () => {
    for (const { event, to } of INSTANCE_MOVES) expect(targetOf(event)).toBe(to);
  });

  it('ends in TERMINATED, by the shortest legal way', () => {
    expect(legalTargets('TERMINATED')).toEqual([]);
    expect(shortestPath('RUNNING', 'TERMINATED')).toEqual(['STOPPING', 'STOPPED', 'ARCHIVED', 'TERMINATED']);
    expect(shortestPath('COLLECTING', 'TERMINATED')[0]).toBe('STOPPING');
    expect(shortestPath('INSTANTIATING', 'TERMINATED')).toEqual(['TERMINATED']);
    expect(shortestPath('TERMINATED', 'TERMINATED')).toEqual([]);
    expect(() => shortestPath('TERMINATED', 'PENDING')).toThrow(RangeError);
  });

  it('explains a refusal to people', () => {
    const error = invalidTransition('TERMINATED', 'RUNNING');
    expect(isLabletError(error, 'INVALID_TRANSITION')).toBe(true);
    expect(error.message).toBe('An instance cannot go from TERMINATED to RUNNING. No move leads from here.');
    expect(invalidTransition('PENDING', 'RUNNING').message).toContain('SCHEDULED, TERMINATED');
  });
});
