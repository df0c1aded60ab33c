import { isLabletError } from '../errors.js';
import type { Clock } from '../lib/clock.js';
import type { Tracer } from '../lib/tracing.js';
import { LiveOutcomeUnknown, LiveStorageFull, LiveUnavailable } from '../live/live-store.js';
import type { Metrics } from '../metrics.js';
import { ClaimHeld } from './claim-batch.js';
import type { ClaimLedger } from './ledger.js';

export interface MeasuredParts {
  readonly metrics: Pick<Metrics, 'claims' | 'claimSeconds'>;
  readonly tracer: Tracer;
  readonly clock: Clock;
}

/** The same ledger; each claim is counted, timed and shown as a span, waiting included. */
export function measuredLedger(ledger: ClaimLedger, { metrics, tracer, clock }: MeasuredParts): ClaimLedger {
  return {
    ...ledger,
    claim: (request) =>
      tracer.child('claim', { 'lablet.worker.id': request.workerId }, async (span) => {
        const started = clock.monotonic();
        let result = 'GRANTED';
        try {
          return await ledger.claim(request);
        } catch (error) {
          result = resultOf(error);
          throw error;
        } finally {
          metrics.claims.inc({ result });
          metrics.claimSeconds.observe((clock.monotonic() - started) / 1000);
          span.add({ 'lablet.claim.result': result });
        }
      }),
  };
}

function resultOf(error: unknown): string {
  if (isLabletError(error)) return error.code;
  if (error instanceof ClaimHeld) return 'HELD';
  const isAway = [LiveUnavailable, LiveOutcomeUnknown, LiveStorageFull].some((type) => error instanceof type);
  return isAway ? 'STORE_UNAVAILABLE' : 'INTERNAL';
}
