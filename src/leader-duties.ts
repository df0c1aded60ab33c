import type { LiveKeys } from './claims/keys.js';
import type { LiveStates } from './claims/live-states.js';
import type { Config } from './config.js';
import type { DocumentStore } from './db/document-store.js';
import type { DefinitionRepository } from './definitions/definition-repository.js';
import type { EpochGuard } from './deployment/epoch-guard.js';
import { beginEpoch, completeEpoch } from './deployment/new-epoch.js';
import { sweepOldDocuments } from './deployment/retention.js';
import { acceptDocuments, documentsWentBack, tickWhileLeading } from './deployment/tick.js';
import type { EventPublisher } from './events/publish-events.js';
import type { InstanceRepository } from './instances/instance-repository.js';
import type { Clock } from './lib/clock.js';
import type { Ids } from './lib/ids.js';
import type { Term } from './live/leader.js';
import type { LiveStore } from './live/live-store.js';
import type { Logger } from './logger.js';
import type { Metrics } from './metrics.js';
import { FINDING_KINDS, type Withheld } from './repair/findings.js';
import { rebuildWhileLost, type RebuildParts } from './repair/rebuild.js';
import { repairUntilAccepted, repairWhileLeading, type RepairParts } from './repair/repair-loop.js';
import type { Collections } from './context.js';
import type { WorkerRepository } from './workers/worker-repository.js';

export interface DutyParts {
  readonly config: Config;
  readonly documents: DocumentStore;
  readonly live: LiveStore;
  readonly keys: LiveKeys;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly collections: Collections;
  readonly definitions: DefinitionRepository;
  readonly instances: InstanceRepository;
  readonly workers: WorkerRepository;
  readonly outbox: EventPublisher;
  readonly liveStates: LiveStates;
  readonly guard: EpochGuard;
  readonly deploymentId: string;
  /** Why repair mends nothing by itself; null where it does, or this process does not lead. */
  readonly onWithheld: (withheld: Withheld | null) => void;
}

const DAY_MS = 86_400_000;

/**
 * What only the leader does: makes a lost live store anew, then ticks, repairs, and deletes what is older than it is
 * kept. A term ends with the life of the live store that it began in.
 */
export function leaderDuties(parts: DutyParts): (term: Term) => Promise<void> {
  const { config, collections, live, keys, clock, logger, metrics, outbox, liveStates, guard } = parts;
  const tick = { deployments: collections.deployments, live, keys, clock, logger };
  const epoch = { ...parts, deployments: collections.deployments };
  const acceptOlder = () => acceptDocuments(tick);
  const repair: Omit<RepairParts, 'acceptDocuments'> = {
    ...parts,
    outboxes: [collections.definitions, collections.instances, collections.workers, collections.templates],
    copyEvents: (collection: string, id: string) => outbox.copy(collection, id),
    terminalLease: liveStates.terminalLease,
    confirmMs: config.repairConfirmSeconds * 1000,
    documentsWentBack: () => documentsWentBack(tick),
    intervalMs: config.repairSeconds * 1000,
    pollMs: config.repairPollMs,
    onFindings: (kind, count) => metrics.repairFindings.set({ kind }, count),
    onAction: (kind, action) => metrics.repairs.inc({ kind, action }),
    onPass: () => metrics.repairPass.set(Date.parse(clock.now()) / 1000),
  };
  const rebuild: RebuildParts = {
    ...repair,
    untilAccepted: (term) => repairUntilAccepted({ ...repair, acceptDocuments: acceptOlder }, term),
    isLost: guard.isLost,
    check: guard.check,
    beginEpoch: (term) => beginEpoch(epoch, term),
    completeEpoch: (term, life) => completeEpoch(epoch, term, life),
    retryMs: config.epochCheckMs,
  };

  const inOneLife = (term: Term) =>
    Promise.all([
      repairWhileLeading({ ...repair, acceptDocuments: acceptOlder }, term),
      sweepOldDocuments(
        {
          clock,
          logger,
          intervalMs: config.retentionSweepSeconds * 1000,
          kept: [
            { collection: collections.events, field: 'at', ms: config.keepEventsDays * DAY_MS },
            { collection: collections.reports, field: 'startedAt', ms: config.keepReportsDays * DAY_MS },
            { collection: collections.records, field: 'at', ms: config.idempotencyHours * 3_600_000 },
          ],
        },
        term.signal,
      ),
    ]);

  return async (term) => {
    metrics.leader.set(1);
    const ending = endedBy(term.signal);
    const own = { ...term, signal: ending.signal };
    // It ticks during a rebuild as well: the watches of others must not seem dead.
    const ticking = tickWhileLeading(
      { ...tick, intervalMs: config.tickSeconds * 1000, seen: guard.life },
      own,
    );
    try {
      await rebuildWhileLost(rebuild, own);
      ending.also(guard.sound());
      await inOneLife(own);
    } finally {
      ending.end();
      await ticking;
      metrics.leader.set(0);
      for (const kind of FINDING_KINDS) metrics.repairFindings.set({ kind }, 0);
    }
  };
}

/** A signal that aborts with the first of several. Not AbortSignal.any: what it makes stays with a long-lived one. */
function endedBy(first: AbortSignal) {
  const controller = new AbortController();
  const signals: AbortSignal[] = [];
  const abort = () => controller.abort();
  function also(signal: AbortSignal): void {
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    signals.push(signal);
  }
  also(first);
  return {
    signal: controller.signal,
    also,
    end(): void {
      abort();
      for (const signal of signals) signal.removeEventListener('abort', abort);
    },
  };
}
