import { claimGroups, liveKeys } from './claims/keys.js';
import { claimLedger } from './claims/ledger.js';
import { measuredLedger } from './claims/measured-ledger.js';
import { liveStates } from './claims/live-states.js';
import { hasIdentityProvider, type Config } from './config.js';
import type { RepositoryServices } from './db/aggregate-repository.js';
import type { DocumentStore } from './db/document-store.js';
import { createArtifactReader } from './definitions/artifact-reader.js';
import { artifactOptions } from './definitions/artifact-settings.js';
import { LabletDefinitionDocument } from './definitions/definition-model.js';
import { definitionRepository } from './definitions/definition-repository.js';
import { labFileCache } from './definitions/lab-file-cache.js';
import { LabFileDocument } from './definitions/lab-file-model.js';
import { DeploymentDocument } from './deployment/deployment-model.js';
import { leadControlPlane } from './deployment/lead.js';
import { epochGuard } from './deployment/epoch-guard.js';
import { gatedDocuments, gatedLive } from './deployment/gated-stores.js';
import { openDeployment } from './deployment/open-deployment.js';
import { ownerInDocuments } from './deployment/owner-in-documents.js';
import { ownerInLive } from './deployment/owner-in-live.js';
import { ownerLease, type OwnerLease } from './deployment/owner.js';
import { DomainEventDocument } from './events/event-model.js';
import { auditLog } from './events/audit-log.js';
import { eventPublisher } from './events/publish-events.js';
import { IdempotencyRecordDocument } from './idempotency/record-model.js';
import { countKeys } from './idempotency/count-keys.js';
import { idempotencyRecords } from './idempotency/records.js';
import { InstanceDocument } from './instances/instance-model.js';
import { instanceRepository } from './instances/instance-repository.js';
import { systemClock, type Clock } from './lib/clock.js';
import { Closing } from './lib/closing.js';
import { systemIds, type Ids } from './lib/ids.js';
import { inTurn } from './lib/in-turn.js';
import { operationRunner } from './lib/run-operation.js';
import { compareRegularly } from './live/compare-loop.js';
import { livePositions } from './live/live-positions.js';
import { liveTokens } from './live/live-token.js';
import { sharedFeeds } from './live/shared-feeds.js';
import { watchHub } from './live/watch-hub.js';
import type { SocketFrame } from './graphql/shared-subscriptions.js';
import { leaderDuties } from './leader-duties.js';
import { createLogger, type Logger } from './logger.js';
import { createMetrics } from './metrics.js';
import { FINDING_ACTIONS, FINDING_KINDS, type Withheld } from './repair/findings.js';
import { heldBack } from './repair/held-back.js';
import { RepairReportDocument } from './repair/report-model.js';
import { openStores, type Stores } from './stores.js';
import { openTracer } from './telemetry/open-tracer.js';
import { showState } from './telemetry/show-state.js';
import { operationObserver, tracedRunner } from './telemetry/watch-operations.js';
import { watchedDocuments, watchedLive } from './telemetry/watched-stores.js';
import { errorTranslator } from './translate-error.js';
import { loadAtStart } from './worker-templates/load-reports.js';
import { WorkerTemplateDocument } from './worker-templates/template-model.js';
import { templateRepository } from './worker-templates/template-repository.js';
import { WorkerDocument } from './workers/worker-model.js';
import { workerRepository } from './workers/worker-repository.js';

/** What tests may put in the place of the real thing. */
export interface Overrides {
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly logger?: Logger;
  /** Wraps the stores once they are open, to count or disturb calls. */
  readonly wrapStores?: (stores: Stores) => Stores;
}

export type Context = Awaited<ReturnType<typeof createContext>>;

const CACHED_LAB_FILES = 64;
/** Of the deadline of operations: a caller who waits for repair gets its report before that passes. */
const REPAIR_WAIT_SHARE = 0.8;

export const MODELS = [
  LabletDefinitionDocument,
  LabFileDocument,
  InstanceDocument,
  WorkerDocument,
  WorkerTemplateDocument,
  DomainEventDocument,
  IdempotencyRecordDocument,
  RepairReportDocument,
  DeploymentDocument,
];

/** Builds every long-lived object in order; what was opened is closed in reverse. */
export async function createContext(config: Config, overrides: Overrides = {}) {
  const closing = new Closing();
  try {
    return await build(config, overrides, closing);
  } catch (error) {
    await closing.close();
    throw error;
  }
}

