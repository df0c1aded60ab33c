import { expect, it } from 'vitest';
import { withDefaults } from './with-defaults.js';

const DEFAULTS = { list: [] as string[], limit: 3, name: null };

it('is the very document where it lacks nothing, null and all', () => {
  const whole = { list: ['a'], limit: 0, name: null, more: true };
  expect(withDefaults(whole, DEFAULTS)).toBe(whole);
});

it('fills in what is missing, with values of its own', () => {
  const stored: { id: string; limit: number } = { id: 'x', limit: 7 };
  const first = withDefaults(stored, DEFAULTS);
  expect(first).toEqual({ id: 'x', limit: 7, list: [], name: null });
  first.list.push('changed');
  expect(withDefaults(stored, DEFAULTS).list).toEqual([]);
  expect(stored).toEqual({ id: 'x', limit: 7 });
});
