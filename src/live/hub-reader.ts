import { LabletError } from '../errors.js';
import { BoundedQueue, type QueueLimits } from '../lib/bounded-queue.js';
import { follows, sizeOf, type HubChange, type RingPosition } from './change-ring.js';

export interface ReaderLimits extends QueueLimits {
  /** How long a change may wait for its reader. */
  readonly ageMs: number;
}

const RESYNC_BYTES = 1;

/** A change, and the life of the store that its revision counts in. */
export interface Queued {
  readonly epoch: string;
  readonly change: HubChange;
}

/** What waits for one subscriber, between the hub that never waits and a socket that may. */
export class HubReader {
  readonly #queue: BoundedQueue<Queued | 'RESYNC'>;
  /** Groups of which a change waits: it stands for the later ones too. */
  readonly #groups = new Set<string>();
  readonly #limits: ReaderLimits;
  /** Only what follows is queued. */
  #floor: RingPosition = { revision: 0, index: null };

  constructor(
    limits: ReaderLimits,
    readonly wants: (key: string) => boolean,
  ) {
    this.#limits = limits;
    this.#queue = new BoundedQueue(limits);
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Position that this reader has reached when nothing waits and the hub has reached `revision`. */
  reached(revision: number): RingPosition {
    return this.#floor.revision > revision ? this.#floor : { revision, index: null };
  }

  /** What came before `floor` was sent already, perhaps by another process that is ahead of this one. */
  beginAfter(floor: RingPosition): void {
    this.#floor = floor;
  }

  /** False when there is no room; the reader must be ended then. */
  offer(queued: Queued, at: number): boolean {
    const { change } = queued;
    if (!this.wants(change.key) || !follows(change, this.#floor)) return true;
    if (change.group === null) return this.#queue.push(queued, { bytes: sizeOf(change), at });
    if (this.#groups.has(change.group)) return true;
    this.#groups.add(change.group);
    return this.#queue.push(queued, { bytes: sizeOf(change), at });
  }

  /** Says that everything was read again; false when there is no room. */
  offerResync(at: number): boolean {
    return this.#queue.push('RESYNC', { bytes: RESYNC_BYTES, at });
  }

  isStale(now: number): boolean {
    const { oldest } = this.#queue;
    return oldest !== null && now - oldest > this.#limits.ageMs;
  }

  /** Forgets what waits: a snapshot takes its place. */
  beginAnew(): void {
    this.#queue.clear();
    this.#groups.clear();
    this.#floor = { revision: 0, index: null };
  }

  /** As {@link BoundedQueue.next}. @throws ReaderOverflow */
  async next(timeoutMs: number): Promise<Queued | 'RESYNC' | null | undefined> {
    const item = await this.#queue.next(timeoutMs);
    const group = item && item !== 'RESYNC' ? item.change.group : null;
    if (group !== null) this.#groups.delete(group);
    return item;
  }

  end(): void {
    this.#queue.end(null);
  }

  leave(): void {
    this.#queue.end(null, { drop: true });
  }

  overflow(): void {
    this.#queue.end(new ReaderOverflow(), { drop: true });
  }
}

/** A reader was ended because it lags too far behind. */
export class ReaderOverflow extends Error {}

export function slowReader(liveRevision: string | null): LabletError {
  const message = 'You read more slowly than changes happen; resume from the given revision.';
  return new LabletError('SLOW_READER', message, { liveRevision });
}
