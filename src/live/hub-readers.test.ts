import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { gate, overriding } from '../../tests/support/by-hand.js';
import { reader, scriptedHub } from '../../tests/support/hub-readers.js';
import { ScriptedLive } from '../../tests/support/scripted-live.js';
import { aborted } from './delay.js';
import { HistoryGone, LiveUnavailable } from './live-store.js';
import { LiveValues } from './live-values.js';

let live: ScriptedLive;
let made: ReturnType<typeof scriptedHub>;
let hub: typeof made.hub;

async function start(parts: Parameters<typeof scriptedHub>[1] = {}): Promise<void> {
  made = scriptedHub(live, parts);
  ({ hub } = made);
  await hub.start();
}
const commit = async (values: Record<string, string | null>) => hub.reached(live.commit(values), 5000);
const after = (revision: number) => ({ after: { revision, index: null } });
const moves = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, n) => `CHANGED a=${from + n} @${from + n}.0`);
/** Lets that many steps of what waits happen. */
async function steps(count: number): Promise<void> {
  for (let step = 0; step < count; step++) await Promise.resolve();
}

beforeEach(() => void (live = new ScriptedLive()));
afterEach(() => hub.close());

describe('a reader that comes back', () => {
  it('goes on from memory after a restart, whatever epochs lie further back', async () => {
    for (const epoch of ['e-1', 'e-2', 'e-3']) live.commit({ '/ccm/epoch': JSON.stringify({ epoch }) });
    for (let n = 5; n <= 20; n++) live.commit({ '/ccm/a': `${n}` });
    await start();
    const back = reader(hub, { after: { epoch: 'e-3', revision: 10, index: null } });
    expect(await back.until('SYNCED')).toEqual([...moves(11, 20), 'SYNCED @20']);
    expect(made.told.resyncs).toBe(0);
    // Whatever is before the latest epoch is of another life of the store.
    const former = reader(hub, { after: { epoch: 'e-3', revision: 3, index: null } });
    expect(await former.next()).toBe('RESYNC');
    await Promise.all([back.end(), former.end()]);
  });

  // Each step is a moment between asking for its position and its start.
  const MOMENTS = [0, 1, 2, 3, 4, 5];

  it.each(MOMENTS)(
    'misses nothing when memory drops its position at moment %i of its start',
    async (moment) => {
      for (let n = 2; n <= 12; n++) live.commit({ '/ccm/a': `${n}` });
      await start({ ring: { changes: 10, bytes: 1e6 } });
      for (let n = 13; n <= 32; n++) live.commit({ '/ccm/a': `${n}` });
      await steps(moment);
      const back = reader(hub, after(3));
      const seen: (string | null)[] = [];
      while (seen.at(-1) !== 'CHANGED a=32 @32.0') seen.push(await back.next());
      expect(seen.filter((message) => message?.startsWith('CHANGED'))).toEqual(moves(4, 32));
      await back.end();
    },
  );

  it.each(MOMENTS)('is told when everything is read again at moment %i of its start', async (moment) => {
    live.commit({ '/ccm/a': '1', '/ccm/b': '1' });
    live.commit({ '/ccm/a': '2' });
    await start();
    live.commit({ '/ccm/b': 'lost' });
    live.breakWatches(new HistoryGone(4));
    const back = reader(hub, after(2));
    await steps(moment);
    const first = back.next();
    await vi.waitFor(() => expect(made.told.resyncs).toBe(1), { interval: 1 });
    live.commit({ '/ccm/a': 'end' });
    const seen = [await first];
    while (!seen.at(-1)?.includes('a=end')) seen.push(await back.next());
    expect(seen).toContain('RESYNC');
    await back.end();
  });
});

describe('a reader that went away while it waits', () => {
  /** A hub whose memory begins late, on a store whose history does not answer; where each reading of it began. */
  async function silent() {
    for (let n = 2; n <= 10; n++) live.commit({ '/ccm/a': `${n}` });
    const { store } = live;
    const readings: number[] = [];
    const answers = gate();
    await start({
      ring: { changes: 5, bytes: 1e6 },
      catchUpMs: 3_600_000,
      store: overriding(store, {
        async *watch(prefix, options) {
          if (options.after < 5) {
            readings.push(options.after);
            await answers.opened;
          }
          yield* store.watch(prefix, options);
        },
      }),
    });
    onTestFinished(() => answers.open());
    return { readings, answers };
  }

  it('leaves at once, and nothing is read for it later', async () => {
    const { readings, answers } = await silent();
    const gone = new AbortController();
    const leaving = [3, 2].map((revision) => reader(hub, { ...after(revision), signal: gone.signal }).next());
    await vi.waitFor(() => expect(readings).toEqual([3]), { interval: 1 });
    gone.abort();
    expect(await Promise.all(leaving)).toEqual([null, null]);
    expect(made.told.readers).toBe(0);
    const stays = reader(hub, after(1));
    const first = stays.next();
    answers.open();
    expect(await first).toBe('CHANGED a=2 @2.0');
    expect(readings).toEqual([3, 1]);
    await stays.end();
  });

  it('leaves at once also where its position has yet to come', async () => {
    await silent();
    const gone = new AbortController();
    const waiting = reader(hub, { ...after(11), signal: gone.signal }).next();
    gone.abort();
    expect(await waiting).toBeNull();
    expect(made.told.readers).toBe(0);
  });
});

