import { z } from 'zod';
import type { Collection } from '../db/document-store.js';
import { notFound } from '../errors.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import type { RepairReportDocument } from './report-model.js';

interface Deps {
  readonly collections: { readonly reports: Collection<RepairReportDocument> };
}

export const getRepairReport = query({
  name: 'repairReport',
  summary: 'One report of repair by its id.',
  request: z.strictObject({ id: field.id('rep').describe('The report.') }),
  allow: { roles: ['ADMIN', 'MANAGER'] },
  async handle({ collections }: Deps, { id }) {
    const found = await collections.reports.get(id);
    if (!found) throw notFound('RepairReport', id);
    return found;
  },
});
