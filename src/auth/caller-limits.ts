import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible';
import { isLabletError, LabletError } from '../errors.js';
import { hasRole } from '../lib/actor.js';
import type { Clock } from '../lib/clock.js';
import type { Identity } from './identify.js';

/** How often one caller may ask this process; 0 is no limit. */
export interface CallerRates {
  readonly callerPerSecond: number;
  /** For ADMIN and SERVICE, which are programs and those who run them. */
  readonly servicePerSecond: number;
  /** Refused credentials from one address. */
  readonly failuresPerMinute: number;
}

export interface CallerLimits {
  /**
   * Counts one request: for its caller, for its address where nobody is known, and as a failure where the credentials
   * are refused. Answers RATE_LIMITED above the limit, else null.
   */
  refusal(identity: Identity, address: string | null): Promise<LabletError<'RATE_LIMITED'> | null>;
}

/** Callers that are counted one by one; whoever comes when so many are known in a window shares one count. */
const MAX_CALLERS = 10_000;
const SHARED = '*';

/**
 * Good credentials pass whatever else comes from their address: behind a proxy or one line of a school all callers
 * have the same, and one of them must not lock out the others.
 */
export function callerLimits(
  rates: CallerRates,
  clock: Clock,
  { maxCallers = MAX_CALLERS, onRefusal }: { maxCallers?: number; onRefusal?: () => void } = {},
): CallerLimits {
  const count = (points: number, seconds: number): Count => {
    const take = counter({ points, seconds, clock, maxCallers });
    return async (key) => {
      const refusal = await take(key);
      if (refusal) onRefusal?.();
      return refusal;
    };
  };
  const callers = count(rates.callerPerSecond, 1);
  const services = count(rates.servicePerSecond, 1);
  const failures = count(rates.failuresPerMinute, 60);
  return {
    async refusal({ actor, refusal }, address) {
      const from = `from ${address ?? ''}`;
      if (actor) return (hasRole(actor, 'ADMIN', 'SERVICE') ? services : callers)(`of ${actor.subject}`);
      if (refusal) return isOwnFault(refusal) ? failures(from) : null;
      return callers(from);
    },
  };
}

/** That the keys are out of reach is not the caller's fault. */
function isOwnFault(refusal: LabletError): boolean {
  return !(isLabletError(refusal, 'UNAUTHENTICATED') && refusal.details.reason === 'KEYS_UNAVAILABLE');
}

type Count = (key: string) => Promise<LabletError<'RATE_LIMITED'> | null>;

function counter(parts: { points: number; seconds: number; clock: Clock; maxCallers: number }): Count {
  const { points, seconds, clock, maxCallers } = parts;
  if (points === 0) return async () => null;
  const limiter = new RateLimiterMemory({ points, duration: seconds });
  const known = new Set<string>();
  let windowEnd = 0;
  /** Bounds what the limiter remembers: it forgets a key only when its time is over. */
  function bounded(key: string): string {
    const now = clock.monotonic();
    if (now >= windowEnd) {
      known.clear();
      windowEnd = now + seconds * 1000;
    }
    if (known.has(key)) return key;
    if (known.size >= maxCallers) return SHARED;
    known.add(key);
    return key;
  }
  return (key) =>
    limiter.consume(bounded(key)).then(
      () => null,
      ({ msBeforeNext }: RateLimiterRes) => excess(points, msBeforeNext),
    );
}

function excess(limit: number, retryAfterMs: number): LabletError<'RATE_LIMITED'> {
  const message = 'Too many requests of one caller; try again shortly.';
  return new LabletError('RATE_LIMITED', message, { limit, retryAfterMs });
}
