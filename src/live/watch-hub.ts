import type { Clock } from '../lib/clock.js';
import type { Closable } from '../lib/closing.js';
import type { Logger } from '../logger.js';
import {
  ChangeRing,
  follows,
  type HubChange,
  type LiveValue,
  type RingLimits,
  type RingPosition,
} from './change-ring.js';
import { aborted, delay } from './delay.js';
import { historyPages } from './history-pages.js';
import { HubReader, ReaderOverflow, slowReader, type ReaderLimits } from './hub-reader.js';
import { HistoryGone, HistoryReset, type ChangeBatch, type LiveStore } from './live-store.js';
import { conflated, LiveValues, tellsWhatWas, type GroupOf } from './live-values.js';
import { Waits } from './waits.js';

/** A change to tell a reader of, at the position that goes on after it; `epoch` names the life it counts in. */
export type HubMessage = { readonly epoch: string } & Told;

type Told =
  | { readonly kind: 'SNAPSHOT'; readonly key: string; readonly value: LiveValue; readonly revision: number }
  | ({ readonly kind: 'SYNCED' } & RingPosition)
  | ({ readonly kind: 'CHANGED' } & HubChange)
  | ({ readonly kind: 'BOOKMARK' } & RingPosition)
  /** What follows is a new snapshot; drop what it lacks. */
  | { readonly kind: 'RESYNC' };

export interface ReaderOptions {
  /** Go on after this change (index null: after the whole revision); null starts with a snapshot. */
  readonly after: (RingPosition & { readonly epoch: string }) | null;
  /** Say RESYNC before the snapshot: the position that was given cannot be used. */
  readonly resync?: boolean;
  readonly signal: AbortSignal;
  readonly wants: (key: string) => boolean;
  /** What to tell a reader that is ended for lagging; null when nothing was delivered yet. */
  readonly lastToken: () => string | null;
}

export interface HubParts {
  readonly store: LiveStore;
  readonly prefix: string;
  /** Its value's `epoch` names the life of the store; a change of it ends that life. */
  readonly epochKey: string;
  /** Resolves once what the store holds can be relied on, or the signal aborts; awaited before everything is read again. */
  readonly trusted: (signal: AbortSignal) => Promise<void>;
  readonly groupOf: GroupOf;
  /** Recent changes kept for readers that come back; a start fills it with as many revisions. */
  readonly ring: RingLimits;
  readonly reader: ReaderLimits;
  readonly bookmarkMs: number;
  /** How long a reader may wait for a revision that another process has seen already. */
  readonly catchUpMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A reader has come, 1, or gone, -1. */
  readonly onReaders: (change: number) => void;
  readonly onSlowReader: () => void;
  readonly onResync: () => void;
  readonly onRevision: (revision: number, epoch: string) => void;
  /** How many values a comparison with the store found wrong. */
  readonly onDifferences: (count: number) => void;
}

const RELIST_PAUSE_MS = 250;
/** A start goes on without what did not come in this time; the watch brings it later. */
const FILL_MS = 30_000;
/** Longer than the leader's tick, which moves a quiet watch past any list. */
const COMPARE_WAIT_MS = 30_000;

/**
 * One per process, on one watch of the whole prefix: the map of current values, a ring of recent changes, and
 * readers with queues of their own. The hub's revision moves only by what was delivered.
 */
