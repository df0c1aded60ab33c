import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { reader, scriptedHub, type ReaderGiven } from '../../tests/support/hub-readers.js';
import { ScriptedLive } from '../../tests/support/scripted-live.js';

let live: ScriptedLive;
let made: ReturnType<typeof scriptedHub>;
let hub: typeof made.hub;

beforeEach(async () => {
  live = new ScriptedLive();
  live.commit({ '/ccm/a': '1', '/ccm/b': '1' });
  made = scriptedHub(live);
  ({ hub } = made);
  await hub.start();
});
afterEach(async () => {
  vi.useRealTimers();
  await hub.close();
});

/** Commits and waits until the hub has it. */
async function commit(values: Record<string, string | null>): Promise<number> {
  const keyed = Object.entries(values).map(([name, value]) => [`/ccm/${name}`, value]);
  const revision = live.commit(Object.fromEntries(keyed) as Record<string, string | null>);
  await hub.reached(revision, 5000);
  return revision;
}
const read = (given?: ReaderGiven) => reader(hub, given);

describe('a hub', () => {
  it('starts with what is stored and follows from there', async () => {
    expect(hub.revision()).toBe(2);
    await commit({ a: '2' });
    expect(live.watchedAfter).toEqual([0]);
    expect(hub.value('/ccm/a')?.text).toBe('2');
    expect(hub.value('/ccm/c')).toBeNull();
    expect(made.told.revisions).toEqual([0, 2, 3]);
  });

  it('loses nothing that is written between the first reading and the watch', async () => {
    const early = new ScriptedLive();
    early.commit({ '/ccm/a': '1' });
    early.duringList = () => void early.commit({ '/ccm/a': '2' });
    const { hub: other } = scriptedHub(early);
    await other.start();
    expect(await other.reached(3, 5000)).toBe(true);
    expect(other.value('/ccm/a')?.text).toBe('2');
    await other.close();
  });

  it('cannot start while the store cannot be read', async () => {
    const down = new ScriptedLive();
    down.duringList = () => {
      throw new Error('down');
    };
    await expect(scriptedHub(down).hub.start()).rejects.toThrow('down');
  });

  it('knows how long nothing was delivered', async () => {
    made.clock.advance(40_000);
    expect(hub.silenceMs()).toBe(40_000);
    await commit({ a: '2' });
    expect(hub.silenceMs()).toBe(0);
    expect(scriptedHub(live).hub.silenceMs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('forgets what was deleted, and says what it was', async () => {
    const stream = hub.read({
      after: null,
      signal: new AbortController().signal,
      wants: (key) => key === '/ccm/a',
      lastToken: () => null,
    });
    await stream.next();
    await stream.next();
    await commit({ a: '2', b: null });
    await commit({ a: null });
    expect(hub.value('/ccm/a')).toBeNull();
    const [changed, removed] = [(await stream.next()).value, (await stream.next()).value];
    expect(changed).toMatchObject({ previous: { text: '1' }, value: { text: '2' } });
    expect(removed).toMatchObject({ previous: { text: '2' }, value: null });
    await stream.return(undefined);
  });

  it('takes a previous value it never saw from the change itself, and none where there is none', async () => {
    const stream = read({ wants: (key) => key === '/ccm/late' });
    await stream.next();
    await commit({ late: '1' });
    expect(await stream.next()).toBe('CHANGED late=1 @3.0');
    await stream.end();
  });
});

describe('a reader', () => {
  it('gets the values as they are, SYNCED, then each change once, in order', async () => {
    const stream = read();
    expect(await stream.take(3)).toEqual(['SNAPSHOT a=1 @2', 'SNAPSHOT b=1 @2', 'SYNCED @2']);
    await commit({ a: '2', c: '1' });
    await commit({ b: null });
    expect(await stream.take(3)).toEqual(['CHANGED a=2 @3.0', 'CHANGED c=1 @3.1', 'CHANGED b=gone @4.0']);
    await stream.end();
  });

  it('loses and doubles nothing that changes while it reads its snapshot', async () => {
    const stream = read();
    expect(await stream.next()).toBe('SNAPSHOT a=1 @2');
    await commit({ a: '2', b: '2' });
    await commit({ c: '1' });
    expect(await stream.take(5)).toEqual([
      'SNAPSHOT b=1 @2',
      'SYNCED @2',
      'CHANGED a=2 @3.0',
      'CHANGED b=2 @3.1',
      'CHANGED c=1 @4.0',
    ]);
    await stream.end();
  });

  it('gets only the keys it wants', async () => {
    const stream = read({ wants: (key) => key === '/ccm/b' });
    expect(await stream.take(2)).toEqual(['SNAPSHOT b=1 @2', 'SYNCED @2']);
    await commit({ a: '2', b: '2' });
    expect(await stream.next()).toBe('CHANGED b=2 @3.1');
    await stream.end();
  });

  it('that comes back gets what follows its position from memory', async () => {
    await commit({ a: '2', b: '2' });
    await commit({ a: '3' });
    for (const [after, expected] of [
      [{ revision: 2, index: null }, ['CHANGED a=2 @3.0', 'CHANGED b=2 @3.1', 'CHANGED a=3 @4.0']],
      [{ revision: 3, index: 0 }, ['CHANGED b=2 @3.1', 'CHANGED a=3 @4.0']],
      [{ revision: 3, index: null }, ['CHANGED a=3 @4.0']],
      [{ revision: 4, index: null }, []],
    ] as const) {
      const stream = read({ after });
      expect(await stream.until('SYNCED')).toEqual([...expected, 'SYNCED @4']);
      await stream.end();
    }
  });

  it('that comes back goes on with later changes, without a gap', async () => {
    await commit({ a: '2' });
    const stream = read({ after: { revision: 2, index: null } });
    expect(await stream.next()).toBe('CHANGED a=2 @3.0');
    await commit({ a: '3' });
    expect(await stream.take(2)).toEqual(['SYNCED @3', 'CHANGED a=3 @4.0']);
    await stream.end();
  });

  it('from a future that does not come, or with a useless position, is told and starts anew', async () => {
    const snapshot = ['RESYNC', 'SNAPSHOT a=1 @2', 'SNAPSHOT b=1 @2', 'SYNCED @2'];
    const useless = { after: { revision: 2, index: null }, resync: true };
    for (const given of [{ after: { revision: 3, index: null } }, useless]) {
      const stream = read(given);
      expect(await stream.until('SYNCED')).toEqual(snapshot);
      await stream.end();
    }
  });
});

describe('waiting for a revision', () => {
  it('ends at once where it was reached, else when it is, else in vain when the time is over', async () => {
    vi.useFakeTimers();
    expect(await hub.reached(2, 1000)).toBe(true);
    const waiting = [hub.reached(3, 1000), hub.reached(4, 1000)];
    live.commit({ '/ccm/a': '2' });
    await vi.advanceTimersByTimeAsync(1000);
    expect(await Promise.all(waiting)).toEqual([true, false]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('what a reader makes of its messages', () => {
  const names = fc.constantFrom('a', 'b', 'c');
  const values = fc.dictionary(names, fc.constantFrom('1', '2', null), { minKeys: 1, maxKeys: 3 });
  const steps = fc.array(fc.oneof(values, fc.constant('pull' as const)), { maxLength: 25 });

  it('is in the end what is stored; no change comes twice or out of order', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const stream = read();
        const seen = [await stream.next()];
        for (const step of list) {
          if (step !== 'pull') await commit(step);
          // Only what is there for sure, so that no pull waits.
          else if (!seen.some((message) => message?.startsWith('SYNCED'))) seen.push(await stream.next());
        }
        const end = `CHANGED last=1 @${await commit({ last: '1' })}.0`;
        while (seen.at(-1) !== end) seen.push(await stream.next());
        await stream.end();
        expect(viewOf(seen)).toEqual(live.content());
        const positions = seen.flatMap(
          (message) => /^CHANGED .* @(\d+)\.(\d+)$/.exec(message ?? '')?.[0] ?? [],
        );
        expect(new Set(positions).size).toBe(positions.length);
        const revisions = seen.map((message) => Number(/@(\d+)/.exec(message ?? '')?.[1]));
        expect([...revisions].sort((a, b) => a - b)).toEqual(revisions);
      }),
      { numRuns: 50 },
    );
  });
});

/** The values that the messages amount to. */
function viewOf(messages: readonly (string | null)[]): Record<string, string> {
  const view = new Map<string, string>();
  for (const message of messages) {
    const [, name, value] = /^\w+ (\w+)=(\w+)/.exec(message ?? '') ?? [];
    if (name && value === 'gone') view.delete(`/ccm/${name}`);
    else if (name && value) view.set(`/ccm/${name}`, value);
  }
  return Object.fromEntries(view);
}
