import { expect, it } from 'vitest';
import type { Change } from './live-audit.js';
import { wrongs } from './mixed-faults.js';

const message = (kind: string, instanceId: string | null, sequence = 0, to = 'PENDING') =>
  ({ kind, instanceId, transition: instanceId === null ? null : { sequence, to } }) as Change;
const STATES = new Map([
  ['a', 'RUNNING'],
  ['b', 'TERMINATED'],
]);
const GOOD = [message('SNAPSHOT', 'a', 1), message('SYNCED', null), message('CHANGED', 'a', 3, 'RUNNING')];

it('finds nothing in a good stream, also where a number is left out or what has ended is not shown', () => {
  expect(wrongs(GOOD, STATES)).toEqual([]);
  expect(wrongs([...GOOD, message('CHANGED', 'b', 2, 'TERMINATED')], STATES)).toEqual([]);
  const again = [message('RESYNC_REQUIRED', null), message('SNAPSHOT', 'a', 3, 'RUNNING')];
  expect(wrongs([...GOOD, ...again], STATES)).toEqual([]);
});

it.each([
  ['a change that comes twice', [...GOOD, message('CHANGED', 'a', 3, 'RUNNING')], 'CHANGED of a: 3 after 3'],
  ['a change that goes back', [...GOOD, message('CHANGED', 'a', 2, 'RUNNING')], 'CHANGED of a: 2 after 3'],
  ['an older snapshot', [...GOOD, message('SNAPSHOT', 'a', 2, 'RUNNING')], 'SNAPSHOT of a: 2 after 3'],
  ['a lost end', GOOD.slice(0, 2), 'a is RUNNING, the last that was told is PENDING'],
  [
    'nothing after a resync',
    [...GOOD, message('RESYNC_REQUIRED', null)],
    'the last that was told is nothing',
  ],
  [
    'an end that was not told',
    [...GOOD, message('CHANGED', 'b', 1)],
    'b is TERMINATED, the last that was told is PENDING',
  ],
])('finds %s', (_, messages, wrong) => {
  expect(wrongs(messages, STATES).join()).toContain(wrong);
});
