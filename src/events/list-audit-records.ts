import { z } from 'zod';
import type { Collection, Filter } from '../db/document-store.js';
import { findPage, mapPage, pageFields } from '../db/paging.js';
import { CONTROL_PLANE } from '../lib/events.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import { eventFields } from './event-fields.js';
import type { DomainEventDocument } from './event-model.js';
import { logDirection, spanFields, spanFilter } from './event-span.js';
import { AGGREGATE_TYPES } from './list-events.js';

interface Deps {
  readonly collections: { readonly events: Collection<DomainEventDocument> };
}

/** What a change can be about: names of the API and of the stored envelope. */
export const AUDIT_TARGETS = { ...AGGREGATE_TYPES, CONTROL_PLANE } as const;

const targetType = z
  .enum(['DEFINITION', 'INSTANCE', 'WORKER', 'TEMPLATE', 'CONTROL_PLANE'])
  .meta({ id: 'AuditTarget' });

const auditFilter = z
  .strictObject({
    caller: field.line(1, 255).nullish().describe('Made by this subject, or by `system:<part>`.'),
    operation: field.line(1, 100).nullish().describe('By this operation, as `scheduleInstance`.'),
    targetId: field.anyId.nullish().describe('Of this object.'),
    targetType: targetType.nullish().describe('Of objects of this type.'),
    requestId: field.line(1, 100).nullish().describe('By this request, with all that followed from it.'),
    ...spanFields,
  })
  .meta({ id: 'AuditFilter', description: 'All given parts must hold.' });

export const listAuditRecords = query({
  name: 'auditRecords',
  summary:
    'Every change of the last 365 days: who made it, what it was, from where, and by which request; newest first unless asked.',
  request: z.strictObject({
    filter: auditFilter.nullish().describe('Which changes.'),
    direction: logDirection,
    ...pageFields,
  }),
  allow: { roles: ['ADMIN'] },
  async handle({ collections }: Deps, { filter, direction, ...request }) {
    const plan = { ...planOf(filter ?? {}), descending: direction === 'DESC' };
    return mapPage(await findPage(collections.events, plan, request), ({ payload, ...event }) => ({
      ...event,
      details: eventFields(payload),
    }));
  },
});

/** The filter as the store understands it, and the index that narrows it most. */
function planOf(asked: z.output<typeof auditFilter>): { filter: Filter; index: string } {
  const { caller, operation, targetId, targetType: type, requestId } = asked;
  const filter: Filter = {
    ...(caller == null ? {} : { by: caller }),
    ...(operation == null ? {} : { operation }),
    ...(targetId == null ? {} : { aggregateId: targetId }),
    ...(type == null ? {} : { aggregateType: AUDIT_TARGETS[type] }),
    ...(requestId == null ? {} : { requestId }),
    ...spanFilter(asked),
  };
  if (requestId != null) return { filter, index: 'requestId_at' };
  if (targetId != null) return { filter, index: 'aggregateId_number' };
  if (caller != null) return { filter, index: 'by_at' };
  if (operation != null) return { filter, index: 'operation_at' };
  return { filter, index: type == null ? 'at' : 'aggregateType_at' };
}
