import { setTimeout as delay } from 'node:timers/promises';
import { codecs } from '../claims/values.js';
import type { LiveKeys } from '../claims/keys.js';
import type { Collection } from '../db/document-store.js';
import type { Clock } from '../lib/clock.js';
import type { Condition, LiveStore } from '../live/live-store.js';
import type { Logger } from '../logger.js';
import { changeDeployment, readDeployment } from './deployment-document.js';
import type { DeploymentDocument } from './deployment-model.js';
import type { Life } from './epoch-verdict.js';

export interface TickParts {
  readonly deployments: Collection<DeploymentDocument>;
  readonly live: LiveStore;
  readonly keys: LiveKeys;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly intervalMs: number;
  /** How far this process has seen the live store; null while that is in doubt. */
  readonly seen: () => Life | null;
}

/**
 * The leader's tick, at once and then every interval: it moves the live revision in quiet times and proves
 * that watches are alive. Its number is saved in the documents before it is put, and with it how far the live
 * store was seen, so that a later process can tell that it went back.
 */
export async function tickWhileLeading(
  parts: TickParts,
  term: { readonly signal: AbortSignal; readonly fence: Condition },
): Promise<void> {
  const { live, keys, clock, logger, intervalMs } = parts;
  while (!term.signal.aborted) {
    try {
      // Before the tick is read: what is read then may be of a later life, which is not mixed up with this one.
      const seen = parts.seen();
      const stored = await tickNumber(parts);
      const saved = await savedNumber(parts.deployments);
      // Documents that went back keep their number, so that everybody can still see it.
      const n =
        stored > saved
          ? stored + 1
          : await nextNumber(parts.deployments, 0, seen && { ...seen, tick: stored });
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
  const stored = await tickNumber(parts);
  return stored > (await savedNumber(parts.deployments));
}

/** Takes the documents as they are: an administrator has looked at them. */
export async function acceptDocuments(parts: TickStores): Promise<void> {
  await nextNumber(parts.deployments, await tickNumber(parts), null);
}

/** Number of the tick in the live store; 0 without one. */
export async function tickNumber({ live, keys }: Pick<TickParts, 'live' | 'keys'>): Promise<number> {
  const entry = await live.get(keys.tick);
  const decoded = entry && codecs.tick.decode(entry.value);
  return decoded?.ok ? decoded.value.n : 0;
}

async function savedNumber(deployments: Collection<DeploymentDocument>): Promise<number> {
  const document = await readDeployment(deployments);
  if (!document) throw new Error('the deployment document is missing');
  return document.tick;
}

/** Saves the next number, above `atLeast`, and what was seen of the epoch that the document names. */
async function nextNumber(
  deployments: Collection<DeploymentDocument>,
  atLeast: number,
  seen: Life | null,
): Promise<number> {
  const { tick } = await changeDeployment(deployments, async (stored) => {
    const next = { tick: Math.max(stored.tick, atLeast) + 1 };
    if (seen?.epoch !== stored.epoch) return next;
    const liveRevision = Math.max(stored.liveRevision, seen.revision);
    const liveTick = Math.max(stored.liveTick, seen.tick);
    return { ...next, liveRevision, liveTick, raftTerm: Math.max(stored.raftTerm, seen.raftTerm) };
  });
  return tick;
}
