import { visibleInstances } from '../auth/policies.js';
import { byGroup, byId } from '../db/batch.js';
import type { Collection } from '../db/document-store.js';
import type { Actor } from '../lib/actor.js';
import type { ObjectBudget } from '../lib/object-budget.js';
import type { InstanceDocument } from './instance-model.js';
import { viewInstance } from './view-instance.js';

export const instanceLoader = (instances: Collection<InstanceDocument>, actor: Actor | null) =>
  byId(instances, (document) =>
    actor && visibleInstances(actor).sees(document) ? viewInstance(document) : null,
  );

const unfinished = (actor: Actor | null) => actor && { ...visibleInstances(actor).filter, finished: false };

/** Unfinished instances of a definition version that the caller may see. */
export const instancesByDefinitionLoader = (
  instances: Collection<InstanceDocument>,
  actor: Actor | null,
  budget: ObjectBudget,
) =>
  byGroup(instances, {
    field: 'definitionId',
    index: 'definitionId_createdAt',
    filter: unfinished(actor),
    view: viewInstance,
    budget,
  });

/** Unfinished instances on a worker that the caller may see. */
export const instancesByWorkerLoader = (
  instances: Collection<InstanceDocument>,
  actor: Actor | null,
  budget: ObjectBudget,
) =>
  byGroup(instances, {
    field: 'workerId',
    index: 'workerId_state',
    filter: unfinished(actor),
    view: viewInstance,
    budget,
  });
