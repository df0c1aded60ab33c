import { z } from 'zod';
import { WORKER_READERS } from '../auth/policies.js';
import type { Collection } from '../db/document-store.js';
import { notFound } from '../errors.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import { findWorker, viewWorker } from './find-worker.js';
import type { WorkerDocument } from './worker-model.js';

interface Deps {
  readonly collections: { readonly workers: Collection<WorkerDocument> };
}

export const getWorker = query({
  name: 'worker',
  summary: 'One worker by its id.',
  request: z.strictObject({ id: field.id('wrk').describe('The worker.'), atLeast: field.atLeast }),
  allow: { roles: WORKER_READERS },
  async handle({ collections, positions }: Deps & { positions: LivePositions }, { id, atLeast }) {
    await positions.seen(atLeast);
    return findWorker(collections.workers, id);
  },
});

export const getWorkerByName = query({
  name: 'workerByName',
  summary: 'One worker by its name.',
  request: z.strictObject({ name: field.slug.describe('Name of the worker.') }),
  allow: { roles: WORKER_READERS },
  async handle({ collections }: Deps, { name }) {
    const [found] = await collections.workers.find({ name }, { index: 'name', limit: 1 });
    if (!found) throw notFound('Worker', name);
    return viewWorker(found);
  },
});
