import { z } from 'zod';
import type { Filter } from '../db/document-store.js';
import * as field from '../lib/fields.js';
import { INSTANCE_STATES } from './transitions.js';

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

export const instanceOrder = z
  .strictObject({
    field: z.enum(['START', 'CREATED_AT']).meta({ id: 'InstanceOrderField' }).describe('By what.'),
    direction: z.enum(['ASC', 'DESC']).meta({ id: 'OrderDirection' }).describe('Which way.'),
  })
  .meta({ id: 'InstanceOrder', description: 'Order of a list of instances; ties by id.' });

/** Index fields of the orders. */
const KEYS = { START: 'timeslotStart', CREATED_AT: 'createdAt' } as const;

export interface InstanceListPlan {
  readonly filter: Filter;
  readonly index: string;
  readonly descending: boolean;
}

/** The filter as the store understands it, and the index that has the order and narrows the filter most. */
export function instanceListPlan(
  asked: z.output<typeof instanceFilter>,
  order: z.output<typeof instanceOrder>,
  visible: Filter,
): InstanceListPlan {
  const { states, workerId, ownerId, definitionId, startsFrom, startsBefore } = asked;
  const unfinished = states == null || !states.includes('TERMINATED');
  const starts = {
    ...(startsFrom == null ? {} : { $gte: startsFrom }),
    ...(startsBefore == null ? {} : { $lt: startsBefore }),
  };
  const wanted: Filter = {
    ...(unfinished ? { finished: false } : {}),
    ...(states == null ? {} : { state: { $in: states } }),
    ...(workerId == null ? {} : { workerId }),
    ...(ownerId == null ? {} : { ownerId }),
    ...(definitionId == null ? {} : { definitionId }),
    ...(Object.keys(starts).length === 0 ? {} : { timeslotStart: starts }),
  };
  // Both hold where they name the same field: another owner's instances stay hidden.
  const filter = 'ownerId' in wanted ? { ...wanted, ...both(visible) } : { ...wanted, ...visible };
  const prefix = indexPrefix({ ...wanted, ...visible }, unfinished);
  return { filter, index: `${prefix}${KEYS[order.field]}`, descending: order.direction === 'DESC' };
}

function both(visible: Filter): Filter {
  return Object.keys(visible).length === 0 ? {} : { $and: [visible] };
}

/** Leading fields that the filter fixes; the index has one of these and the field of the order. */
function indexPrefix(conditions: Filter, unfinished: boolean): string {
  if ('definitionId' in conditions) return 'definitionId_';
  if ('workerId' in conditions) return 'workerId_';
  if ('ownerId' in conditions) return unfinished ? 'ownerId_finished_' : 'ownerId_';
  return unfinished ? 'finished_' : '';
}
