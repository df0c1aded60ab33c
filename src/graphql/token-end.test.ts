import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { NOBODY, type Identity } from '../auth/identify.js';
import { whenExpired } from './token-end.js';

const DAY_MS = 24 * 60 * 60 * 1000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const until = (ms: number): Identity => ({
  actor: { subject: 'a', roles: ['USER'], expiresAt: Date.now() + ms } as unknown as NonNullable<
    Identity['actor']
  >,
  refusal: null,
});

it.each([0, 1000, 24 * DAY_MS, 25 * DAY_MS, 365 * DAY_MS])(
  'what was opened with a token that holds %i ms ends then, and not before',
  (ms) => {
    const end = vi.fn();
    whenExpired(until(ms), end);
    vi.advanceTimersByTime(Math.max(0, ms - 1));
    expect(end).toHaveBeenCalledTimes(ms === 0 ? 1 : 0);
    vi.advanceTimersByTime(1);
    expect(end).toHaveBeenCalledTimes(1);
  },
);

it('what has ended before is forgotten', () => {
  const end = vi.fn();
  const forget = whenExpired(until(60 * DAY_MS), end);
  vi.advanceTimersByTime(30 * DAY_MS);
  forget();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(60 * DAY_MS);
  expect(end).not.toHaveBeenCalled();
});

it('nobody has no token that could end', () => {
  whenExpired(NOBODY, vi.fn());
  expect(vi.getTimerCount()).toBe(0);
});
