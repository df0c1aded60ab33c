import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../lib/clock.js';
import type { Closable } from '../lib/closing.js';
import type { Logger } from '../logger.js';
import { ChangeRing, type LiveValue, type RingLimits } from './change-ring.js';
import { delay } from './delay.js';
import { historyPages } from './history-pages.js';
import { hubReaders, type Placed, type ReadersParts } from './hub-readers.js';
import { HistoryGone, HistoryReset, type ChangeBatch, type LiveStore, type Standing } from './live-store.js';
import { LiveValues, tellsWhatWas, type GroupOf } from './live-values.js';
import { Waits } from './waits.js';

export interface HubParts extends ReadersParts {
  readonly store: LiveStore;
  readonly prefix: string;
  /** Its value's `epoch` names the life of the store; a change of it ends that life. */
  readonly epochKey: string;
  /** Resolves once what the store holds can be relied on, or the signal aborts; awaited before everything is read again. */
  readonly trusted: (signal: AbortSignal) => Promise<void>;
  readonly groupOf: GroupOf;
  /** Recent changes kept for readers that come back; a start fills it with as many revisions. */
  readonly ring: RingLimits;
  readonly clock: Clock;
  readonly logger: Logger;
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
  const waits = new Waits();
  const closing = new AbortController();
  const pages = historyPages({
    store,
    prefix,
    groupOf,
    floor: () => ring.floor,
    closed: closing.signal,
  });
  const place = { epoch: '', revision: 0, life: 0, since: 0 };
  let isFilled = false;
  let lastDelivery = Number.NEGATIVE_INFINITY;
  let watch = new AbortController();
  let running: Promise<void> = Promise.resolve();

  /** Delivered, or in the list; epochs are ordered by the time at which they began. */
  const has = ({ epoch, revision }: Pick<Placed, 'epoch' | 'revision'>) =>
    place.epoch > epoch || (place.epoch === epoch && Math.max(place.revision, values.listedAt) >= revision);
  /** Many ask at the same moment, and share a reading that begins after it. */
  let standing: Promise<Standing | null> | null = null;
  const standingNow = () =>
    (standing ??= setImmediate().then(() => {
      standing = null;
      return store.standing(epochKey).catch(() => null);
    }));
  const isLost = async ({ epoch, revision }: Placed) => {
    const found = await standingNow();
    return found !== null && (epochIn(found.entry?.value) !== epoch || found.revision < revision);
  };
  const readers = hubReaders(
    { place, values, ring, pages, waits, has, isLost, closed: closing.signal },
    parts,
  );

  function advance(to: number): void {
    place.revision = to;
    lastDelivery = clock.monotonic();
    parts.onRevision(to, place.epoch);
    waits.check();
  }

  function deliver({ revision: at, changes }: ChangeBatch): void {
    if (at <= place.revision) return;
    const epochPut = changes.find(({ key }) => key === epochKey);
    if (epochPut && at > values.listedAt && epochIn(epochPut.value) !== place.epoch) {
      throw new HistoryReset('the epoch of the store changed');
    }
    const now = clock.monotonic();
    // What a start reads of the past may be of several lives, of which only the latest can be resumed.
    const isNewLife = epochPut && epochIn(epochPut.value) !== epochIn(epochPut.previous);
    if (isNewLife) place.since = at;
    let isWhole = !isNewLife;
    changes.forEach((change, index) => {
      const told = values.apply(at, index, change);
      isWhole &&= told.group !== null || told.previous !== null || tellsWhatWas(at, change);
      ring.push(told);
      readers.tell(told, now);
    });
    // Whoever goes on from before it would not learn what the change ended.
    if (!isWhole) ring.reset(at);
    ring.trim();
    readers.endStale(now);
    advance(at);
  }

  async function follow(): Promise<void> {
    while (!closing.signal.aborted) {
      watch = new AbortController();
      try {
        for await (const batch of store.watch(prefix, { after: place.revision, signal: watch.signal }))
          deliver(batch);
      } catch (error) {
        if (!isFilled && error instanceof HistoryGone && error.compactRevision <= values.listedAt) {
          // The list is newer than what is gone, so only the ring begins later.
          ring.reset(error.compactRevision);
          advance(error.compactRevision);
          continue;
        }
        if (error instanceof HistoryGone || error instanceof HistoryReset) {
          logger.warn(
            { err: error, revision: place.revision },
            'the live feed has a gap; reading everything again',
          );
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
        place.epoch = epochIn(values.get(epochKey)?.text);
        ring.reset(at);
        place.life++;
        place.since = at;
        advance(at);
        parts.onResync();
        readers.resync(clock.monotonic());
        return;
      } catch {
        await delay(RELIST_PAUSE_MS, closing.signal);
      }
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
      place.epoch = epochIn(values.get(epochKey)?.text);
      const newest = entries.reduce((latest, { modRevision }) => Math.max(latest, modRevision), 0);
      // The revision of the list may be of a change elsewhere, which no watch of ours tells of.
      const from = Math.max(0, Math.min(at - parts.ring.changes, newest - 1));
      ring.reset(from);
      advance(from);
      running = follow();
      await waits.until(() => place.revision >= newest || place.life > 0, FILL_MS);
      isFilled = true;
    },
    read: readers.read,
    /** The revision this process has reached, in the life of the store that {@link epoch} names. */
    revision: () => place.revision,
    epoch: () => place.epoch,
    /** Current value of a key as this process knows it. */
    value: (key: string): LiveValue | null => values.get(key),
    /** Milliseconds since the latest delivery. */
    silenceMs: () => clock.monotonic() - lastDelivery,
    /**
     * Resolves once this process has reached `revision` in the life of the store that `epoch` names, or a life after it;
     * false when `timeoutMs` passed first.
     */
    reached: (revision: number, timeoutMs: number, epoch = place.epoch): Promise<boolean> =>
      waits.until(() => has({ epoch, revision }), timeoutMs),
    /**
     * Compares the map with a full list, once the watch has passed the list's revision. A difference means that the
     * watch lost something: everything is read again and every reader told. Null when nothing could be said.
     */
    async compare(): Promise<number | null> {
      values.beginComparison();
      try {
        const { entries, revision: at } = await store.list(prefix);
        const isPassed = await waits.until(() => place.revision >= at, COMPARE_WAIT_MS);
        const different = isPassed ? values.differences(entries) : null;
        if (different && different.length > 0) {
          parts.onDifferences(different.length);
          logger.error(
            { keys: different.slice(0, 20), revision: place.revision },
            'the live feed lost changes',
          );
          watch.abort();
        }
        return different && different.length;
      } finally {
        values.endComparison();
      }
    },
    finish: readers.finish,
    async close(): Promise<void> {
      closing.abort();
      watch.abort();
      waits.end();
      readers.end();
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
