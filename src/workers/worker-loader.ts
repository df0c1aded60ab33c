import { mayReadWorkers } from '../auth/policies.js';
import { byGroup, byId } from '../db/batch.js';
import type { Collection } from '../db/document-store.js';
import type { Actor } from '../lib/actor.js';
import type { ObjectBudget } from '../lib/object-budget.js';
import { viewWorker } from './find-worker.js';
import type { WorkerDocument } from './worker-model.js';

export const workerLoader = (workers: Collection<WorkerDocument>, actor: Actor | null) =>
  byId(workers, (document) => (actor && mayReadWorkers(actor) ? viewWorker(document) : null));

/** Workers registered from a template. */
export const workersByTemplateLoader = (
  workers: Collection<WorkerDocument>,
  actor: Actor | null,
  budget: ObjectBudget,
) =>
  byGroup(workers, {
    field: 'templateName',
    index: 'templateName_createdAt',
    filter: actor && mayReadWorkers(actor) ? {} : null,
    view: viewWorker,
    budget,
  });

/** Where owners reach their ports; open to whoever sees the instance. */
export const endpointLoader = (workers: Collection<WorkerDocument>, actor: Actor | null) =>
  byId(workers, (document) => {
    if (!actor) return null;
    const { name, host } = viewWorker(document);
    return { workerName: name, host };
  });
