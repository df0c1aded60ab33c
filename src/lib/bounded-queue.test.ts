import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BoundedQueue } from './bounded-queue.js';

const ONE = { bytes: 1, at: 0 };
const queueOf = <T>(items: number, bytes = Number.POSITIVE_INFINITY) => new BoundedQueue<T>({ items, bytes });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('a bounded queue', () => {
  it('gives items in the order they came in', async () => {
    const queue = queueOf<string>(2);
    expect([queue.push('a', ONE), queue.push('b', ONE)]).toEqual([true, true]);
    expect([await queue.next(1000), await queue.next(1000)]).toEqual(['a', 'b']);
  });

  it('wakes a consumer that waits', async () => {
    const queue = queueOf<string>(1);
    const waiting = queue.next(1000);
    queue.push('a', ONE);
    expect(await waiting).toBe('a');
    expect(vi.getTimerCount()).toBe(0);
  });

  it('answers undefined when the time has passed, and takes later items all the same', async () => {
    const queue = queueOf<string>(1);
    const waiting = queue.next(1000);
    await vi.advanceTimersByTimeAsync(999);
    await vi.advanceTimersByTimeAsync(1);
    expect(await waiting).toBeUndefined();
    queue.push('a', ONE);
    expect(await queue.next(1000)).toBe('a');
  });

  it('refuses what does not fit and keeps what it has', async () => {
    const queue = queueOf<number>(2);
    expect([1, 2, 3].map((item) => queue.push(item, ONE))).toEqual([true, true, false]);
    expect(queue.length).toBe(2);
    await queue.next(1);
    expect(queue.push(4, ONE)).toBe(true);
    expect([await queue.next(1), await queue.next(1)]).toEqual([2, 4]);
  });

  it('refuses what makes it too large, but never its only item', async () => {
    const queue = queueOf<string>(10, 100);
    const sized = (bytes: number) => ({ bytes, at: 0 });
    expect(queue.push('large', sized(500))).toBe(true);
    expect(queue.push('small', sized(1))).toBe(false);
    expect(await queue.next(1)).toBe('large');
    expect([60, 40, 1].map((bytes) => queue.push(`${bytes}`, sized(bytes)))).toEqual([true, true, false]);
    expect(await queue.next(1)).toBe('60');
    expect(queue.push('next', sized(60))).toBe(true);
    queue.clear();
    expect([queue.length, queue.oldest]).toEqual([0, null]);
    expect(queue.push('after', sized(100))).toBe(true);
  });

  it('tells since when its oldest item waits', async () => {
    const queue = queueOf<string>(3);
    expect(queue.oldest).toBeNull();
    for (const at of [5, 7]) queue.push('item', { bytes: 1, at });
    expect(queue.oldest).toBe(5);
    await queue.next(1);
    expect(queue.oldest).toBe(7);
  });

  it('after its end gives what is left, then null; nothing more goes in', async () => {
    const queue = queueOf<string>(5);
    queue.push('a', ONE);
    queue.end();
    expect(queue.push('b', ONE)).toBe(false);
    expect([await queue.next(1), await queue.next(1), await queue.next(1)]).toEqual(['a', null, null]);
  });

  it('after an end with an error gives what is left, then the error', async () => {
    const queue = queueOf<string>(5);
    queue.push('a', ONE);
    queue.end(new Error('too slow'));
    expect(await queue.next(1)).toBe('a');
    await expect(queue.next(1)).rejects.toThrow('too slow');
    await expect(queue.next(1)).rejects.toThrow('too slow');
  });

  it('that is dropped forgets what is left', async () => {
    const queue = queueOf<string>(5);
    queue.push('a', ONE);
    queue.end(null, { drop: true });
    expect([queue.length, await queue.next(1)]).toEqual([0, null]);
  });

  it('ends once: the first end decides', async () => {
    const queue = queueOf<string>(5);
    queue.push('a', ONE);
    queue.end();
    queue.end(new Error('late'), { drop: true });
    expect([await queue.next(1), await queue.next(1)]).toEqual(['a', null]);
  });

  it('wakes a consumer that waits when it ends', async () => {
    const queue = queueOf<string>(1);
    const waiting = queue.next(60_000);
    queue.end();
    expect(await waiting).toBeNull();
  });

  it('never holds more than its limit, loses nothing it took and keeps the order', async () => {
    const steps = fc.array(fc.constantFrom('push', 'next'), { maxLength: 50 });
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 1, max: 4 }), async (list, limit) => {
        const queue = queueOf<number>(limit);
        const taken: number[] = [];
        const given: number[] = [];
        for (const [n, step] of list.entries()) {
          if (step === 'push' && queue.push(n, ONE)) taken.push(n);
          if (step === 'next' && queue.length > 0) given.push((await queue.next(1)) as number);
          expect(queue.length).toBeLessThanOrEqual(limit);
          expect(taken.length - given.length).toBe(queue.length);
        }
        queue.end();
        for (let item = await queue.next(1); item != null; item = await queue.next(1)) given.push(item);
        expect(given).toEqual(taken);
      }),
    );
  });
});
