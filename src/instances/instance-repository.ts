import { aggregateRepository, type RepositoryServices } from '../db/aggregate-repository.js';
import type { Collection } from '../db/document-store.js';
import type { InstanceDocument } from './instance-model.js';
import { instanceAggregate, storedKeys, upgradeInstance } from './instance-state.js';

export function instanceRepository(collection: Collection<InstanceDocument>, services: RepositoryServices) {
  return aggregateRepository({
    collection,
    aggregate: instanceAggregate,
    derive: storedKeys,
    upgrade: upgradeInstance,
    ...services,
  });
}

export type InstanceRepository = ReturnType<typeof instanceRepository>;
