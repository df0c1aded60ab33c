import { setTimeout as delay } from 'node:timers/promises';
import { codecs } from '../claims/values.js';
import type { Collection } from '../db/document-store.js';
import type { DeploymentDocument } from '../deployment/deployment-model.js';
import type { IdempotencyRecordDocument } from '../idempotency/record-model.js';
import { addMs, type Clock } from '../lib/clock.js';
import { CONTROL_PLANE } from '../lib/events.js';
import { claimViolations, latest } from './check-claims.js';
import { checkDocuments, type DocumentDeps, type DocumentFacts } from './check-documents.js';
import { recordViolations } from './check-records.js';
import type { FindingKind } from './findings.js';
import { liveView, valueOf, type LiveView } from './live-view.js';
import { pages } from './pages.js';
import type { FactsDeps } from './read-facts.js';
import { scan, type Suspect } from './scan.js';
import { identityOf, type Invariant, type Violation } from './violations.js';

export interface CheckDeps extends FactsDeps, DocumentDeps {
  readonly instances: FactsDeps['instances'];
  readonly workers: FactsDeps['workers'];
  readonly clock: Clock;
  readonly collections: DocumentDeps['collections'] & {
    readonly records: Collection<IdempotencyRecordDocument>;
    readonly deployments: Collection<DeploymentDocument>;
  };
}

export interface CheckReport {
  /** ISO 8601. */
  readonly at: string;
  readonly read: DocumentFacts['counts'] & { readonly events: number; readonly keys: number };
  readonly violations: readonly Violation[];
  /** Differences that are too young to count: commands under way, or repair that has not had its time. */
  readonly unsettled: readonly Violation[];
}

export interface CheckOptions {
  /** Time between the two looks that a violation has to be seen in. */
  readonly settleMs: number;
}

/** Repair has this long to mend what a crash left. */
const SETTLED_MS = 30_000;

/**
 * Reads both stores whole and says what breaks an invariant; writes nothing. Servers may run meanwhile: what is
 * wrong must be so in two looks, and for 30 s, before it counts.
 */
export async function checkInstallation(deps: CheckDeps, { settleMs }: CheckOptions): Promise<CheckReport> {
  const first = await look(deps);
  if (first.violations.length === 0) return { ...first, unsettled: [] };
  await delay(settleMs);
  const seen = new Set(first.violations.map(identityOf));
  const second = await look(deps);
  const lasting = second.violations.filter((each) => seen.has(identityOf(each)));
  const limit = addMs(deps.clock.now(), -SETTLED_MS);
  const isYoung = ({ since }: Violation) => settleMs < SETTLED_MS && since !== null && since > limit;
  return {
    ...second,
    violations: lasting.filter((each) => !isYoung(each)),
    unsettled: lasting.filter(isYoung),
  };
}

async function look(deps: CheckDeps): Promise<Omit<CheckReport, 'unsettled'>> {
  const { clock, collections, keys, live } = deps;
  const records = await readRecords(collections.records);
  const documents = await checkDocuments(deps);
  const { entries } = await live.list(keys.root);
  const view = liveView(entries, keys);
  const outboxes = [
    collections.definitions,
    collections.instances,
    collections.workers,
    collections.templates,
  ];
  const { suspects } = await scan({ ...deps, outboxes });
  const times = new Map(documents.marked.map(({ id, updatedAt }) => [id, updatedAt]));
  const updatedAt = (id: string) => times.get(id) ?? null;
  return {
    at: clock.now(),
    read: { ...documents.counts, events: documents.events, keys: entries.length },
    violations: [
      ...(await epochViolations(deps)),
      ...documents.violations,
      ...(await lostDocuments(deps, times)),
      ...recordViolations(records, documents.marked),
      ...claimViolations(documents.workerIds, documents.recorded, view, updatedAt),
      ...suspects.flatMap((suspect) => differences(suspect, view, updatedAt(suspect.id))),
    ],
  };
}

async function readRecords(
  collection: Collection<IdempotencyRecordDocument>,
): Promise<IdempotencyRecordDocument[]> {
  const found: IdempotencyRecordDocument[] = [];
  for await (const page of pages(collection, {}, 'id')) found.push(...page);
  return found;
}

/** Both stores name the same life of the live store; where they do not, its claims are not those of the documents. */
async function epochViolations({ collections, live, keys }: CheckDeps): Promise<Violation[]> {
  const [[deployment], entry] = [
    await collections.deployments.find({}, { index: 'id', limit: 1 }),
    await live.get(keys.epoch),
  ];
  const known = entry && codecs.epoch.decode(entry.value);
  const epoch = known?.ok ? known.value.epoch : null;
  if (deployment && deployment.epoch === epoch) return [];
  const detail = `the documents belong to epoch ${deployment?.epoch ?? null}, the keys to ${epoch}`;
  return [{ invariant: 'I5', rule: 'OTHER_EPOCH', entityId: keys.epoch, detail, since: null }];
}

/** LOG: an object that has events has a document, since none is ever deleted. */
async function lostDocuments(
  { collections }: CheckDeps,
  known: ReadonlyMap<string, unknown>,
): Promise<Violation[]> {
  const strangers = new Map<string, { type: string; at: string }>();
  const omit = ['payload'];
  for await (const page of pages(collections.events, {}, 'aggregateId_number', { omit })) {
    for (const { aggregateId, aggregateType: type, at } of page) {
      if (!known.has(aggregateId) && type !== CONTROL_PLANE) strangers.set(aggregateId, { type, at });
    }
  }
  return [...strangers].map(([entityId, { type, at }]) => ({
    invariant: 'LOG',
    rule: 'DOCUMENT_MISSING',
    entityId,
    detail: `the log has events of a ${type} that has no document`,
    since: at,
  }));
}

const INVARIANT_OF: Partial<Record<FindingKind, Invariant>> = {
  STALE_STATE: 'I4',
  AHEAD_STATE: 'I4',
  STALE_CONFIG: 'I4',
  MALFORMED_KEY: 'I4',
  UNPUBLISHED_EVENT: 'LOG',
};

/** What repair would find, as violations. */
function differences(
  { id, differences: found }: Suspect,
  view: LiveView,
  updatedAt: string | null,
): Violation[] {
  const { state, holder } = view.instance(id);
  const entries = view.workersOf(id).map((each) => valueOf(view.worker(each).capacity)?.claims[id]);
  const times = [valueOf(state)?.at, valueOf(holder)?.claimedAt, ...entries.map((each) => each?.claimedAt)];
  const since = latest([updatedAt, ...times, valueOf(view.worker(id).state)?.at]);
  return found.map(({ kind, entityId, workerId, expected, actual }) => ({
    invariant: INVARIANT_OF[kind] ?? 'I5',
    rule: kind,
    entityId,
    detail: `${workerId === null || workerId === entityId ? '' : `on ${workerId}: `}${actual}; expected ${expected}`,
    since,
  }));
}
