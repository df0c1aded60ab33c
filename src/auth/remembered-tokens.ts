import { LRUCache } from 'lru-cache';
import type { Actor } from '../lib/actor.js';
import type { Clock } from '../lib/clock.js';
import type { TokenVerifier } from './tokens.js';

export interface Memory {
  /** Tokens at most. */
  readonly limit: number;
  /** Milliseconds after which a token is verified again, as its key may have been withdrawn. */
  readonly forMs: number;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
}

interface Remembered {
  readonly actor: Actor;
  /** Of the token, as a stored time. */
  readonly end: string;
  /** Of the memory, on the monotonic clock. */
  readonly until: number;
}

/** Times after it would not sort as text. */
const LATEST = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * Verifies each token once in a while: a signature costs more than the rest of a small request. A token is accepted no
 * longer than it says itself; refusals are not remembered.
 */
export function rememberedTokens(verify: TokenVerifier, { limit, forMs, clock }: Memory): TokenVerifier {
  const known = new LRUCache<string, Remembered>({ max: limit });
  return async (token) => {
    const found = known.get(token);
    if (found && clock.monotonic() < found.until && clock.now() < found.end) return found.actor;
    known.delete(token);
    const actor = await verify(token);
    const end = new Date(Math.min(actor.expiresAt, LATEST)).toISOString();
    known.set(token, { actor, end, until: clock.monotonic() + forMs });
    return actor;
  };
}
