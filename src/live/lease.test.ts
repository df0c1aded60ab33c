import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Clock } from '../lib/clock.js';
import { HeldLease } from './lease.js';

describe('a held lease of 15 s', () => {
  let nowMs = 0;
  let sent: number[];
  let answer: () => Promise<boolean>;
  const clock: Clock = { now: () => '', monotonic: () => nowMs };

  beforeEach(() => {
    vi.useFakeTimers();
    nowMs = 0;
    sent = [];
    answer = async () => true;
  });
  afterEach(() => vi.useRealTimers());

  function hold(keepAlive = true): HeldLease {
    const renew = (): Promise<boolean> => {
      sent.push(nowMs);
      return answer();
    };
    return new HeldLease(
      { id: '1', ttlSeconds: 15, keepAlive, sentAt: 0, clock },
      { renew, revoke: async () => undefined },
    );
  }

  async function pass(ms: number): Promise<void> {
    for (let step = 0; step < ms; step += 50) {
      nowMs += 50;
      await vi.advanceTimersByTimeAsync(50);
    }
  }

  it('is renewed every 5 s, counted from the sending', async () => {
    const lease = hold();
    await pass(60_000);
    expect(sent).toEqual(Array.from({ length: 12 }, (_, index) => (index + 1) * 5000));
    expect(lease.lost.aborted).toBe(false);
    lease.end('done');
    await pass(20_000);
    expect(sent).toHaveLength(12);
  });

  it('is lost 10 s after the last renewal that succeeded was sent, not after it was answered', async () => {
    const lease = hold();
    answer = () => new Promise((resolve) => setTimeout(resolve, 2000, true));
    await pass(7000);
    answer = () => Promise.reject(new Error('the server is away'));
    await pass(7950);
    expect(lease.lost.aborted).toBe(false);
    await pass(50);
    expect(lease.lost.aborted).toBe(true);
    expect(sent.length).toBeGreaterThan(5);
  });

  it('is lost at once when the store says so', async () => {
    const lease = hold();
    answer = async () => false;
    await pass(5000);
    expect(lease.lost.aborted).toBe(true);
  });

  it('does not come back by a renewal that is answered too late', async () => {
    const lease = hold();
    answer = () => new Promise((resolve) => setTimeout(resolve, 6000, true));
    await pass(12_000);
    expect(lease.lost.aborted).toBe(true);
  });

  it('is lost when the process slept through it, even if the renewal then succeeds', async () => {
    const lease = hold();
    nowMs = 11_000;
    await vi.advanceTimersByTimeAsync(5000);
    expect(lease.lost.aborted).toBe(true);
  });

  it('is not renewed when it is not to be kept alive', async () => {
    const lease = hold(false);
    await pass(10_000);
    expect(sent).toEqual([]);
    expect(lease.lost.aborted).toBe(true);
  });
});
