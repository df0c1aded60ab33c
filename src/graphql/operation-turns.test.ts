import { describe, expect, it } from 'vitest';
import { OperationTurns } from './operation-turns.js';

const subscribe = (id: string, query = 'q') => JSON.stringify({ type: 'subscribe', id, payload: { query } });
const complete = (id: string) => JSON.stringify({ type: 'complete', id });

/** Turns whose operations end when the test says so. */
function stage() {
  const delivered: string[] = [];
  const taken: string[] = [];
  const ends: (() => void)[] = [];
  const turns = new OperationTurns({
    deliver(text) {
      delivered.push(text);
      if (!text.includes('"subscribe"')) return Promise.resolve();
      return new Promise((resolve) => ends.push(resolve));
    },
    onTaken: (id) => taken.push(id),
  });
  const end = async () => {
    ends.shift()?.();
    await new Promise(setImmediate);
  };
  return { turns, delivered, taken, end };
}

describe('the operations of a socket', () => {
  it('begin at once when their ids differ', () => {
    const { turns, delivered } = stage();
    void turns.take(subscribe('1'));
    void turns.take(subscribe('2'));
    expect(delivered).toEqual([subscribe('1'), subscribe('2')]);
  });

  it('wait for the end of the completed one before them', async () => {
    const { turns, delivered, end } = stage();
    void turns.take(subscribe('1', 'first'));
    await turns.take(complete('1'));
    await turns.take(subscribe('1', 'second'));
    expect(delivered).toEqual([subscribe('1', 'first'), complete('1')]);
    await end();
    expect(delivered.slice(2)).toEqual([subscribe('1', 'second')]);
    await turns.take(complete('1'));
    await end();
    void turns.take(subscribe('1', 'third'));
    expect(delivered.slice(3)).toEqual([complete('1'), subscribe('1', 'third')]);
  });

  it('never begin when they are completed while they wait', async () => {
    const { turns, delivered, taken, end } = stage();
    void turns.take(subscribe('1', 'first'));
    await turns.take(complete('1'));
    await turns.take(subscribe('1', 'second'));
    await turns.take(complete('1'));
    await turns.take(subscribe('1', 'third'));
    await end();
    expect(delivered).toEqual([subscribe('1', 'first'), complete('1'), subscribe('1', 'third')]);
    expect(taken).toEqual([]);
  });

  it('may not share an id', async () => {
    const { turns, delivered, taken } = stage();
    void turns.take(subscribe('1'));
    void turns.take(subscribe('1'));
    // Of one that runs the protocol says so.
    expect(delivered).toEqual([subscribe('1'), subscribe('1')]);
    await turns.take(complete('1'));
    await turns.take(subscribe('1'));
    await turns.take(subscribe('1'));
    expect(taken).toEqual(['1']);
  });

  it('do not begin once the socket has closed', async () => {
    const { turns, delivered, end } = stage();
    void turns.take(subscribe('1'));
    await turns.take(complete('1'));
    await turns.take(subscribe('1', 'second'));
    turns.close();
    await end();
    expect(delivered).toEqual([subscribe('1'), complete('1')]);
  });

  it('go on after one that failed, which is told', async () => {
    let fails = true;
    const delivered: string[] = [];
    const turns = new OperationTurns({
      async deliver(text) {
        delivered.push(text);
        if (fails) throw new Error('broken');
      },
      onTaken: () => undefined,
    });
    await expect(turns.take(subscribe('1'))).rejects.toThrow('broken');
    fails = false;
    await turns.take(subscribe('1', 'second'));
    expect(delivered).toEqual([subscribe('1'), subscribe('1', 'second')]);
  });

  it('count as subscriptions until they have ended', async () => {
    const { turns, end } = stage();
    void turns.take(subscribe('1'));
    void turns.take(subscribe('2'));
    turns.markSubscription('1');
    turns.markSubscription('unknown');
    await turns.take(complete('1'));
    expect(turns.subscriptions).toBe(1);
    await end();
    expect(turns.subscriptions).toBe(0);
  });

  it.each(['{', '[]', 'null', '{"type":"subscribe"}', '{"type":"subscribe","id":7}', '{"type":"ping"}'])(
    'leave to the protocol what is none: %s',
    async (text) => {
      const delivered: string[] = [];
      const deliver = async (each: string) => void delivered.push(each);
      await new OperationTurns({ deliver, onTaken: () => undefined }).take(text);
      expect(delivered).toEqual([text]);
    },
  );
});
