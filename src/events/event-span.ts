import { z } from 'zod';
import * as field from '../lib/fields.js';

/** Parts of a filter that bound the time; none of them is needed. */
export const spanFields = {
  from: field.dateTime.nullish().describe('At or after.'),
  before: field.dateTime.nullish().describe('Before.'),
};

/** Which end of the log comes first. */
export const logDirection = z
  .enum(['ASC', 'DESC'])
  .meta({ id: 'OrderDirection' })
  .default('DESC')
  .describe('ASC: oldest first; DESC: newest first.');

/** The same as a filter of the store; empty without bounds. */
export function spanFilter({
  from,
  before,
}: {
  from?: string | null | undefined;
  before?: string | null | undefined;
}) {
  const at = { ...(from == null ? {} : { $gte: from }), ...(before == null ? {} : { $lt: before }) };
  return Object.keys(at).length === 0 ? {} : { at };
}
