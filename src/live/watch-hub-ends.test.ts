import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gate } from '../../tests/support/by-hand.js';
import { reader, scriptedHub, short } from '../../tests/support/hub-readers.js';
import { ScriptedLive } from '../../tests/support/scripted-live.js';
import { StreamLog } from '../../tests/support/stream-log.js';
import { isLabletError } from '../errors.js';
import type { HubMessage } from './hub-readers.js';
import { HistoryGone, HistoryReset, LiveUnavailable } from './live-store.js';

let live: ScriptedLive;
let made: ReturnType<typeof scriptedHub>;
let hub: typeof made.hub;

async function start(parts: Parameters<typeof scriptedHub>[1] = {}): Promise<void> {
  made = scriptedHub(live, parts);
  ({ hub } = made);
  await hub.start();
}

beforeEach(async () => {
  live = new ScriptedLive();
  live.commit({ '/ccm/a': '1' });
  await start();
});
afterEach(async () => {
  vi.useRealTimers();
  await hub.close();
});

const commit = async (values: Record<string, string | null>) => hub.reached(live.commit(values), 5000);
const follow = (signal = new AbortController().signal): StreamLog<HubMessage> =>
  new StreamLog(hub.read({ after: null, signal, wants: () => true, lastToken: () => null }));
/** Waits until the hub listed again, whatever the revision is. */
const resynced = (times = 1) => vi.waitFor(() => expect(made.told.resyncs).toBe(times), { interval: 1 });

describe('when the history is gone', () => {
  it.each([new HistoryGone(7), new LiveUnavailable('cut')])(
    'every reader is told and begins anew: %s',
    async (why) => {
      const readers = [follow(), follow()];
      for (const each of readers) await each.until(({ kind }) => kind === 'SYNCED');
      live.commit({ '/ccm/a': '2', '/ccm/b': '1' });
      live.breakWatches(why);
      await resynced();
      await commit({ '/ccm/a': '3' });
      for (const each of readers) {
        await each.until((message) => short(message) === 'CHANGED a=3 @4.0');
        expect(each.seen.map(short)).toEqual([
          'SNAPSHOT a=1 @2',
          'SYNCED @2',
          'RESYNC',
          'SNAPSHOT a=2 @3',
          'SNAPSHOT b=1 @3',
          'SYNCED @3',
          'CHANGED a=3 @4.0',
        ]);
      }
      expect(made.lines).toHaveLength(1);
      expect(made.lines[0]?.level).toBe(why instanceof HistoryGone ? 'warn' : 'error');
      expect(live.watchedAfter).toEqual([0, 3]);
    },
  );

  it('no change older than the new snapshot follows it, however slow the reader is', async () => {
    const slow = reader(hub);
    expect(await slow.take(2)).toEqual(['SNAPSHOT a=1 @2', 'SYNCED @2']);
    await commit({ '/ccm/a': '2' });
    live.breakWatches(new HistoryGone(3));
    await resynced();
    await commit({ '/ccm/a': '3' });
    await commit({ '/ccm/b': '1' });
    expect(await slow.take(5)).toEqual([
      'CHANGED a=2 @3.0',
      'RESYNC',
      'SNAPSHOT a=3 @5',
      'SNAPSHOT b=1 @5',
      'SYNCED @5',
    ]);
    await commit({ '/ccm/b': '2' });
    expect(await slow.next()).toBe('CHANGED b=2 @6.0');
    await slow.end();
  });

  it('positions from before cannot be resumed', async () => {
    await commit({ '/ccm/a': '2' });
    live.commit({ '/ccm/a': '3' });
    live.breakWatches(new HistoryGone(4));
    await resynced();
    const late = reader(hub, { after: { revision: 3, index: null } });
    expect(await late.next()).toBe('RESYNC');
    await late.end();
  });
});

