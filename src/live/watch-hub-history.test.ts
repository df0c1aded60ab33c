import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { reader, scriptedHub } from '../../tests/support/hub-readers.js';
import { ScriptedLive } from '../../tests/support/scripted-live.js';

let live: ScriptedLive;
let made: ReturnType<typeof scriptedHub>;
let hub: typeof made.hub;

async function start(parts: Parameters<typeof scriptedHub>[1] = {}): Promise<void> {
  made = scriptedHub(live, parts);
  ({ hub } = made);
  await hub.start();
}
const commit = async (values: Record<string, string | null>) => hub.reached(live.commit(values), 5000);
const after = (revision: number, index: number | null = null) => ({ after: { revision, index } });
/** Revisions 2 to `last`, one change of `a` each. */
function fill(last: number): void {
  for (let n = 2; n <= last; n++) live.commit({ '/ccm/a': `${n}` });
}
const moves = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => `CHANGED a=${from + n} @${from + n}.0`);

beforeEach(() => void (live = new ScriptedLive()));
afterEach(async () => {
  vi.useRealTimers();
  await hub.close();
});

describe('a hub that starts', () => {
  it('fills its memory with what happened before, so that readers of another process go on', async () => {
    fill(50);
    await start();
    expect(hub.revision()).toBe(50);
    const back = reader(hub, after(20));
    expect(await back.until('SYNCED')).toEqual([...moves(21, 50), 'SYNCED @50']);
    expect(live.watchedAfter).toEqual([0]);
    await back.end();
  });

  it('reaches back as far as its memory may', async () => {
    fill(300);
    await start();
    expect(live.watchedAfter).toEqual([200]);
    const back = reader(hub, after(200));
    expect(await back.take(100)).toEqual(moves(201, 300));
    expect(live.watchedAfter).toEqual([200]);
    await back.end();
  });

  it('is not misled by history that is older than the list', async () => {
    live.commit({ '/ccm/a': '1', '/ccm/b': '1' });
    live.commit({ '/ccm/b': null });
    live.commit({ '/ccm/a': '2' });
    await start();
    expect([hub.value('/ccm/a')?.text, hub.value('/ccm/b')]).toEqual(['2', null]);
    const back = reader(hub, after(1));
    expect(await back.until('SYNCED')).toEqual([
      'CHANGED a=1 @2.0',
      'CHANGED b=1 @2.1',
      'CHANGED b=gone @3.0',
      'CHANGED a=2 @4.0',
      'SYNCED @4',
    ]);
    await back.end();
  });

  it('begins after what was compacted', async () => {
    fill(50);
    live.compact(30);
    await start();
    expect(live.watchedAfter).toEqual([0, 30]);
    expect(made.told.resyncs).toBe(0);
    const [lucky, late] = [reader(hub, after(30)), reader(hub, after(29))];
    expect(await lucky.take(2)).toEqual(moves(31, 32));
    expect(await late.next()).toBe('RESYNC');
    await Promise.all([lucky.end(), late.end()]);
  });

  it('goes on where everything of its own was compacted', async () => {
    fill(5);
    live.revision = 100;
    live.compact(90);
    await start();
    expect(hub.revision()).toBe(90);
    expect(hub.value('/ccm/a')?.text).toBe('5');
    await commit({ '/ccm/a': 'new' });
    expect(hub.value('/ccm/a')?.text).toBe('new');
  });

  it('does not offer changes of which it cannot tell what they ended', async () => {
    fill(6);
    live.forgetPrevious(4);
    await start();
    const [early, late] = [reader(hub, after(3)), reader(hub, after(4))];
    expect(await early.next()).toBe('RESYNC');
    expect(await late.until('SYNCED')).toEqual([...moves(5, 6), 'SYNCED @6']);
    await Promise.all([early.end(), late.end()]);
  });

  it('reads everything again when the store has moved past the list meanwhile', async () => {
    fill(5);
    let lists = 0;
    live.duringList = () => {
      if (lists++ > 0) return;
      fill(8);
      live.compact(8);
    };
    await start();
    expect([lists, made.told.resyncs, hub.revision()]).toEqual([2, 1, 8 + 4]);
  });
});

