import { z } from 'zod';
import { ANYONE } from '../auth/policies.js';
import { currentFormat } from '../db/current-format.js';
import type { Collection } from '../db/document-store.js';
import { viewOf } from '../db/view.js';
import { notFound } from '../errors.js';
import { madeOnce } from '../lib/frozen.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import type { WorkerTemplateDocument } from './template-model.js';
import { templateAggregate, upgradeTemplate, type TemplateState } from './template.js';

interface Deps {
  readonly collections: { readonly templates: Collection<WorkerTemplateDocument> };
}

/** What queries show of a stored template. @throws NewerFormat */
export const viewTemplate = madeOnce((document: WorkerTemplateDocument): TemplateState => {
  return viewOf(currentFormat(document, templateAggregate, upgradeTemplate));
});

export const getTemplate = query({
  name: 'template',
  summary: 'One worker template by its id.',
  request: z.strictObject({ id: field.id('tpl').describe('The template.') }),
  allow: { roles: ANYONE },
  async handle({ collections }: Deps, { id }) {
    const found = await collections.templates.get(id);
    if (!found) throw notFound('WorkerTemplate', id);
    return viewTemplate(found);
  },
});

export const getTemplateByName = query({
  name: 'templateByName',
  summary: 'One worker template by its name.',
  request: z.strictObject({ name: field.slug.describe('Name of the template.') }),
  allow: { roles: ANYONE },
  async handle({ collections }: Deps, { name }) {
    const [found] = await collections.templates.find({ name }, { index: 'name', limit: 1 });
    if (!found) throw notFound('WorkerTemplate', name);
    return viewTemplate(found);
  },
});
