import { describe, expect, it, vi } from 'vitest';
import {
  changeThing,
  makeThing,
  ORIGIN,
  watchedRunner,
  type Handle,
} from '../../tests/support/operations.js';
import { LabletError } from '../errors.js';
import type { Call } from './operation.js';

const callOf = (handle: { mock: { calls: unknown[][] } }) => handle.mock.calls[0]?.[2] as Call;

describe('a command without a key', () => {
  it('keeps no record', async () => {
    const { runner, asked, finished } = watchedRunner();
    const handle = vi.fn(async () => 'changed');
    for (const idempotencyKey of [undefined, null]) {
      expect(await runner.run(changeThing(handle), {}, { id: 'x', idempotencyKey }, ORIGIN)).toBe('changed');
    }
    expect(callOf(handle)).toMatchObject({ record: null, newId: null });
    expect([asked, finished]).toEqual([[], []]);
  });

  it('that makes something gets the id for it', async () => {
    const { runner } = watchedRunner();
    const handle = vi.fn(async () => 'made');
    await runner.run(makeThing(handle), {}, { n: 1 }, ORIGIN);
    expect(callOf(handle).newId).toMatch(/^def_0+1$/);
  });
});

describe('a command with a key that nobody used', () => {
  it('runs under a record of caller, operation, checked input and target, which is then done', async () => {
    const { runner, asked, finished } = watchedRunner();
    const handle = vi.fn(async () => 'changed');
    await runner.run(changeThing(handle), {}, { id: 'x', idempotencyKey: 'k' }, ORIGIN);
    expect(asked).toEqual([['u-1', 'k', 'changeThing', { id: 'x', n: 1 }, 'x', null]]);
    expect(callOf(handle)).toMatchObject({ record: { id: 'rec-1', at: 'then' }, newId: null });
    expect(finished).toEqual(['rec-1']);
  });

  it('and no target is a record without one', async () => {
    const { runner, asked } = watchedRunner();
    await runner.run(
      changeThing(async () => 'done'),
      {},
      { idempotencyKey: 'k' },
      ORIGIN,
    );
    expect(asked[0]?.[4]).toBeNull();
  });

  it('that is refused leaves the record undone, since it had no effect', async () => {
    const { runner, finished, observed } = watchedRunner();
    const handle = () => Promise.reject(new LabletError('WORKER_NOT_ACCEPTING', 'no', { status: 'FAILED' }));
    const running = runner.run(changeThing(handle), {}, { id: 'x', idempotencyKey: 'k' }, ORIGIN);
    await expect(running).rejects.toMatchObject({ code: 'WORKER_NOT_ACCEPTING' });
    expect(finished).toEqual([]);
    expect(observed).toMatchObject([['changeThing', 'WORKER_NOT_ACCEPTING', 0]]);
  });

  it('whose target is missing or hidden gives the key free, as only a repeat of it does not', async () => {
    const handle = () => Promise.reject(new LabletError('NOT_FOUND', 'none', { entity: 'X', id: 'x' }));
    for (const [status, freed] of [
      ['FIRST', ['rec-1']],
      ['UNDONE', []],
    ] as const) {
      const { runner, forgotten, records } = watchedRunner({ status });
      const send = () => runner.run(changeThing(handle), {}, { id: 'x', idempotencyKey: 'k' }, ORIGIN);
      await expect(send()).rejects.toMatchObject({ code: 'NOT_FOUND' });
      expect(forgotten).toEqual(freed);
      records.forget = () => Promise.reject(new Error('store down'));
      await expect(send()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });

  it('succeeds also when its record cannot be marked done', async () => {
    const { runner, records } = watchedRunner();
    records.finish = () => Promise.reject(new Error('store down'));
    const running = runner.run(
      changeThing(async () => 'changed'),
      {},
      { id: 'x', idempotencyKey: 'k' },
      ORIGIN,
    );
    expect(await running).toBe('changed');
  });

  it('is not begun when its input is refused', async () => {
    const { runner, asked } = watchedRunner();
    const input = { id: 'x', idempotencyKey: 'k', odd: 1 };
    await expect(
      runner.run(
        changeThing(async () => 1),
        {},
        input,
        ORIGIN,
      ),
    ).rejects.toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    expect(asked).toEqual([]);
  });

  it('whose record is refused does nothing', async () => {
    const { runner, records } = watchedRunner();
    const conflict = new LabletError('IDEMPOTENCY_CONFLICT', 'other input', { key: 'k' });
    records.begin = () => Promise.reject(conflict);
    const handle = vi.fn(async () => 'changed');
    await expect(runner.run(changeThing(handle), {}, { idempotencyKey: 'k' }, ORIGIN)).rejects.toBe(conflict);
    expect(handle).not.toHaveBeenCalled();
  });
});

describe('a repeat', () => {
  const input = { id: 'x', idempotencyKey: 'k' };
  const remade = { n: 1, idempotencyKey: 'k' };

  it('of a done command only reads', async () => {
    const { runner, finished } = watchedRunner({ status: 'DONE', targetId: 'x' });
    const handle = vi.fn();
    const reread = vi.fn(() => 'as it is now');
    expect(await runner.run(changeThing(handle, reread), {}, input, ORIGIN)).toBe('as it is now');
    expect(reread).toHaveBeenCalledWith('x');
    expect(handle).not.toHaveBeenCalled();
    expect(finished).toEqual([]);
  });

  it('of a done command without a target has no second effect either', async () => {
    const { runner } = watchedRunner({ status: 'DONE' });
    const handle = vi.fn();
    const untargeted = { idempotencyKey: 'k' };
    const reread = () => 'as it is now';
    expect(await runner.run(changeThing(handle, reread), {}, untargeted, ORIGIN)).toBe('as it is now');
    expect(handle).not.toHaveBeenCalled();
  });

  it('of a done creation reads what the first call made', async () => {
    const { runner } = watchedRunner({ status: 'DONE', targetId: 'def_first' });
    const handle = vi.fn();
    const reread = vi.fn((id: string) => id);
    expect(await runner.run(makeThing(handle, reread), {}, remade, ORIGIN)).toBe('def_first');
    expect(handle).not.toHaveBeenCalled();
  });

  it('of an undone change runs under the first record, which the document may know', async () => {
    const { runner, finished } = watchedRunner({ status: 'UNDONE', record: { id: 'rec-0', at: 'before' } });
    const handle = vi.fn(async () => 'changed');
    const reread = vi.fn();
    expect(await runner.run(changeThing(handle, reread), {}, input, ORIGIN)).toBe('changed');
    expect(callOf(handle).record).toEqual({ id: 'rec-0', at: 'before' });
    expect(reread).not.toHaveBeenCalled();
    expect(finished).toEqual(['rec-0']);
  });

  it('of an undone creation that stored its object finds it under the id of the first call', async () => {
    const { runner } = watchedRunner({ status: 'UNDONE', targetId: 'def_first' });
    const handle = vi.fn();
    expect(
      await runner.run(
        makeThing(handle, (id) => id),
        {},
        remade,
        ORIGIN,
      ),
    ).toBe('def_first');
    expect(handle).not.toHaveBeenCalled();
  });

  it('of an undone creation that stored nothing makes it under the id of the first call', async () => {
    const { runner } = watchedRunner({ status: 'UNDONE', targetId: 'def_first' });
    const handle = vi.fn(async () => 'made');
    expect(await runner.run(makeThing(handle), {}, remade, ORIGIN)).toBe('made');
    expect(callOf(handle).newId).toBe('def_first');
  });

  it('of a done command whose object is gone runs it', async () => {
    const { runner } = watchedRunner({ status: 'DONE', targetId: 'x' });
    expect(
      await runner.run(
        changeThing(async () => 'changed'),
        {},
        input,
        ORIGIN,
      ),
    ).toBe('changed');
  });

  describe('of a command that may make another object beside its target', () => {
    const syncThing = (handle: Handle, reread: (...given: unknown[]) => unknown = () => null) => ({
      ...changeThing(handle),
      mayCreate: 'def' as const,
      outcome: (result: unknown) => `left by ${String(result)}`,
      reread: async (_deps: object, id: string, _call: Call, outcome: string | null) => reread(id, outcome),
    });

    it('keeps its target and the id made in advance in the record, and leaves an outcome', async () => {
      const { runner, asked, outcomes } = watchedRunner();
      const handle = vi.fn(async () => 'synced');
      await runner.run(syncThing(handle), {}, input, ORIGIN);
      const [newId] = asked.map((given) => given[5]);
      expect(newId).toMatch(/^def_0+1$/);
      expect(asked).toEqual([['u-1', 'k', 'changeThing', { id: 'x', n: 1 }, 'x', newId]]);
      expect(callOf(handle).newId).toBe(newId);
      expect(outcomes).toEqual(['left by synced']);
    });

    it('answers from what the first call left', async () => {
      const { runner } = watchedRunner({ status: 'DONE', targetId: 'x', outcome: 'left' });
      const handle = vi.fn();
      const answer = runner.run(
        syncThing(handle, (...given) => given),
        {},
        input,
        ORIGIN,
      );
      expect(await answer).toEqual(['x', 'left']);
      expect(handle).not.toHaveBeenCalled();
    });

    it('runs again under the id made in advance when it is not known to be done', async () => {
      const { runner } = watchedRunner({ status: 'UNDONE', targetId: 'x', newId: 'def_first' });
      const handle = vi.fn(async () => 'synced');
      await runner.run(syncThing(handle), {}, input, ORIGIN);
      expect(callOf(handle).newId).toBe('def_first');
    });
  });
});
