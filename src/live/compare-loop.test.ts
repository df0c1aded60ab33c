import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { keptLog } from '../../tests/support/by-hand.js';
import { compareRegularly } from './compare-loop.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('a comparison is made every interval, also after one that failed, until the end', async () => {
  const { logger, lines } = keptLog();
  const compare = vi
    .fn<() => Promise<number | null>>()
    .mockRejectedValueOnce(new Error('down'))
    .mockResolvedValue(0);
  const loop = compareRegularly({ compare }, { intervalMs: 1000, logger });
  await vi.advanceTimersByTimeAsync(999);
  expect(compare).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(2001);
  expect(compare).toHaveBeenCalledTimes(3);
  expect(lines).toMatchObject([{ level: 'warn', fields: { err: { message: 'down' } } }]);
  await loop.close();
  await vi.advanceTimersByTimeAsync(5000);
  expect(compare).toHaveBeenCalledTimes(3);
  expect(vi.getTimerCount()).toBe(0);
});
