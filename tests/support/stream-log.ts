/** Reads a stream in the background and keeps what came, so that a test can wait for a named message. */
export class StreamLog<T> {
  readonly seen: T[] = [];
  /** Resolves once nothing more comes, whatever the reason. */
  readonly ended: Promise<void>;
  readonly #checks = new Set<() => void>();
  #failure: unknown = null;
  #isOver = false;

  constructor(source: AsyncIterable<T>) {
    this.ended = this.#read(source);
  }

  /** The first message from `from` on that satisfies `wanted`, waiting up to `ms` for it; each is looked at once. */
  until(wanted: (message: T) => boolean, ms = 5000, from = 0): Promise<T> {
    let next = from;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(new Error(`not seen in ${ms} ms; saw ${this.#text()}`)), ms);
      const finish = (result: T | Error) => {
        clearTimeout(timer);
        this.#checks.delete(check);
        if (result instanceof Error) reject(result);
        else resolve(result);
      };
      const check = () => {
        while (next < this.seen.length) {
          const message = this.seen[next++] as T;
          if (wanted(message)) return finish(message);
        }
        if (this.#failure) finish(this.#failure as Error);
        else if (this.#isOver) finish(new Error(`the stream ended; saw ${this.#text()}`));
      };
      this.#checks.add(check);
      check();
    });
  }

  /** What ended the stream, once it has ended with an error. */
  async failure(ms = 5000): Promise<unknown> {
    return this.until(() => false, ms).catch((error: unknown) => error);
  }

  async #read(source: AsyncIterable<T>): Promise<void> {
    try {
      for await (const message of source) {
        this.seen.push(message);
        this.#notify();
      }
    } catch (error) {
      this.#failure = error;
    }
    this.#isOver = true;
    this.#notify();
  }

  #notify(): void {
    for (const check of [...this.#checks]) check();
  }

  #text(): string {
    return JSON.stringify(this.seen).slice(0, 2000);
  }
}
