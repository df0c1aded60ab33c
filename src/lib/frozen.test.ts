import { describe, expect, it, vi } from 'vitest';
import { deepFrozen, madeOnce } from './frozen.js';

describe('deepFrozen', () => {
  it('lets nothing within be changed', () => {
    const value = deepFrozen({ list: [{ name: 'a' }], none: null, text: 'b' });
    expect(Reflect.set(value, 'text', 'c')).toBe(false);
    expect(Reflect.set(value.list, 1, 'c')).toBe(false);
    expect(Reflect.set(value.list[0] as object, 'name', 'c')).toBe(false);
    expect(value).toEqual({ list: [{ name: 'a' }], none: null, text: 'b' });
  });
});

describe('madeOnce', () => {
  it('makes one result of an object that cannot change, which cannot either', () => {
    const make = vi.fn(({ n }: { readonly n: number }) => ({ twice: [n * 2] }));
    const made = madeOnce(make);
    const [one, other] = [deepFrozen({ n: 1 }), deepFrozen({ n: 1 })];
    const result = made(one);
    expect(result).toEqual({ twice: [2] });
    expect(made(one)).toBe(result);
    expect(Object.isFrozen(result.twice)).toBe(true);
    expect(made(other)).not.toBe(result);
    expect(make).toHaveBeenCalledTimes(2);
  });

  it('looks again at an object that can', () => {
    const made = madeOnce(({ n }: { readonly n: number }) => ({ n }));
    const object = { n: 1 };
    expect(made(object)).toEqual({ n: 1 });
    object.n = 2;
    expect(made(object)).toEqual({ n: 2 });
    expect(Object.isFrozen(made(object))).toBe(false);
  });

  it('remembers no failure', () => {
    const make = vi.fn((): object => {
      throw new Error('not yet');
    });
    const made = madeOnce(make);
    const object = deepFrozen({});
    expect(() => made(object)).toThrow('not yet');
    expect(() => made(object)).toThrow('not yet');
    expect(make).toHaveBeenCalledTimes(2);
  });
});
