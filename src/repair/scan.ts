import type { Collection } from '../db/document-store.js';
import type { AggregateDocument } from '../db/stored-document.js';
import type { LabletDefinitionDocument } from '../definitions/definition-model.js';
import type { InstanceDocument } from '../instances/instance-model.js';
import type { WorkerDocument } from '../workers/worker-model.js';
import type { Difference } from './findings.js';
import { instanceDifferences, presences } from './instance-differences.js';
import { liveView, valueOf, type LiveView } from './live-view.js';
import { PAGE, pages } from './pages.js';
import type { FactsDeps } from './read-facts.js';
import { workerDifferences } from './worker-differences.js';

export interface ScanDeps extends FactsDeps {
  readonly collections: {
    readonly definitions: Collection<LabletDefinitionDocument>;
    readonly instances: Collection<InstanceDocument>;
    readonly workers: Collection<WorkerDocument>;
  };
  /** The collections whose documents carry an outbox. */
  readonly outboxes: readonly Collection<AggregateDocument>[];
}

/** Something that looks wrong; it is looked at again before anything is done about it. */
export interface Suspect {
  readonly what: 'instance' | 'worker' | 'sync' | 'outbox';
  readonly id: string;
  /** Revision of the document when it was seen; null without one. What changes meanwhile is not acted on. */
  readonly revision: number | null;
  readonly differences: readonly Difference[];
  /** Of an instance: workers whose keys name it. Of a sync: the version that replaces it. Of an outbox: its collection. */
  readonly about: readonly string[];
}

export interface Scan {
  readonly suspects: readonly Suspect[];
  readonly claimsAndKeys: number;
}

/** Compares all documents and keys; bulk reads, in pages, so suspects only. */
export async function scan(deps: ScanDeps): Promise<Scan> {
  const { live, keys } = deps;
  const { entries } = await live.list(keys.root);
  const view = liveView(entries, keys);
  const suspects = [
    ...(await scanWorkers(deps, view)),
    ...(await scanInstances(deps, view)),
    ...(await scanSyncs(deps)),
    ...(await scanOutboxes(deps)),
  ];
  return { suspects, claimsAndKeys: view.claimsAndKeys };
}

async function scanWorkers(deps: ScanDeps, view: LiveView): Promise<Suspect[]> {
  const suspects: Suspect[] = [];
  const seen = new Set<string>();
  const look = (id: string, document: WorkerDocument | null) => {
    seen.add(id);
    const state = document && deps.workers.stateOf(document);
    const differences = workerDifferences(id, state, view);
    const revision = state?.revision ?? null;
    if (differences.length > 0) suspects.push({ what: 'worker', id, revision, differences, about: [] });
  };
  for await (const page of pages(deps.collections.workers, {}, 'id')) {
    for (const document of page) look(document.id, document);
  }
  for (const id of view.workerIds) if (!seen.has(id)) look(id, null);
  return suspects;
}

async function scanInstances(deps: ScanDeps, view: LiveView): Promise<Suspect[]> {
  const { instances, workers } = deps.collections;
  const suspects: Suspect[] = [];
  const seen = new Set<string>();
  const look = (id: string, document: InstanceDocument | null, worker: WorkerDocument | undefined) => {
    seen.add(id);
    const state = document && deps.instances.stateOf(document);
    const facts = { id, state, workerStatus: worker?.status ?? null };
    const differences = instanceDifferences(facts, view);
    if (differences.length === 0) return;
    const about = presences(facts, view).map(({ workerId }) => workerId);
    suspects.push({ what: 'instance', id, revision: state?.revision ?? null, differences, about });
  };
  const lookAt = async (page: readonly InstanceDocument[]) => {
    const named = page.flatMap(({ workerId }) => workerId ?? []);
    const found = new Map((await workers.getMany([...new Set(named)])).map((each) => [each.id, each]));
    for (const document of page) look(document.id, document, found.get(document.workerId ?? ''));
  };
  for await (const page of pages(instances, { finished: false }, 'finished_createdAt')) await lookAt(page);
  const others = [...view.instanceIds].filter((id) => !seen.has(id) && !isPast(id, view));
  for (let start = 0; start < others.length; start += PAGE) {
    const ids = others.slice(start, start + PAGE);
    await lookAt(await instances.getMany(ids));
    for (const id of ids) if (!seen.has(id)) look(id, null, undefined);
  }
  return suspects;
}

/** A terminal state that holds nothing: its key lapses by itself. */
function isPast(id: string, view: LiveView): boolean {
  const { state, holder } = view.instance(id);
  return valueOf(state)?.state === 'TERMINATED' && holder.is === 'ABSENT' && view.workersOf(id).length === 0;
}

/** ACTIVE versions that a later one replaced by sync. */
async function scanSyncs({ collections: { definitions } }: ScanDeps): Promise<Suspect[]> {
  const suspects: Suspect[] = [];
  for await (const page of pages(definitions, { supersedesId: { $gt: '' } }, 'supersedesId')) {
    const successors = new Map(page.map((document) => [document.supersedesId as string, document]));
    for (const { id, revision, status } of await definitions.getMany([...successors.keys()])) {
      if (status !== 'ACTIVE') continue;
      const successor = successors.get(id) as LabletDefinitionDocument;
      const expected = `DEPRECATED, replaced by ${successor.id}`;
      const difference = { kind: 'UNFINISHED_SYNC' as const, entityId: id, workerId: null, counted: false };
      suspects.push({
        what: 'sync',
        id,
        revision,
        differences: [{ ...difference, expected, actual: status }],
        about: [successor.id],
      });
    }
  }
  return suspects;
}

/** Documents whose oldest event waits; the same event must still wait when it is looked at again. */
async function scanOutboxes({ outboxes }: ScanDeps): Promise<Suspect[]> {
  const suspects: Suspect[] = [];
  for (const collection of outboxes) {
    const left = await collection.find({ hasOutbox: true }, { index: 'hasOutbox', limit: PAGE });
    for (const { id, outbox } of left) {
      const oldest = outbox[0];
      if (!oldest) continue;
      const actual = `event ${oldest.number} waits`;
      const difference = { kind: 'UNPUBLISHED_EVENT' as const, entityId: id, workerId: null, counted: false };
      suspects.push({
        what: 'outbox',
        id,
        revision: null,
        differences: [{ ...difference, expected: 'all events in the log', actual }],
        about: [collection.name, oldest.id],
      });
    }
  }
  return suspects;
}
