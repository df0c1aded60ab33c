import { z } from 'zod';
import { causeOf } from '../db/aggregate-repository.js';
import { isLabletError, validationFailed } from '../errors.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import { deprecate } from './definition.js';
import type { DefinitionRepository } from './definition-repository.js';

interface Deps {
  readonly definitions: DefinitionRepository;
  readonly positions: LivePositions;
}

const request = z.strictObject({
  id: field.id('def').describe('The definition version.'),
  reason: field.reason.describe('Why, up to 500 characters.'),
  replacementId: field.id('def').nullish().describe('The version to use instead; not archived.'),
  ...field.commandFields,
});

export const deprecateDefinition = command({
  name: 'deprecateDefinition',
  summary: 'Stops new instances of a version; existing ones go on. Deprecating twice changes nothing.',
  request,
  allow: { roles: ['ADMIN', 'AUTHOR'] },
  async handle(deps: Deps, { id, reason, replacementId, expectedRevision }, call) {
    const replacement = replacementId == null ? null : await replacementOf(deps, replacementId);
    const { state } = await deps.definitions.update(
      id,
      causeOf(call),
      (definition) => deprecate(definition, { reason, replacement }),
      { expectedRevision, settled: ({ status }) => status === 'DEPRECATED' },
    );
    return { definition: state, liveRevision: deps.positions.now() };
  },
  async reread(deps: Deps, id) {
    const { state } = await deps.definitions.load(id);
    return { definition: state, liveRevision: deps.positions.now() };
  },
});

async function replacementOf({ definitions }: Deps, id: string) {
  try {
    return (await definitions.load(id)).state;
  } catch (error) {
    if (!isLabletError(error, 'NOT_FOUND')) throw error;
    throw validationFailed([{ path: 'replacementId', rule: 'OTHER_VERSION', message: 'does not exist' }]);
  }
}
