import type { LiveKeys } from '../claims/keys.js';
import type { Collection } from '../db/document-store.js';
import type { Closable } from '../lib/closing.js';
import { LiveUnavailable, type Condition, type LiveStore } from '../live/live-store.js';
import type { Logger } from '../logger.js';
import { changeDeployment, readDeployment } from './deployment-document.js';
import type { DeploymentDocument } from './deployment-model.js';
import { judgeEpoch, type Life, type Verdict } from './epoch-verdict.js';
import { documentsWentBack, tickNumber } from './tick.js';

export interface GuardParts {
  readonly live: LiveStore;
  readonly keys: LiveKeys;
  readonly deployments: Collection<DeploymentDocument>;
  readonly deploymentId: string;
  /** How often the epochs are compared, in ms. */
  readonly intervalMs: number;
  readonly logger: Logger;
  /** The live store was lost, or lives anew: what was remembered of it is of no use. */
  readonly onLost: () => void;
}

const NOT_YET: Verdict = { is: 'LOST', why: 'the epochs were not compared yet', wentBack: null };

/**
 * Knows whether the live store is the one that the claims are in. Judged only by a linearizable read: at the
 * start, every interval, and before the first write after the way to the store was interrupted. Once it was
 * emptied or restored, claims stop until both stores carry equal epochs again.
 */
export function epochGuard(parts: GuardParts) {
  const { keys, deployments, deploymentId, logger } = parts;
  let verdict = NOT_YET;
  let known: Life | null = null;
  /** Not trusted again, also where the documents could not be told so. */
  let lostEpoch: string | null = null;
  let documentsAreOlder = false;
  let interruptions = -1;
  let looking: Promise<void> | null = null;
  let nextLook: Promise<void> | null = null;
  let sound = new AbortController();
  const waiting = new Set<() => void>();

  function conclude(next: Verdict): void {
    const [before, changed] = [verdict, next.is !== verdict.is];
    const isAnother = next.is === 'SOUND' && known !== null && known.epoch !== next.life.epoch;
    verdict = next;
    if (next.is === 'SOUND') known = highest(next.life);
    else if (changed || (before.is !== 'SOUND' && before.why !== next.why)) {
      logger.error({ why: next.why }, 'claims stop');
    }
    if (before.is === 'SOUND' && (changed || isAnother)) {
      sound.abort();
      parts.onLost();
    }
    if (next.is !== 'SOUND' || (before.is === 'SOUND' && !isAnother)) return;
    logger.info({ epoch: next.life.epoch }, 'claims may go on');
    sound = new AbortController();
    for (const wake of [...waiting]) wake();
  }

  function highest(life: Life): Life {
    if (known?.epoch !== life.epoch) return life;
    const [revision, raftTerm, tick] = [
      Math.max(known.revision, life.revision),
      Math.max(known.raftTerm, life.raftTerm),
      Math.max(known.tick, life.tick),
    ];
    return { ...life, revision, raftTerm, tick };
  }

  async function look(): Promise<void> {
    const seen = parts.live.interruptions();
    const relied = known;
    // In this order: what the documents say of the live store was true of it before it is asked.
    const document = await readDeployment(deployments);
    const standing = await parts.live.standing(keys.epoch);
    const tick = await tickNumber(parts);
    // The document may be from before that tick: the leader saves each one first.
    documentsAreOlder = document !== null && tick > document.tick && (await documentsWentBack(parts));
    const facts = { deploymentId, known: relied, lostEpoch, document, standing, tick, documentsAreOlder };
    const next = judgeEpoch(facts);
    interruptions = seen;
    conclude(next);
    if (next.is !== 'LOST' || next.wentBack === null) return;
    lostEpoch = next.wentBack;
    // For processes that start later: by then the revisions may have caught up.
    if (document?.lostEpoch !== lostEpoch) await markLost(lostEpoch);
  }

  async function markLost(epoch: string): Promise<void> {
    await changeDeployment(deployments, async (stored) =>
      stored.epoch === epoch && stored.lostEpoch !== epoch ? { lostEpoch: epoch } : null,
    );
  }

  function start(): Promise<void> {
    looking = look().finally(() => (looking = null));
    return looking;
  }

  /** Looks now; callers share a look only if it began after they called. */
  async function check(): Promise<void> {
    if (!looking) return start();
    nextLook ??= looking
      .catch(() => undefined)
      .then(() => {
        nextLook = null;
        return start();
      });
    return nextLook;
  }

  function note(revision: number, epoch: string): void {
    if (known?.epoch === epoch && revision > known.revision) known = { ...known, revision };
  }

  const timer = setInterval(() => {
    if (!looking) void check().catch(() => undefined);
  }, parts.intervalMs);
  timer.unref();

  return {
    check,
    /** Takes notice of a revision that was seen in this epoch. */
    note,
    /** Why claims have stopped; null while they may go on. */
    fault: (): string | null => (verdict.is === 'SOUND' ? null : verdict.why),
    /** True where the documents were restored from an older backup, as the latest look found. */
    documentsAreOlder: (): boolean => documentsAreOlder && verdict.is !== 'FOREIGN',
    /** True where the leader has to make the keys anew. */
    isLost: (): boolean => verdict.is === 'LOST' && verdict !== NOT_YET,
    /** Why nothing may be written at all: a store is another deployment's. */
    foreign: (): string | null => (verdict.is === 'FOREIGN' ? verdict.why : null),
    /** Aborts when the life that claims are taken in now ends; aborted while they have stopped. */
    sound: (): AbortSignal => (verdict.is === 'SOUND' ? sound.signal : AbortSignal.abort()),
    /** The present life as far as it was seen; null while claims have stopped. */
    life: (): Life | null => (verdict.is === 'SOUND' ? known : null),
    /**
     * What every transaction on claims compares, so that a process that has noticed nothing yet cannot write in
     * another life. Conditions that differ from those of a value that was remembered make that value useless.
     * @throws LiveUnavailable while claims have stopped
     */
    async conditions(): Promise<Condition[]> {
      if (parts.live.interruptions() !== interruptions) await check();
      if (verdict.is !== 'SOUND') throw new LiveUnavailable(verdict.why);
      return [{ key: keys.epoch, modRevision: verdict.life.modRevision }];
    },
    /** Looks, and resolves once claims may go on, or when the signal aborts. */
    async trusted(signal: AbortSignal): Promise<void> {
      await check().catch(() => (interruptions = -1));
      while (!signal.aborted && (verdict.is !== 'SOUND' || interruptions < 0)) {
        await new Promise<void>((resolve) => {
          const wake = () => {
            waiting.delete(wake);
            clearTimeout(retry);
            signal.removeEventListener('abort', wake);
            resolve();
          };
          const retry = setTimeout(() => void check().then(wake, wake), parts.intervalMs);
          waiting.add(wake);
          signal.addEventListener('abort', wake, { once: true });
        });
      }
    },
    /** The same store; what its transactions tell of the revision, and of a comparison with the epoch that failed, is noticed. */
    watched(live: LiveStore): LiveStore {
      return {
        ...live,
        async txn(transaction) {
          const epoch = known?.epoch ?? '';
          const result = await live.txn(transaction);
          note(result.revision, epoch);
          const compared = transaction.when.some(({ key }) => key === keys.epoch);
          if (compared && !result.succeeded && transaction.then.length > 0) interruptions = -1;
          return result;
        },
      };
    },
    async close(): Promise<void> {
      clearInterval(timer);
      await looking?.catch(() => undefined);
    },
  } satisfies Closable & Record<string, unknown>;
}

export type EpochGuard = ReturnType<typeof epochGuard>;
