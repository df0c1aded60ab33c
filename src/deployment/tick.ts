import { setTimeout as delay } from 'node:timers/promises';
import { codecs } from '../claims/values.js';
import type { LiveKeys } from '../claims/keys.js';
import { RevisionConflict, type Collection } from '../db/document-store.js';
import type { Clock } from '../lib/clock.js';
import type { Condition, LiveStore } from '../live/live-store.js';
import type { Logger } from '../logger.js';
import { DEPLOYMENT, type DeploymentDocument } from './deployment-model.js';

export interface TickParts {
  readonly deployments: Collection<DeploymentDocument>;
  readonly live: LiveStore;
  readonly keys: LiveKeys;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
}

/**
 * The leader's tick, at once and then every interval: it moves the live revision in quiet times and proves
 * that watches are alive. Its number is saved in the documents before it is put.
 */
export async function tickWhileLeading(
  parts: TickParts,
  term: { readonly signal: AbortSignal; readonly fence: Condition },
): Promise<void> {
  const { live, keys, clock, logger, intervalMs } = parts;
  while (!term.signal.aborted) {
    try {
      const n = await nextNumber(parts.deployments);
      await live.txn({
        when: [term.fence],
        then: [{ put: keys.tick, value: codecs.tick.encode({ v: 1, n, at: clock.now() }) }],
      });
    } catch (error) {
      logger.warn({ err: error }, 'the tick has to wait for a store');
    }
    await delay(intervalMs, undefined, { signal: term.signal, ref: false }).catch(() => undefined);
  }
}

async function nextNumber(deployments: Collection<DeploymentDocument>): Promise<number> {
  for (;;) {
    const document = await deployments.get(DEPLOYMENT);
    if (!document) throw new Error('the deployment document is missing');
    const next = { ...document, tick: document.tick + 1, revision: document.revision + 1 };
    try {
      await deployments.replace(next, document.revision);
      return next.tick;
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
    }
  }
}
