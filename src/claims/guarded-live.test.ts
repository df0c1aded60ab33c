import { expect, it } from 'vitest';
import { LiveUnavailable, type Condition, type Transaction } from '../live/live-store.js';
import { guardedLive } from './guarded-live.js';

const PUT: Transaction = { when: [{ key: '/a', modRevision: 1 }], then: [{ put: '/a', value: 'x' }] };
const epoch = (modRevision: number): readonly Condition[] => [{ key: '/epoch', modRevision }];

/** A store that remembers what it was asked, under a guard whose answer can be changed. */
function guarded() {
  const state = {
    guard: async (): Promise<readonly Condition[]> => epoch(3),
    lives: 0,
    asked: [] as Transaction[],
  };
  const store = {
    async txn(transaction: Transaction) {
      state.asked.push(transaction);
      return { succeeded: true, revision: 1, reads: new Map() };
    },
  };
  const live = guardedLive(
    store as never,
    () => state.guard(),
    () => void state.lives++,
  );
  return { live, state };
}

it('binds every transaction to the life that claims are in', async () => {
  const { live, state } = guarded();
  await live.look();
  await live.txn(PUT);
  expect(state.asked).toEqual([{ ...PUT, when: [...PUT.when, ...epoch(3)] }]);
  expect(state.lives).toBe(0);
});

it('asks nothing of the store while claims have stopped', async () => {
  const { live, state } = guarded();
  state.guard = () => Promise.reject(new LiveUnavailable('emptied'));
  await expect(live.look()).rejects.toThrow('emptied');
  await expect(live.txn(PUT)).rejects.toThrow('emptied');
  expect(state.asked).toEqual([]);
});

it('drops what was remembered when another life begins, and what was planned in the old one', async () => {
  const { live, state } = guarded();
  await live.look();
  state.guard = async () => epoch(1);
  await expect(live.txn(PUT)).rejects.toBeInstanceOf(LiveUnavailable);
  expect([state.lives, state.asked]).toEqual([1, []]);
  await live.txn(PUT);
  expect(state.asked[0]?.when).toContainEqual(epoch(1)[0]);
});

it('goes on in another life that it is told of before anything is planned', async () => {
  const { live, state } = guarded();
  await live.look();
  state.guard = async () => epoch(1);
  await live.look();
  await live.txn(PUT);
  expect([state.lives, state.asked.length]).toEqual([1, 1]);
});
