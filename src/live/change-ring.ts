/** Reads the text of one kind of value; never throws. */
export interface Decoder<T> {
  decode(text: string): { readonly ok: true; readonly value: T } | { readonly ok: false };
}

/** A value of the live store, decoded on first use and then shared by all readers. */
export class LiveValue {
  #decoded: unknown;
  #isDecoded = false;

  constructor(readonly text: string) {}

  /** What the text says, or null where it cannot be read. A value has one decoder: that of its key. */
  as<T>(decoder: Decoder<T>): T | null {
    if (!this.#isDecoded) {
      const result = decoder.decode(this.text);
      this.#decoded = result.ok ? result.value : null;
      this.#isDecoded = true;
    }
    return this.#decoded as T | null;
  }
}

export interface HubChange {
  readonly revision: number;
  /** Number of this change within its revision, from 0. */
  readonly index: number;
  readonly key: string;
  readonly value: LiveValue | null;
  readonly previous: LiveValue | null;
  /**
   * Set where only the fact is kept and no values: changes of one group may be conflated, and whoever hears of one
   * takes the latest value from the hub.
   */
  readonly group: string | null;
}

/** A position between changes; index null stands for the end of the revision. */
export interface RingPosition {
  readonly revision: number;
  readonly index: number | null;
}

export interface RingLimits {
  readonly changes: number;
  /** Of keys and texts; a text that several changes share counts for each of them. */
  readonly bytes: number;
}

/** What is left after a cut, so that not every change makes one. */
const KEPT_SHARE = 0.9;
/** What an object costs beside its texts, roughly. */
const OBJECT_BYTES = 200;

/** Memory that a change holds on to, roughly. */
export function sizeOf({ key, value, previous }: HubChange): number {
  return OBJECT_BYTES + key.length + (value?.text.length ?? 0) + (previous?.text.length ?? 0);
}

/** True for a change that comes after `position`. */
export function follows(change: RingPosition, { revision, index }: RingPosition): boolean {
  if (change.revision !== revision) return change.revision > revision;
  return index !== null && change.index !== null && change.index > index;
}

/** The latest changes, bounded in number and bytes, for readers that come back. */
export class ChangeRing {
  readonly #changes: HubChange[] = [];
  #bytes = 0;
  #floor = 0;

  constructor(readonly limits: RingLimits) {}

  /** Changes up to this revision are not held. */
  get floor(): number {
    return this.#floor;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Forgets everything; the next change follows `floor`. */
  reset(floor: number): void {
    this.#changes.length = 0;
    this.#bytes = 0;
    this.#floor = floor;
  }

  push(change: HubChange): void {
    this.#changes.push(change);
    this.#bytes += sizeOf(change);
  }

  /** Call between revisions: where a limit is passed, drops the oldest changes, whole revisions only. */
  trim(): void {
    const changes = this.#changes;
    const { limits } = this;
    if (changes.length <= limits.changes && this.#bytes <= limits.bytes) return;
    const [keptChanges, keptBytes] = [limits.changes * KEPT_SHARE, limits.bytes * KEPT_SHARE];
    let cut = 0;
    for (let change = changes[0]; change; change = changes[cut]) {
      const fits = changes.length - cut <= keptChanges && this.#bytes <= keptBytes;
      if (fits && change.revision !== changes[cut - 1]?.revision) break;
      this.#floor = change.revision;
      this.#bytes -= sizeOf(change);
      cut++;
    }
    changes.splice(0, cut);
  }

  /** True when every change after `position` is held. */
  covers({ revision, index }: RingPosition): boolean {
    // Of the revision that is the floor nothing is held, so only its end can be gone on from.
    return revision > this.#floor || (revision === this.#floor && index === null);
  }

  /** Every change after `position`, or null when some of them are no longer held. */
  since(position: RingPosition): HubChange[] | null {
    if (!this.covers(position)) return null;
    let start = this.#lowerBound(position.revision);
    for (let change = this.#changes[start]; change; change = this.#changes[++start]) {
      if (follows(change, position)) break;
    }
    return this.#changes.slice(start);
  }

  #lowerBound(revision: number): number {
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.revision ?? 0) < revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
