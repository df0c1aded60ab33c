import { z } from 'zod';
import { ANYONE, visibleInstances } from '../auth/policies.js';
import type { Collection } from '../db/document-store.js';
import { findPage, mapPage, pageFields } from '../db/paging.js';
import { query } from '../lib/operation.js';
import * as field from '../lib/fields.js';
import type { LivePositions } from '../live/live-positions.js';
import { instanceFilter, instanceListPlan, instanceOrder } from './instance-filter.js';
import type { InstanceDocument } from './instance-model.js';
import { viewInstance } from './view-instance.js';

interface Deps {
  readonly collections: { readonly instances: Collection<InstanceDocument> };
  readonly positions: LivePositions;
}

const NEWEST_FIRST = { field: 'CREATED_AT', direction: 'DESC' } as const;

export const listInstances = query({
  name: 'instances',
  summary: 'Instances, newest first unless asked; terminated ones only when their state is asked for.',
  request: z.strictObject({
    filter: instanceFilter.nullish().describe('Which instances.'),
    orderBy: instanceOrder.nullish().describe('In which order; newest first by default.'),
    ...pageFields,
    atLeast: field.atLeast,
  }),
  allow: { roles: ANYONE, note: 'AUTHOR and USER: own instances only' },
  async handle({ collections, positions }: Deps, { filter, orderBy, atLeast, ...request }, { actor }) {
    const liveRevision = await positions.seen(atLeast);
    const plan = instanceListPlan(filter ?? {}, orderBy ?? NEWEST_FIRST, visibleInstances(actor).filter);
    return { ...mapPage(await findPage(collections.instances, plan, request), viewInstance), liveRevision };
  },
});