async function build(config: Config, overrides: Overrides, closing: Closing) {
  const clock = overrides.clock ?? systemClock;
  const ids = overrides.ids ?? systemIds();
  const logger = overrides.logger ?? createLogger(config.logLevel);
  const metrics = createMetrics({ kinds: FINDING_KINDS, actions: FINDING_ACTIONS });
  const tracer = await openTracer(
    {
      endpoint: config.otlpEndpoint,
      sampleRatio: config.traceSampleRatio,
      exportMs: config.traceExportSeconds * 1000,
      metrics,
    },
    closing,
  );
  const keys = liveKeys(config.etcdPrefix);
  const opened = await openStores({ config, models: MODELS, keys, logger, closing });
  const wrapped = overrides.wrapStores?.(opened) ?? opened;
  const watching = { metrics, tracer, clock };
  const stores = {
    documents: watchedDocuments(wrapped.documents, watching),
    live: watchedLive(wrapped.live, watching),
  };
  metrics.info.set(opened.kinds, 1);
  const deployments = stores.documents.collection(DeploymentDocument);
  const naming = { deployments, live: stores.live, keys, ids, clock, logger };
  const owner = ownerOf(naming, config, opened.folderId);
  if (owner) closing.add('owner lease', owner);
  const deploymentId = await openDeployment({ ...naming, own: async () => owner?.take() });
  const guard = closing.add(
    'epoch guard',
    epochGuard({
      ...naming,
      deploymentId,
      intervalMs: config.epochCheckMs,
      onLost: () => states.forgetLease(),
    }),
  );
  const refusal = () => owner?.fault() ?? guard.foreign();
  const documents = gatedDocuments(stores.documents, refusal);
  const live = guard.watched(gatedLive(stores.live, refusal));
  const collections = collectionsOf(documents);
  const states = liveStates({
    live,
    keys,
    clock,
    logger,
    terminalTtlSeconds: config.terminalStateTtlSeconds,
    onWrite: (result) => metrics.liveWrites.inc({ result }),
  });
  await guard.check();

  const readerLimits = {
    items: config.readerQueueChanges,
    bytes: config.readerQueueBytes,
    ageMs: config.readerQueueSeconds * 1000,
  };
  const hub = watchHub({
    store: live,
    prefix: keys.root,
    groupOf: claimGroups(keys),
    ring: { changes: config.liveRingChanges, bytes: config.liveRingBytes },
    reader: readerLimits,
    epochKey: keys.epoch,
    trusted: (signal) => guard.trusted(signal),
    bookmarkMs: config.bookmarkSeconds * 1000,
    catchUpMs: config.atLeastWaitMs,
    clock,
    logger,
    onReaders: (change) => metrics.readers.inc(change),
    onSlowReader: () => metrics.slowReaders.inc(),
    onResync: () => metrics.resyncs.inc(),
    onRevision: (revision, epoch) => guard.note(revision, epoch),
    onDifferences: (count) => metrics.liveDifferences.inc(count),
  });
  closing.add('watch hub', hub);
  await hub.start();
  closing.add(
    'comparison of live values',
    compareRegularly(hub, { intervalMs: config.liveCompareSeconds * 1000, logger }),
  );
  const tokens = liveTokens(deploymentId);
  const feeds = sharedFeeds<SocketFrame>({
    tokens,
    limits: readerLimits,
    clock,
    onReaders: (change) => metrics.readers.inc(change),
    onSlowReader: () => metrics.slowReaders.inc(),
  });
  const positions = livePositions({ hub, tokens, waitMs: config.atLeastWaitMs });

  const outbox = closing.add(
    'event publisher',
    eventPublisher({
      log: collections.events,
      sources: [collections.definitions, collections.instances, collections.workers, collections.templates],
      sweepMs: config.outboxSweepSeconds * 1000,
      logger,
      onPublished: (count) => metrics.eventsPublished.inc(count),
      onSwept: (documents, oldestAt) => {
        metrics.outboxDocuments.set(documents);
        const age = oldestAt === null ? 0 : Date.parse(clock.now()) - Date.parse(oldestAt);
        metrics.outboxAge.set(Math.max(0, age) / 1000);
      },
    }),
  );
  const recordKeepMs = config.idempotencyHours * 3_600_000;
  const records = idempotencyRecords({
    collection: collections.records,
    clock,
    ids,
    keepMs: recordKeepMs,
  });
  const services: RepositoryServices = { clock, ids, outbox, settleRecord: records.finish, recordKeepMs };
  const templates = templateRepository(collections.templates, services);
  const loading = { templates, collections, ids, clock, logger };
  const templateLoads = await loadAtStart(loading, config.workerTemplatesPath);

  const repositories = {
    definitions: definitionRepository(collections.definitions, services),
    instances: instanceRepository(collections.instances, services),
    workers: workerRepository(collections.workers, services),
  };
  const observe = operationObserver({ metrics, logger });
  const counting = operationRunner({
    records: countKeys(records, metrics),
    ids,
    clock,
    deadlineMs: config.operationDeadlineMs,
    maxInFlight: config.maxWorkInFlight,
    translate: errorTranslator(logger, config.operationDeadlineMs),
    observe,
  });
  const runner = tracedRunner(counting, tracer);
  const ledger = claimLedger({
    live,
    keys,
    clock,
    logger,
    attempts: config.claimAttempts,
    deadlineMs: config.claimDeadlineMs,
    guard: () => guard.conditions(),
    maxWaiting: config.maxClaimsWaiting,
    onRetry: () => metrics.claimRetries.inc(),
    onRelease: (result) => metrics.releases.inc({ result }),
  });
  /** What the leader knows; others see of it only what the stores tell. */
  let withheld: Withheld | null = null;
  const { waiting: claimsWaiting } = ledger;
  const { inFlight } = runner;
  showState({ metrics, limit: config.maxWorkInFlight, inFlight, claimsWaiting, hub, guard });
  closing.add(
    'leadership',
    leadControlPlane({
      live,
      keys,
      clock,
      ids,
      logger,
      ttlSeconds: config.leaderTtlSeconds,
      run: leaderDuties({
        config,
        documents,
        live,
        keys,
        clock,
        ids,
        logger,
        metrics,
        collections,
        ...repositories,
        outbox,
        liveStates: states,
        guard,
        deploymentId,
        onWithheld: (now) => (withheld = now),
      }),
    }),
  );

  return {
    config,
    clock,
    ids,
    logger,
    metrics,
    keys,
    documents,
    live,
    storesDescription: wrapped.description,
    observe,
    collections,
    deploymentId,
    guard,
    owner,
    hub,
    tokens,
    positions,
    feeds,
    outbox,
    audit: auditLog({ log: collections.events, ids, clock }),
    runner,
    templates,
    templateLoads,
    ...repositories,
    artifacts: createArtifactReader(artifactOptions(config, fileRootOf(config))),
    labFiles: labFileCache(CACHED_LAB_FILES),
    syncTurns: inTurn(),
    nodeCountIgnored: config.nodeCountIgnored,
    ledger: measuredLedger(ledger, watching),
    liveStates: states,
    repairHeldBack: () => heldBack(guard.documentsAreOlder() ? 'DOCUMENTS_WENT_BACK' : withheld),
    repairWaitMs: config.operationDeadlineMs * REPAIR_WAIT_SHARE,
    close: () => closing.close(),
  };
}

