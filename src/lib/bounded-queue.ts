export interface QueueLimits {
  readonly items: number;
  /** Of all items together, as the producer counts them. */
  readonly bytes: number;
}

interface Held<T> {
  readonly item: T;
  readonly bytes: number;
  /** When it came, by the producer's clock. */
  readonly at: number;
}

/** A queue between one producer that never waits and one consumer; what does not fit is not taken. */
export class BoundedQueue<T> {
  readonly #items: Held<T>[] = [];
  #bytes = 0;
  #wake: (() => void) | null = null;
  #end: { error: Error | null } | null = null;

  constructor(readonly limits: QueueLimits) {}

  get length(): number {
    return this.#items.length;
  }

  /** When the oldest item came; null when nothing waits. */
  get oldest(): number | null {
    return this.#items[0]?.at ?? null;
  }

  /** False when the item does not fit or the queue has ended; it is not taken then. One item always fits. */
  push(item: T, { bytes, at }: { bytes: number; at: number }): boolean {
    const { limits } = this;
    const isFull = this.#items.length >= limits.items || this.#bytes + bytes > limits.bytes;
    if (this.#end || (isFull && this.#items.length > 0)) return false;
    this.#items.push({ item, bytes, at });
    this.#bytes += bytes;
    this.#signal();
    return true;
  }

  /** Drops what waits. */
  clear(): void {
    this.#items.length = 0;
    this.#bytes = 0;
  }

  /** Ends the queue: at once for the producer, for the consumer after what is queued, or now when `drop` is set. */
  end(error: Error | null = null, options: { drop?: boolean } = {}): void {
    if (this.#end) return;
    this.#end = { error };
    if (options.drop) this.clear();
    this.#signal();
  }

  /** The next item, or `undefined` when nothing waits. */
  take(): T | undefined {
    const held = this.#items.shift();
    if (!held) return undefined;
    this.#bytes -= held.bytes;
    return held.item;
  }

  /** The next item, `null` at the end, or `undefined` when `timeoutMs` passed without one. */
  async next(timeoutMs: number): Promise<T | null | undefined> {
    if (this.#items.length === 0 && !this.#end) await this.#wait(timeoutMs);
    const item = this.take();
    if (item !== undefined) return item;
    if (!this.#end) return undefined;
    if (this.#end.error) throw this.#end.error;
    return null;
  }

  #wait(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #signal(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
