import { z } from 'zod';
import { causeOf } from '../db/aggregate-repository.js';
import { DuplicateKey, type Collection } from '../db/document-store.js';
import { LabletError } from '../errors.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import { create } from './definition.js';
import { authoredFields, declaredRules, declaredTopology, definitionFields } from './definition-input.js';
import type { DefinitionRepository } from './definition-repository.js';
import type { LabletDefinitionDocument } from './definition-model.js';
import { nameGuard } from './definition-state.js';
import { readTopology, type TopologyDeps } from './read-topology.js';

interface Deps extends TopologyDeps {
  readonly definitions: DefinitionRepository;
  readonly collections: TopologyDeps['collections'] & {
    readonly definitions: Collection<LabletDefinitionDocument>;
  };
  readonly positions: LivePositions;
}

const request = z
  .strictObject({
    name: field.definitionName.describe('Name of the new family, unique.'),
    version: field.semVer.describe('Its first version.'),
    ...definitionFields,
    idempotencyKey: field.idempotencyKey,
  })
  .check(field.together(declaredRules));

export const createDefinition = command({
  name: 'createDefinition',
  summary: 'Creates the first version of a definition under a new name; it is ACTIVE at once.',
  request,
  allow: { roles: ['ADMIN', 'AUTHOR'] },
  creates: 'def',
  async handle(deps: Deps, input, call) {
    const topology = input.extractTopology
      ? await readTopology(deps, input.labArtifactUri, call.signal)
      : declaredTopology(input);
    const events = create({ fields: authoredFields(input), topology });
    try {
      const definition = await deps.definitions.insert(call.newId as string, events, causeOf(call));
      return { definition, liveRevision: deps.positions.now() };
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      throw await nameInUse(deps, input.name);
    }
  },
  async reread(deps: Deps, id) {
    const found = await deps.definitions.find(id);
    return found && { definition: found.state, liveRevision: deps.positions.now() };
  },
});

async function nameInUse({ collections }: Deps, name: string): Promise<LabletError> {
  const first = { familyGuard: nameGuard(name) };
  const [holder] = await collections.definitions.find(first, { index: 'familyGuard', limit: 1 });
  const details = { entity: 'LabletDefinition', key: 'name', existingId: holder?.id ?? null };
  return new LabletError(
    'ALREADY_EXISTS',
    `There is a definition named ${name}; make a new version of it.`,
    details,
  );
}
