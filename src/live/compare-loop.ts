import type { Closable } from '../lib/closing.js';
import type { Logger } from '../logger.js';
import { delay } from './delay.js';

/** Has the hub compare its values with the store every `intervalMs`, until closed. */
export function compareRegularly(
  hub: { compare(): Promise<number | null> },
  { intervalMs, logger }: { intervalMs: number; logger: Logger },
): Closable {
  const closing = new AbortController();
  void (async () => {
    for (;;) {
      await delay(intervalMs, closing.signal);
      if (closing.signal.aborted) return;
      await hub.compare().catch((error: unknown) => {
        logger.warn({ err: error }, 'the live values could not be compared with the store');
      });
    }
  })();
  return { close: async () => closing.abort() };
}
