import { LabletError } from '../errors.js';
import {
  follows,
  type ChangeRing,
  type HubChange,
  type LiveValue,
  type RingPosition,
} from './change-ring.js';
import { aborted } from './delay.js';
import type { HistoryPages } from './history-pages.js';
import { HubReader, ReaderOverflow, slowReader, type ReaderLimits } from './hub-reader.js';
import { conflated, type LiveValues } from './live-values.js';
import type { Waits } from './waits.js';

/** A change to tell a reader of, at the position that goes on after it; `epoch` names the life it counts in. */
export type HubMessage = { readonly epoch: string } & Told;

type Told =
  | { readonly kind: 'SNAPSHOT'; readonly key: string; readonly value: LiveValue; readonly revision: number }
  | ({ readonly kind: 'SYNCED' } & RingPosition)
  | ({ readonly kind: 'CHANGED' } & HubChange)
  | ({ readonly kind: 'BOOKMARK' } & RingPosition)
  /** What follows is a new snapshot; drop what it lacks. */
  | { readonly kind: 'RESYNC' };

/** A position in one life of the store, which its epoch names. */
export type Placed = RingPosition & { readonly epoch: string };

export interface ReaderOptions {
  /** Go on after this change (index null: after the whole revision); null starts with a snapshot. */
  readonly after: Placed | null;
  /** Nothing goes on after that position: say RESYNC, and give a snapshot that is not older than it. */
  readonly resync?: boolean;
  readonly signal: AbortSignal;
  readonly wants: (key: string) => boolean;
  /** What to tell a reader that is ended for lagging; null when nothing was delivered yet. */
  readonly lastToken: () => string | null;
}

/** Where the hub is. */
export interface HubPlace {
  readonly epoch: string;
  readonly revision: number;
  /** Counts how often everything was read again; revisions of different lives do not compare. */
  readonly life: number;
  /** What came before this revision may be of another life of the store. */
  readonly since: number;
}

/** What the hub has in memory, and the way to what it has not. */
export interface HubMemory {
  readonly place: HubPlace;
  readonly values: LiveValues;
  readonly ring: ChangeRing;
  readonly pages: HistoryPages;
  /** Looked at whenever the hub moves. */
  readonly waits: Waits;
  /** True once what this process has is not older than the position. */
  readonly has: (position: Placed) => boolean;
  /** Asks the store whether the position is none of it: of a life that is over, or of a future that it has lost. */
  readonly isLost: (position: Placed) => Promise<boolean>;
  readonly closed: AbortSignal;
}

export interface ReadersParts {
  readonly reader: ReaderLimits;
  readonly bookmarkMs: number;
  /** How long a reader may wait for a revision that another process has seen already. */
  readonly catchUpMs: number;
  /** A reader has come, 1, or gone, -1. */
  readonly onReaders: (change: number) => void;
  readonly onSlowReader: () => void;
}

