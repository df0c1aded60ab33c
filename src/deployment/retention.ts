import { setTimeout as delay } from 'node:timers/promises';
import type { Collection } from '../db/document-store.js';
import type { StoredDocument } from '../db/stored-document.js';
import { addMs, type Clock } from '../lib/clock.js';
import type { Logger } from '../logger.js';

export interface RetentionParts {
  readonly kept: readonly {
    readonly collection: Collection<StoredDocument>;
    /** Text field with the time that counts, the first of an index. */
    readonly field: string;
    readonly ms: number;
  }[];
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

const DELETED_AT_ONCE = 500;

/** Deletes what is older than it is kept, at once and then every interval, until the signal aborts. */
export async function sweepOldDocuments(parts: RetentionParts, signal: AbortSignal): Promise<void> {
  const { clock, logger } = parts;
  while (!signal.aborted) {
    for (const { collection, field, ms } of parts.kept) {
      const before = addMs(clock.now(), -ms);
      try {
        let deleted = DELETED_AT_ONCE;
        while (deleted === DELETED_AT_ONCE && !signal.aborted) {
          deleted = await collection.deleteOlderThan(field, before, DELETED_AT_ONCE);
        }
      } catch (error) {
        logger.warn({ err: error, collection: collection.name }, 'old documents could not be deleted yet');
      }
    }
    await delay(parts.intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
