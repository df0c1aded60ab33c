import { HistoryGone, type ChangeBatch, type Entry, type LiveStore } from '../../src/live/live-store.js';

interface OpenWatch {
  wake: () => void;
  failure: Error | null;
}

/** A live store whose test decides what is in it, when a watch breaks and what happens during a `list`. */
export class ScriptedLive {
  revision = 1;
  /** Runs after a list was read and before it is answered; may throw in its place. */
  duringList: () => void = () => undefined;
  /** Where each watch began. */
  readonly watchedAfter: number[] = [];
  /** The most watches that were open at once. */
  mostWatches = 0;
  #compacted = 0;
  #entries = new Map<string, Entry>();
  #history: ChangeBatch[] = [];
  readonly #watches = new Set<OpenWatch>();

  /** Commits the values (null deletes) as one revision and answers it. */
  commit(values: Readonly<Record<string, string | null>>): number {
    const revision = ++this.revision;
    const changes = Object.entries(values).map(([key, value]) => {
      const before = this.#entries.get(key);
      const createRevision = before?.createRevision ?? revision;
      if (value === null) this.#entries.delete(key);
      else this.#entries.set(key, { key, value, createRevision, modRevision: revision });
      return { key, value, createRevision, previous: before?.value ?? null };
    });
    this.#history.push({ revision, changes });
    for (const { wake } of this.#watches) wake();
    return revision;
  }

  /** Drops the history up to this revision; values and watches that are further stay. */
  compact(revision: number): void {
    this.#compacted = revision;
    this.#history = this.#history.filter((batch) => batch.revision > revision);
    for (const { wake } of this.#watches) wake();
  }

  /** Forgets the values before the changes of a revision, as a store that was compacted meanwhile does. */
  forgetPrevious(revision: number): void {
    this.#history = this.#history.map((batch) =>
      batch.revision === revision
        ? { revision, changes: batch.changes.map((change) => ({ ...change, previous: null })) }
        : batch,
    );
  }

  /** Changes a value behind the back of every watch. */
  change(key: string, value: string): void {
    const entry = this.#entries.get(key) as Entry;
    this.#entries.set(key, { ...entry, value });
  }

  /** What is in the store now. */
  content(): Record<string, string> {
    return Object.fromEntries([...this.#entries].map(([key, { value }]) => [key, value]));
  }

  /** Ends every open watch with the error, and drops what was not delivered. */
  breakWatches(failure: Error): void {
    this.#history = [];
    for (const watch of this.#watches) {
      watch.failure = failure;
      watch.wake();
    }
  }

  /** Another content at another revision, as after a restore. */
  restore(values: Readonly<Record<string, string>>, revision: number): void {
    const entry = ([key, value]: [string, string]): [string, Entry] => [
      key,
      { key, value, createRevision: 1, modRevision: 1 },
    ];
    this.#entries = new Map(Object.entries(values).map(entry));
    this.#history = [];
    this.revision = revision;
  }

  get store(): LiveStore {
    const list = async (prefix: string) => {
      const entries = [...this.#entries.values()].filter(({ key }) => key.startsWith(prefix));
      const { revision } = this;
      this.duringList();
      return { entries, revision };
    };
    const standing = async (key: string) => {
      const entry = this.#entries.get(key) ?? null;
      this.duringList();
      return { entry, revision: this.revision, raftTerm: 0 };
    };
    return {
      list,
      standing,
      watch: (_: string, options) => this.#watch(options),
    } as Partial<LiveStore> as LiveStore;
  }

  async *#watch({ after, signal }: { after: number; signal: AbortSignal }): AsyncGenerator<ChangeBatch> {
    this.watchedAfter.push(after);
    const watch: OpenWatch = { wake: () => undefined, failure: null };
    const end = () => watch.wake();
    signal.addEventListener('abort', end, { once: true });
    this.#watches.add(watch);
    this.mostWatches = Math.max(this.mostWatches, this.#watches.size);
    let position = after;
    try {
      while (!signal.aborted) {
        const next = this.#history.find(({ revision }) => revision > position);
        if (watch.failure) throw watch.failure;
        if (position < this.#compacted) throw new HistoryGone(this.#compacted);
        if (next) {
          position = next.revision;
          yield next;
        } else await new Promise<void>((resolve) => (watch.wake = resolve));
      }
    } finally {
      this.#watches.delete(watch);
    }
  }
}
