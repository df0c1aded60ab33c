import { LabletError } from '../errors.js';
import { BoundedQueue } from '../lib/bounded-queue.js';
import type { Clock } from '../lib/clock.js';
import type { Closable } from '../lib/closing.js';
import type { Logger } from '../logger.js';
import { ChangeRing, LiveValue, type HubChange, type RingPosition } from './change-ring.js';
import { HistoryGone, HistoryReset, type ChangeBatch, type LiveStore } from './live-store.js';

/** `epoch` names the life of the store that the revision counts in. */
export type HubMessage = { readonly epoch: string } & Told;

type Told =
  | { readonly kind: 'SNAPSHOT'; readonly key: string; readonly value: LiveValue; readonly revision: number }
  | { readonly kind: 'SYNCED'; readonly revision: number }
  | ({ readonly kind: 'CHANGED' } & HubChange)
  | { readonly kind: 'BOOKMARK'; readonly revision: number }
  /** What follows is a new snapshot; drop what it lacks. */
  | { readonly kind: 'RESYNC' };

export interface ReaderOptions {
  /**
   * Go on after this change (index null: after the whole revision) if it is of the present epoch; null starts with a
   * snapshot.
   */
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
  /** Recent changes kept for readers that come back. */
  readonly ringChanges: number;
  /** Changes that may wait for one reader. */
  readonly readerChanges: number;
  readonly bookmarkMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onReaders: (open: number) => void;
  readonly onSlowReader: () => void;
  readonly onResync: () => void;
  readonly onRevision: (revision: number, epoch: string) => void;
}

const RELIST_PAUSE_MS = 250;

/** A change and the life of the store it belongs to, or the word that everything was read again. */
type Queued = { readonly life: number; readonly epoch: string; readonly change: HubChange } | 'RESYNC';

interface Reader {
  readonly queue: BoundedQueue<Queued>;
  readonly wants: (key: string) => boolean;
}

/**
 * One per process, on one watch of the whole prefix: the map of current values, a ring of recent changes, and
 * readers with queues of their own. The hub's revision moves only by what was delivered.
 */
