import { setImmediate } from 'node:timers/promises';
import { isLabletError } from '../errors.js';
import type { Clock } from '../lib/clock.js';
import { delay } from './delay.js';
import type { ReaderLimits } from './hub-reader.js';
import type { LiveTokens } from './live-token.js';
import { SharedReader, type Frame, type Outlet } from './shared-reader.js';

export interface SharedFeedsParts {
  readonly tokens: Pick<LiveTokens, 'decode'>;
  readonly limits: ReaderLimits;
  readonly clock: Clock;
  /** A subscriber has come, 1, or gone, -1; a feed, which reads the hub for all of them, takes itself off. */
  readonly onReaders: (change: number) => void;
  readonly onSlowReader: () => void;
}

/** Readers that are served before other feeds and other work get their turn. */
const AT_ONCE = 500;
/** Bytes for all of them; a feed of large messages must not hold up one of small ones. */
const BYTES_AT_ONCE = 1024 * 1024;
/** Readers that are ended before others get their turn; each is written to. */
const ENDED_AT_ONCE = 25;

/** Streams of messages for any number of subscribers, each read once. */
export function sharedFeeds<F extends Frame>(parts: SharedFeedsParts) {
  const { tokens, limits, clock, onReaders, onSlowReader } = parts;
  const feeds = new Map<string, { readers: Set<SharedReader<F>>; ending: AbortController }>();

  async function spread(frames: AsyncIterable<F>, readers: Set<SharedReader<F>>): Promise<void> {
    for await (const frame of frames) {
      const position = tokens.decode(frame.liveRevision);
      if (!position) throw new Error(`a feed told a position that is none: ${frame.liveRevision}`);
      const placed = { frame, position };
      const atOnce = Math.max(1, Math.min(AT_ONCE, Math.floor(BYTES_AT_ONCE / frame.bytes)));
      let served = 0;
      for (const reader of readers) {
        if (!reader.offer(placed, clock.monotonic())) overflow(reader);
        if (++served % atOnce === 0) await setImmediate();
      }
    }
  }

  function overflow(reader: SharedReader<F>): void {
    reader.onLeave();
    reader.overflow();
    onSlowReader();
  }

  async function run(key: string, frames: AsyncIterable<F>, readers: Set<SharedReader<F>>): Promise<void> {
    onReaders(-1);
    let failure: Error | null = null;
    try {
      await spread(frames, readers);
    } catch (error) {
      failure = error as Error;
    }
    onReaders(1);
    if (feeds.get(key)?.readers === readers) feeds.delete(key);
    for (const [index, reader] of [...readers].entries()) {
      reader.onLeave();
      if (!isLabletError(failure, 'SLOW_READER')) reader.end(failure);
      else {
        // Each goes on from where it is itself, not from where the feed was; the hub has counted one already.
        reader.overflow();
        if (index > 0) onSlowReader();
        if ((index + 1) % ENDED_AT_ONCE === 0) await setImmediate();
      }
    }
  }

  /**
   * A reader of the feed `key`, which is opened when it is the first. The subscriber's own start, up to which it is told
   * by others, must be read after this.
   */
  function join(
    key: string,
    outlet: Outlet<F>,
    open: (signal: AbortSignal) => AsyncIterable<F>,
  ): SharedReader<F> {
    const known = feeds.get(key);
    const feed = known ?? { readers: new Set<SharedReader<F>>(), ending: new AbortController() };
    const reader = new SharedReader<F>(limits, outlet, () => {
      if (!feed.readers.delete(reader)) return;
      onReaders(-1);
      if (feed.readers.size > 0 || feeds.get(key) !== feed) return;
      feeds.delete(key);
      feed.ending.abort();
    });
    feed.readers.add(reader);
    onReaders(1);
    if (!known) {
      feeds.set(key, feed);
      void run(key, open(feed.ending.signal), feed.readers);
    }
    return reader;
  }

  /** Before a stop: resolves once every subscriber was sent what it was told so far, or `timeoutMs` passed. */
  async function finish(timeoutMs: number): Promise<void> {
    const ended = new AbortController();
    const readers = [...feeds.values()].flatMap((feed) => [...feed.readers]);
    const sent = Promise.all(readers.map((reader) => reader.drained()));
    await Promise.race([sent, delay(timeoutMs, ended.signal)]);
    ended.abort();
  }

  return { join, finish, count: () => feeds.size };
}

export type SharedFeeds<F extends Frame> = ReturnType<typeof sharedFeeds<F>>;
