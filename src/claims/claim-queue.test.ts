import { describe, expect, it } from 'vitest';
import { gate, handClock } from '../../tests/support/by-hand.js';
import { claimQueue, type QueueParts, type Waiting } from './claim-queue.js';

/** All that follows from what is done already has happened. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

interface Item extends Waiting {
  readonly name: string;
}

/** A queue whose work waits at a gate of its own each time, and what was taken together. */
function open(parts: Partial<QueueParts<Item>> = {}) {
  const taken: string[] = [];
  const gates: ReturnType<typeof gate<void>>[] = [];
  const refused: string[] = [];
  const clock = handClock();
  let allTaken = gate<void>();
  const queue = claimQueue<Item>({
    clock,
    limit: 100,
    together: 3,
    deadlineMs: 60_000,
    async work(_workerId, items) {
      taken.push(items.map(({ name }) => name).join('+'));
      const here = gate<void>();
      gates.push(here);
      allTaken.open();
      await here.opened;
    },
    ...parts,
  });
  const add = (
    name: string,
    { key = name, always = false }: { key?: string | null; always?: boolean } = {},
  ) =>
    new Promise<void>((resolve) => {
      const refuse = () => {
        refused.push(name);
        resolve();
      };
      queue.add('w', { name, key, always, deadline: 0, refuse });
    });
  /** Ends what is under way and waits until the next is. */
  async function next(): Promise<void> {
    allTaken = gate<void>();
    gates.at(-1)?.open();
    await allTaken.opened;
  }
  return { add, next, begun: () => allTaken.opened, taken, refused, clock, queue, gates };
}

describe('requests for one worker', () => {
  it('of one moment are taken together, and those that come meanwhile after them, in their order', async () => {
    const { add, next, begun, taken } = open();
    for (const name of ['a', 'b']) void add(name);
    await begun();
    for (const name of ['c', 'd', 'e', 'f']) void add(name);
    await next();
    await next();
    expect(taken).toEqual(['a+b', 'c+d+e', 'f']);
  });

  it('that share a key are never taken together, and keep their order', async () => {
    const { add, next, taken, begun } = open();
    for (const [name, key] of ['a1 a', 'a2 a', 'b1 b', 'a3 a', 'b2 b'].map((text) => text.split(' '))) {
      void add(name as string, { key: key as string });
    }
    await begun();
    await next();
    await next();
    expect(taken).toEqual(['a1+b1', 'a2+b2', 'a3']);
  });

  it('with no key are taken alone, and nothing that came later overtakes them', async () => {
    const { add, next, taken, begun } = open();
    void add('a');
    void add('alone', { key: null, always: true });
    void add('b');
    await begun();
    await next();
    await next();
    expect(taken).toEqual(['a', 'alone', 'b']);
  });

  it('do not wait for those of another worker', async () => {
    const { add, queue, taken, begun, gates } = open();
    void add('a');
    await begun();
    queue.add('other', { name: 'b', key: 'b', always: false, deadline: 0, refuse: () => undefined });
    await Promise.resolve();
    expect(taken).toEqual(['a', 'b']);
    expect(gates).toHaveLength(2);
  });
});

describe('the bound of the queue', () => {
  it('counts those under way, and lets in what gives room back', async () => {
    const { add, begun, next, taken, refused, gates } = open({ limit: 2 });
    void add('a');
    await begun();
    void add('b');
    await add('c');
    void add('release', { always: true });
    expect(refused).toEqual(['c']);
    await next();
    expect(taken).toEqual(['a', 'b+release']);
    gates.at(-1)?.open();
    await settled();
    void add('d');
    await settled();
    expect([taken.at(-1), refused]).toEqual(['d', ['c']]);
  });
});

describe('the deadline of a request', () => {
  it('answers a waiting one when it comes, not at its turn, and it is never taken', async () => {
    const { add, begun, taken, refused, gates } = open({ deadlineMs: 20 });
    void add('a');
    await begun();
    // The first one is still under way when this is answered.
    await add('late');
    expect([taken, refused]).toEqual([['a'], ['late']]);
    gates[0]?.open();
    await settled();
    void add('again');
    await settled();
    expect(taken).toEqual(['a', 'again']);
  });

  it('is looked at before its turn as well, and runs from their turn for those always let in', async () => {
    const { add, begun, next, clock, taken, refused, queue } = open();
    void add('a');
    await begun();
    void add('b');
    const item: Item = { name: 'r', key: 'r', always: true, deadline: 0, refuse: () => undefined };
    queue.add('w', item);
    clock.advance(60_000);
    await next();
    expect([taken, refused]).toEqual([['a', 'r'], ['b']]);
    expect(item.deadline).toBe(120_000);
  });
});
