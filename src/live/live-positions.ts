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
  /** Signed once: many answers are given at one position. */
  let latest = { epoch: '', revision: -1, token: '' };
  const at = (revision: number): string => {
    const epoch = hub.epoch();
    if (latest.epoch !== epoch || latest.revision !== revision) {
      const token = tokens.encode({ epoch, revision, index: null, scope: null, snapshot: false });
      latest = { epoch, revision, token };
    }
    return latest.token;
  };
  return {
    /** Where this process is now. */
    now: (): string => at(hub.revision()),
    /**
     * After a command: the revision of its live write, once this process has seen it, so that what the caller
     * reads next from here shows it. Null when the write failed, or the live store was reset meanwhile: nobody can say
     * then in which life it was made.
     */
    async after(write: Promise<number | null>): Promise<string | null> {
      const epoch = hub.epoch();
      const revision = await write;
      if (revision === null) return null;
      await hub.reached(revision, CATCH_UP_MS, epoch);
      return hub.epoch() === epoch ? at(revision) : null;
    },
    /**
     * For `atLeast` of queries: where this process is, once it has seen the position; at once for none, and for one
     * of an earlier life of the store, with which nothing here compares. What is read after it is not older.
     * @throws VALIDATION_FAILED, TIMEOUT
     */
    async seen(atLeast: string | null | undefined): Promise<string> {
      const position = atLeast == null ? null : tokens.read(atLeast, 'atLeast');
      const isSeen = !position || (await hub.reached(position.revision, waitMs, position.epoch));
      if (isSeen) return at(hub.revision());
      const message = `This process has not seen that live revision within ${waitMs} ms; ask again.`;
      throw new LabletError('TIMEOUT', message, { limitMs: waitMs });
    },
  };
}

export type LivePositions = ReturnType<typeof livePositions>;
