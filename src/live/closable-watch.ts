import { LiveUnavailable, type ChangeBatch } from './live-store.js';

/**
 * A watch that ends without an error when its reader's signal aborts, and with LiveUnavailable when the store
 * is closed. `start` gets a signal for both and ends when it aborts.
 */
export async function* closableWatch(
  closing: AbortSignal,
  reader: AbortSignal,
  start: (signal: AbortSignal) => AsyncIterable<ChangeBatch>,
): AsyncGenerator<ChangeBatch, void, undefined> {
  // Not AbortSignal.any: what it makes stays with the store's signal, which lives as long as the process.
  const ended = new AbortController();
  const end = () => ended.abort();
  for (const signal of [closing, reader]) {
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
  }
  try {
    for await (const batch of start(ended.signal)) {
      yield batch;
      // What was received and not yet asked for is not delivered after the end.
      if (ended.signal.aborted) break;
    }
  } finally {
    for (const signal of [closing, reader]) signal.removeEventListener('abort', end);
  }
  if (!reader.aborted) throw new LiveUnavailable('the live store is closed');
}
