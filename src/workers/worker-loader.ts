import { mayReadWorkers } from '../auth/policies.js';
import { byGroup, byId, MAX_GROUPED } from '../db/batch.js';
import type { Collection } from '../db/document-store.js';
import type { Actor } from '../lib/actor.js';
import { viewWorker } from './find-worker.js';
import type { WorkerDocument } from './worker-model.js';

export const workerLoader = (workers: Collection<WorkerDocument>, actor: Actor | null) =>
  byId(workers, (document) => (actor && mayReadWorkers(actor) ? viewWorker(document) : null));

/** Workers registered from a template. */
export const workersByTemplateLoader = (workers: Collection<WorkerDocument>, actor: Actor | null) =>
  byGroup(workers, {
    field: 'templateName',
    index: 'templateName_createdAt',
    filter: actor && mayReadWorkers(actor) ? {} : null,
    view: viewWorker,
    limit: MAX_GROUPED,
  });

/** Where owners reach their ports; open to whoever sees the instance. */
export const endpointLoader = (workers: Collection<WorkerDocument>, actor: Actor | null) =>
  byId(workers, ({ name, host }) => (actor ? { workerName: name, host: host ?? null } : null));