describe('readers that stand in a snapshot', () => {
  it('share one list of the values, which does not outlive the next change', async () => {
    const values = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`/ccm/v${n}`, '1']));
    live.commit(values);
    await start();
    const list = vi.spyOn(LiveValues.prototype, 'list');
    onTestFinished(() => list.mockRestore());
    const readers = [reader(hub), reader(hub), reader(hub)];
    for (const each of readers) expect(await each.next()).toBe('SNAPSHOT v0=1 @2');
    await commit({ '/ccm/v1': '2' });
    const later = reader(hub);
    expect(await later.take(2)).toEqual(['SNAPSHOT v0=1 @3', 'SNAPSHOT v1=2 @3']);
    const [shared, ...others] = list.mock.results.map(({ value }) => value as unknown);
    expect(others.map((each) => each === shared)).toEqual([true, true, false]);
    // What changed since is not in the snapshot of those that began before.
    for (const each of readers) expect(await each.next()).toBe('SNAPSHOT v1=1 @2');
    await Promise.all([...readers, later].map((each) => each.end()));
  });
});

describe('a position that another process gave, which is ahead', () => {
  const EPOCH = '/ccm/epoch';
  const named = (epoch: string) => ({ [EPOCH]: JSON.stringify({ epoch }) });
  const at = (epoch: string, revision: number) => ({ after: { epoch, revision, index: null } });

  /** A hub in the life `e-1` that hears nothing new until `hear` is called; where the store stands. */
  async function lagging(parts: Parameters<typeof scriptedHub>[1] = {}) {
    live.commit(named('e-1'));
    live.commit({ '/ccm/a': '1' });
    const hears = gate();
    const last = live.revision;
    await start({
      catchUpMs: 20,
      store: overriding(live.store, {
        async *watch(prefix, options) {
          for await (const batch of live.store.watch(prefix, options)) {
            if (batch.revision > last) await Promise.race([hears.opened, aborted(options.signal)]);
            yield batch;
          }
        },
      }),
      ...parts,
    });
    onTestFinished(() => hears.open());
    return { hear: () => hears.open() };
  }

  it('ends with TIMEOUT where the store has it: what is here would be older than what was told', async () => {
    await lagging();
    live.commit({ '/ccm/a': '2' });
    await expect(reader(hub, at('e-1', 4)).next()).rejects.toMatchObject({
      code: 'TIMEOUT',
      details: { limitMs: 20 },
    });
    expect(made.told.readers).toBe(0);
  });

  it('goes on once this process has caught up', async () => {
    const { hear } = await lagging({ catchUpMs: 60_000 });
    live.commit({ '/ccm/a': '2' });
    live.commit({ '/ccm/a': '3' });
    const back = reader(hub, at('e-1', 4));
    const first = back.next();
    hear();
    const seen = [await first, await back.next()];
    expect(seen).toContain('CHANGED a=3 @5.0');
    expect(seen.join()).toMatch(/SYNCED @[45]/);
    await back.end();
  });

  it('is waited for also where nothing can go on after it', async () => {
    const { hear } = await lagging({ catchUpMs: 60_000 });
    live.commit({ '/ccm/a': '2' });
    const back = reader(hub, { ...at('e-1', 4), resync: true });
    const seen = back.until('SYNCED');
    hear();
    expect((await seen)[0]).toBe('RESYNC');
    expect(await seen).toContain('SNAPSHOT a=2 @4');
    await back.end();
  });

  it('ends with TIMEOUT where the store cannot be asked', async () => {
    await lagging();
    live.duringList = () => {
      throw new LiveUnavailable('cut');
    };
    await expect(reader(hub, at('e-1', 4)).next()).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('is asked for once by all who wait for it', async () => {
    let asked = 0;
    await lagging();
    live.commit({ '/ccm/a': '2' });
    live.duringList = () => void asked++;
    vi.useFakeTimers({ toFake: ['setTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const waiting = Promise.allSettled(Array.from({ length: 50 }, () => reader(hub, at('e-1', 4)).next()));
    vi.advanceTimersByTime(20);
    expect((await waiting).map(({ status }) => status)).toEqual(Array(50).fill('rejected'));
    expect(asked).toBe(1);
  });

  it('is not answered with what is older when the process stops', async () => {
    await lagging({ catchUpMs: 60_000 });
    const waiting = [reader(hub, at('e-1', 4)), reader(hub, { ...at('e-1', 4), resync: true })];
    const first = Promise.all(waiting.map((each) => each.next()));
    await hub.close();
    expect(await first).toEqual([null, null]);
  });

  it('is told and started anew where the store has lost it', async () => {
    await lagging();
    const back = reader(hub, at('e-1', 4));
    expect(await back.take(2)).toEqual(['RESYNC', 'SNAPSHOT epoch={"epoch":"e-1"} @3']);
    await back.end();
  });

  it('of a life that has just begun is waited for, and goes on in it', async () => {
    const { hear } = await lagging({ catchUpMs: 60_000 });
    live.commit(named('e-2'));
    const back = reader(hub, at('e-2', live.commit({ '/ccm/a': '2' })));
    const seen = back.until('SYNCED');
    hear();
    expect(await seen).toEqual(['SYNCED @5']);
    await back.end();
  });

  it('of a life that the store is not in is told and started anew', async () => {
    await lagging();
    const back = reader(hub, at('e-2', 3));
    expect(await back.next()).toBe('RESYNC');
    await back.end();
  });
});
