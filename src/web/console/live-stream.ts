import { CloseCode, type Client } from 'graphql-ws';
import { hintIn, waitAfter } from '../../client/retry.js';
import { ApiError, asApiError, faultsOf } from './fault.js';
import { LiveTable, type LiveMessage } from './live-table.js';
import { announceSignedOut, type Document } from './request.js';

/** How the stream stands: CATCHING_UP while a snapshot or what was missed comes in; STOPPED for good. */
export type Connection = 'CONNECTING' | 'CATCHING_UP' | 'LIVE' | 'RECONNECTING' | 'STOPPED';

/** What a view shows of a stream; a new object whenever something changed. */
export interface LiveView<T> {
  readonly rows: ReadonlyMap<string, T>;
  readonly liveRevision: string | null;
  readonly connection: Connection;
  readonly error: ApiError | null;
}

export interface StreamOf<Result, T> {
  readonly operation: Document<Result, { after: string | null }>;
  readonly message: (result: Result) => LiveMessage<T>;
}

const FIRST_WAIT_MS = 250;
/** A snapshot of a thousand objects is a thousand messages, but not a thousand renderings. */
const RENDER_MS = 50;
const ENDING_CODES: readonly unknown[] = [CloseCode.Unauthorized, CloseCode.Forbidden];

/** Follows a stream until it is stopped: after a cut it connects again and goes on where it was. */
export class LiveStream<Result, T extends { id: string; revision: number }> {
  #view: LiveView<T> = { rows: new Map(), liveRevision: null, connection: 'CONNECTING', error: null };
  #connection: Connection = 'CONNECTING';
  #error: ApiError | null = null;
  #rendering: ReturnType<typeof setTimeout> | undefined;
  readonly #table = new LiveTable<T>();
  readonly #listeners = new Set<() => void>();
  readonly #stop = new AbortController();

  constructor(
    private readonly sockets: Client,
    private readonly of: StreamOf<Result, T>,
  ) {}

  readonly view = (): LiveView<T> => this.#view;

  readonly onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  stop(): void {
    this.#stop.abort();
    clearTimeout(this.#rendering);
  }

  async run(): Promise<void> {
    const { signal } = this.#stop;
    for (let failures = 0; !signal.aborted; failures++) {
      let askedMs = 0;
      try {
        await this.#read(() => (failures = 0));
        this.#error = null;
      } catch (error) {
        if (this.#endedBy(error)) return;
        askedMs = askedBy(error);
      }
      if (signal.aborted) return;
      this.#show('RECONNECTING');
      await pause(waitAfter(failures, askedMs, FIRST_WAIT_MS), signal);
    }
  }

  async #read(progress: () => void): Promise<void> {
    const table = this.#table;
    table.begin();
    const variables = { after: table.resumeAfter };
    const results = this.sockets.iterate<Result>({ query: this.of.operation, variables });
    const end = () => void results.return?.();
    this.#stop.signal.addEventListener('abort', end, { once: true });
    try {
      for await (const { data, errors } of results) {
        if (errors) throw new ApiError(faultsOf(errors));
        if (!data) continue;
        table.apply(this.of.message(data));
        this.#error = null;
        progress();
        this.#show(table.synced ? 'LIVE' : 'CATCHING_UP');
      }
    } finally {
      this.#stop.signal.removeEventListener('abort', end);
      // Also after a failure: graphql-ws counts it as open until then.
      end();
    }
  }

  /** True if trying again cannot help. */
  #endedBy(error: unknown): boolean {
    if (this.#stop.signal.aborted) return true;
    if (isClose(error)) {
      if (!ENDING_CODES.includes((error as { code?: unknown }).code)) return false;
      announceSignedOut();
      return true;
    }
    this.#error = Array.isArray(error) ? new ApiError(faultsOf(error)) : asApiError(error);
    if (this.#error.has('UNAUTHENTICATED')) announceSignedOut();
    if (this.#error.retryable) return false;
    this.#show('STOPPED');
    return true;
  }

  #show(connection: Connection): void {
    this.#connection = connection;
    this.#rendering ??= setTimeout(() => {
      this.#rendering = undefined;
      const { rows, liveRevision } = this.#table;
      this.#view = {
        rows: new Map(rows),
        liveRevision,
        connection: this.#connection,
        error: this.#error,
      };
      for (const listener of this.#listeners) listener();
    }, RENDER_MS);
  }
}

/** A socket that closed or could not be opened; graphql-ws throws the browser's event, or one of its own. */
function isClose(error: unknown): boolean {
  if (error instanceof Event) return true;
  return typeof error === 'object' && error !== null && 'code' in error && 'reason' in error;
}

/** How long the server asks to wait, in ms. */
function askedBy(error: unknown): number {
  if (isClose(error)) return hintIn(String((error as { reason?: unknown }).reason));
  const { faults } =
    error instanceof ApiError ? error : new ApiError(Array.isArray(error) ? faultsOf(error) : []);
  return Math.max(0, ...faults.map(({ details }) => Number(details['retryAfterMs'] ?? 0)));
}

/** Waits; the browser being online again, or the end, cuts it short. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      window.removeEventListener('online', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    window.addEventListener('online', done, { once: true });
    signal.addEventListener('abort', done, { once: true });
  });
}
