import type { Collection } from '../db/document-store.js';
import type { AggregateDocument } from '../db/stored-document.js';
import type { DefinitionRepository } from '../definitions/definition-repository.js';
import { definitionAggregate } from '../definitions/definition-state.js';
import type { LabletDefinitionDocument } from '../definitions/definition-model.js';
import type { DomainEventDocument } from '../events/event-model.js';
import type { InstanceDocument } from '../instances/instance-model.js';
import type { InstanceRepository } from '../instances/instance-repository.js';
import { heldClaim, instanceAggregate, type InstanceState } from '../instances/instance-state.js';
import type { Aggregate, AggregateState, DomainEvent } from '../lib/aggregate.js';
import { templateAggregate } from '../worker-templates/template.js';
import type { WorkerTemplateDocument } from '../worker-templates/template-model.js';
import type { TemplateRepository } from '../worker-templates/template-repository.js';
import type { WorkerDocument } from '../workers/worker-model.js';
import type { WorkerRepository } from '../workers/worker-repository.js';
import { workerAggregate, type WorkerState } from '../workers/worker-state.js';
import type { HeldClaim } from './check-claims.js';
import { readStreams, streamViolations } from './check-events.js';
import { instanceHistory, workerHistory } from './check-histories.js';
import { markedBy, type Marked } from './check-records.js';
import { pages } from './pages.js';
import type { Violation } from './violations.js';

export interface DocumentDeps {
  readonly definitions: DefinitionRepository;
  readonly instances: InstanceRepository;
  readonly workers: WorkerRepository;
  readonly templates: TemplateRepository;
  readonly collections: {
    readonly definitions: Collection<LabletDefinitionDocument>;
    readonly instances: Collection<InstanceDocument>;
    readonly workers: Collection<WorkerDocument>;
    readonly templates: Collection<WorkerTemplateDocument>;
    readonly events: Collection<DomainEventDocument>;
  };
  /** True for a time whose events are still kept. */
  readonly isKept: (at: string) => boolean;
}

/** What all documents say, and what is wrong with each by itself. */
export interface DocumentFacts {
  readonly counts: { definitions: number; instances: number; workers: number; templates: number };
  readonly events: number;
  readonly marked: readonly Marked[];
  readonly workerIds: readonly string[];
  /** Claims that documents record, by worker. */
  readonly recorded: ReadonlyMap<string, readonly HeldClaim[]>;
  readonly violations: readonly Violation[];
}

/** Reads every document with its events. */
export async function checkDocuments(deps: DocumentDeps): Promise<DocumentFacts> {
  const { collections } = deps;
  const marked: Marked[] = [];
  const violations: Violation[] = [];
  const workerIds: string[] = [];
  const recorded = new Map<string, HeldClaim[]>();
  let events = 0;

  async function each<State extends AggregateState, E extends DomainEvent, Doc extends AggregateDocument>(
    collection: Collection<Doc>,
    aggregate: Aggregate<State, E>,
    { stateOf }: { readonly stateOf: (document: Doc) => State },
    look: (state: State) => readonly Violation[],
  ): Promise<number> {
    let count = 0;
    for await (const page of pages(collection, {}, 'id')) {
      count += page.length;
      const streams = await readStreams(collections.events, page);
      for (const document of page) {
        const state = stateOf(document);
        const stream = streams.get(document.id) ?? new Map();
        events += stream.size;
        marked.push(markedBy({ ...document, updatedAt: state.updatedAt }));
        violations.push(...look(state), ...streamViolations(aggregate, state, document, stream, deps));
      }
    }
    return count;
  }

  function instanceFacts(state: InstanceState): Violation[] {
    const held = heldClaim(state);
    if (held) recorded.set(held.workerId, [...(recorded.get(held.workerId) ?? []), held]);
    return instanceHistory(state);
  }

  function workerFacts(state: WorkerState): Violation[] {
    workerIds.push(state.id);
    return workerHistory({ ...state, state: state.status });
  }

  const counts = {
    definitions: await each(collections.definitions, definitionAggregate, deps.definitions, () => []),
    instances: await each(collections.instances, instanceAggregate, deps.instances, instanceFacts),
    workers: await each(collections.workers, workerAggregate, deps.workers, workerFacts),
    templates: await each(collections.templates, templateAggregate, deps.templates, () => []),
  };
  return { counts, events, marked, workerIds, recorded, violations };
}