/** Where one store alone is embedded: the lease that keeps other data folders from the store that is shared. */
function ownerOf(
  naming: Omit<
    Parameters<typeof ownerInDocuments>[0] & Parameters<typeof ownerInLive>[0],
    'folderId' | 'ttlSeconds'
  > & {
    readonly logger: Logger;
  },
  { mongodbUri, ownerTtlSeconds: ttlSeconds }: Config,
  folderId: string | null,
): OwnerLease | null {
  if (folderId === null) return null;
  const parts = { ...naming, folderId, ttlSeconds };
  const place = mongodbUri === null ? ownerInLive(parts) : ownerInDocuments(parts);
  return ownerLease({ ...naming, place, ttlSeconds });
}

export type Collections = ReturnType<typeof collectionsOf>;

export function collectionsOf(documents: DocumentStore) {
  return {
    definitions: documents.collection(LabletDefinitionDocument),
    labFiles: documents.collection(LabFileDocument),
    instances: documents.collection(InstanceDocument),
    workers: documents.collection(WorkerDocument),
    templates: documents.collection(WorkerTemplateDocument),
    events: documents.collection(DomainEventDocument),
    records: documents.collection(IdempotencyRecordDocument),
    reports: documents.collection(RepairReportDocument),
    deployments: documents.collection(DeploymentDocument),
  };
}

/** Without an identity provider the shipped examples can be read, so that a newcomer's first lab file is there. */
export function fileRootOf(config: Config): string | null {
  return config.artifactFileRoot ?? (hasIdentityProvider(config) ? null : 'examples');
}