export function watchHub(parts: HubParts) {
  const { store, prefix, epochKey, logger, clock, groupOf } = parts;
  const values = new LiveValues(groupOf);
  const ring = new ChangeRing(parts.ring);
  const readers = new Set<HubReader>();
  /** Readers that were dismissed, and up to where each has heard everything once its queue is empty. */
  const leaving = new Map<HubReader, RingPosition & { readonly epoch: string }>();
  const waits = new Waits();
  const closing = new AbortController();
  const pages = historyPages({
    store,
    prefix,
    groupOf,
    floor: () => ring.floor,
    closed: closing.signal,
  });
  let revision = 0;
  /** Counts how often everything was read again; revisions of different lives do not compare. */
  let life = 0;
  let epoch = '';
  let isFilled = false;
  let isFinishing = false;
  let lastDelivery = Number.NEGATIVE_INFINITY;
  let watch = new AbortController();
  let running: Promise<void> = Promise.resolve();

  /** What exists for sure: what was delivered, and what the list was true at. */
  const known = () => Math.max(revision, values.listedAt);

  function advance(to: number): void {
    revision = to;
    lastDelivery = clock.monotonic();
    parts.onRevision(to, epoch);
    waits.check();
  }

  function deliver({ revision: at, changes }: ChangeBatch): void {
    if (at <= revision) return;
    if (changes.some(({ key, value }) => key === epochKey && epochIn(value) !== epoch)) {
      throw new HistoryReset('the epoch of the store changed');
    }
    const now = clock.monotonic();
    let isWhole = true;
    changes.forEach((change, index) => {
      const told = values.apply(at, index, change);
      isWhole &&= told.group !== null || told.previous !== null || tellsWhatWas(at, change);
      ring.push(told);
      for (const reader of readers) if (!reader.offer({ epoch, change: told }, now)) end(reader);
    });
    // Whoever goes on from before it would not learn what the change ended.
    if (!isWhole) ring.reset(at);
    ring.trim();
    for (const reader of readers) if (reader.isStale(now)) end(reader);
    advance(at);
  }

  function end(reader: HubReader): void {
    readers.delete(reader);
    reader.overflow();
    parts.onSlowReader();
  }

  async function follow(): Promise<void> {
    while (!closing.signal.aborted) {
      watch = new AbortController();
      try {
        for await (const batch of store.watch(prefix, { after: revision, signal: watch.signal }))
          deliver(batch);
      } catch (error) {
        if (!isFilled && error instanceof HistoryGone && error.compactRevision <= values.listedAt) {
          // The list is newer than what is gone, so only the ring begins later.
          ring.reset(error.compactRevision);
          advance(error.compactRevision);
          continue;
        }
        if (error instanceof HistoryGone || error instanceof HistoryReset) {
          logger.warn({ err: error, revision }, 'the live feed has a gap; reading everything again');
        } else {
          logger.error({ err: error }, 'the live feed broke; reading everything again');
          await delay(RELIST_PAUSE_MS, closing.signal);
        }
      }
      await startAgain();
    }
  }

  async function startAgain(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await parts.trusted(closing.signal);
        if (closing.signal.aborted) return;
        const { entries, revision: at } = await store.list(prefix);
        values.replace(entries, at);
        epoch = epochIn(values.get(epochKey)?.text);
        ring.reset(at);
        life++;
        advance(at);
        parts.onResync();
        const now = clock.monotonic();
        for (const reader of readers) if (!reader.offerResync(now)) end(reader);
        return;
      } catch {
        await delay(RELIST_PAUSE_MS, closing.signal);
      }
    }
  }

  function* snapshot(wants: (key: string) => boolean): Generator<HubMessage> {
    const at = { epoch, revision };
    for (const [key, { value }] of [...values.entries()]) {
      if (wants(key)) yield { kind: 'SNAPSHOT', key, value, ...at };
    }
    yield { kind: 'SYNCED', index: null, ...at };
  }

  /** Snapshot or resumption, then changes in order; ends with the signal, or by SLOW_READER. */
  async function* read(options: ReaderOptions): AsyncGenerator<HubMessage> {
    const { signal, wants } = options;
    if (signal.aborted) return;
    const reader = new HubReader(parts.reader, wants);
    const stop = () => {
      readers.delete(reader);
      leaving.delete(reader);
      reader.leave();
    };
    signal.addEventListener('abort', stop, { once: true });
    parts.onReaders(1);
    try {
      const usable = options.after?.epoch === epoch ? options.after : null;
      const from = usable && (yield* replay(usable, options));
      if (signal.aborted) return;
      // From here to the first yield nothing waits, so no change falls between the start and the queue.
      readers.add(reader);
      if (closing.signal.aborted) reader.end();
      if (isFinishing) dismiss(reader);
      yield* from ? resume(from, reader) : anew(wants, options.resync === true || options.after !== null);
      yield* drain(reader, options);
    } finally {
      signal.removeEventListener('abort', stop);
      readers.delete(reader);
      leaving.delete(reader);
      parts.onReaders(-1);
      waits.check();
    }
  }

  /** What memory no longer holds, from the store's history; the position from which memory goes on, or null. */
  async function* replay(
    after: RingPosition,
    { wants, signal }: ReaderOptions,
  ): AsyncGenerator<HubMessage, RingPosition | null> {
    const begun = { life, epoch };
    let position = after;
    const isThere = await waits.until(() => known() >= position.revision, parts.catchUpMs);
    while (isThere && life === begun.life && !signal.aborted && !closing.signal.aborted) {
      if (ring.covers(position)) return position;
      // What came before the list of a later life may be of another store.
      if (life > 0 && position.revision < values.listedAt) return null;
      const page = await pages(position.index === null ? position.revision : position.revision - 1).catch(
        () => null,
      );
      if (!page) return null;
      const missed = page.changes.filter((change) => follows(change, position) && wants(change.key));
      for (const change of conflated(missed)) yield { kind: 'CHANGED', epoch: begun.epoch, ...change };
      position = { revision: page.upTo, index: null };
    }
    return null;
  }

  function* resume(after: RingPosition, reader: HubReader): Generator<HubMessage> {
    reader.beginAfter(after);
    const reached = { epoch, ...reader.reached(revision) };
    const missed = (ring.since(after) ?? []).filter(({ key }) => reader.wants(key));
    for (const change of conflated(missed)) yield { kind: 'CHANGED', epoch: reached.epoch, ...change };
    yield { kind: 'SYNCED', ...reached };
  }

  function* anew(wants: (key: string) => boolean, resync: boolean): Generator<HubMessage> {
    const messages = [...snapshot(wants)];
    if (resync) yield { kind: 'RESYNC', epoch };
    yield* messages;
  }

  /** Nothing more comes for this reader; what waits is still sent. */
  function dismiss(reader: HubReader): void {
    readers.delete(reader);
    leaving.set(reader, { epoch, ...reader.reached(revision) });
    reader.end();
  }

  /** The last position, for a reader that will go on at another process; it stays until its connection is closed. */
  async function* takeLeave(reader: HubReader, signal: AbortSignal): AsyncGenerator<HubMessage> {
    const position = leaving.get(reader);
    if (!position || signal.aborted) return;
    yield { kind: 'BOOKMARK', ...position };
    // Whoever asks for more has sent the bookmark.
    leaving.delete(reader);
    waits.check();
    await aborted(AbortSignal.any([signal, closing.signal]));
  }

  async function* drain(reader: HubReader, { lastToken, signal }: ReaderOptions): AsyncGenerator<HubMessage> {
    for (;;) {
      const item = await reader.next(parts.bookmarkMs).catch((error: unknown) => {
        throw error instanceof ReaderOverflow ? slowReader(lastToken()) : error;
      });
      if (item === null) {
        yield* takeLeave(reader, signal);
        return;
      }
      if (item === undefined) {
        // Something may have come since the silence was noticed; a bookmark must not run ahead of it.
        if (reader.isEmpty) yield { kind: 'BOOKMARK', epoch, ...reader.reached(revision) };
      } else if (item === 'RESYNC') {
        reader.beginAnew();
        if (leaving.has(reader)) dismiss(reader);
        yield* anew(reader.wants, true);
      } else yield { kind: 'CHANGED', epoch: item.epoch, ...item.change };
    }
  }

  return {
    /**
     * Reads everything and fills the ring from the store's history, so that readers of the process before this one
     * go on from memory; resolves once every change is there that made a value which is there now.
     */
    async start(): Promise<void> {
      const { entries, revision: at } = await store.list(prefix);
      values.replace(entries, at);
      epoch = epochIn(values.get(epochKey)?.text);
      const newest = entries.reduce((latest, { modRevision }) => Math.max(latest, modRevision), 0);
      // The revision of the list may be of a change elsewhere, which no watch of ours tells of.
      const from = Math.max(0, Math.min(at - parts.ring.changes, newest - 1));
      ring.reset(from);
      advance(from);
      running = follow();
      await waits.until(() => revision >= newest || life > 0, FILL_MS);
      isFilled = true;
    },
    read,
    /** The revision this process has reached, in the life of the store that {@link epoch} names. */
    revision: () => revision,
    epoch: () => epoch,
    /** Current value of a key as this process knows it. */
    value: (key: string): LiveValue | null => values.get(key),
    /** Milliseconds since the latest delivery. */
    silenceMs: () => clock.monotonic() - lastDelivery,
    /** Resolves once this process has reached `target`; false when `timeoutMs` passed first. */
    reached: (target: number, timeoutMs: number): Promise<boolean> =>
      waits.until(() => known() >= target, timeoutMs),
    /**
     * Compares the map with a full list, once the watch has passed the list's revision. A difference means that the
     * watch lost something: everything is read again and every reader told. Null when nothing could be said.
     */
    async compare(): Promise<number | null> {
      values.beginComparison();
      try {
        const { entries, revision: at } = await store.list(prefix);
        const isPassed = await waits.until(() => revision >= at, COMPARE_WAIT_MS);
        const different = isPassed ? values.differences(entries) : null;
        if (different && different.length > 0) {
          parts.onDifferences(different.length);
          logger.error({ keys: different.slice(0, 20), revision }, 'the live feed lost changes');
          watch.abort();
        }
        return different && different.length;
      } finally {
        values.endComparison();
      }
    },
    /**
     * Before a stop: every reader is sent what waits for it and a last BOOKMARK, and nothing more. Resolves once all
     * have sent it, or `timeoutMs` passed.
     */
    async finish(timeoutMs: number): Promise<void> {
      isFinishing = true;
      for (const reader of readers) dismiss(reader);
      await waits.until(() => leaving.size === 0, timeoutMs);
    },
    async close(): Promise<void> {
      closing.abort();
      watch.abort();
      waits.end();
      for (const reader of readers) reader.end();
      await running;
    },
  } satisfies Closable & Record<string, unknown>;
}

export type WatchHub = ReturnType<typeof watchHub>;

/** The epoch that the value names; empty without one. */
function epochIn(text: string | null | undefined): string {
  try {
    const json = JSON.parse(text ?? '') as { epoch?: unknown } | null;
    return typeof json?.epoch === 'string' ? json.epoch : '';
  } catch {
    return '';
  }
}
