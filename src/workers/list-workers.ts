import { z } from 'zod';
import { WORKER_READERS } from '../auth/policies.js';
import type { Collection, Filter } from '../db/document-store.js';
import { findPage, mapPage, pageFields } from '../db/paging.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import { viewWorker } from './find-worker.js';
import { WORKER_STATUSES } from './transitions.js';
import { licenseType } from './worker-input.js';
import type { WorkerDocument } from './worker-model.js';

interface Deps {
  readonly collections: { readonly workers: Collection<WorkerDocument> };
  readonly positions: LivePositions;
}

const workerFilter = z
  .strictObject({
    status: z.enum(WORKER_STATUSES).meta({ id: 'WorkerStatus' }).nullish().describe('In this status.'),
    templateName: field.slug.nullish().describe('Registered from this template.'),
    licenseType: licenseType.nullish().describe('With this licence.'),
  })
  .meta({ id: 'WorkerFilter', description: 'All given parts must hold.' });

export const listWorkers = query({
  name: 'workers',
  summary: 'Workers, newest first, in every status unless one is asked for.',
  request: z.strictObject({
    filter: workerFilter.nullish().describe('Which workers.'),
    ...pageFields,
    atLeast: field.atLeast,
  }),
  allow: { roles: WORKER_READERS },
  async handle({ collections, positions }: Deps, { filter, atLeast, ...request }) {
    const liveRevision = await positions.seen(atLeast);
    const given = Object.entries(filter ?? {}).filter(([, value]) => value != null);
    const conditions: Filter = Object.fromEntries(given);
    const [narrowest] = given;
    const index = narrowest ? `${narrowest[0]}_createdAt` : 'createdAt';
    const plan = { filter: conditions, index, descending: true };
    return { ...mapPage(await findPage(collections.workers, plan, request), viewWorker), liveRevision };
  },
});
