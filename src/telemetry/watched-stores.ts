import {
  DocumentMissing,
  DuplicateKey,
  RevisionConflict,
  StoreUnavailable,
  WriteOutcomeUnknown,
  type DocumentStore,
} from '../db/document-store.js';
import type { Clock } from '../lib/clock.js';
import type { SpanFacts, Tracer } from '../lib/tracing.js';
import { wrapped } from '../lib/wrapped.js';
import { LiveOutcomeUnknown, LiveStorageFull, LiveUnavailable, type LiveStore } from '../live/live-store.js';
import type { Metrics, StoreResult } from '../metrics.js';

export interface WatchParts {
  readonly metrics: Pick<Metrics, 'storeCalls' | 'storeSeconds'>;
  readonly tracer: Tracer;
  readonly clock: Clock;
}

const COLLECTION_CALLS = new Set(
  'insert insertMissing replace amend pullEvents get getMany find count deleteOlderThan remove'.split(' '),
);
/** `health` never fails and `watch` never ends; both are told of elsewhere. */
const LIVE_CALLS = new Set('get standing list txn put delete lease'.split(' '));

const RESULTS: readonly (readonly [StoreResult, readonly (new (...given: never[]) => Error)[]])[] = [
  ['CONFLICT', [DuplicateKey, RevisionConflict, DocumentMissing]],
  ['UNKNOWN', [WriteOutcomeUnknown, LiveOutcomeUnknown]],
  ['FULL', [LiveStorageFull]],
  ['UNAVAILABLE', [StoreUnavailable, LiveUnavailable]],
];

/** The same store; each call is counted, timed and shown as a span of the operation that makes it. */
export function watchedDocuments(store: DocumentStore, parts: WatchParts): DocumentStore {
  const watch = watcher('documents', parts);
  return {
    collection(model) {
      const collection = store.collection(model);
      return watched(collection, COLLECTION_CALLS, watch, { 'lablet.collection': collection.name });
    },
    now: () => watch('now', {}, () => store.now()),
    ping: () => watch('ping', {}, () => store.ping()),
    close: () => store.close(),
  };
}

/** The same for the live store. */
export function watchedLive(live: LiveStore, parts: WatchParts): LiveStore {
  return watched(live, LIVE_CALLS, watcher('live', parts), {});
}

type Watch = <T>(call: string, facts: SpanFacts, work: () => Promise<T>) => Promise<T>;

function watcher(store: 'documents' | 'live', { metrics, tracer, clock }: WatchParts): Watch {
  return (call, facts, work) =>
    tracer.child(`${store} ${call}`, facts, async (span) => {
      const started = clock.monotonic();
      let result: StoreResult = 'OK';
      try {
        return await work();
      } catch (error) {
        result = resultOf(error);
        if (result !== 'CONFLICT') span.fail();
        throw error;
      } finally {
        metrics.storeCalls.inc({ store, call, result });
        metrics.storeSeconds.observe({ store }, (clock.monotonic() - started) / 1000);
        span.add({ 'lablet.store.result': result });
      }
    });
}

function watched<T extends object>(target: T, calls: ReadonlySet<string>, watch: Watch, facts: SpanFacts): T {
  return wrapped(target, (name, method) => {
    if (!calls.has(name)) return method;
    return (...given: unknown[]) => watch(name, facts, () => method(...given) as Promise<unknown>);
  });
}

function resultOf(error: unknown): StoreResult {
  const known = RESULTS.find(([, types]) => types.some((type) => error instanceof type));
  return known ? known[0] : 'FAILED';
}
