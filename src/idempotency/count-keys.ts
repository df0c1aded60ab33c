import { isLabletError } from '../errors.js';
import type { Metrics } from '../metrics.js';
import type { IdempotencyRecords } from './records.js';

const RESULTS = { FIRST: 'FIRST', UNDONE: 'RESUMED', DONE: 'REPEATED' } as const;

/** The same records, which count what became of each key. */
export function countKeys(
  records: IdempotencyRecords,
  { idempotencyKeys }: Pick<Metrics, 'idempotencyKeys'>,
): IdempotencyRecords {
  return {
    ...records,
    async begin(...given) {
      try {
        const begun = await records.begin(...given);
        idempotencyKeys.inc({ result: RESULTS[begun.status] });
        return begun;
      } catch (error) {
        if (isLabletError(error, 'IDEMPOTENCY_CONFLICT')) idempotencyKeys.inc({ result: 'CONFLICT' });
        throw error;
      }
    },
  };
}
