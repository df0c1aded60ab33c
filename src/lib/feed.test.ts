import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { gate } from '../../tests/support/by-hand.js';
import { feed } from './feed.js';

const DONE = { done: true, value: undefined };

/** A source that yields 1, then waits for ever unless its signal is heeded. */
function blocked() {
  let signal: AbortSignal | null = null;
  const start = vi.fn((given: AbortSignal) => {
    signal = given;
    return (async function* () {
      yield 1;
      await new Promise<never>(() => undefined);
    })();
  });
  return { start, signal: () => signal };
}

async function* counting(to: number) {
  for (let n = 1; n <= to; n++) yield n;
}

describe('a feed', () => {
  it('starts on the first pull, once', async () => {
    const { start } = blocked();
    const stream = feed(start);
    expect(start).not.toHaveBeenCalled();
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    void stream.next();
    expect(start).toHaveBeenCalledTimes(1);
    await stream.return?.();
  });

  it('hands on every value and ends with its source', async () => {
    const seen: number[] = [];
    for await (const value of feed(() => counting(3))) seen.push(value);
    expect(seen).toEqual([1, 2, 3]);
  });

  it('settles return() at once while its source waits, and the waiting pull with it', async () => {
    const { start, signal } = blocked();
    const stream = feed(start);
    await stream.next();
    const waiting = stream.next();
    expect(await stream.return?.()).toEqual(DONE);
    expect(await waiting).toEqual(DONE);
    expect(signal()?.aborted).toBe(true);
    expect(await stream.next()).toEqual(DONE);
  });

  it('that is returned before the first pull never starts', async () => {
    const { start } = blocked();
    const stream = feed(start);
    await stream.return?.();
    expect(await stream.next()).toEqual(DONE);
    expect(start).not.toHaveBeenCalled();
  });

  it('ends its source when a loop over it is left', async () => {
    const ended = gate();
    const source = async function* () {
      try {
        yield* counting(3);
      } finally {
        ended.open();
      }
    };
    for await (const value of feed(source)) if (value === 2) break;
    await ended.opened;
  });

  it('ends with the error of its source, which is told', async () => {
    let told: AbortSignal | null = null;
    const stream = feed<number>(async function* (signal) {
      told = signal;
      yield 1;
      throw new Error('the source broke');
    });
    await stream.next();
    await expect(stream.next()).rejects.toThrow('the source broke');
    expect(told).toMatchObject({ aborted: true });
    expect(await stream.next()).toEqual(DONE);
  });

  it('rethrows what is thrown into it and ends', async () => {
    const { start, signal } = blocked();
    const stream = feed(start);
    await stream.next();
    await expect(stream.throw?.(new Error('enough'))).rejects.toThrow('enough');
    expect(signal()?.aborted).toBe(true);
    expect(await stream.next()).toEqual(DONE);
  });

  it('does not mind a source that fails while it is ended', async () => {
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: async () => ({ done: false as const, value: 1 }),
        return: () => Promise.reject(new Error('late')),
      }),
    };
    const stream = feed(() => source);
    await stream.next();
    expect(await stream.return?.()).toEqual(DONE);
  });

  it('takes a source that cannot be ended early', async () => {
    const source = {
      [Symbol.asyncIterator]: () => ({ next: async () => ({ done: false as const, value: 1 }) }),
    };
    const stream = feed(() => source);
    await stream.next();
    expect(await stream.return?.()).toEqual(DONE);
  });

  it('keeps nothing of what it has handed on', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const stream = feed(async function* () {
      for (;;) yield {};
    });
    const pull = async () => new WeakRef((await stream.next()).value as object);
    const handedOn = [await pull(), await pull(), await pull()];
    await stream.next();
    await new Promise((resolve) => setImmediate(resolve));
    collect();
    expect(handedOn.filter((each) => each.deref() !== undefined)).toEqual([]);
    await stream.return?.();
  });

  it('ends every pull that waits, also when there are several', async () => {
    let starts = 0;
    const source = {
      [Symbol.asyncIterator]: () => ({ next: () => (starts++, new Promise<never>(() => undefined)) }),
    };
    const stream = feed<number>(() => source);
    const pulls = [stream.next(), stream.next()];
    await stream.return?.();
    const late = new Promise((resolve) => setImmediate(resolve, 'still waiting'));
    expect(await Promise.race([Promise.all(pulls), late])).toEqual([DONE, DONE]);
    expect(starts).toBe(2);
  });

  it('whose source cannot be started ends', async () => {
    const start = vi.fn((): AsyncIterable<number> => {
      throw new Error('refused');
    });
    const stream = feed(start);
    await expect(stream.next()).rejects.toThrow('refused');
    expect(await stream.next()).toEqual(DONE);
  });
});

describe('the outer signal of a feed', () => {
  it('ends it while its source waits', async () => {
    const outer = new AbortController();
    const { start, signal } = blocked();
    const stream = feed(start, outer.signal);
    await stream.next();
    const waiting = stream.next();
    outer.abort();
    expect(await waiting).toEqual(DONE);
    expect(signal()?.aborted).toBe(true);
  });

  it('that has aborted already keeps it from starting', async () => {
    const { start } = blocked();
    expect(await feed(start, AbortSignal.abort()).next()).toEqual(DONE);
    expect(start).not.toHaveBeenCalled();
  });

  it('is not listened to any longer once the feed has ended', async () => {
    const outer = new AbortController();
    const removed = vi.spyOn(outer.signal, 'removeEventListener');
    const stream = feed(() => counting(1), outer.signal);
    await stream.next();
    await stream.next();
    expect(removed).toHaveBeenCalledWith('abort', expect.any(Function));
  });

  it('ends a source that waits between two values, so that it can let go of what it holds', async () => {
    const outer = new AbortController();
    let held = true;
    const stream = feed(async function* () {
      try {
        yield 1;
        yield 2;
      } finally {
        held = false;
      }
    }, outer.signal);
    await stream.next();
    outer.abort();
    expect(await stream.next()).toEqual(DONE);
    expect(held).toBe(false);
  });
});
