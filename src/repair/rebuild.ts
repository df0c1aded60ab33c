import { setTimeout as delay } from 'node:timers/promises';
import { codecs } from '../claims/values.js';
import { RevisionConflict, type Collection } from '../db/document-store.js';
import type { InstanceDocument } from '../instances/instance-model.js';
import { instanceStateValue } from '../instances/instance-state.js';
import { revokeClaim } from '../instances/instance.js';
import type { Condition, Write } from '../live/live-store.js';
import type { Logger } from '../logger.js';
import type { WorkerDocument } from '../workers/worker-model.js';
import { Overtaken, REPAIR_CAUSE, writeFenced, type Term } from './fenced.js';
import { liveView, unchanged, valueOf, type LiveView } from './live-view.js';
import { mendInstance } from './mend-instance.js';
import { mendWorker } from './mend-worker.js';
import type { PassDeps } from './repair-pass.js';
import { rebuildWorker, WRITES_AT_ONCE } from './rebuild-worker.js';
import { pages } from './pages.js';
import { scan, type Suspect } from './scan.js';

export interface RebuildParts extends PassDeps {
  readonly logger: Logger;
  readonly collections: PassDeps['collections'] & {
    readonly instances: Collection<InstanceDocument>;
    readonly workers: Collection<WorkerDocument>;
  };
  /** True while the live store was emptied or restored and is not rebuilt. */
  readonly isLost: () => boolean;
  /** Asks both stores whether that is so. */
  readonly check: () => Promise<void>;
  /** Reports and mends nothing, until an administrator accepts documents that went back. */
  readonly untilAccepted: (term: Term) => Promise<void>;
  /** Puts a new epoch; the condition holds for as long as it is the present one. */
  readonly beginEpoch: (term: Term) => Promise<Condition>;
  /** Saves that epoch in the documents: claims go on. */
  readonly completeEpoch: (term: Term, life: Condition) => Promise<void>;
  readonly retryMs: number;
}

const FENCED_AT_ONCE = 20;
const CLEANING_ROUNDS = 3;

/** Makes the live store anew while it is lost and this process leads; begins again whenever something comes between. */
export async function rebuildWhileLost(parts: RebuildParts, term: Term): Promise<void> {
  const { logger } = parts;
  while (!term.signal.aborted) {
    try {
      await parts.check();
      if (!parts.isLost()) return;
      if (await parts.documentsWentBack()) {
        logger.error('the documents are older than the live store; an administrator has to accept them');
        await parts.untilAccepted(term);
        continue;
      }
      logger.warn('the live store is made anew from documents');
      await rebuildLiveStore(parts, term);
      logger.info('the live store was made anew from documents');
      await parts.check();
    } catch (error) {
      if (!term.signal.aborted) logger.warn({ err: error }, 'the rebuild of the live store begins again');
      await delay(parts.retryMs, undefined, { signal: term.signal, ref: false }).catch(() => undefined);
    }
  }
}

/**
 * One rebuild: a new epoch stops claims of older ones; a fence on every PENDING instance stops saves of claims that
 * were taken in them; what the documents then say is all there is, so keys are written from it and others deleted.
 * The epoch is saved last: a leader that dies before leaves epochs that differ, and the next one begins again.
 * @throws Overtaken, and what the stores throw
 */
async function rebuildLiveStore(parts: RebuildParts, term: Term): Promise<void> {
  const life = await parts.beginEpoch(term);
  await fencePending(parts, term);
  // Listed before the documents are read: a key that is still as listed is no newer than they are.
  const { entries } = await parts.live.list(parts.keys.root);
  const view = liveView(entries, parts.keys);
  await writeClaims(parts, term, life, view);
  await writeStates(parts, term, life, view);
  await openWorkers(parts, term);
  await clean(parts, term);
  await parts.completeEpoch(term, life);
}

