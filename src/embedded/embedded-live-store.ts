import { setMaxListeners } from 'node:events';
import type { RootDatabase } from 'lmdb';
import { systemClock, type Clock } from '../lib/clock.js';
import { closableWatch } from '../live/closable-watch.js';
import { HeldLease } from '../live/lease.js';
import { checkKey, checkLeaseSeconds, checkTransaction } from '../live/live-limits.js';
import type { LiveStore } from '../live/live-store.js';
import { isDiskFull } from './disk-room.js';
import { GroupCommit } from './group-commit.js';
import { LiveLeases } from './live-leases.js';
import { LivePass, type Position } from './live-pass.js';
import { entryOf, openLiveTables, type LiveTables } from './live-tables.js';
import { watchHistory } from './live-watch.js';

export interface EmbeddedOptions {
  /** Revisions whose changes are kept for watches. */
  readonly historyLimitRevisions?: number;
  /** How long changes are kept at most, in ms. */
  readonly historyKeepMs?: number;
  /** Deadline of a call in ms. */
  readonly callMs?: number;
  readonly clock?: Clock;
}

const HEALTH_MS = 1000;
/** Of an empty store, as in etcd: 0 means "no revision known". */
const FIRST_REVISION = 1;

/**
 * The live store inside this process, on LMDB. `env` stays the caller's to close, after this store. Opening
 * deletes every key whose lease a process kept alive that is gone (leader keys), and those whose time is over.
 */
export async function openEmbeddedLiveStore(
  env: RootDatabase,
  options: EmbeddedOptions = {},
): Promise<LiveStore> {
  const {
    historyLimitRevisions = 10_000,
    historyKeepMs = 3_600_000,
    callMs = 2000,
    clock = systemClock,
  } = options;
  const limits = { revisions: historyLimitRevisions, keepMs: historyKeepMs };
  const tables = openLiveTables(env);
  const closing = new AbortController();
  // Every watch listens to it.
  setMaxListeners(0, closing.signal);
  const held = new Set<HeldLease>();
  const watchers = new Set<() => void>();
  /** What is on disk and may be shown. */
  let position = storedPosition(tables);

  const leases = new LiveLeases(clock, () => void commits.submit(() => undefined).catch(() => undefined));
  const commits = new GroupCommit<{ pass: LivePass; ended: string[] }>({
    env,
    callMs,
    begin() {
      const pass = new LivePass(tables, storedPosition(tables), unixMs(clock));
      // Before any job: nobody may act on a key whose lease has run out.
      const ended = leases.due();
      for (const lease of ended) pass.endLease(lease);
      return { pass, ended };
    },
    finish: ({ pass }) => pass.finish(limits),
    committed({ pass, ended }) {
      leases.drop(ended);
      const isNew = pass.revision !== position.revision;
      position = pass.position;
      if (isNew) for (const wake of [...watchers]) wake();
    },
    failed() {
      position = storedPosition(tables);
    },
  });
  await takeOverLeases(tables, leases, clock, (lease) => commits.submit(({ pass }) => pass.endLease(lease)));

  function advanced(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        watchers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      watchers.add(wake);
      signal.addEventListener('abort', wake, { once: true });
    });
  }

  return {
    async get(key) {
      checkKey(key);
      await commits.settled();
      const stored = tables.entries.get(key);
      return stored ? entryOf(key, stored) : null;
    },

    async standing(key) {
      checkKey(key);
      await commits.settled();
      const stored = tables.entries.get(key);
      return { entry: stored ? entryOf(key, stored) : null, revision: position.revision, raftTerm: 0 };
    },

    // It lives in this process: nothing lies between.
    interruptions: () => 0,

    async list(prefix) {
      await commits.settled();
      const { revision } = position;
      const entries = [];
      for (const { key, value } of tables.entries.getRange(prefix === '' ? {} : { start: prefix })) {
        if (!key.startsWith(prefix)) break;
        entries.push(entryOf(key, value));
      }
      return { entries, revision };
    },

    async txn(transaction) {
      checkTransaction(transaction);
      const { when, then, orElse = [] } = transaction;
      return commits.submit(({ pass }) => {
        const succeeded = when.every((condition) => pass.holds(condition));
        if (succeeded) pass.write(then);
        const found = succeeded ? [] : orElse.map((key) => pass.entry(key)).filter((entry) => entry !== null);
        return {
          succeeded,
          revision: pass.revision,
          reads: new Map(found.map((entry) => [entry.key, entry])),
        };
      });
    },

    async put(key, value, { lease } = {}) {
      const then = [{ put: key, value, ...(lease !== undefined && { lease }) }];
      checkTransaction({ when: [], then });
      return commits.submit(({ pass }) => {
        pass.write(then);
        return { revision: pass.revision };
      });
    },

    async delete(key) {
      checkKey(key);
      return commits.submit(({ pass }) => {
        const existed = pass.entry(key) !== null;
        pass.write([{ delete: key }]);
        return { existed, revision: pass.revision };
      });
    },

    watch(prefix, { after, signal }) {
      const parts = { history: tables.history, position: () => position, advanced };
      return closableWatch(closing.signal, signal, (ended) =>
        watchHistory(parts, prefix, Math.max(after, FIRST_REVISION), ended),
      );
    },

    async lease(ttlSeconds, { keepAlive = true } = {}) {
      checkLeaseSeconds(ttlSeconds);
      const ttlMs = ttlSeconds * 1000;
      const sentAt = clock.monotonic();
      const endsAt = keepAlive ? null : unixMs(clock) + ttlMs;
      const id = await commits.submit(({ pass }) => pass.grant(ttlSeconds, endsAt));
      leases.set(id, ttlMs);
      const lease = new HeldLease(
        { id, ttlSeconds, keepAlive, sentAt, clock },
        {
          renew: async () => leases.renew(id, ttlMs),
          revoke: async () => {
            await commits.submit(({ pass }) => pass.endLease(id));
            leases.drop([id]);
          },
        },
      );
      held.add(lease);
      lease.lost.addEventListener('abort', () => held.delete(lease), { once: true });
      return lease;
    },

    async health() {
      try {
        await commits.settled(HEALTH_MS);
        const { lastPageNumber, pageSize } = env.getStats() as { lastPageNumber: number; pageSize: number };
        const usedBytes = (lastPageNumber + 1) * pageSize;
        return {
          state: 'up',
          version: 'embedded',
          usedBytes,
          quotaBytes: (await isDiskFull(env)) ? usedBytes : null,
        };
      } catch (error) {
        return { state: 'down', reason: error instanceof Error ? error.message : String(error) };
      }
    },

    async close() {
      closing.abort();
      for (const lease of held) lease.end('the live store is closed');
      leases.close();
      await commits.close();
    },
  };
}

/** Ends the leases whose holder is gone; those that nobody was to keep alive go on for what is left of them. */
async function takeOverLeases(
  tables: LiveTables,
  leases: LiveLeases,
  clock: Clock,
  endLease: (lease: string) => Promise<void>,
): Promise<void> {
  for (const { key: lease, value } of [...tables.leases.getRange({})]) {
    const left = value.endsAt === null ? 0 : value.endsAt - unixMs(clock);
    // The clock may have been set back since: never longer than it was granted for.
    if (left > 0) leases.set(lease, Math.min(left, value.ttlSeconds * 1000));
    else await endLease(lease);
  }
}

function storedPosition({ counters }: LiveTables): Position {
  return {
    revision: counters.get('revision') ?? FIRST_REVISION,
    compacted: counters.get('compacted') ?? FIRST_REVISION,
  };
}

function unixMs(clock: Clock): number {
  return Date.parse(clock.now());
}
