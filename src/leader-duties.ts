import type { LiveKeys } from './claims/keys.js';
import type { LiveStates } from './claims/live-states.js';
import type { Config } from './config.js';
import type { DocumentStore } from './db/document-store.js';
import type { DefinitionRepository } from './definitions/definition-repository.js';
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
import { repairWhileLeading } from './repair/repair-loop.js';
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
}

const DAY_MS = 86_400_000;

/** What only the leader does: ticks, repairs, and deletes what is older than it is kept. */
export function leaderDuties(parts: DutyParts): (term: Term) => Promise<void> {
  const { config, collections, live, keys, clock, logger, metrics, outbox, liveStates } = parts;
  const tick = { deployments: collections.deployments, live, keys, clock, logger };
  return async (term) => {
    await Promise.all([
      tickWhileLeading({ ...tick, intervalMs: config.tickSeconds * 1000 }, term),
      repairWhileLeading(
        {
          ...parts,
          outboxes: [
            collections.definitions,
            collections.instances,
            collections.workers,
            collections.templates,
          ],
          copyEvents: (collection, id) => outbox.copy(collection, id),
          terminalLease: liveStates.terminalLease,
          intervalMs: config.repairSeconds * 1000,
          confirmMs: config.repairConfirmSeconds * 1000,
          pollMs: config.repairPollMs,
          documentsWentBack: () => documentsWentBack(tick),
          acceptDocuments: () => acceptDocuments(tick),
          onFindings: (kind, count) => metrics.repairFindings.set({ kind }, count),
          onAction: (kind, action) => metrics.repairs.inc({ kind, action }),
        },
        term,
      ),
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
  };
}
