import { LabletError } from '../errors.js';
import type { LiveTokens } from './live-token.js';
import type { WatchHub } from './watch-hub.js';

export interface PositionsParts {
  readonly hub: WatchHub;
  readonly tokens: LiveTokens;
  /** How long a query with `atLeast` waits. */
  readonly waitMs: number;
}

const CATCH_UP_MS = 1000;

/** Positions that answers carry; they resume under any filter. */
export function livePositions({ hub, tokens, waitMs }: PositionsParts) {
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
    /**
     * For `atLeast` of queries: where this process is, once it has seen the position; at once for none, and for one
     * of another epoch, with which nothing here compares. What is read after it is not older.
     * @throws VALIDATION_FAILED, TIMEOUT
     */
    async seen(atLeast: string | null | undefined): Promise<string> {
      const position = atLeast == null ? null : tokens.read(atLeast, 'atLeast');
      const isSeen = position?.epoch !== hub.epoch() || (await hub.reached(position.revision, waitMs));
      if (isSeen) return at(hub.revision());
      const message = `This process has not seen that live revision within ${waitMs} ms; ask again.`;
      throw new LabletError('TIMEOUT', message, { limitMs: waitMs });
    },
  };
}

export type LivePositions = ReturnType<typeof livePositions>;
