import { z } from 'zod';
import { ANYONE } from '../auth/policies.js';
import type { Collection } from '../db/document-store.js';
import { findPage, mapPage, pageFields } from '../db/paging.js';
import { query } from '../lib/operation.js';
import { viewTemplate } from './get-template.js';
import type { WorkerTemplateDocument } from './template-model.js';

interface Deps {
  readonly collections: { readonly templates: Collection<WorkerTemplateDocument> };
}

export const listTemplates = query({
  name: 'templates',
  summary: 'Worker templates by name.',
  request: z.strictObject({
    enabled: z.boolean().nullish().describe('Only those that are in use (true) or retired (false).'),
    ...pageFields,
  }),
  allow: { roles: ANYONE },
  async handle({ collections }: Deps, { enabled, ...request }) {
    const plan =
      enabled == null ? { filter: {}, index: 'name' } : { filter: { enabled }, index: 'enabled_name' };
    return mapPage(await findPage(collections.templates, plan, request), viewTemplate);
  },
});
