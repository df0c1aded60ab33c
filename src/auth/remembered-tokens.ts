import type { Actor } from '../lib/actor.js';
import type { Clock } from '../lib/clock.js';
import { recent } from '../lib/recent.js';
import type { TokenVerifier } from './tokens.js';

export interface Memory {
  /** Tokens at most. */
  readonly limit: number;
  /** Milliseconds after which a token is verified again, as its key may have been withdrawn. */
  readonly forMs: number;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
}

/**
 * Verifies each token once in a while: a signature costs more than the rest of a small request. A token is accepted no
 * longer than it says itself; refusals are not remembered.
 */
export function rememberedTokens(verify: TokenVerifier, { limit, forMs, clock }: Memory): TokenVerifier {
  const known = recent<string, { readonly actor: Actor; readonly until: number }>(limit);
  return async (token) => {
    const found = known.get(token);
    const isFresh =
      found && clock.monotonic() < found.until && Date.parse(clock.now()) < found.actor.expiresAt;
    if (isFresh) return found.actor;
    known.delete(token);
    const actor = await verify(token);
    known.set(token, { actor, until: clock.monotonic() + forMs });
    return actor;
  };
}
