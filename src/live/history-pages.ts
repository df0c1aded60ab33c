import { sizeOf, type HubChange } from './change-ring.js';
import { hubChange, tellsWhatWas, type GroupOf } from './live-values.js';
import { HistoryGone, type ChangeBatch, type LiveStore } from './live-store.js';

export interface HistoryParts {
  readonly store: LiveStore;
  readonly prefix: string;
  readonly groupOf: GroupOf;
  /** Where a page may end because memory goes on from there. */
  readonly floor: () => number;
  /** Ends every reading. */
  readonly closed: AbortSignal;
}

export interface HistoryPage {
  readonly changes: readonly HubChange[];
  /** Revision up to which the page holds every change. */
  readonly upTo: number;
}

interface Asked {
  readonly after: number;
  /** Aborts when nobody waits for the page any longer. */
  readonly signal: AbortSignal;
  readonly resolve: (page: HistoryPage) => void;
  readonly reject: (error: unknown) => void;
}

/** A page ends with the revision that passes one of these. */
const PAGE_CHANGES = 1000;
const PAGE_BYTES = 1024 * 1024;

/**
 * Reads what memory no longer holds, page by page, from the history of the store. One watch at a time serves all
 * readers that wait, so that a deploy does not start one for each of them; every reader asks for its next page when
 * it has sent the last one, so a slow one holds a page and delays nobody.
 */
export function historyPages({ store, prefix, groupOf, floor, closed }: HistoryParts) {
  const asked = new Set<Asked>();
  let isReading = false;
  let turn = 0;

  async function readAll(): Promise<void> {
    isReading = true;
    while (asked.size > 0) {
      const waiting = [...asked];
      asked.clear();
      const from = startOf(waiting);
      try {
        const page = await readPage(from);
        for (const each of waiting) {
          if (each.after >= from && (each.after < page.upTo || closed.aborted)) each.resolve(page);
          else askAgain(each);
        }
      } catch (error) {
        for (const each of waiting) {
          const isLater = each.after > from && error instanceof HistoryGone;
          if (isLater && each.after >= error.compactRevision) askAgain(each);
          else each.reject(error);
        }
      }
    }
    isReading = false;
  }

  function askAgain(each: Asked): void {
    if (!each.signal.aborted) asked.add(each);
  }

  /** The oldest position, so that one page serves many; every other time that of who waits longest. */
  function startOf(waiting: readonly Asked[]): number {
    const longest = waiting[0]?.after ?? 0;
    if (++turn % 2 === 0) return longest;
    return waiting.reduce((least, { after }) => Math.min(least, after), longest);
  }

  async function readPage(after: number): Promise<HistoryPage> {
    const changes: HubChange[] = [];
    const page = new AbortController();
    const end = () => page.abort();
    closed.addEventListener('abort', end, { once: true });
    let [upTo, bytes] = [after, 0];
    try {
      if (closed.aborted) return { changes, upTo };
      for await (const batch of store.watch(prefix, { after, signal: page.signal })) {
        for (const change of changesOf(batch)) {
          changes.push(change);
          bytes += sizeOf(change);
        }
        upTo = batch.revision;
        if (changes.length >= PAGE_CHANGES || bytes >= PAGE_BYTES || upTo >= floor()) break;
      }
      return { changes, upTo };
    } finally {
      closed.removeEventListener('abort', end);
      page.abort();
    }
  }

  function changesOf({ revision, changes }: ChangeBatch): HubChange[] {
    return changes.map((change, index) => {
      if (groupOf(change.key) === null && !tellsWhatWas(revision, change)) throw new HistoryGone(revision);
      return hubChange(revision, index, change, groupOf);
    });
  }

  /**
   * The changes that follow revision `after`, and perhaps some before it; at least one revision, unless the reading
   * was ended. There must be a change at or above the floor.
   * @throws HistoryGone when some of them are no longer kept, and the reason of `signal` once it aborts
   */
  return async (after: number, signal: AbortSignal): Promise<HistoryPage> => {
    signal.throwIfAborted();
    let leave = (): void => undefined;
    try {
      return await new Promise<HistoryPage>((resolve, reject) => {
        const each = { after, signal, resolve, reject };
        leave = () => {
          asked.delete(each);
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', leave, { once: true });
        asked.add(each);
        if (!isReading) void readAll();
      });
    } finally {
      signal.removeEventListener('abort', leave);
    }
  };
}

export type HistoryPages = ReturnType<typeof historyPages>;
