import { setImmediate } from 'node:timers/promises';
import { HistoryGone, HistoryReset, type ChangeBatch } from '../live/live-store.js';
import type { Position } from './live-pass.js';
import type { LiveTables, StoredRevision } from './live-tables.js';

export interface HistoryParts {
  readonly history: LiveTables['history'];
  /** How far the disk is. */
  readonly position: () => Position;
  /** Resolves at the next commit, or when the signal aborts. */
  readonly advanced: (signal: AbortSignal) => Promise<void>;
}

const PAGE_REVISIONS = 256;
/** Of text held for one reader; a page ends with the revision that passes it. */
const PAGE_CHARACTERS = 1024 * 1024;

/**
 * The changes below `prefix` above revision `after`. Every reader reads the history on disk at its own pace, so
 * a slow one costs a page of memory and delays nobody; it ends with HistoryGone when it falls too far behind.
 */
export async function* watchHistory(
  { history, position, advanced }: HistoryParts,
  prefix: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, void, undefined> {
  let reached = after;
  while (!signal.aborted) {
    const { revision, compacted } = position();
    if (reached > revision) throw new HistoryReset('the revision of the store went back');
    if (reached < compacted) throw new HistoryGone(compacted);
    if (reached === revision) {
      await advanced(signal);
      continue;
    }
    for (const { key, value } of page(history, reached + 1, revision)) {
      reached = key;
      const changes = value.changes
        .filter((change) => change.key.startsWith(prefix))
        .map(({ created, ...change }) => ({ ...change, createRevision: created }));
      if (changes.length > 0) yield { revision: key, changes };
      if (signal.aborted) return;
    }
    // Pages without a match must not hold up everything else.
    await setImmediate();
  }
}

function page(
  history: LiveTables['history'],
  first: number,
  last: number,
): { key: number; value: StoredRevision }[] {
  const found: { key: number; value: StoredRevision }[] = [];
  let characters = 0;
  for (const { key, value } of history.getRange({ start: first, end: last + 1, limit: PAGE_REVISIONS })) {
    found.push({ key, value });
    for (const change of value.changes) {
      characters += (change.value?.length ?? 0) + (change.previous?.length ?? 0);
    }
    if (characters > PAGE_CHARACTERS) break;
  }
  return found;
}