describe('when the store went back', () => {
  it('readers get what it holds now, and changes of its new life', async () => {
    const stream = reader(hub);
    await commit({ '/ccm/a': '2', '/ccm/gone': '1' });
    await stream.until('SYNCED');
    live.restore({ '/ccm/a': '1' }, 1);
    live.breakWatches(new HistoryReset('revision 1 is below 3'));
    await resynced();
    expect(hub.revision()).toBe(1);
    expect(hub.value('/ccm/gone')).toBeNull();
    expect(await stream.take(3)).toEqual(['RESYNC', 'SNAPSHOT a=1 @1', 'SYNCED @1']);
    await commit({ '/ccm/a': '9' });
    expect(await stream.next()).toBe('CHANGED a=9 @2.0');
    await stream.end();
  });

  it('a new epoch ends the life: nothing of it is told until the store is trusted, then everything anew', async () => {
    await hub.close();
    const trust = gate();
    live.commit({ '/ccm/epoch': '{"epoch":"e-1"}' });
    await start({ trusted: () => trust.opened });
    const stream = new StreamLog(reader(hub).messages);
    await stream.until(({ kind }) => kind === 'SYNCED');
    live.commit({ '/ccm/a': null, '/ccm/epoch': '{"epoch":"e-2"}' });
    live.commit({ '/ccm/a': 'half way' });
    await vi.waitFor(() => expect(made.lines).toHaveLength(1), { interval: 1 });
    expect([hub.epoch(), made.told.resyncs]).toEqual(['e-1', 0]);
    live.commit({ '/ccm/a': 'rebuilt' });
    trust.open();
    await stream.until((message) => message.kind === 'SYNCED' && message.epoch === 'e-2');
    expect(stream.seen.map((message) => `${message.epoch} ${short(message)}`)).toEqual([
      'e-1 SNAPSHOT a=1 @3',
      'e-1 SNAPSHOT epoch={"epoch":"e-1"} @3',
      'e-1 SYNCED @3',
      'e-2 RESYNC',
      'e-2 SNAPSHOT epoch={"epoch":"e-2"} @6',
      'e-2 SNAPSHOT a=rebuilt @6',
      'e-2 SYNCED @6',
    ]);
    const former = reader(hub, { after: { epoch: 'e-1', revision: 6, index: null } });
    expect(await former.next()).toBe('RESYNC');
    await former.end();
  });

  it('no change of a life that ended follows the snapshot of the next', async () => {
    const stream = reader(hub);
    await stream.until('SYNCED');
    live.restore({}, 5);
    live.breakWatches(new HistoryReset('restored'));
    await resynced(1);
    await commit({ '/ccm/a': 'second life' });
    live.restore({}, 3);
    live.breakWatches(new HistoryReset('restored again'));
    await resynced(2);
    await commit({ '/ccm/a': 'third life' });
    // One snapshot of the life that lasts stands for both words to begin anew.
    expect(await stream.take(3)).toEqual(['RESYNC', 'SNAPSHOT a=third life @4', 'SYNCED @4']);
    await commit({ '/ccm/a': 'goes on' });
    expect(await stream.next()).toBe('CHANGED a=goes on @5.0');
  });

  it('the list is tried again until the store answers', async () => {
    vi.useFakeTimers();
    let refused = 0;
    live.duringList = () => {
      if (++refused < 3) throw new LiveUnavailable('starting');
    };
    live.breakWatches(new HistoryReset('emptied'));
    await vi.advanceTimersByTimeAsync(250);
    expect([refused, made.told.resyncs]).toEqual([2, 0]);
    await vi.advanceTimersByTimeAsync(250);
    expect([refused, made.told.resyncs]).toEqual([3, 1]);
  });

  it('a hub that is closed stops trying', async () => {
    live.duringList = () => {
      throw new LiveUnavailable('for good');
    };
    live.breakWatches(new HistoryReset('emptied'));
    await hub.close();
    expect(made.told.resyncs).toBe(0);
  });
});

