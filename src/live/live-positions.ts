import type { LiveTokens } from './live-token.js';
import type { WatchHub } from './watch-hub.js';

const CATCH_UP_MS = 1000;

/** Positions that answers carry; they resume under any filter. */
export function livePositions({ hub, tokens }: { hub: WatchHub; tokens: LiveTokens }) {
  const at = (revision: number): string =>
    tokens.encode({ epoch: hub.epoch(), revision, index: null, scope: null, snapshot: false });
  return {
    /** Where this process is now. */
    now: (): string => at(hub.revision()),
    /**
     * After a command: the revision of its live write, once this process has seen it, so that what the caller
     * reads next from here shows it. Null when the write failed.
     */
    async after(revision: number | null): Promise<string | null> {
      if (revision === null) return null;
      await hub.reached(revision, CATCH_UP_MS);
      return at(revision);
    },
  };
}

export type LivePositions = ReturnType<typeof livePositions>;
