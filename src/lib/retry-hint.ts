const SHORTEST_MS = 200;
const LEAST_SPREAD_MS = 1000;
const MOST_SPREAD_MS = 10_000;
const MS_EACH = 2;
const SECOND = 1000;

/** Value of the header `Retry-After`, which has whole seconds. */
export function retryAfterSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / SECOND));
}

/**
 * When a client of a server that restarts should come back, in milliseconds: at random, over a time that grows with the
 * number of clients, so that they do not come all at once.
 */
export function retryHintMs(clients: number, random: () => number): number {
  const spread = Math.min(MOST_SPREAD_MS, Math.max(LEAST_SPREAD_MS, clients * MS_EACH));
  return Math.round(SHORTEST_MS + random() * spread);
}
