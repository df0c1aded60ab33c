import type { ChangeBatch, LiveStore } from '../../../src/live/live-store.js';

/** Waits for a fact; asks every few milliseconds. */
export async function until(
  what: string,
  fact: () => boolean | Promise<boolean>,
  withinMs = 10_000,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await fact())) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Follows a watch and keeps what it delivers. */
export class Recorder {
  readonly batches: ChangeBatch[] = [];
  /** Why the watch ended: null for a clean end, undefined while it runs. */
  end: Error | null | undefined;
  readonly #controller = new AbortController();
  readonly #running: Promise<void>;

  constructor(store: LiveStore, prefix: string, after: number) {
    this.#running = this.#follow(store.watch(prefix, { after, signal: this.#controller.signal }));
  }

  get changes() {
    return this.batches.flatMap(({ revision, changes }) =>
      changes.map((change) => ({ revision, ...change })),
    );
  }

  get revisions(): number[] {
    return this.batches.map(({ revision }) => revision);
  }

  get values(): (string | null)[] {
    return this.changes.map(({ value }) => value);
  }

  async reaches(revision: number, withinMs?: number): Promise<void> {
    const isThere = () => this.end !== undefined || (this.revisions.at(-1) ?? 0) >= revision;
    await until(`the watch reaches revision ${revision}`, isThere, withinMs);
    if (this.end) throw this.end;
  }

  /** The error that ends the watch, or null when it ends without one. */
  async ended(withinMs?: number): Promise<Error | null> {
    await until('the watch ends', () => this.end !== undefined, withinMs);
    return this.end ?? null;
  }

  async stop(): Promise<Error | null> {
    this.#controller.abort();
    await this.#running;
    return this.end ?? null;
  }

  async #follow(batches: AsyncIterable<ChangeBatch>): Promise<void> {
    try {
      for await (const batch of batches) this.batches.push(batch);
      this.end = null;
    } catch (error) {
      this.end = error as Error;
    }
  }
}

/** How long `action` takes in ms, and what it gives or throws. */
export async function timed<T>(action: () => Promise<T>): Promise<{ ms: number; value?: T; error?: Error }> {
  const begun = performance.now();
  try {
    const value = await action();
    return { ms: performance.now() - begun, value };
  } catch (error) {
    return { ms: performance.now() - begun, error: error as Error };
  }
}
