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

interface Settle {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * One subscriber of a shared feed. What comes before `begin` waits in its queue; what its own start has told it already
 * is left out then. An outlet that its reader does not empty holds two messages at most, the rest waits here.
 */
export class SharedReader<F extends Frame> {
  readonly #queue: BoundedQueue<Placed<F>>;
  readonly #settle: Settle;
  /** What the subscriber has been told; null before it has begun. */
  #floor: LivePosition | null = null;
  #last: string | null = null;
  /** Inside a snapshot that the feed tells to all. */
  #isAnew = false;
  #isSending = false;
  #end: { readonly error: Error | null } | null = null;
  readonly #waiting: (() => void)[] = [];
  /** Settles when nothing more will be sent: rejects with SLOW_READER, or with what ended the feed. */
  readonly ended: Promise<void>;

  constructor(
    readonly limits: ReaderLimits,
    readonly outlet: Outlet<F>,
    readonly onLeave: () => void,
  ) {
    this.#queue = new BoundedQueue(limits);
    let settle: Settle | null = null;
    this.ended = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
    this.#settle = settle as unknown as Settle;
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
    if (this.#floor && !this.#isSending && this.#queue.length === 0) {
      this.#pass(placed, this.#floor);
      return true;
    }
    const { oldest } = this.#queue;
    const isStale = oldest !== null && at - oldest > this.limits.ageMs;
    return !isStale && this.#queue.push(placed, { bytes: placed.frame.bytes, at });
  }

  overflow(): void {
    this.#queue.clear();
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
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  get #isDrained(): boolean {
    return this.#queue.length === 0 && !this.#isSending;
  }

  /** The subscriber has gone. */
  leave(): void {
    this.onLeave();
    this.#queue.clear();
    this.#finish(null);
  }

  #finish(error: Error | null): void {
    this.#end ??= { error };
    if (this.#end.error) this.#settle.reject(this.#end.error);
    else this.#settle.resolve();
    this.#wake();
  }

  #wake(): void {
    for (const each of this.#waiting.splice(0)) each();
  }

  readonly #flush = (): void => {
    this.#isSending = false;
    while (this.#floor && !this.#isSending) {
      const placed = this.#queue.take();
      if (!placed) break;
      this.#pass(placed, this.#floor);
    }
    if (this.#isDrained) this.#wake();
    if (this.#end && !this.#isSending) this.#finish(null);
  };

  #pass(placed: Placed<F>, floor: LivePosition): void {
    if (!this.#isDue(placed, floor)) return;
    const { frame } = placed;
    this.#last = frame.liveRevision;
    if (this.outlet.isClear()) return this.outlet.send(frame);
    this.#isSending = true;
    this.outlet.send(frame, this.#flush);
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
