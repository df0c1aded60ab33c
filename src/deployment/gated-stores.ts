import { StoreUnavailable, type DocumentStore } from '../db/document-store.js';
import { wrapped } from '../lib/wrapped.js';
import { LiveUnavailable, type LiveStore } from '../live/live-store.js';

const DOCUMENT_WRITES = new Set(
  'insert insertMissing replace amend pullEvents deleteOlderThan remove'.split(' '),
);

/** Why nothing may be written now; null where it may. */
export type Refusal = () => string | null;

/** The same store, which refuses writes; reads go on. */
export function gatedDocuments(store: DocumentStore, refusal: Refusal): DocumentStore {
  return {
    collection: (model) => refusing(store.collection(model), refusal),
    now: () => store.now(),
    ping: () => store.ping(),
    close: () => store.close(),
  };
}

/** The same store, which refuses writes and leases; reads and watches go on. */
export function gatedLive(live: LiveStore, refusal: Refusal): LiveStore {
  function mayWrite(): void {
    const why = refusal();
    if (why !== null) throw new LiveUnavailable(why);
  }
  return {
    ...live,
    async txn(transaction) {
      if (transaction.then.length > 0) mayWrite();
      return live.txn(transaction);
    },
    async put(...given) {
      mayWrite();
      return live.put(...given);
    },
    async delete(key) {
      mayWrite();
      return live.delete(key);
    },
    async lease(...given) {
      mayWrite();
      return live.lease(...given);
    },
  };
}

function refusing<T extends object>(target: T, refusal: Refusal): T {
  return wrapped(target, (name, method) => {
    if (!DOCUMENT_WRITES.has(name)) return method;
    return async (...given: unknown[]) => {
      const why = refusal();
      if (why !== null) throw new StoreUnavailable(why);
      return method(...given);
    };
  });
}
