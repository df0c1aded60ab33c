import { createRemoteJWKSet, customFetch, errors, type JWTVerifyGetKey } from 'jose';
import type { Clock } from '../lib/clock.js';

const TIMEOUT_MS = 3000;
/** An unknown key id makes the server ask again at most so often. */
const COOLDOWN_MS = 10_000;
/** The same while there are no keys at all, when everybody waits for them. */
const FIRST_COOLDOWN_MS = 1000;
/** Keys are asked for again at this age, so that one that was withdrawn is forgotten. */
const REFRESH_MS = 5 * 60_000;
/** Older ones, after a quiet time, are not used before that was tried. */
const STALE_MS = 10 * 60_000;
const MAX_BYTES = 1 << 20;

/** The key server was asked a moment ago. */
class CoolingDown extends Error {}

/**
 * Keys published by an identity provider: fetched when needed, kept while the provider is down, and asked for again,
 * with a pause, when a token names an unknown one. An answer that is no key set changes nothing.
 */
export function remoteKeys(url: string, clock: Clock): JWTVerifyGetKey {
  let triedAt = Number.NEGATIVE_INFINITY;
  const age = () => clock.monotonic() - triedAt;
  const set = createRemoteJWKSet(new URL(url), {
    timeoutDuration: TIMEOUT_MS,
    // Pauses and ages are counted here, since those of the library begin with a success only.
    cooldownDuration: 0,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    [customFetch]: async (href, init) => {
      if (age() < (set.jwks() ? COOLDOWN_MS : FIRST_COOLDOWN_MS)) throw new CoolingDown();
      triedAt = clock.monotonic();
      return new Response(await keySetText(await fetch(href, init)));
    },
  });
  return async (header, token) => {
    if (set.jwks() && age() >= REFRESH_MS) {
      const isStale = age() >= STALE_MS;
      const refreshed = set.reload().catch(() => undefined);
      if (isStale) await refreshed;
    }
    try {
      return await set(header, token);
    } catch (error) {
      if (error instanceof CoolingDown && set.jwks()) throw new errors.JWKSNoMatchingKey();
      throw error;
    }
  };
}

/** The text of an answer that is a key set with a key in it, and not larger than one can be. */
async function keySetText(response: Response): Promise<string> {
  if (response.status !== 200 || !response.body) throw new Error(`the key server answers ${response.status}`);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += piece.length;
    if (size > MAX_BYTES) throw new Error('the key set is too large');
    pieces.push(piece);
  }
  const text = Buffer.concat(pieces).toString('utf8');
  const { keys } = JSON.parse(text) as { keys?: unknown };
  if (!Array.isArray(keys) || keys.length === 0) throw new Error('the key server answers no keys');
  return text;
}
