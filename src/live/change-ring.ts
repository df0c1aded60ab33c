/** A value of the live store, parsed on first use and then shared by all readers. */
export class LiveValue {
  #parsed: unknown;
  #isParsed = false;

  constructor(readonly text: string) {}

  /** The JSON value, or undefined when the text is not JSON. */
  json(): unknown {
    if (!this.#isParsed) {
      this.#isParsed = true;
      try {
        this.#parsed = JSON.parse(this.text);
      } catch {
        this.#parsed = undefined;
      }
    }
    return this.#parsed;
  }
}

export interface HubChange {
  readonly revision: number;
  /** Number of this change within its revision, from 0. */
  readonly index: number;
  readonly key: string;
  readonly value: LiveValue | null;
  readonly previous: LiveValue | null;
}

/** A position between changes; index null stands for the end of the revision. */
export interface RingPosition {
  readonly revision: number;
  readonly index: number | null;
}

/** The latest changes, at most `limit`, for readers that come back. */
export class ChangeRing {
  readonly #changes: HubChange[] = [];
  /** Changes up to this revision are not held. */
  #floor = 0;

  constructor(readonly limit: number) {}

  /** Forgets everything; the next change follows `floor`. */
  reset(floor: number): void {
    this.#changes.length = 0;
    this.#floor = floor;
  }

  push(change: HubChange): void {
    this.#changes.push(change);
  }

  /** Call between revisions: drops the oldest ones, whole revisions only, a tenth of the limit at a time. */
  trim(): void {
    const changes = this.#changes;
    if (changes.length <= this.limit) return;
    let cut = changes.length - Math.floor(this.limit * 0.9);
    while (cut < changes.length && changes[cut]?.revision === changes[cut - 1]?.revision) cut++;
    this.#floor = changes[cut - 1]?.revision ?? this.#floor;
    changes.splice(0, cut);
  }

  /** Every change after `position`, or null when some of them are no longer held. */
  since({ revision, index }: RingPosition): HubChange[] | null {
    // Of the revision that is the floor nothing is held, so only its end can be gone on from.
    if (revision < this.#floor || (revision === this.#floor && index !== null)) return null;
    const lastIndex = index ?? Number.POSITIVE_INFINITY;
    let start = this.#lowerBound(revision);
    for (let change = this.#changes[start]; change; change = this.#changes[++start]) {
      if (change.revision !== revision || change.index > lastIndex) break;
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
