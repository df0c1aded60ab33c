import type { DocumentStore, ModelClass } from '../../../src/db/document-store.js';
import type { StoredDocument } from '../../../src/db/stored-document.js';

/** One kind of store, as the contract needs it. */
export interface Harness {
  /** Starts a server, or makes a folder, that is empty. */
  start(): Promise<Backend>;
  /** How a crash is made: of the server, of a process that has the folder open, or not at all. */
  readonly crash: 'server' | 'process' | 'none';
  /** How many random data sets the property of `find` is tried with. */
  readonly runs: number;
}

/** What one run of the contract works on. */
export interface Backend {
  /** With crash `server`, `uri` may name another way to the same server. */
  open(
    models: readonly ModelClass<StoredDocument>[],
    deadlines?: Deadlines,
    uri?: string,
  ): Promise<DocumentStore>;
  /** With crash `server`. */
  readonly server?: Server;
  /** With crash `process`: where another process finds the same data once the store is closed. */
  readonly folder?: string;
  stop(): Promise<void>;
}

export interface Deadlines {
  readonly serverSelectionMs: number;
  readonly callMs: number;
}

/** A server that the tests own. */
export interface Server {
  readonly port: number;
  kill(): Promise<void>;
  pause(): void;
  resume(): void;
  /** Brings it up again with its data. */
  restart(): Promise<void>;
}

/** What a test gets its stores from. */
export interface Bench {
  /** A collection no other test uses. */
  readonly freshName: () => string;
  /** The store is closed when the test ends. */
  readonly open: Backend['open'];
  readonly backend: () => Backend;
}
