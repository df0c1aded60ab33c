import { z } from 'zod';
import { ANYONE, visibleInstances } from '../auth/policies.js';
import type { Collection, Filter } from '../db/document-store.js';
import { findPage, mapPage, pageFields } from '../db/paging.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import type { InstanceDocument } from './instance-model.js';
import { viewInstance } from './view-instance.js';
import { INSTANCE_STATES } from './transitions.js';

interface Deps {
  readonly collections: { readonly instances: Collection<InstanceDocument> };
  readonly positions: LivePositions;
}

export const instanceFilter = z
  .strictObject({
    states: z
      .array(z.enum(INSTANCE_STATES).meta({ id: 'InstanceState' }))
      .min(1)
      .max(INSTANCE_STATES.length)
      .nullish()
      .describe('In one of these states; without it, every state but TERMINATED.'),
    workerId: field.id('wrk').nullish().describe('On this worker.'),
    ownerId: field.line(1, 255).nullish().describe('Of this owner.'),
    definitionId: field.id('def').nullish().describe('Runs of this definition version.'),
    startsFrom: field.dateTime.nullish().describe('Slot starts at or after.'),
    startsBefore: field.dateTime.nullish().describe('Slot starts before.'),
  })
  .meta({ id: 'InstanceFilter', description: 'All given parts must hold.' });

export const listInstances = query({
  name: 'instances',
  summary: 'Instances, newest first; terminated ones only when their state is asked for.',
  request: z.strictObject({
    filter: instanceFilter.nullish().describe('Which instances.'),
    ...pageFields,
    atLeast: field.atLeast,
  }),
  allow: { roles: ANYONE, note: 'AUTHOR and USER: own instances only' },
  async handle({ collections, positions }: Deps, { filter, atLeast, ...request }, { actor }) {
    const liveRevision = await positions.seen(atLeast);
    const { conditions, index } = plan(filter ?? {}, visibleInstances(actor).filter);
    const query = { filter: conditions, index, descending: true };
    return { ...mapPage(await findPage(collections.instances, query, request), viewInstance), liveRevision };
  },
});

/** The filter as the store understands it, and the index that narrows it most. */
function plan(
  filter: z.output<typeof instanceFilter>,
  visible: Filter,
): { conditions: Filter; index: string } {
  const { states, workerId, ownerId, definitionId, startsFrom, startsBefore } = filter;
  const unfinished = states == null || !states.includes('TERMINATED');
  const starts = {
    ...(startsFrom == null ? {} : { $gte: startsFrom }),
    ...(startsBefore == null ? {} : { $lt: startsBefore }),
  };
  const asked: Filter = {
    ...(unfinished ? { finished: false } : {}),
    ...(states == null ? {} : { state: { $in: states } }),
    ...(workerId == null ? {} : { workerId }),
    ...(ownerId == null ? {} : { ownerId }),
    ...(definitionId == null ? {} : { definitionId }),
    ...(Object.keys(starts).length === 0 ? {} : { timeslotStart: starts }),
  };
  // Both hold where they name the same field: another owner's instances stay hidden.
  const clash = 'ownerId' in asked && 'ownerId' in visible;
  const conditions = clash ? { ...asked, $and: [visible] } : { ...asked, ...visible };
  return { conditions, index: indexFor({ ...asked, ...visible }, unfinished) };
}

function indexFor(conditions: Filter, unfinished: boolean): string {
  if ('definitionId' in conditions) return 'definitionId_createdAt';
  if ('workerId' in conditions) return 'workerId_createdAt';
  if ('ownerId' in conditions) return unfinished ? 'ownerId_finished_createdAt' : 'ownerId_createdAt';
  return unfinished ? 'finished_createdAt' : 'createdAt';
}
