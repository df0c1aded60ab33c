import { z } from 'zod';
import { causeOf } from '../db/aggregate-repository.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import { changedTemplateFields, roomOf } from './template-fields.js';
import type { TemplateRepository } from './template-repository.js';
import { update } from './template.js';

interface Deps {
  readonly templates: TemplateRepository;
  readonly positions: LivePositions;
}

const request = z.strictObject({
  id: field.id('tpl').describe('The template; its name is fixed.'),
  ...changedTemplateFields,
  ...field.commandFields,
});

export const updateTemplate = command({
  name: 'updateTemplate',
  summary: 'Changes the fields that are given; loading the file keeps what was edited by hand.',
  request,
  allow: { roles: ['ADMIN', 'MANAGER'] },
  async handle(deps: Deps, { id, expectedRevision, idempotencyKey: _key, capacity, ...others }, call) {
    const changes = { ...others, ...(capacity && { capacity: roomOf(capacity) }) };
    const { state } = await deps.templates.update(
      id,
      causeOf(call),
      (template) => update(template, changes),
      { expectedRevision },
    );
    return { template: state, liveRevision: deps.positions.now() };
  },
  async reread(deps: Deps, id) {
    const { state } = await deps.templates.load(id);
    return { template: state, liveRevision: deps.positions.now() };
  },
});
