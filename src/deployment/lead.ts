import { codecs } from '../claims/values.js';
import type { LiveKeys } from '../claims/keys.js';
import type { Clock } from '../lib/clock.js';
import type { Closable } from '../lib/closing.js';
import type { Ids } from '../lib/ids.js';
import { lead, type Term } from '../live/leader.js';
import type { LiveStore } from '../live/live-store.js';
import type { Logger } from '../logger.js';

export interface LeadParts {
  readonly live: LiveStore;
  readonly keys: LiveKeys;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly ttlSeconds: number;
  /** What only the leader does; ends when the signal aborts. */
  readonly run: (term: Term) => Promise<void>;
}

const SERVICE = 'control-plane';

/** Campaigns for the lead of the control plane until closed. */
export function leadControlPlane({ live, keys, clock, ids, logger, ttlSeconds, run }: LeadParts): Closable {
  const controller = new AbortController();
  const holder = ids.ulid();
  const running = lead(
    live,
    {
      key: keys.leader(SERVICE),
      value: () => codecs.leader.encode({ v: 1, service: SERVICE, holder, since: clock.now() }),
      ttlSeconds,
      signal: controller.signal,
      onError: (error) => logger.warn({ err: error }, 'the campaign for the lead has to wait'),
    },
    async (term) => {
      logger.info({ holder }, 'this process leads');
      await run(term);
    },
  );
  return {
    async close() {
      controller.abort();
      await running;
    },
  };
}