export function watchHub(parts: HubParts) {
  const { store, prefix, epochKey, logger, clock } = parts;
  const values = new Map<string, { value: LiveValue; revision: number }>();
  const ring = new ChangeRing(parts.ringChanges);
  const readers = new Set<Reader>();
  const waiters = new Set<() => void>();
  const controller = new AbortController();
  let revision = 0;
  /** Counts how often everything was read again; revisions of different lives do not compare. */
  let life = 0;
  let epoch = '';
  let lastDelivery = Number.NEGATIVE_INFINITY;
  let running: Promise<void> = Promise.resolve();

  function advance(to: number): void {
    revision = to;
    lastDelivery = clock.monotonic();
    parts.onRevision(to, epoch);
    for (const wake of waiters) wake();
  }

  async function relist(): Promise<void> {
    const { entries, revision: at } = await store.list(prefix);
    values.clear();
    for (const { key, value, modRevision } of entries) {
      values.set(key, { value: new LiveValue(value), revision: modRevision });
    }
    epoch = epochIn(values.get(epochKey)?.value);
    ring.reset(at);
    advance(at);
  }

  function deliver(batch: ChangeBatch): void {
    if (batch.changes.some(({ key }) => key === epochKey)) {
      throw new HistoryReset('the epoch of the store changed');
    }
    batch.changes.forEach(({ key, value, previous }, index) => {
      const known = values.get(key)?.value ?? (previous === null ? null : new LiveValue(previous));
      const change: HubChange = {
        revision: batch.revision,
        index,
        key,
        value: value === null ? null : new LiveValue(value),
        previous: known,
      };
      if (change.value) values.set(key, { value: change.value, revision: batch.revision });
      else values.delete(key);
      ring.push(change);
      for (const reader of readers) if (reader.wants(key)) offer(reader, { life, epoch, change });
    });
    ring.trim();
    advance(batch.revision);
  }

  function offer(reader: Reader, item: Queued): void {
    if (reader.queue.push(item)) return;
    readers.delete(reader);
    reader.queue.end(new ReaderOverflow(), { drop: true });
    parts.onSlowReader();
  }

  async function follow(): Promise<void> {
    while (!controller.signal.aborted) {
      try {
        for await (const batch of store.watch(prefix, { after: revision, signal: controller.signal }))
          deliver(batch);
      } catch (error) {
        if (error instanceof HistoryGone || error instanceof HistoryReset) {
          logger.warn({ err: error, revision }, 'the live feed has a gap; reading everything again');
        } else {
          logger.error({ err: error }, 'the live feed broke; reading everything again');
          await pause(RELIST_PAUSE_MS, controller.signal);
        }
        await startAgain();
      }
    }
  }

  async function startAgain(): Promise<void> {
    while (!controller.signal.aborted) {
      try {
        await parts.trusted(controller.signal);
        if (controller.signal.aborted) return;
        await relist();
        life++;
        parts.onResync();
        for (const reader of readers) offer(reader, 'RESYNC');
        return;
      } catch {
        await pause(RELIST_PAUSE_MS, controller.signal);
      }
    }
  }

  function* snapshot(wants: (key: string) => boolean): Generator<HubMessage> {
    const at = { epoch, revision };
    for (const [key, entry] of [...values]) {
      if (wants(key)) yield { kind: 'SNAPSHOT', key, value: entry.value, ...at };
    }
    yield { kind: 'SYNCED', ...at };
  }

  /** Snapshot or resumption, then changes in order; ends with the signal, or by SLOW_READER. */
  async function* read(options: ReaderOptions): AsyncGenerator<HubMessage> {
    const reader: Reader = { queue: new BoundedQueue(parts.readerChanges), wants: options.wants };
    const stop = () => {
      readers.delete(reader);
      reader.queue.end(null, { drop: true });
    };
    options.signal.addEventListener('abort', stop, { once: true });
    // From here to the first yield nothing waits, so no change falls between the start and the queue.
    readers.add(reader);
    parts.onReaders(readers.size);
    try {
      if (options.signal.aborted) return;
      if (controller.signal.aborted) reader.queue.end(null);
      yield* begin(options);
      yield* drain(reader, options);
    } finally {
      options.signal.removeEventListener('abort', stop);
      readers.delete(reader);
      parts.onReaders(readers.size);
    }
  }

  function* begin({ after, resync, wants }: ReaderOptions): Generator<HubMessage> {
    const usable = after && after.epoch === epoch && after.revision <= revision;
    const missed = usable ? ring.since(after) : null;
    if (missed) {
      const at = { epoch, revision };
      const changes = missed.filter(({ key }) => wants(key));
      for (const change of changes) yield { kind: 'CHANGED', epoch: at.epoch, ...change };
      yield { kind: 'SYNCED', ...at };
      return;
    }
    const replay = [...snapshot(wants)];
    if (after || resync) yield { kind: 'RESYNC', epoch };
    yield* replay;
  }

  async function* drain(reader: Reader, { wants, lastToken }: ReaderOptions): AsyncGenerator<HubMessage> {
    let floor = { life: 0, revision: 0 };
    for (;;) {
      const item = await reader.queue.next(parts.bookmarkMs).catch((error: unknown) => {
        throw error instanceof ReaderOverflow ? slowReader(lastToken()) : error;
      });
      if (item === null) return;
      if (item === undefined) yield { kind: 'BOOKMARK', epoch, revision };
      else if (item === 'RESYNC') {
        // The snapshot is newer than the changes that were queued behind the word to resync.
        floor = { life, revision };
        const replay = [...snapshot(wants)];
        yield { kind: 'RESYNC', epoch };
        yield* replay;
      } else if (
        item.life > floor.life ||
        (item.life === floor.life && item.change.revision > floor.revision)
      ) {
        yield { kind: 'CHANGED', epoch: item.epoch, ...item.change };
      }
    }
  }

  return {
    /** Reads everything once and starts following. */
    async start(): Promise<void> {
      await relist();
      running = follow();
    },
    read,
    /** The revision this process has reached, in the life of the store that {@link epoch} names. */
    revision: () => revision,
    epoch: () => epoch,
    /** Current value of a key as this process knows it. */
    value: (key: string): LiveValue | null => values.get(key)?.value ?? null,
    /** Milliseconds since the latest delivery. */
    silenceMs: () => clock.monotonic() - lastDelivery,
    /** Resolves once this process has reached `target`; false when `timeoutMs` passed first. */
    async reached(target: number, timeoutMs: number): Promise<boolean> {
      if (revision >= target) return true;
      return new Promise((resolve) => {
        const check = () => {
          if (revision >= target) finish(true);
        };
        const timer = setTimeout(() => finish(false), timeoutMs);
        const finish = (result: boolean) => {
          clearTimeout(timer);
          waiters.delete(check);
          resolve(result);
        };
        waiters.add(check);
      });
    },
    async close(): Promise<void> {
      controller.abort();
      for (const reader of readers) reader.queue.end(null);
      await running;
    },
  } satisfies Closable & Record<string, unknown>;
}

export type WatchHub = ReturnType<typeof watchHub>;

class ReaderOverflow extends Error {}

function slowReader(liveRevision: string | null): LabletError {
  return new LabletError(
    'SLOW_READER',
    'You read more slowly than changes happen; resume from the given revision.',
    {
      liveRevision,
    },
  );
}

/** The epoch that the value names; empty without one. */
function epochIn(value: LiveValue | undefined): string {
  const json = value?.json() as { epoch?: unknown } | null | undefined;
  return typeof json?.epoch === 'string' ? json.epoch : '';
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
  });
}
