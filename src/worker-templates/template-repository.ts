import { aggregateRepository, type RepositoryServices } from '../db/aggregate-repository.js';
import type { Collection } from '../db/document-store.js';
import type { WorkerTemplateDocument } from './template-model.js';
import { templateAggregate, upgradeTemplate } from './template.js';

export function templateRepository(
  collection: Collection<WorkerTemplateDocument>,
  services: RepositoryServices,
) {
  return aggregateRepository({
    collection,
    aggregate: templateAggregate,
    derive: () => ({}),
    upgrade: upgradeTemplate,
    ...services,
  });
}

export type TemplateRepository = ReturnType<typeof templateRepository>;
