import { z } from 'zod';
import type { Collection } from '../db/document-store.js';
import { findPage, pageFields } from '../db/paging.js';
import { query } from '../lib/operation.js';
import type { RepairReportDocument } from './report-model.js';

interface Deps {
  readonly collections: { readonly reports: Collection<RepairReportDocument> };
}

export const listRepairReports = query({
  name: 'repairReports',
  summary: 'Passes of repair that were asked for or found something new, newest first; kept for 90 days.',
  request: z.strictObject(pageFields),
  allow: { roles: ['ADMIN', 'MANAGER'] },
  handle: ({ collections }: Deps, request) =>
    findPage(collections.reports, { filter: {}, index: 'startedAt', descending: true }, request),
});
