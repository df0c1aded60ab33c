import { setImmediate as afterTurn } from 'node:timers/promises';

/** Longest time that reading keeps timers and sockets waiting, in ms. */
const LONGEST_MS = 5;

/** When this turn of the event loop first read something. */
let since: number | null = null;

/**
 * Reading LMDB never waits, so that many reads, or a long one, could go on without a turn of the event loop.
 * Whoever reads asks before each step; all of them together get {@link LONGEST_MS} of a turn.
 */
export function isTurnLong(): boolean {
  const now = performance.now();
  if (since !== null) return now - since > LONGEST_MS;
  since = now;
  setImmediate(() => {
    since = null;
  });
  return false;
}

/** Lets everything else have its turn. */
export async function nextTurn(): Promise<void> {
  await afterTurn();
}
