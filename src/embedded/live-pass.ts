import { LeaseGone, type Condition, type Entry, type Write } from '../live/live-store.js';
import { entryOf, keysOfLease, type LiveTables, type StoredChange, type StoredEntry } from './live-tables.js';

/** How far the store is: its revision, and the highest one whose changes are no longer kept. */
export interface Position {
  readonly revision: number;
  readonly compacted: number;
}

export interface HistoryLimits {
  readonly revisions: number;
  readonly keepMs: number;
}

/** Revisions dropped by one commit at most, so that none takes long. */
const MOST_DROPPED = 2000;

/**
 * What happens to the tables inside one LMDB transaction. A throwing callback does not undo what it wrote, so
 * everything that can be refused is refused before the first write.
 */
export class LivePass {
  readonly #tables: LiveTables;
  readonly #begun: Position;
  readonly #now: number;
  #revision: number;
  #compacted: number;

  /** `now`: Unix time in ms. */
  constructor(tables: LiveTables, begun: Position, now: number) {
    this.#tables = tables;
    this.#begun = begun;
    this.#now = now;
    this.#revision = begun.revision;
    this.#compacted = begun.compacted;
  }

  get revision(): number {
    return this.#revision;
  }

  get position(): Position {
    return { revision: this.#revision, compacted: this.#compacted };
  }

  entry(key: string): Entry | null {
    const stored = this.#tables.entries.get(key);
    return stored ? entryOf(key, stored) : null;
  }

  holds(condition: Condition): boolean {
    const stored = this.#tables.entries.get(condition.key);
    if ('modRevision' in condition) return (stored?.modified ?? 0) === condition.modRevision;
    if ('createRevision' in condition) return (stored?.created ?? 0) === condition.createRevision;
    return !stored;
  }

  /** Does all writes as one revision; none is used up when nothing changes. @throws LeaseGone */
  write(writes: readonly Write[]): void {
    for (const write of writes) {
      if ('put' in write && write.lease !== undefined && !this.#tables.leases.doesExist(write.lease)) {
        throw new LeaseGone(`there is no lease ${write.lease}`);
      }
    }
    const revision = this.#revision + 1;
    const changes = writes.map((write) => this.#change(write, revision)).filter((change) => change !== null);
    if (changes.length === 0) return;
    void this.#tables.history.put(revision, { at: this.#now, changes });
    this.#revision = revision;
  }

  /** Makes a lease that ends at `endsAt` (Unix time in ms), or when the process does. Its id is never used again. */
  grant(ttlSeconds: number, endsAt: number | null): string {
    const { counters, leases } = this.#tables;
    const number = (counters.get('lease') ?? 0) + 1;
    void counters.put('lease', number);
    void leases.put(String(number), { ttlSeconds, endsAt });
    return String(number);
  }

  /** Deletes a lease and, as one revision, its keys. */
  endLease(lease: string): void {
    this.write(keysOfLease(this.#tables, lease).map((key) => ({ delete: key })));
    void this.#tables.leases.remove(lease);
  }

  /** Drops old history and stores the position. The last thing a pass does. */
  finish(limits: HistoryLimits): void {
    this.#compact(limits);
    const { counters } = this.#tables;
    if (this.#revision !== this.#begun.revision) void counters.put('revision', this.#revision);
    if (this.#compacted !== this.#begun.compacted) void counters.put('compacted', this.#compacted);
  }

  #compact({ revisions, keepMs }: HistoryLimits): void {
    const { history } = this.#tables;
    const last = Math.min(this.#compacted + MOST_DROPPED, this.#revision);
    const oldestKept = this.#revision - revisions;
    while (this.#compacted < last) {
      const next = this.#compacted + 1;
      if (next > oldestKept && (history.get(next)?.at ?? 0) >= this.#now - keepMs) return;
      void history.remove(next);
      this.#compacted = next;
    }
  }

  #change(write: Write, revision: number): StoredChange | null {
    const { entries } = this.#tables;
    const key = 'put' in write ? write.put : write.delete;
    const before = entries.get(key);
    const previous = before?.value ?? null;
    if (!('put' in write)) {
      if (!before) return null;
      void entries.remove(key);
      this.#bind(key, before.lease, null);
      return { key, value: null, created: before.created, previous };
    }
    const { value, lease = null } = write;
    const after: StoredEntry = { value, created: before?.created ?? revision, modified: revision, lease };
    void entries.put(key, after);
    this.#bind(key, before?.lease ?? null, lease);
    return { key, value, created: after.created, previous };
  }

  #bind(key: string, before: string | null, after: string | null): void {
    if (before === after) return;
    if (before !== null) void this.#tables.leasedKeys.remove([before, key]);
    if (after !== null) void this.#tables.leasedKeys.put([after, key], true);
  }
}
