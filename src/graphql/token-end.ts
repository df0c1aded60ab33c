import type { Identity } from '../auth/identify.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Calls once the token has expired; nothing outlives the token it was opened with. Answers how to forget it. A timer
 * waits 24.8 days at most, so a longer wait is taken up again.
 */
export function whenExpired({ actor }: Identity, end: () => void): () => void {
  if (!actor) return () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const arm = () => {
    const wait = Math.max(0, actor.expiresAt - Date.now());
    timer = setTimeout(wait > LONGEST_TIMER_MS ? arm : end, Math.min(wait, LONGEST_TIMER_MS));
    timer.unref();
  };
  arm();
  return () => clearTimeout(timer);
}

/** Under which name a caller's connections are counted: those who say nothing share one name for each address. */
export function callerName({ actor }: Identity, address: string | null): string {
  return actor ? `user ${actor.subject}` : `address ${address ?? ''}`;
}
