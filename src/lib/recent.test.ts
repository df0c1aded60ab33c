import { describe, expect, test } from 'vitest';
import { recent } from './recent.js';

describe('recent', () => {
  test('keeps the values that were used last', () => {
    const cache = recent<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    expect(cache.get('a')).toBe(1);
    cache.set('c', 3);
    expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([1, undefined, 3]);
  });

  test('counts a value that is set again once', () => {
    const cache = recent<string, number>(2);
    cache.set('a', 1);
    cache.set('b', 2);
    cache.set('b', 3);
    expect([cache.get('a'), cache.get('b')]).toEqual([1, 3]);
  });

  test('forgets what is deleted', () => {
    const cache = recent<string, number>(2);
    cache.set('a', 1);
    cache.delete('a');
    expect(cache.get('a')).toBeUndefined();
  });
});