/** Any of them may have a claim whose save is under way; nobody knows which, since the claims are lost. */
async function fencePending({ instances, collections }: RebuildParts, { signal }: Term): Promise<void> {
  const fence = ({ id }: InstanceDocument) =>
    instances.update(id, REPAIR_CAUSE, (state) =>
      // SCHEDULED meanwhile: its claim is recorded, and read below.
      state.state === 'PENDING' ? revokeClaim(state, { token: null }) : [],
    );
  for await (const page of pages(collections.instances, { state: 'PENDING' }, 'state_timeslotStart')) {
    for (let start = 0; start < page.length; start += FENCED_AT_ONCE) {
      if (signal.aborted) throw new Overtaken('this process leads no more');
      await Promise.all(page.slice(start, start + FENCED_AT_ONCE).map(fence));
    }
  }
}

/** Claim keys of all workers, closed. Those of TERMINATED ones lapse; a newer server's values are left alone. */
async function writeClaims(parts: RebuildParts, term: Term, life: Condition, view: LiveView): Promise<void> {
  for await (const page of pages(parts.collections.workers, {}, 'id')) {
    for (const document of page) {
      const worker = parts.workers.stateOf(document);
      const { capacity, ports } = view.worker(worker.id);
      if (worker.status === 'TERMINATED' || [capacity, ports].some(({ is }) => is === 'NEWER')) continue;
      await rebuildWorker(parts, term, { worker, open: false, life: [life], guards: [] });
    }
  }
}

/** States of unfinished instances, where nobody wrote one since they were listed; the others are looked at below. */
async function writeStates(
  { live, keys, collections, instances }: RebuildParts,
  term: Term,
  life: Condition,
  view: LiveView,
): Promise<void> {
  for await (const page of pages(collections.instances, { finished: false }, 'finished_createdAt')) {
    const stale = page.flatMap((document) => {
      const value = instanceStateValue(instances.stateOf(document));
      const slot = view.instance(value.id).state;
      const stored = valueOf(slot);
      if (slot.is === 'NEWER' || (stored?.seq === value.seq && stored.state === value.state)) return [];
      const put: Write = { put: keys.instanceState(value.id), value: codecs.instanceState.encode(value) };
      return [{ when: unchanged(slot), put }];
    });
    for (let start = 0; start < stale.length; start += WRITES_AT_ONCE) {
      const batch = stale.slice(start, start + WRITES_AT_ONCE);
      const when = [life, ...batch.map((each) => each.when)];
      await writeFenced(
        live,
        term,
        when,
        batch.map(({ put }) => put),
      ).catch(unlessOvertaken);
    }
  }
}

/** The status of every worker, and RUNNING ones open for claims. */
async function openWorkers(parts: RebuildParts, term: Term): Promise<void> {
  for await (const page of pages(parts.collections.workers, {}, 'id')) {
    for (const { id } of page) await mendWorker(parts, term, id).catch(unlessOvertaken);
  }
}

/** Deletes what no document supports, and mends what changed during the rebuild. */
async function clean(parts: RebuildParts, term: Term): Promise<void> {
  for (let round = 1; round <= CLEANING_ROUNDS; round++) {
    const suspects = (await scan(parts)).suspects.filter(isOfKeys);
    if (suspects.length === 0) return;
    for (const { what, id, about } of suspects) {
      const mended =
        what === 'worker' ? mendWorker(parts, term, id) : mendInstance(parts, term, { id, workerIds: about });
      await mended.catch(unlessOvertaken);
    }
  }
}

/** Lost workers and other work left half done are for the pass of repair that follows. */
function isOfKeys({ what, differences }: Suspect): boolean {
  const isGone = differences.some(({ kind }) => kind === 'WORKER_GONE');
  return (what === 'instance' && !isGone) || what === 'worker';
}

/** What others changed is looked at again. Where the lead or the life is over, the last step fails as well. */
function unlessOvertaken(error: unknown): void {
  if (!(error instanceof Overtaken || error instanceof RevisionConflict)) throw error;
}
