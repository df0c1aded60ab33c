import type { Database, Key, RootDatabase } from 'lmdb';
import type { Entry } from '../live/live-store.js';

export interface StoredEntry {
  readonly value: string;
  readonly created: number;
  readonly modified: number;
  readonly lease: string | null;
}

export interface StoredChange {
  readonly key: string;
  /** Null for a deletion. */
  readonly value: string | null;
  readonly created: number;
  readonly previous: string | null;
}

export interface StoredRevision {
  /** Unix time in ms, for compaction by age. */
  readonly at: number;
  readonly changes: readonly StoredChange[];
}

export interface StoredLease {
  readonly ttlSeconds: number;
  /** Unix time in ms at which its keys lapse; null while a process keeps it alive. */
  readonly endsAt: number | null;
}

/** The tables of the embedded live store inside a data folder. */
export interface LiveTables {
  readonly env: RootDatabase;
  readonly entries: Database<StoredEntry, string>;
  /** By revision, without holes from the first one kept to the current one. */
  readonly history: Database<StoredRevision, number>;
  readonly leases: Database<StoredLease, string>;
  /** `[lease, key]` of every key that is bound to a lease. */
  readonly leasedKeys: Database<true, Key>;
  readonly counters: Database<number, 'revision' | 'compacted' | 'lease'>;
}

export function openLiveTables(env: RootDatabase): LiveTables {
  const table = <V, K extends Key>(name: string) => env.openDB<V, K>({ name, encoding: 'json' });
  return {
    env,
    entries: table('live-entries'),
    history: table('live-history'),
    leases: table('live-leases'),
    leasedKeys: table('live-leased-keys'),
    counters: table('live-counters'),
  };
}

export function entryOf(key: string, { value, created, modified }: StoredEntry): Entry {
  return { key, value, createRevision: created, modRevision: modified };
}

/** The keys bound to a lease, in order. */
export function keysOfLease({ leasedKeys }: LiveTables, lease: string): string[] {
  const found: string[] = [];
  for (const key of leasedKeys.getKeys({ start: [lease] })) {
    const [owner, name] = key as [string, string];
    if (owner !== lease) break;
    found.push(name);
  }
  return found;
}