describe('a reader whose position memory has lost', () => {
  beforeEach(async () => {
    fill(10);
    await start({ ring: { changes: 5, bytes: 1e6 } });
  });

  it('gets what it missed from the history of the store, then from memory, then live', async () => {
    for (let n = 11; n <= 40; n++) await commit({ '/ccm/a': `${n}` });
    const back = reader(hub, after(3));
    expect(await back.until('SYNCED')).toEqual([...moves(4, 40), 'SYNCED @40']);
    await commit({ '/ccm/a': '41' });
    expect(await back.next()).toBe('CHANGED a=41 @41.0');
    expect(made.told.resyncs).toBe(0);
    await back.end();
  });

  it('goes on inside a revision', async () => {
    live.commit({ '/ccm/a': '11', '/ccm/b': '11', '/ccm/c': '11' });
    for (let n = 12; n <= 30; n++) await commit({ '/ccm/a': `${n}` });
    const back = reader(hub, after(11, 0));
    expect(await back.take(3)).toEqual(['CHANGED b=11 @11.1', 'CHANGED c=11 @11.2', 'CHANGED a=12 @12.0']);
    await back.end();
  });

  it('gets only what it wants, and what changes while it catches up', async () => {
    for (let n = 11; n <= 30; n++) await commit({ '/ccm/a': `${n}`, '/ccm/b': `${n}` });
    const back = reader(hub, { ...after(20), wants: (key) => key === '/ccm/b' });
    expect(await back.next()).toBe('CHANGED b=21 @21.1');
    await commit({ '/ccm/b': '31' });
    const rest = await back.until('SYNCED');
    expect(rest).toHaveLength(11);
    expect(rest.slice(-3)).toEqual(['CHANGED b=30 @30.1', 'CHANGED b=31 @31.0', 'SYNCED @31']);
    await back.end();
  });

  it('is told when the history is gone, and one that is later is served all the same', async () => {
    for (let n = 11; n <= 40; n++) await commit({ '/ccm/a': `${n}` });
    live.compact(20);
    const [gone, kept] = [reader(hub, after(19)), reader(hub, after(20))];
    const first = await Promise.all([gone.next(), kept.next()]);
    expect(first).toEqual(['RESYNC', 'CHANGED a=21 @21.0']);
    expect(await gone.take(2)).toEqual(['SNAPSHOT a=40 @40', 'SYNCED @40']);
    await Promise.all([gone.end(), kept.end()]);
  });

  it('is told when nobody can say what a change ended', async () => {
    for (let n = 11; n <= 40; n++) await commit({ '/ccm/a': `${n}` });
    live.forgetPrevious(15);
    const back = reader(hub, after(12));
    expect(await back.until('SYNCED')).toEqual(['RESYNC', 'SNAPSHOT a=40 @40', 'SYNCED @40']);
    await back.end();
  });

  it('shares one watch with all who come back', async () => {
    for (let n = 11; n <= 2500; n++) live.commit({ '/ccm/a': `${n}` });
    await hub.reached(2500, 5000);
    const before = live.watchedAfter.length;
    const all = Array.from({ length: 200 }, (_, n) => reader(hub, after(2 + n)));
    const seen = await Promise.all(all.map((each) => each.until('SYNCED')));
    for (const [n, messages] of seen.entries()) {
      expect(messages).toEqual([...moves(3 + n, 2500), 'SYNCED @2500']);
    }
    // Beside the hub's own.
    expect(live.mostWatches).toBe(2);
    expect(live.watchedAfter.length - before).toBeLessThan(10);
    await Promise.all(all.map((each) => each.end()));
  });

  it('ends with its signal while it catches up', async () => {
    for (let n = 11; n <= 40; n++) await commit({ '/ccm/a': `${n}` });
    const gone = new AbortController();
    const back = reader(hub, { ...after(3), signal: gone.signal });
    expect(await back.next()).toBe('CHANGED a=4 @4.0');
    gone.abort();
    let left = 0;
    while ((await back.next()) !== null) left++;
    expect(left).toBeLessThan(40);
    expect(made.told.readers).toBe(0);
  });

  it('begins anew when the store is another one by the time it has read', async () => {
    for (let n = 11; n <= 40; n++) await commit({ '/ccm/a': `${n}` });
    const back = reader(hub, after(3));
    await back.next();
    live.restore({ '/ccm/z': '1' }, 60);
    live.breakWatches(new Error('restored'));
    await vi.waitFor(() => expect(made.told.resyncs).toBe(1), { interval: 1 });
    const rest = await back.until('SYNCED');
    expect(rest.slice(-3)).toEqual(['RESYNC', 'SNAPSHOT z=1 @60', 'SYNCED @60']);
    await back.end();
  });
});

describe('a reader that was served by a process that is ahead', () => {
  it('waits for this one, and gets nothing twice', async () => {
    fill(10);
    await start();
    const ahead = reader(hub, after(12));
    const first = ahead.next();
    await commit({ '/ccm/a': '11' });
    await commit({ '/ccm/a': '12' });
    await commit({ '/ccm/a': '13' });
    expect([await first, await ahead.next()]).toEqual(['SYNCED @12', 'CHANGED a=13 @13.0']);
    await ahead.end();
  });

  it('goes on at once where the list says that its position exists, and skips what it has seen', async () => {
    fill(10);
    live.revision = 20;
    await start();
    expect(hub.revision()).toBe(10);
    const ahead = reader(hub, after(15, 2));
    expect(await ahead.next()).toBe('SYNCED @15.2');
    await commit({ '/ccm/a': '21' });
    expect(await ahead.next()).toBe('CHANGED a=21 @21.0');
    await ahead.end();
  });

  it('keeps its position also where this one stops', async () => {
    fill(10);
    live.revision = 20;
    await start();
    const finished = hub.finish(5000);
    const ahead = reader(hub, after(15, 2));
    expect(await ahead.take(2)).toEqual(['SYNCED @15.2', 'BOOKMARK @15.2']);
    await ahead.end();
    await finished;
  });
});

