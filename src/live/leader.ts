import { delay } from './delay.js';
import { HistoryReset, type Condition, type Lease, type LiveStore } from './live-store.js';

export interface LeadOptions {
  /** The leader key; whoever creates it leads for as long as it exists. */
  readonly key: string;
  /** What the key holds; asked for anew in each campaign when it is a function. */
  readonly value: string | (() => string);
  /** Whole seconds; a leader that is gone is replaced after this at the latest. */
  readonly ttlSeconds?: number;
  /** Ends the campaign, or the term. */
  readonly signal: AbortSignal;
  /** Told of everything that goes wrong in campaigns and terms; each is followed by another attempt. */
  readonly onError?: (error: unknown) => void;
}

export interface Term {
  /** Revision at which the key was created; no two terms have the same. */
  readonly createRevision: number;
  /** Aborts when the lead is lost or given up. */
  readonly signal: AbortSignal;
  /** Belongs into every transaction written as leader: a later term makes it fail. */
  readonly fence: Condition;
}

const POLL_MS = 1000;
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1000;

/**
 * Campaigns until `signal` aborts and runs `run` while leading, one term at a time; resolves after the last one
 * has ended and the key is deleted. A term ends when the lease cannot be renewed for two thirds of its time by
 * the monotonic clock, when the key is gone, or when `run` settles; the key is deleted only after `run` has
 * settled, so heed the term's signal.
 */
export async function lead(
  store: LiveStore,
  options: LeadOptions,
  run: (term: Term) => Promise<void>,
): Promise<void> {
  const { signal, onError } = options;
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const begun = performance.now();
    try {
      await untilAbsent(store, options.key, signal);
      if (signal.aborted) return;
      await campaign(store, options, run);
    } catch (error) {
      onError?.(error);
    }
    if (performance.now() - begun > LONGEST_PAUSE_MS) pause = FIRST_PAUSE_MS;
    await delay(pause * (0.5 + Math.random() / 2), signal);
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
  }
}

/** One attempt to create the key and, if that succeeds, one term. */
async function campaign(
  store: LiveStore,
  { key, value, ttlSeconds = 15, signal, onError }: LeadOptions,
  run: (term: Term) => Promise<void>,
): Promise<void> {
  const lease = await store.lease(ttlSeconds);
  try {
    const text = typeof value === 'function' ? value() : value;
    // Should the answer be lost, revoking the lease deletes a key that may have been created.
    const created = await store.txn({
      when: [{ key, absent: true }],
      then: [{ put: key, value: text, lease: lease.id }],
    });
    if (created.succeeded) await serve(store, key, created.revision, lease, signal, run);
  } finally {
    // When this fails the key lapses with the lease; there is nothing better to do.
    await lease.revoke().catch((error: unknown) => onError?.(error));
  }
}

async function serve(
  store: LiveStore,
  key: string,
  createRevision: number,
  lease: Lease,
  signal: AbortSignal,
  run: (term: Term) => Promise<void>,
): Promise<void> {
  const term = new AbortController();
  const end = () => term.abort();
  if (signal.aborted || lease.lost.aborted) return;
  for (const each of [signal, lease.lost]) each.addEventListener('abort', end, { once: true });
  const watching = deletion(store, key, createRevision, term.signal).then((isGone) => isGone && end());
  try {
    await run({ createRevision, signal: term.signal, fence: { key, createRevision } });
  } finally {
    for (const each of [signal, lease.lost]) each.removeEventListener('abort', end);
    end();
    await watching;
  }
}

/** Resolves when nobody holds the key: told by the watch, or found by asking every second. */
async function untilAbsent(store: LiveStore, key: string, signal: AbortSignal): Promise<void> {
  const holder = await store.get(key);
  if (!holder || signal.aborted) return;
  const watching = new AbortController();
  const stop = () => watching.abort();
  signal.addEventListener('abort', stop, { once: true });
  let isGone = false;
  const watched = deletion(store, key, holder.modRevision, watching.signal).then((told) => {
    isGone = told;
    if (told) stop();
  });
  try {
    do {
      await delay(POLL_MS, watching.signal);
    } while (!isGone && !signal.aborted && (await store.get(key)));
  } finally {
    signal.removeEventListener('abort', stop);
    stop();
    await watched;
  }
}

/** True when the watch tells that the key was deleted, or the whole store emptied; false when it ends otherwise. */
async function deletion(store: LiveStore, key: string, after: number, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const { changes } of store.watch(key, { after, signal })) {
      if (changes.some((change) => change.key === key && change.value === null)) return true;
    }
    return false;
  } catch (error) {
    // Otherwise the key may well be there: whoever waits asks the store, and a leader has its lease and the fence.
    return error instanceof HistoryReset;
  }
}