describe('a slow reader', () => {
  beforeEach(async () => {
    await hub.close();
    await start({ reader: { items: 2, bytes: 1e6, ageMs: 60_000 } });
  });

  it('ends alone, with the position it can resume from', async () => {
    const quick = follow();
    await quick.until(({ kind }) => kind === 'SYNCED');
    const slow = reader(hub, { lastToken: () => 'token-of-2' });
    expect(await slow.take(2)).toEqual(['SNAPSHOT a=1 @2', 'SYNCED @2']);
    for (const value of ['2', '3', '4', '5']) await commit({ '/ccm/a': value });
    const failure = await slow.next().catch((error: unknown) => error);
    expect(isLabletError(failure, 'SLOW_READER')).toBe(true);
    expect(failure).toMatchObject({ details: { liveRevision: 'token-of-2' } });
    expect(made.told).toMatchObject({ slow: 1, readers: 1 });
    await quick.until((message) => short(message) === 'CHANGED a=5 @6.0');
  });

  it('that did not get through its snapshot gets the rest of it first', async () => {
    await commit({ '/ccm/b': '1' });
    const slow = reader(hub);
    expect(await slow.next()).toBe('SNAPSHOT a=1 @3');
    for (const value of ['2', '3', '4']) await commit({ '/ccm/a': value });
    expect(await slow.take(2)).toEqual(['SNAPSHOT b=1 @3', 'SYNCED @3']);
    await expect(slow.next()).rejects.toMatchObject({ code: 'SLOW_READER', details: { liveRevision: null } });
  });

  it('is also one whose queue is full when it has to begin anew', async () => {
    const slow = reader(hub);
    await slow.take(2);
    for (const value of ['2', '3']) await commit({ '/ccm/a': value });
    live.breakWatches(new HistoryGone(4));
    await resynced();
    await expect(slow.next()).rejects.toMatchObject({ code: 'SLOW_READER' });
  });

  it('is none that went away while its last message was being sent', async () => {
    const gone = new AbortController();
    const leaving = reader(hub, { signal: gone.signal });
    await leaving.take(2);
    gone.abort();
    await commit({ '/ccm/a': '2' });
    expect(made.told.slow).toBe(0);
  });
});

describe('a quiet reader', () => {
  it('gets a bookmark with the revision reached, each time it was quiet for so long', async () => {
    vi.useFakeTimers();
    const stream = reader(hub, { wants: (key) => key === '/ccm/a' });
    await stream.until('SYNCED');
    const first = stream.next();
    await vi.advanceTimersByTimeAsync(10_000);
    live.commit({ '/ccm/other': '1' });
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await first).toBe('BOOKMARK @3');
    const second = stream.next();
    await vi.advanceTimersByTimeAsync(29_999);
    live.commit({ '/ccm/a': '2' });
    expect(await second).toBe('CHANGED a=2 @4.0');
    await stream.end();
  });
});

describe('the end of a reader', () => {
  it('comes with its signal, without an error', async () => {
    const gone = new AbortController();
    const stream = reader(hub, { signal: gone.signal });
    await stream.until('SYNCED');
    expect(made.told.readers).toBe(1);
    const waiting = stream.next();
    gone.abort();
    expect(await waiting).toBeNull();
    expect(made.told).toMatchObject({ readers: 0, slow: 0 });
  });

  it('comes at once when its signal had aborted before', async () => {
    expect(await reader(hub, { signal: AbortSignal.abort() }).next()).toBeNull();
    expect(made.told.readers).toBe(0);
  });

  it('comes when the hub is closed, after what was queued', async () => {
    const stream = reader(hub);
    await stream.until('SYNCED');
    await commit({ '/ccm/a': '2' });
    await hub.close();
    expect(await stream.take(2)).toEqual(['CHANGED a=2 @3.0', null]);
    expect(made.told.readers).toBe(0);
  });

  it('comes also for one that begins after the hub was closed', async () => {
    vi.useFakeTimers();
    await hub.close();
    const stream = reader(hub);
    await stream.until('SYNCED');
    const waiting = stream.next();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await waiting).toBeNull();
  });
});
