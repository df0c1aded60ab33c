import { describe, expect, it } from 'vitest';
import { isLabletError } from '../errors.js';
import { handClock } from '../../tests/support/by-hand.js';
import { seededRandom } from '../../tests/support/seeded-random.js';
import { slowReader } from './hub-reader.js';
import type { LiveKind } from './live-stream.js';
import { liveTokens } from './live-token.js';
import { sharedFeeds } from './shared-feeds.js';
import type { Frame, Outlet } from './shared-reader.js';

const tokens = liveTokens('secret');

function frame(revision: number, index: number | null = 0, kind: LiveKind = 'CHANGED', epoch = 'one'): Frame {
  const liveRevision = tokens.encode({ epoch, revision, index, scope: 's', snapshot: kind === 'SNAPSHOT' });
  return { kind, liveRevision, bytes: 10 };
}

const inShort = ({ kind, liveRevision }: Frame) => {
  const position = tokens.decode(liveRevision);
  return `${kind} ${position?.epoch} ${position?.revision}.${position?.index ?? '-'}`;
};

/** A source that a test tells what to say. */
function source() {
  const waiting: Frame[] = [];
  let wake: () => void = () => undefined;
  let end: { error: Error | null } | null = null;
  let opened = 0;
  let taken = 0;
  async function* open(signal: AbortSignal): AsyncGenerator<Frame> {
    opened++;
    signal.addEventListener('abort', () => wake());
    for (;;) {
      while (waiting.length > 0) {
        yield waiting.shift() as Frame;
        taken++;
      }
      if (end?.error) throw end.error;
      if (end || signal.aborted) return;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  return {
    open,
    opened: () => opened,
    /** Resolves once all of it has reached the readers. */
    async say(...frames: Frame[]): Promise<void> {
      const goal = taken + waiting.length + frames.length;
      waiting.push(...frames);
      wake();
      while (taken < goal) await new Promise(setImmediate);
    },
    async end(error: Error | null = null): Promise<void> {
      end = { error };
      wake();
      await new Promise(setImmediate);
    },
  };
}

/** An outlet whose reader reads or does not. */
function outlet() {
  const got: string[] = [];
  const leaving: (() => void)[] = [];
  let isReading = true;
  let isFull = false;
  const to: Outlet<Frame> = {
    isClear: () => !isFull,
    send(sent, left) {
      got.push(inShort(sent));
      if (!isReading) isFull = true;
      if (left) leaving.push(left);
    },
  };
  return {
    to,
    got,
    pause: () => void (isReading = false),
    resume(): void {
      isReading = true;
      isFull = false;
      for (const left of leaving.splice(0)) left();
    },
  };
}

function stage({ items = 100, bytes = 10_000, ageMs = 1000 } = {}) {
  const told = { readers: 0, slow: 0 };
  const clock = handClock();
  const from = source();
  const feeds = sharedFeeds<Frame>({
    ...{ tokens, clock, limits: { items, bytes, ageMs } },
    onReaders: (change) => (told.readers += change),
    onSlowReader: () => told.slow++,
  });
  const join = (way = outlet()) => ({ way, reader: feeds.join('key', way.to, from.open) });
  const at = (revision: number, epoch = 'one') => ({
    ...{ epoch, revision, index: null, scope: 's', snapshot: false },
  });
  return { told, clock, from, feeds, join, at };
}

const failureOf = (ended: Promise<void>) => ended.then(() => null).catch((error: Error) => error);

describe('readers of a shared feed', () => {
  it('open it once and close it when the last has gone', async () => {
    const { from, join, told, feeds } = stage();
    const [one, other] = [join(), join()];
    expect([from.opened(), feeds.count(), told.readers]).toEqual([1, 1, 1]);
    one.reader.leave();
    expect(feeds.count()).toBe(1);
    other.reader.leave();
    await Promise.all([one.reader.ended, other.reader.ended]);
    expect(feeds.count()).toBe(0);
    await from.end();
    expect(told.readers).toBe(0);
  });

  it('are told what follows their own start, neither twice nor with a gap', async () => {
    const { from, join, at } = stage();
    const [early, late] = [join(), join()];
    await from.say(frame(1), frame(2, 0), frame(2, 1));
    early.reader.begin(at(1));
    late.reader.begin({ ...at(2), index: 0 });
    await from.say(frame(3));
    expect(early.way.got).toEqual(['CHANGED one 2.0', 'CHANGED one 2.1', 'CHANGED one 3.0']);
    expect(late.way.got).toEqual(['CHANGED one 2.1', 'CHANGED one 3.0']);
  });

  it('are told a new snapshot whole, but none that their start has passed', async () => {
    const { from, join, at } = stage();
    const [before, after] = [join(), join()];
    before.reader.begin(at(5));
    const anew = [frame(7, null, 'RESYNC_REQUIRED'), frame(7, null, 'SNAPSHOT'), frame(7, null, 'SYNCED')];
    await from.say(...anew, frame(8));
    after.reader.begin(at(8));
    await from.say(frame(9));
    expect(before.way.got).toEqual([
      ...['RESYNC_REQUIRED one 7.-', 'SNAPSHOT one 7.-', 'SYNCED one 7.-'],
      ...['CHANGED one 8.0', 'CHANGED one 9.0'],
    ]);
    expect(after.way.got).toEqual(['CHANGED one 9.0']);
  });

  it('follow into another life of the store, whose revisions begin anew', async () => {
    const { from, join, at } = stage();
    const old = join();
    old.reader.begin(at(500));
    const anew = [frame(3, null, 'RESYNC_REQUIRED', 'two'), frame(3, null, 'SYNCED', 'two')];
    await from.say(frame(2, 0, 'CHANGED', 'two'), ...anew, frame(4, 0, 'CHANGED', 'two'));
    expect(old.way.got).toEqual(['RESYNC_REQUIRED two 3.-', 'SYNCED two 3.-', 'CHANGED two 4.0']);
  });

  it('hear of silence only when it lies behind their start', async () => {
    const { from, join, at } = stage();
    const ahead = join();
    ahead.reader.begin(at(5));
    await from.say(frame(4, null, 'BOOKMARK'), frame(5, null, 'BOOKMARK'));
    expect(ahead.way.got).toEqual(['BOOKMARK one 5.-']);
  });

  it.each([
    ['too many messages', { items: 3 }],
    ['too many bytes', { bytes: 35 }],
  ])('end alone and resumably when %s wait', async (_, limits) => {
    const { from, join, at, told } = stage(limits);
    const [fast, slow] = [join(), join()];
    for (const { reader } of [fast, slow]) reader.begin(at(0));
    slow.way.pause();
    for (let n = 1; n <= 8; n++) await from.say(frame(n));
    expect(fast.way.got).toHaveLength(8);
    // One is with the outlet, one was given to it when it was full, three wait; the next does not fit.
    expect(slow.way.got).toEqual(['CHANGED one 1.0', 'CHANGED one 2.0']);
    const failure = await failureOf(slow.reader.ended);
    expect(isLabletError(failure, 'SLOW_READER')).toBe(true);
    expect(failure).toMatchObject({ details: { liveRevision: frame(2).liveRevision } });
    expect([told.slow, told.readers]).toEqual([1, 0]);
  });

  it('end when a message has waited too long', async () => {
    const { from, join, at, clock } = stage({ ageMs: 1000 });
    const slow = join();
    slow.reader.begin(at(0));
    slow.way.pause();
    await from.say(frame(1), frame(2), frame(3));
    clock.advance(1001);
    await from.say(frame(4));
    expect(isLabletError(await failureOf(slow.reader.ended), 'SLOW_READER')).toBe(true);
  });

  it('are told what waits when the feed ends, and then its failure', async () => {
    const { from, join, at, feeds } = stage();
    const slow = join();
    slow.reader.begin(at(0));
    slow.way.pause();
    await from.say(frame(1), frame(2), frame(3));
    await from.end(new Error('broken'));
    expect(feeds.count()).toBe(0);
    let isOver = false;
    const failure = failureOf(slow.reader.ended).finally(() => (isOver = true));
    await new Promise(setImmediate);
    expect(isOver).toBe(false);
    slow.way.resume();
    expect(await failure).toMatchObject({ message: 'broken' });
    expect(slow.way.got).toHaveLength(3);
  });

  it('are all ended resumably, each from where it is, when the feed itself lags too far behind', async () => {
    const { from, join, at, told } = stage();
    const [one, other] = [join(), join()];
    for (const { reader } of [one, other]) reader.begin(at(0));
    await from.say(frame(1));
    other.way.pause();
    await from.say(frame(2), frame(3), frame(4));
    await from.end(slowReader(frame(9).liveRevision));
    const reached = await Promise.all([one, other].map(({ reader }) => failureOf(reader.ended)));
    expect(reached).toMatchObject([
      { code: 'SLOW_READER', details: { liveRevision: frame(4).liveRevision } },
      { code: 'SLOW_READER', details: { liveRevision: frame(3).liveRevision } },
    ]);
    // The hub counts the feed.
    expect(told.slow).toBe(1);
  });

  it('of large messages let those of small ones go between', async () => {
    const { feeds, at } = stage();
    const [large, small] = [source(), source()];
    const order: string[] = [];
    const join = (name: string, { open }: ReturnType<typeof source>) => {
      const way = outlet().to;
      const to = { ...way, send: (sent: Frame) => void order.push(`${name} ${sent.bytes}`) };
      feeds.join(name, to, open).begin(at(0));
    };
    for (let n = 0; n < 100; n++) join('large', large);
    for (let n = 0; n < 100; n++) join('small', small);
    await Promise.all([large.say({ ...frame(1), bytes: 100_000 }), small.say(frame(1))]);
    expect(order.filter((each) => each === 'large 100000')).toHaveLength(100);
    expect(order.lastIndexOf('small 10')).toBeLessThan(order.lastIndexOf('large 100000') - 80);
  });

  it('are ended a few at a time', async () => {
    const { from, join, at } = stage();
    const joined = Array.from({ length: 100 }, () => join());
    for (const { reader } of joined) reader.begin(at(0));
    let ended = 0;
    for (const { reader } of joined) void failureOf(reader.ended).then(() => ended++);
    await from.end(slowReader(null));
    expect(ended).toBeGreaterThan(0);
    expect(ended).toBeLessThan(100);
    await Promise.all(joined.map(({ reader }) => failureOf(reader.ended)));
  });

  it('that are paused, ended and resumed at random hear everything once and in order', async () => {
    const seed = Number(process.env['SEED'] ?? 20_261);
    const random = seededRandom(seed);
    const { from, join, at } = stage({ items: 4 });
    const LAST = 400;
    const heard: string[][] = [];
    const subscribers = Array.from({ length: 20 }, (_, n) => {
      heard[n] = [];
      const subscriber = { n, ...join() };
      subscriber.reader.begin(at(0));
      return subscriber;
    });
    for (let revision = 1; revision <= LAST; revision++) {
      await from.say(frame(revision));
      for (const subscriber of subscribers) {
        if (random() < 0.1) subscriber.way.pause();
        if (random() < 0.3) subscriber.way.resume();
        const { failure } = subscriber.reader;
        if (!failure) continue;
        heard[subscriber.n]?.push(...subscriber.way.got);
        const { liveRevision } = (failure as unknown as { details: { liveRevision: string } }).details;
        const after = tokens.decode(liveRevision)?.revision ?? Number.NaN;
        // The start of its own tells what it missed, up to now.
        for (let missed = after + 1; missed <= revision; missed++)
          heard[subscriber.n]?.push(inShort(frame(missed)));
        Object.assign(subscriber, join());
        subscriber.reader.begin(at(revision));
      }
    }
    for (const { n, way } of subscribers) {
      way.resume();
      const whole = [...(heard[n] ?? []), ...way.got];
      const expected = Array.from({ length: LAST }, (__, index) => `CHANGED one ${index + 1}.0`);
      expect(whole, `seed ${seed}`).toEqual(expected);
    }
  });

  it('have been sent what waits for them, or have gone, or had their time, before a stop goes on', async () => {
    const { from, join, at, feeds } = stage();
    const [quick, slow, gone] = [join(), join(), join()];
    for (const { reader } of [quick, slow, gone]) reader.begin(at(1));
    for (const { way } of [slow, gone]) way.pause();
    await from.say(frame(2), frame(3), frame(4, null, 'BOOKMARK'));
    let isOver = false;
    const finished = feeds.finish(60_000).then(() => (isOver = true));
    gone.reader.leave();
    await new Promise(setImmediate);
    expect([isOver, slow.way.got.length]).toEqual([false, 2]);
    await feeds.finish(1);
    slow.way.resume();
    await finished;
    for (const { way } of [quick, slow]) {
      expect(way.got).toEqual(['CHANGED one 2.0', 'CHANGED one 3.0', 'BOOKMARK one 4.-']);
    }
  });
});
