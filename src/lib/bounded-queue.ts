/** A queue between one producer that never waits and one consumer; what does not fit ends it. */
export class BoundedQueue<T> {
  readonly #items: T[] = [];
  #wake: (() => void) | null = null;
  #end: { error: Error | null } | null = null;

  constructor(readonly limit: number) {}

  get length(): number {
    return this.#items.length;
  }

  /** False when the queue is full or has ended; the item is not taken then. */
  push(item: T): boolean {
    if (this.#end || this.#items.length >= this.limit) return false;
    this.#items.push(item);
    this.#signal();
    return true;
  }

  /** Ends the queue: at once for the producer, for the consumer after what is queued, or now when `drop` is set. */
  end(error: Error | null = null, options: { drop?: boolean } = {}): void {
    if (this.#end) return;
    this.#end = { error };
    if (options.drop) this.#items.length = 0;
    this.#signal();
  }

  /** The next item, `null` at the end, or `undefined` when `timeoutMs` passed without one. */
  async next(timeoutMs: number): Promise<T | null | undefined> {
    if (this.#items.length === 0 && !this.#end) await this.#wait(timeoutMs);
    const item = this.#items.shift();
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
