import { expect, test } from 'vitest';
import { gate } from '../../tests/support/by-hand.js';
import { inTurn } from './in-turn.js';

test('work of one key runs in order, also after work that failed; other keys do not wait', async () => {
  const run = inTurn();
  const told: string[] = [];
  const held = gate();
  const first = run('a', async () => {
    await held.opened;
    told.push('a1');
    throw new Error('a1 failed');
  });
  const second = run('a', async () => void told.push('a2'));
  await run('b', async () => void told.push('b1'));
  expect(told).toEqual(['b1']);
  held.open();
  await expect(first).rejects.toThrow('a1 failed');
  await second;
  expect(told).toEqual(['b1', 'a1', 'a2']);
  expect(await run('a', async () => 3)).toBe(3);
});
