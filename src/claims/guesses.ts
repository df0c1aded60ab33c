import type { Clock } from '../lib/clock.js';
import type { Basis } from './claim-batch.js';

/** A guess is of no use to a worker that rests for longer, in ms. */
const REST_MS = 1000;

/**
 * What the latest own transaction on each worker left, as the start of the next one without a read. That one
 * compares it, so a guess can be wrong but do no harm, as long as revisions do not come again: after any fault
 * the store may have been restored, hence {@link forget}.
 */
export function guessKeeper(clock: Clock) {
  /** Oldest first. */
  const kept = new Map<string, { guess: Basis; at: number }>();
  const isFresh = ({ at }: { at: number }) => clock.monotonic() - at < REST_MS;

  return {
    /** The guess for a worker, which is gone with that: whoever takes it changes it. */
    take(workerId: string): Basis | null {
      const found = kept.get(workerId);
      kept.delete(workerId);
      return found && isFresh(found) ? found.guess : null;
    },

    keep(workerId: string, guess: Basis): void {
      for (const [id, old] of kept) {
        if (isFresh(old)) break;
        kept.delete(id);
      }
      kept.delete(workerId);
      kept.set(workerId, { guess, at: clock.monotonic() });
    },

    /** Drops all of them: the store failed, was connected again or has another epoch. */
    forget(): void {
      kept.clear();
    },
  };
}

export type GuessKeeper = ReturnType<typeof guessKeeper>;
