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
      const stored = await storedNumber(parts);
      const saved = await savedNumber(parts.deployments);
      // Documents that went back keep their number, so that everybody can still see it.
      const n = stored > saved ? stored + 1 : await nextNumber(parts.deployments);
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

type TickStores = Pick<TickParts, 'deployments' | 'live' | 'keys'>;

/**
 * True when the live store has seen a later tick than the documents know: they were restored from an older backup.
 * The number is always saved before it is put.
 */
export async function documentsWentBack(parts: TickStores): Promise<boolean> {
  const stored = await storedNumber(parts);
  return stored > (await savedNumber(parts.deployments));
}

/** Takes the documents as they are: an administrator has looked at them. */
export async function acceptDocuments(parts: TickStores): Promise<void> {
  await nextNumber(parts.deployments, await storedNumber(parts));
}

/** Number of the tick in the live store; 0 without one. */
async function storedNumber({ live, keys }: TickStores): Promise<number> {
  const entry = await live.get(keys.tick);
  const decoded = entry && codecs.tick.decode(entry.value);
  return decoded?.ok ? decoded.value.n : 0;
}

async function savedNumber(deployments: Collection<DeploymentDocument>): Promise<number> {
  const document = await deployments.get(DEPLOYMENT);
  if (!document) throw new Error('the deployment document is missing');
  return document.tick;
}

/** Saves the next number, above `atLeast`. */
async function nextNumber(deployments: Collection<DeploymentDocument>, atLeast = 0): Promise<number> {
  for (;;) {
    const document = await deployments.get(DEPLOYMENT);
    if (!document) throw new Error('the deployment document is missing');
    const tick = Math.max(document.tick, atLeast) + 1;
    const next = { ...document, tick, revision: document.revision + 1 };
    try {
      await deployments.replace(next, document.revision);
      return next.tick;
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
    }
  }
}
