import { z } from 'zod';
import { WORKER_READERS } from '../auth/policies.js';
import type { Collection, Filter } from '../db/document-store.js';
import { findPage, mapPage, pageFields } from '../db/paging.js';
import { CONTROL_PLANE } from '../lib/events.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import { eventFields } from './event-fields.js';
import type { DomainEventDocument } from './event-model.js';
import { logDirection, spanFields, spanFilter } from './event-span.js';

interface Deps {
  readonly collections: { readonly events: Collection<DomainEventDocument> };
}

/** What an event can be about: names of the API and of the stored envelope. */
export const AGGREGATE_TYPES = {
  DEFINITION: 'LabletDefinition',
  INSTANCE: 'LabletInstance',
  WORKER: 'Worker',
  TEMPLATE: 'WorkerTemplate',
} as const;

const aggregateType = z.enum(['DEFINITION', 'INSTANCE', 'WORKER', 'TEMPLATE']).meta({ id: 'AggregateType' });

const eventFilter = z
  .strictObject({
    aggregateId: field.anyId.nullish().describe('Of this object.'),
    aggregateType: aggregateType.nullish().describe('Of objects of this type.'),
    workerId: field.id('wrk').nullish().describe('About this worker, also those of instances on it.'),
    ...spanFields,
  })
  .meta({ id: 'EventFilter', description: 'All given parts must hold.' });

export const listEvents = query({
  name: 'events',
  summary: 'Events of the last 365 days, newest first unless asked; claim tokens are left out of payloads.',
  request: z.strictObject({
    filter: eventFilter.nullish().describe('Which events.'),
    direction: logDirection,
    ...pageFields,
  }),
  allow: { roles: WORKER_READERS },
  async handle({ collections }: Deps, { filter, direction, ...request }) {
    const plan = { ...planOf(filter ?? {}), descending: direction === 'DESC' };
    return mapPage(await findPage(collections.events, plan, request), ({ payload, ...event }) => ({
      ...event,
      payload: eventFields(payload),
    }));
  },
});

/** The filter as the store understands it, and the index that narrows it most. */
function planOf(asked: z.output<typeof eventFilter>): { filter: Filter; index: string } {
  const { aggregateId, aggregateType: type, workerId } = asked;
  const filter: Filter = {
    ...(aggregateId == null ? {} : { aggregateId }),
    // Entries that only the audit shows are no events of objects.
    aggregateType: type == null ? { $ne: CONTROL_PLANE } : AGGREGATE_TYPES[type],
    ...(workerId == null ? {} : { workerId }),
    ...spanFilter(asked),
  };
  if (aggregateId != null) return { filter, index: 'aggregateId_number' };
  if (workerId != null) return { filter, index: 'workerId_at' };
  return { filter, index: type == null ? 'at' : 'aggregateType_at' };
}
