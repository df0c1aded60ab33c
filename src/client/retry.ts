const LONGEST_WAIT_MS = 10_000;

/**
 * How long to wait before a stream is tried again: twice as long each time and at random, so that clients that lost
 * one server do not come back together, and never less than the server asked for.
 */
export function waitAfter(failures: number, askedMs: number, firstMs: number): number {
  const wait = Math.min(firstMs * 2 ** failures, LONGEST_WAIT_MS);
  return Math.max(askedMs, wait * (0.5 + Math.random() / 2));
}

/** What a server that restarts asks for in the reason of its closing; 0 where it asks for nothing. */
export function hintIn(reason: string): number {
  return Number(/retryAfterMs=(\d+)/.exec(reason)?.[1] ?? 0);
}
