import { z } from 'zod';
import { visibleInstances, WORKER_READERS } from '../auth/policies.js';
import type { Collection } from '../db/document-store.js';
import { findPage, mapPage, pageFields } from '../db/paging.js';
import type { Clock } from '../lib/clock.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import type { InstanceDocument } from './instance-model.js';
import { approachingUntil } from './timeslot.js';
import { viewInstance } from './view-instance.js';

interface Deps {
  readonly collections: { readonly instances: Collection<InstanceDocument> };
  readonly clock: Clock;
  readonly positions: LivePositions;
}

export const approachingInstances = query({
  name: 'approachingInstances',
  summary: 'SCHEDULED instances whose slot starts within the window, or has started, by start.',
  request: z.strictObject({
    windowMinutes: field.whole(1, 120).default(35).describe('Minutes from now, 1-120.'),
    ...pageFields,
  }),
  allow: { roles: WORKER_READERS },
  async handle({ collections, clock, positions }: Deps, { windowMinutes, ...request }, { actor }) {
    const liveRevision = positions.now();
    const filter = {
      state: 'SCHEDULED',
      timeslotStart: { $lte: approachingUntil(clock.now(), windowMinutes) },
      ...visibleInstances(actor).filter,
    };
    const plan = { filter, index: 'state_timeslotStart' };
    return { ...mapPage(await findPage(collections.instances, plan, request), viewInstance), liveRevision };
  },
});
