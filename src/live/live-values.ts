import { LiveValue, type HubChange } from './change-ring.js';
import type { Change, Entry } from './live-store.js';

/** Names the group of keys whose changes keep no values and may be conflated; null for all other keys. */
export type GroupOf = (key: string) => string | null;

/** A value, and the revision that made it. */
export interface Known {
  readonly key: string;
  readonly value: LiveValue;
  readonly revision: number;
}

/** The current values as a process knows them: a full list, and every change after it. */
export class LiveValues {
  readonly #known = new Map<string, Known>();
  /** Keys that changed since a comparison began. */
  #touched: Set<string> | null = null;
  #list: readonly Known[] | null = null;
  #listedAt = 0;

  constructor(readonly groupOf: GroupOf) {}

  /** Revision of the latest full list. */
  get listedAt(): number {
    return this.#listedAt;
  }

  get(key: string): LiveValue | null {
    return this.#known.get(key)?.value ?? null;
  }

  /**
   * All values as they are now. Whoever asks before the next change gets the same list: a thousand readers that stand
   * in their snapshots hold it once.
   */
  list(): readonly Known[] {
    return (this.#list ??= [...this.#known.values()]);
  }

  /** Takes a full list in place of what was known. */
  replace(entries: readonly Entry[], revision: number): void {
    this.#known.clear();
    this.#list = null;
    this.#touched = null;
    this.#listedAt = revision;
    for (const { key, value, modRevision } of entries) {
      this.#known.set(key, { key, value: new LiveValue(value), revision: modRevision });
    }
  }

  /** Takes a change, unless the list was newer, and answers it as readers get it. */
  apply(revision: number, index: number, change: Change): HubChange {
    const { key, value } = change;
    if (revision <= this.#listedAt) return hubChange(revision, index, change, this.groupOf);
    const known = this.#known.get(key);
    const told = hubChange(revision, index, change, this.groupOf, known?.value);
    this.#list = null;
    this.#touched?.add(key);
    if (value === null) this.#known.delete(key);
    else this.#known.set(key, { key, value: told.value ?? new LiveValue(value), revision });
    return told;
  }

  /** To be called before the list that {@link differences} gets is read. */
  beginComparison(): void {
    this.#touched = new Set();
  }

  endComparison(): void {
    this.#touched = null;
  }

  /**
   * The keys at which a full list says something else, once every change up to its revision was applied. What
   * changed since the comparison began proves nothing and is left out. Null when everything was replaced meanwhile.
   */
  differences(entries: readonly Entry[]): string[] | null {
    const touched = this.#touched;
    if (!touched) return null;
    const listed = new Map(entries.map((entry) => [entry.key, entry]));
    const keys = new Set([...listed.keys(), ...this.#known.keys()]);
    return [...keys].filter((key) => {
      if (touched.has(key)) return false;
      const [here, there] = [this.#known.get(key), listed.get(key)];
      return here?.revision !== there?.modRevision || here?.value.text !== there?.value;
    });
  }
}

/** A change as readers get it; `previous` where it is known better than the change itself says. */
export function hubChange(
  revision: number,
  index: number,
  change: Change,
  groupOf: GroupOf,
  previous?: LiveValue,
): HubChange {
  const { key, value } = change;
  const group = groupOf(key);
  if (group !== null) return { revision, index, key, value: null, previous: null, group };
  const before = previous ?? (change.previous === null ? null : new LiveValue(change.previous));
  return {
    revision,
    index,
    key,
    value: value === null ? null : new LiveValue(value),
    previous: before,
    group,
  };
}

/** False where the value before the change was compacted away, so that nobody can say what the change ended. */
export function tellsWhatWas(revision: number, { value, createRevision, previous }: Change): boolean {
  return previous !== null || (value !== null && createRevision === revision);
}

/** Of each group only the latest change, in order. */
export function conflated(changes: readonly HubChange[]): HubChange[] {
  const latest = new Map<string, HubChange>();
  for (const change of changes) if (change.group !== null) latest.set(change.group, change);
  return changes.filter((change) => change.group === null || latest.get(change.group) === change);
}