/** The readers of a hub, each with a queue of its own: how they start, go on and end. */
export function hubReaders(memory: HubMemory, parts: ReadersParts) {
  const { place, values, ring, pages, waits, closed } = memory;
  const readers = new Set<HubReader>();
  /** Readers that were dismissed, and up to where each has heard everything once its queue is empty. */
  const leaving = new Map<HubReader, Placed>();
  let isFinishing = false;

  /**
   * Snapshot or resumption, then changes in order; ends with the signal, or by SLOW_READER.
   * @throws TIMEOUT when this process does not catch up with the position in time
   */
  async function* read(options: ReaderOptions): AsyncGenerator<HubMessage> {
    const { signal, wants } = options;
    if (signal.aborted) return;
    const reader = new HubReader(parts.reader, wants);
    const stop = () => {
      readers.delete(reader);
      leaving.delete(reader);
      reader.leave();
      waits.check();
    };
    signal.addEventListener('abort', stop, { once: true });
    parts.onReaders(1);
    try {
      const isSeen = options.after === null || (await catchUp(options.after, signal));
      if (isSeen === null) return;
      const begun = { ...place };
      const isUsable = isSeen && options.resync !== true && options.after?.epoch === begun.epoch;
      let position: RingPosition | null = isUsable ? options.after : null;
      // Memory moves on while anything waits, so what it holds is looked at last, in the turn in which the reader joins.
      while (position && !holds(position, begun)) position = yield* replay(position, begun, options);
      if (signal.aborted) return;
      // From here to the first yield nothing waits, so no change falls between the start and the queue.
      if (position) reader.beginAfter(position);
      readers.add(reader);
      if (closed.aborted) reader.end();
      if (isFinishing) dismiss(reader);
      const isResync = options.resync === true || options.after !== null;
      yield* position ? resume(position, reader) : anew(wants, isResync);
      yield* drain(reader, options);
    } finally {
      signal.removeEventListener('abort', stop);
      readers.delete(reader);
      leaving.delete(reader);
      parts.onReaders(-1);
      waits.check();
    }
  }

  /**
   * Waits until nothing that is told is older than the position, which another process may have given; false when the
   * store itself has lost it, null when nobody waits any longer. @throws TIMEOUT
   */
  async function catchUp(position: Placed, signal: AbortSignal): Promise<boolean | null> {
    const limitMs = parts.catchUpMs;
    if (await waits.until(() => signal.aborted || memory.has(position), limitMs)) return true;
    const isLost = !closed.aborted && (await memory.isLost(position));
    if (signal.aborted || closed.aborted) return null;
    if (isLost) return false;
    const message = `This process has not seen that position within ${limitMs} ms; ask again.`;
    throw new LabletError('TIMEOUT', message, { limitMs });
  }

  /** True when memory has every change after `position`, which was given in the life that had `begun`. */
  const holds = (position: RingPosition, begun: HubPlace) =>
    place.life === begun.life && ring.covers(position);

  /** A page of what memory no longer holds, from the store's history; the position after it, or null when it is gone. */
  async function* replay(
    position: RingPosition,
    { epoch, life }: HubPlace,
    { wants, signal }: ReaderOptions,
  ): AsyncGenerator<HubMessage, RingPosition | null> {
    const isOver = () => place.life !== life || signal.aborted || closed.aborted;
    if (isOver() || position.revision < place.since) return null;
    const after = position.index === null ? position.revision : position.revision - 1;
    const page = await pages(after, signal).catch(() => null);
    if (!page || isOver()) return null;
    const missed = page.changes.filter((change) => follows(change, position) && wants(change.key));
    for (const change of conflated(missed)) yield { kind: 'CHANGED', epoch, ...change };
    return { revision: page.upTo, index: null };
  }

  function* resume(after: RingPosition, reader: HubReader): Generator<HubMessage> {
    const { epoch } = place;
    const reached = reader.reached(place.revision);
    const missed = ring.since(after)?.filter(({ key }) => reader.wants(key));
    if (!missed) throw new Error(`memory does not hold what follows revision ${after.revision}`);
    for (const change of conflated(missed)) yield { kind: 'CHANGED', epoch, ...change };
    yield { kind: 'SYNCED', epoch, ...reached };
  }

  function* anew(wants: (key: string) => boolean, resync: boolean): Generator<HubMessage> {
    const { epoch, revision } = place;
    const snapshot = values.list();
    if (resync) yield { kind: 'RESYNC', epoch };
    for (const { key, value } of snapshot) {
      if (wants(key)) yield { kind: 'SNAPSHOT', key, value, epoch, revision };
    }
    yield { kind: 'SYNCED', index: null, epoch, revision };
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
        if (reader.isEmpty) yield { kind: 'BOOKMARK', epoch: place.epoch, ...reader.reached(place.revision) };
      } else if (item === 'RESYNC') {
        reader.beginAnew();
        if (leaving.has(reader)) dismiss(reader);
        yield* anew(reader.wants, true);
      } else yield { kind: 'CHANGED', epoch: item.epoch, ...item.change };
    }
  }

  /** Nothing more comes for this reader; what waits is still sent. */
  function dismiss(reader: HubReader): void {
    readers.delete(reader);
    leaving.set(reader, { epoch: place.epoch, ...reader.reached(place.revision) });
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
    await aborted(AbortSignal.any([signal, closed]));
  }

  function overflow(reader: HubReader): void {
    readers.delete(reader);
    reader.overflow();
    parts.onSlowReader();
  }

  /**
   * Before a stop: every reader is sent what waits for it and a last BOOKMARK, and nothing more. Resolves once all
   * have sent it, or `timeoutMs` passed.
   */
  async function finish(timeoutMs: number): Promise<void> {
    isFinishing = true;
    for (const reader of readers) dismiss(reader);
    await waits.until(() => leaving.size === 0, timeoutMs);
  }

  return {
    read,
    finish,
    tell(change: HubChange, now: number): void {
      const queued = { epoch: place.epoch, change };
      for (const reader of readers) if (!reader.offer(queued, now)) overflow(reader);
    },
    /** Ends who has let a change wait for too long. */
    endStale(now: number): void {
      for (const reader of readers) if (reader.isStale(now)) overflow(reader);
    },
    /** Everything was read again: each reader gets a new snapshot. */
    resync(now: number): void {
      for (const reader of readers) if (!reader.offerResync(now)) overflow(reader);
    },
    end(): void {
      for (const reader of readers) reader.end();
    },
  };
}
