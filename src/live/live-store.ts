/**
 * The live store: claims, leadership and the live feed. Two implementations, one contract suite
 * (`tests/contract/live-store.contract.ts`).
 *
 * Revisions count committed writes of the whole store; order is total; the changes of one revision come
 * together. Values are text (JSON of the callers' choosing). Every call has a deadline and fails with one
 * of the errors below, or with RangeError when it breaks the limits of `live-limits.ts`. No write that may
 * have reached the store is ever sent again.
 */
export interface LiveStore {
  /** Linearizable read of one key. */
  get(key: string): Promise<Entry | null>;
  /** The same, with where the store stands at that moment. */
  standing(key: string): Promise<Standing>;
  /**
   * How often the way to the store was interrupted since it was opened. After each time another store, or an
   * older state of this one, may answer: whoever relies on what it knew asks for {@link standing} before it writes.
   */
  interruptions(): number;
  /** All entries below a prefix, in key order, and the revision they are true at. */
  list(prefix: string): Promise<{ entries: Entry[]; revision: number }>;
  /** Compares all conditions, then does all writes or none; a failed comparison answers the reads of `orElse`. */
  txn(transaction: Transaction): Promise<TxnResult>;
  put(key: string, value: string, options?: { lease?: LeaseId }): Promise<{ revision: number }>;
  delete(key: string): Promise<{ existed: boolean; revision: number }>;
  /**
   * Every change below `prefix` with a revision above `after` exactly once, in order; all changes of one
   * revision in one batch. Ends by throwing {@link HistoryGone} or {@link HistoryReset}, or
   * {@link LiveUnavailable} when the store is closed; ends silently when `signal` aborts. Connection losses
   * are survived inside. `previous` is asked for and given where kept.
   */
  watch(prefix: string, options: { after: number; signal: AbortSignal }): AsyncIterable<ChangeBatch>;
  /**
   * A lease of `ttlSeconds` (whole, 1 or more), kept alive every third of it until revoked or lost. With
   * `keepAlive: false` it is never renewed: its keys lapse when its time is over, also while no process runs.
   */
  lease(ttlSeconds: number, options?: { keepAlive?: boolean }): Promise<Lease>;
  /** Whether the store answers within a second, and what it says of itself; never throws. */
  health(): Promise<LiveHealth>;
  close(): Promise<void>;
}

export type LeaseId = string;

export interface Entry {
  readonly key: string;
  readonly value: string;
  /** Revision at which the key was created (since its last deletion). */
  readonly createRevision: number;
  /** Revision of its latest change. */
  readonly modRevision: number;
}

/** None of the two numbers ever goes down in the life of a store; one that was restored is likely behind in one. */
export interface Standing {
  readonly entry: Entry | null;
  /** Of the latest write. */
  readonly revision: number;
  /** Of the elections of the store's servers; 0 where there are none. */
  readonly raftTerm: number;
}

/** All of them must hold. `absent` means the key does not exist. */
export type Condition =
  | { readonly key: string; readonly modRevision: number }
  | { readonly key: string; readonly createRevision: number }
  | { readonly key: string; readonly absent: true };

export type Write =
  { readonly put: string; readonly value: string; readonly lease?: LeaseId } | { readonly delete: string };

export interface Transaction {
  readonly when: readonly Condition[];
  readonly then: readonly Write[];
  /** Keys to read in the same transaction when a condition fails. */
  readonly orElse?: readonly string[];
}

export interface TxnResult {
  readonly succeeded: boolean;
  /** The store's revision after the transaction. */
  readonly revision: number;
  /** Entries of `orElse` that exist, by key; empty when it succeeded. */
  readonly reads: ReadonlyMap<string, Entry>;
}

export interface Change {
  readonly key: string;
  /** Null when the key was deleted or its lease lapsed. */
  readonly value: string | null;
  /** Revision at which the key was created; of a deletion that of the value it ended, 0 when not kept. */
  readonly createRevision: number;
  /** Value before this change; null when there was none or it is no longer kept. */
  readonly previous: string | null;
}

export interface ChangeBatch {
  readonly revision: number;
  readonly changes: readonly Change[];
}

export interface Lease {
  readonly id: LeaseId;
  /**
   * Aborts when the lease is lost or revoked, when the store is closed, or when two thirds of its time passed
   * since the last renewal (or the grant) was sent.
   */
  readonly lost: AbortSignal;
  /** Ends the lease and deletes its keys. Should that fail, they lapse when its time is over. */
  revoke(): Promise<void>;
}

export type LiveHealth =
  | {
      readonly state: 'up';
      readonly version: string;
      readonly usedBytes: number;
      /** Null where the store does not tell; as much as is used once it refuses writes for lack of room. */
      readonly quotaBytes: number | null;
    }
  | { readonly state: 'down'; readonly reason: string };

/** The store cannot be reached; a write that failed with it was surely not applied. */
export class LiveUnavailable extends Error {
  override readonly name: string = 'LiveUnavailable';
}

/** A write may or may not have been applied; decide by reading back who owns the effect. */
export class LiveOutcomeUnknown extends Error {
  override readonly name = 'LiveOutcomeUnknown';
}

/** The write names a lease that lapsed or was revoked; it was surely not applied. */
export class LeaseGone extends LiveUnavailable {
  override readonly name = 'LeaseGone';
}

/**
 * The store takes no writes until it has room again; reads and deletes still work. A write that was under way
 * at the moment it filled up may be refused with this and yet have been applied: read back, as after
 * {@link LiveOutcomeUnknown}.
 */
export class LiveStorageFull extends Error {
  override readonly name = 'LiveStorageFull';
}

/** The changes asked for were compacted; list again and go on from there. */
export class HistoryGone extends Error {
  override readonly name = 'HistoryGone';
  constructor(readonly compactRevision: number) {
    super(`history up to revision ${compactRevision} is gone`);
  }
}

/** The store's revision or raft term went back, or it has another epoch: it was emptied or restored. */
export class HistoryReset extends Error {
  override readonly name = 'HistoryReset';
}
