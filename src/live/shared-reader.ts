import { BoundedQueue } from '../lib/bounded-queue.js';
import { follows } from './change-ring.js';
import { slowReader, type ReaderLimits } from './hub-reader.js';
import type { LiveKind } from './live-stream.js';
import type { LivePosition } from './live-token.js';

/** A message of a feed, made once for everybody who gets it. */
export interface Frame {
  readonly kind: LiveKind;
  readonly liveRevision: string;
  /** Size of what is sent. */
  readonly bytes: number;
}

/** A frame, and the position that its token stands for. */
export interface Placed<F extends Frame> {
  readonly frame: F;
  readonly position: LivePosition;
}

/** Where the messages of one subscriber leave the process. */
export interface Outlet<F extends Frame> {
  /** True when nothing waits there for its reader. */
  isClear(): boolean;
  /** Takes the message; calls `sent` later, once it has left. */
  send(frame: F, sent?: () => void): void;
}

/**
 * One subscriber of a shared feed. What comes before `begin` waits in its queue; what its own start has told it already
 * is left out then. An outlet that its reader does not empty holds two messages at most, the rest waits here.
 */
export class SharedReader<F extends Frame> {
  /** Null while nothing waits, which it does for most at most times. */
  #queue: BoundedQueue<Placed<F>> | null = null;
  #resolve = (): void => undefined;
  #reject = (_error: Error): void => undefined;
  /** What the subscriber has been told; null before it has begun. */
  #floor: LivePosition | null = null;
  #last: string | null = null;
  /** Inside a snapshot that the feed tells to all. */
  #isAnew = false;
  #isSending = false;
  #end: { readonly error: Error | null } | null = null;
  #waiting: (() => void)[] | null = null;
  /** Settles when nothing more will be sent: rejects with SLOW_READER, or with what ended the feed. */
  readonly ended: Promise<void>;

  constructor(
    readonly limits: ReaderLimits,
    readonly outlet: Outlet<F>,
    readonly onLeave: () => void,
  ) {
    this.ended = new Promise<void>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Nobody may be waiting yet.
    this.ended.catch(() => undefined);
  }

  /** The subscriber was told this by its own start. */
  told(liveRevision: string): void {
    this.#last = liveRevision;
  }

  /** Why nothing more will be sent, where that is a failure. */
  get failure(): Error | null {
    return this.#end?.error ?? null;
  }

  /** From here on the feed tells what follows `floor`. */
  begin(floor: LivePosition): void {
    this.#floor = floor;
    this.#flush();
  }

  /** False when it must be ended, since it lags too far behind. */
  offer(placed: Placed<F>, at: number): boolean {
    if (this.#end) return true;
    if (this.#floor && !this.#isSending && !this.#queue) {
      this.#pass(placed, this.#floor);
      return true;
    }
    const queue = (this.#queue ??= new BoundedQueue(this.limits));
    const { oldest } = queue;
    const isStale = oldest !== null && at - oldest > this.limits.ageMs;
    return !isStale && queue.push(placed, { bytes: placed.frame.bytes, at });
  }

  overflow(): void {
    this.#queue = null;
    this.#finish(slowReader(this.#last));
  }

  /** The feed has ended; what waits is still sent. */
  end(error: Error | null): void {
    this.#end ??= { error };
    if (!this.#isSending) this.#flush();
  }

  /** Resolves once nothing waits here to be sent, or nothing more will be. */
  async drained(): Promise<void> {
    if (this.#isDrained) return;
    await new Promise<void>((resolve) => (this.#waiting ??= []).push(resolve));
  }

  get #isDrained(): boolean {
    return !this.#queue && !this.#isSending;
  }

  /** The subscriber has gone. */
  leave(): void {
    this.onLeave();
    this.#queue = null;
    this.#finish(null);
  }

  #finish(error: Error | null): void {
    this.#end ??= { error };
    if (this.#end.error) this.#reject(this.#end.error);
    else this.#resolve();
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting ?? [];
    this.#waiting = null;
    for (const each of waiting) each();
  }

  #flush(): void {
    this.#isSending = false;
    while (this.#floor && !this.#isSending) {
      const placed = this.#queue?.take();
      if (this.#queue?.length === 0) this.#queue = null;
      if (!placed) break;
      this.#pass(placed, this.#floor);
    }
    if (this.#isDrained) this.#wake();
    if (this.#end && !this.#isSending) this.#finish(null);
  }

  #pass(placed: Placed<F>, floor: LivePosition): void {
    if (!this.#isDue(placed, floor)) return;
    const { frame } = placed;
    this.#last = frame.liveRevision;
    if (this.outlet.isClear()) return this.outlet.send(frame);
    this.#isSending = true;
    this.outlet.send(frame, () => this.#flush());
  }

  #isDue({ frame: { kind }, position }: Placed<F>, floor: LivePosition): boolean {
    const isSameLife = position.epoch === floor.epoch;
    switch (kind) {
      case 'RESYNC_REQUIRED':
        // In doubt it is told again: that costs a snapshot, and its lack would be a gap.
        this.#isAnew ||= !isSameLife || position.revision >= floor.revision;
        return this.#isAnew;
      case 'SNAPSHOT':
        return this.#isAnew;
      case 'SYNCED': {
        const isDue = this.#isAnew;
        if (isDue) this.#floor = position;
        this.#isAnew = false;
        return isDue;
      }
      case 'BOOKMARK':
        return isSameLife && position.revision >= floor.revision;
      case 'CHANGED':
      case 'REMOVED':
        return isSameLife && follows(position, floor);
    }
  }
}
