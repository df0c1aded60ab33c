import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { gate } from '../../tests/support/by-hand.js';
import { ADMIN, ORIGIN, readThing, watchedRunner } from '../../tests/support/operations.js';
import { LabletError } from '../errors.js';
import { subscription, type Call } from './operation.js';

const USER = { ...ADMIN, roles: ['USER' as const] };

/** Resolves when the signal aborts, with its reason. */
const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(signal.reason), { once: true }));

describe('an operation', () => {
  it('gets its checked input and what is known of the call, and its duration is told', async () => {
    const { runner, clock, observed } = watchedRunner();
    const handle = vi.fn(async (_deps: object, _input: object, call: Call) => {
      clock.advance(5);
      const { actor, operation, requestId, source, signal, record, newId } = call;
      return { actor, operation, requestId, source, signal, record, newId };
    });
    const deps = {};
    expect(await runner.run(readThing(handle), deps, { n: 1 }, ORIGIN)).toEqual({
      ...{ actor: ADMIN, operation: 'thing', requestId: 'r-1', source: '127.0.0.1' },
      ...{ signal: expect.any(AbortSignal), record: null, newId: null },
    });
    expect(handle).toHaveBeenCalledWith(deps, { n: 1 }, expect.anything());
    expect(observed).toEqual([['thing', 'OK', 5]]);
  });

  it('checks the role before the input, so that strangers learn nothing of it', async () => {
    const { runner, observed } = watchedRunner();
    const operation = readThing(async () => 'answer');
    const ends = async (actor: typeof USER | null) =>
      runner.run(operation, {}, { bad: 1 }, { ...ORIGIN, actor });
    await expect(ends(null)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(ends(USER)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(runner.run(operation, {}, { bad: 1 }, ORIGIN)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    expect(observed.map(([, code]) => code)).toEqual(['UNAUTHENTICATED', 'FORBIDDEN', 'VALIDATION_FAILED']);
  });

  it('asks its own check last, with the checked input', async () => {
    const { runner } = watchedRunner();
    const check = vi.fn(() => {
      throw new LabletError('FORBIDDEN', 'not for others', { requiredRoles: ['SERVICE'] });
    });
    const handle = vi.fn(async () => 'answer');
    const operation = { ...readThing(handle), allow: { roles: ['ADMIN' as const], check } };
    await expect(runner.run(operation, {}, { n: 'x' }, ORIGIN)).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    expect(check).not.toHaveBeenCalled();
    await expect(runner.run(operation, {}, { n: 1 }, ORIGIN)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(check).toHaveBeenCalledWith(ADMIN, { n: 1 });
    expect(handle).not.toHaveBeenCalled();
  });

  it('that fails answers what the failure is translated to, and is counted under that code', async () => {
    const { runner, clock, observed } = watchedRunner();
    const operation = readThing(async () => {
      clock.advance(7);
      throw new Error('boom');
    });
    await expect(runner.run(operation, {}, { n: 1 }, ORIGIN)).rejects.toMatchObject({
      code: 'INTERNAL',
      cause: { message: 'boom' },
    });
    expect(observed).toEqual([['thing', 'INTERNAL', 7]]);
  });
});

describe('work in flight', () => {
  it('above the limit is refused at once, and there is room again when some has ended', async () => {
    const { runner, observed } = watchedRunner({}, { inFlight: 1 });
    const slow = gate<string>();
    const operation = readThing(() => slow.opened);
    const first = runner.run(operation, {}, { n: 1 }, ORIGIN);
    expect(runner.inFlight()).toBe(1);
    await expect(runner.run(operation, {}, { n: 1 }, ORIGIN)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      details: { limit: 1, retryAfterMs: 250 },
    });
    slow.open('answer');
    expect(await first).toBe('answer');
    expect(runner.inFlight()).toBe(0);
    expect(observed.map(([, code]) => code)).toEqual(['RATE_LIMITED', 'OK']);
  });

  it('is given back by what fails', async () => {
    const { runner } = watchedRunner({}, { inFlight: 1 });
    const operation = readThing(() => Promise.reject(new Error('boom')));
    for (const input of [{ n: 1 }, { bad: 1 }, { n: 1 }]) {
      await runner.run(operation, {}, input, ORIGIN).catch(() => undefined);
      expect(runner.inFlight()).toBe(0);
    }
  });
});

describe("a call's signal", () => {
  it('aborts at the deadline, which is TIMEOUT for who heeds it', async () => {
    const { runner, observed } = watchedRunner({}, { deadlineMs: 1 });
    const operation = readThing(async (_deps, _input, { signal }) => {
      throw await aborted(signal);
    });
    await expect(runner.run(operation, {}, { n: 1 }, ORIGIN)).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(observed).toMatchObject([['thing', 'TIMEOUT', 0]]);
  });

  it('aborts when the caller goes away', async () => {
    const { runner } = watchedRunner();
    const caller = new AbortController();
    const operation = readThing(async (_deps, _input, { signal }) => aborted(signal));
    const running = runner.run(operation, {}, { n: 1 }, { ...ORIGIN, signal: caller.signal });
    caller.abort('gone');
    expect(await running).toBe('gone');
  });

  it('has aborted when the caller left before', async () => {
    const { runner } = watchedRunner();
    const operation = readThing(async (_deps, _input, { signal }) => signal.reason);
    const left = { ...ORIGIN, signal: AbortSignal.abort('left') };
    expect(await runner.run(operation, {}, { n: 1 }, left)).toBe('left');
  });

  it('leaves neither timer nor listener behind', async () => {
    vi.useFakeTimers();
    const { signal } = new AbortController();
    const [added, removed] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')];
    const { runner } = watchedRunner();
    const left = () => [vi.getTimerCount(), added.mock.calls.length, removed.mock.calls.length];
    const run = (handle: Parameters<typeof readThing>[0]) =>
      runner.run(readThing(handle), {}, { n: 1 }, { ...ORIGIN, signal });
    try {
      await run(async () => 'does not look at it');
      expect(left()).toEqual([0, 0, 0]);
      await run(async (_deps, _input, call) => call.signal.aborted);
      await run(async (_deps, _input, call) => Promise.reject(new Error(String(call.signal.aborted)))).catch(
        () => undefined,
      );
      expect(left()).toEqual([0, 2, 2]);
    } finally {
      vi.useRealTimers();
    }
  });

  it('that is looked at late aborts at the time it would have', async () => {
    const { runner } = watchedRunner({}, { deadlineMs: 30 });
    const operation = readThing(async (_deps, _input, call) => {
      await new Promise((resolve) => setTimeout(resolve, 60));
      const { signal } = call;
      return aborted(signal).then(() => (signal.reason as DOMException).name);
    });
    expect(await runner.run(operation, {}, { n: 1 }, ORIGIN)).toBe('TimeoutError');
  });

  it('aborts at the deadline also when memory was cleaned up before', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { runner } = watchedRunner({}, { deadlineMs: 20 });
    const operation = readThing(async (_deps, _input, { signal }) => {
      const turn = () => new Promise((resolve) => setImmediate(resolve));
      await turn();
      collect();
      const later = new Promise((resolve) => setTimeout(resolve, 200, 'never'));
      return Promise.race([aborted(signal).then(() => 'aborted'), later]);
    });
    expect(await runner.run(operation, {}, { n: 1 }, ORIGIN)).toBe('aborted');
  });
});

describe('a subscription', () => {
  const ticks = subscription({
    name: 'ticks',
    summary: 'Ticks.',
    request: z.strictObject({ n: z.int() }),
    allow: { roles: ['ADMIN'] },
    async *handle(_deps: object, { n }, { signal, record }) {
      yield { n, signal, record };
    },
  });

  it('is checked when it is prepared and starts with the signal it is given', async () => {
    const { runner, observed } = watchedRunner();
    const start = runner.prepare(ticks, {}, { n: 3 }, ORIGIN);
    const { signal } = new AbortController();
    const seen = [];
    for await (const tick of start(signal)) seen.push(tick);
    expect(seen).toEqual([{ n: 3, signal, record: null }]);
    expect(observed).toEqual([['ticks', 'OK', 0]]);
    expect(runner.inFlight()).toBe(0);
  });

  it('that fails later is told with its code', async () => {
    const { runner, observed } = watchedRunner();
    const failing = {
      ...ticks,
      async *handle() {
        yield 1;
        throw new LabletError('TIMEOUT', 'late', { limitMs: 5 });
      },
    };
    const stream = runner.prepare(failing, {}, { n: 3 }, ORIGIN)(new AbortController().signal);
    const read = async () => {
      for await (const item of stream) expect(item).toBe(1);
    };
    await expect(read()).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(observed).toEqual([
      ['ticks', 'OK', 0],
      ['ticks', 'TIMEOUT', 0],
    ]);
  });

  it('is refused when it is prepared, role first', () => {
    const { runner, observed } = watchedRunner();
    const prepare = (actor: typeof USER, input: object) =>
      runner.prepare(ticks, {}, input, { ...ORIGIN, actor });
    expect(() => prepare(USER, {})).toThrow(expect.objectContaining({ code: 'FORBIDDEN' }));
    expect(() => prepare(ADMIN as never, {})).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
    expect(observed.map(([, code]) => code)).toEqual(['FORBIDDEN', 'VALIDATION_FAILED']);
  });
});
