import { z } from 'zod';
import { causeOf } from '../db/aggregate-repository.js';
import type { Collection } from '../db/document-store.js';
import type { InstanceDocument } from '../instances/instance-model.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import { archive } from './definition.js';
import type { DefinitionRepository } from './definition-repository.js';

interface Deps {
  readonly definitions: DefinitionRepository;
  readonly collections: { readonly instances: Collection<InstanceDocument> };
  readonly positions: LivePositions;
}

const request = z.strictObject({
  id: field.id('def').describe('The definition version, DEPRECATED.'),
  ...field.commandFields,
});

export const archiveDefinition = command({
  name: 'archiveDefinition',
  summary:
    'Ends a deprecated version once all its instances are TERMINATED. Archiving twice changes nothing.',
  request,
  allow: { roles: ['ADMIN'] },
  async handle(deps: Deps, { id, expectedRevision }, call) {
    const open = { definitionId: id, finished: false };
    const openInstances = await deps.collections.instances.count(open, { index: 'definitionId_createdAt' });
    const { state } = await deps.definitions.update(
      id,
      causeOf(call),
      (definition) => archive(definition, openInstances),
      { expectedRevision, settled: ({ status }) => status === 'ARCHIVED' },
    );
    return { definition: state, liveRevision: deps.positions.now() };
  },
  async reread(deps: Deps, id) {
    const { state } = await deps.definitions.load(id);
    return { definition: state, liveRevision: deps.positions.now() };
  },
});
