import { aggregateRepository, type RepositoryServices } from '../db/aggregate-repository.js';
import type { Collection } from '../db/document-store.js';
import type { WorkerDocument } from './worker-model.js';
import { upgradeWorker, workerAggregate } from './worker-state.js';

export function workerRepository(collection: Collection<WorkerDocument>, services: RepositoryServices) {
  return aggregateRepository({
    collection,
    aggregate: workerAggregate,
    derive: () => ({}),
    upgrade: upgradeWorker,
    ...services,
  });
}

export type WorkerRepository = ReturnType<typeof workerRepository>;
