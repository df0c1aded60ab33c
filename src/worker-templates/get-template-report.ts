import { z } from 'zod';
import { query } from '../lib/operation.js';
import type { TemplateLoads } from './load-reports.js';

interface Deps {
  readonly templateLoads: TemplateLoads;
}

export const getTemplateReport = query({
  name: 'templateReport',
  summary: 'What the latest load of the file of worker templates did, in the process that answers.',
  request: z.strictObject({}),
  allow: { roles: ['ADMIN', 'MANAGER'] },
  handle: async ({ templateLoads }: Deps) => templateLoads.latest(),
});
