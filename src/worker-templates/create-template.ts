import { z } from 'zod';
import { causeOf } from '../db/aggregate-repository.js';
import { DuplicateKey, type Collection } from '../db/document-store.js';
import { LabletError } from '../errors.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import { templateNamed } from './find-templates.js';
import { newTemplateFields, withDefaults } from './template-fields.js';
import type { WorkerTemplateDocument } from './template-model.js';
import type { TemplateRepository } from './template-repository.js';
import { create } from './template.js';

interface Deps {
  readonly templates: TemplateRepository;
  readonly collections: { readonly templates: Collection<WorkerTemplateDocument> };
  readonly positions: LivePositions;
}

export const createTemplate = command({
  name: 'createTemplate',
  summary: 'Makes a worker template by hand; loading the file never touches it.',
  request: z.strictObject({ ...newTemplateFields, idempotencyKey: field.idempotencyKey }),
  allow: { roles: ['ADMIN', 'MANAGER'] },
  creates: 'tpl',
  async handle(deps: Deps, { idempotencyKey: _key, ...written }, call) {
    const events = create(withDefaults(written));
    try {
      const template = await deps.templates.insert(call.newId as string, events, causeOf(call));
      return { template, liveRevision: deps.positions.now() };
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      const holder = await templateNamed(deps.collections.templates, written.name);
      const details = { entity: 'WorkerTemplate', key: 'name', existingId: holder?.id ?? null };
      throw new LabletError('ALREADY_EXISTS', `There is a template named ${written.name}.`, details);
    }
  },
  async reread(deps: Deps, id) {
    const found = await deps.templates.find(id);
    return found && { template: found.state, liveRevision: deps.positions.now() };
  },
});