describe('changes of one group', () => {
  const claim = (n: number) => ({ '/ccm/claims-w/capacity': `${n}`, '/ccm/claims-w/ports': `${n}` });

  it('carry no values, come once for each revision at most, and the hub has the latest', async () => {
    fill(3);
    await start();
    const stream = reader(hub);
    await stream.until('SYNCED');
    await commit(claim(1));
    expect(await stream.next()).toBe('CHANGED claims-w/capacity=? @4.0');
    for (let n = 2; n <= 200; n++) await commit(claim(n));
    await commit({ '/ccm/a': 'x' });
    expect(await stream.take(2)).toEqual(['CHANGED claims-w/capacity=? @5.0', 'CHANGED a=x @204.0']);
    expect(hub.value('/ccm/claims-w/ports')?.text).toBe('200');
    await commit(claim(201));
    expect(await stream.next()).toBe('CHANGED claims-w/capacity=? @205.0');
    expect(made.told.slow).toBe(0);
    await stream.end();
  });

  it('come once to a reader that was away', async () => {
    fill(3);
    await start();
    for (let n = 1; n <= 20; n++) await commit(claim(n));
    const back = reader(hub, after(3));
    expect(await back.until('SYNCED')).toEqual(['CHANGED claims-w/ports=? @23.1', 'SYNCED @23']);
    await back.end();
  });
});

describe('a comparison with the store', () => {
  beforeEach(async () => {
    fill(5);
    live.commit({ '/ccm/b': '1' });
    await start();
  });

  it('finds nothing where nothing is wrong, whatever changes meanwhile', async () => {
    expect(await hub.compare()).toBe(0);
    live.duringList = () => void live.commit({ '/ccm/a': 'later', '/ccm/c': '1', '/ccm/b': null });
    expect(await hub.compare()).toBe(0);
    expect(made.told).toMatchObject({ differences: 0, resyncs: 0 });
  });

  it('counts what is wrong, reads everything again and tells every reader', async () => {
    const stream = reader(hub);
    await stream.until('SYNCED');
    live.change('/ccm/a', 'lost');
    expect(await hub.compare()).toBe(1);
    expect(await stream.take(4)).toEqual(['RESYNC', 'SNAPSHOT a=lost @6', 'SNAPSHOT b=1 @6', 'SYNCED @6']);
    expect(made.told).toMatchObject({ differences: 1, resyncs: 1 });
    expect(made.lines.at(-1)).toMatchObject({ level: 'error', fields: { keys: ['/ccm/a'] } });
    expect(await hub.compare()).toBe(0);
    await commit({ '/ccm/a': 'goes on' });
    expect(await stream.next()).toBe('CHANGED a=goes on @7.0');
    await stream.end();
  });

  it('says nothing while the watch has not passed the list, or when everything was read again', async () => {
    vi.useFakeTimers();
    live.revision = 100;
    const behind = hub.compare();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await behind).toBeNull();
    live.duringList = () => {
      live.duringList = () => undefined;
      live.breakWatches(new Error('cut'));
    };
    const replaced = hub.compare();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await replaced).toBeNull();
    expect(made.told.differences).toBe(0);
  });
});

describe('a reader that lets changes wait', () => {
  it('is ended when one has waited too long, or when they are too large together', async () => {
    fill(3);
    await start({ reader: { items: 100, bytes: 5000, ageMs: 1000 } });
    const [old, large, quick] = [reader(hub), reader(hub), reader(hub)];
    for (const each of [old, large, quick]) await each.until('SYNCED');
    await commit({ '/ccm/a': 'waits' });
    expect([await quick.next(), await large.next()]).toEqual([
      'CHANGED a=waits @4.0',
      'CHANGED a=waits @4.0',
    ]);
    made.clock.advance(1001);
    await commit({ '/ccm/b': 'later' });
    await expect(old.next()).rejects.toMatchObject({ code: 'SLOW_READER' });
    expect(await quick.next()).toBe('CHANGED b=later @5.0');
    for (const name of ['c', 'd', 'e']) {
      await commit({ [`/ccm/${name}`]: 'x'.repeat(2000) });
      expect(await quick.next()).toMatch(`CHANGED ${name}=x`);
    }
    await expect(large.next()).rejects.toMatchObject({ code: 'SLOW_READER' });
    expect(made.told.slow).toBe(2);
    await quick.end();
  });
});
