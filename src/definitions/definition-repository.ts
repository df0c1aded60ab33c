import { aggregateRepository, type RepositoryServices } from '../db/aggregate-repository.js';
import type { Collection } from '../db/document-store.js';
import { upgradeDefinition } from './definition-defaults.js';
import type { LabletDefinitionDocument } from './definition-model.js';
import { definitionAggregate, definitionKeys } from './definition-state.js';

export function definitionRepository(
  collection: Collection<LabletDefinitionDocument>,
  services: RepositoryServices,
) {
  return aggregateRepository({
    collection,
    aggregate: definitionAggregate,
    derive: definitionKeys,
    upgrade: upgradeDefinition,
    ...services,
  });
}

export type DefinitionRepository = ReturnType<typeof definitionRepository>;
