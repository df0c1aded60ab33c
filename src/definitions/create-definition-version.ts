import { z } from 'zod';
import { causeOf } from '../db/aggregate-repository.js';
import { DuplicateKey, type Collection } from '../db/document-store.js';
import { LabletError } from '../errors.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import { createVersion, mustReadArtifact } from './definition.js';
import { changedFields, changeRules, changesOf } from './definition-changes.js';
import type { LabletDefinitionDocument } from './definition-model.js';
import type { DefinitionRepository } from './definition-repository.js';
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
    fromId: field.id('def').describe('The version this one is based on; not archived.'),
    version: field.semVer.describe('Its number, above that of the base and not in use.'),
    ...changedFields,
    idempotencyKey: field.idempotencyKey,
  })
  .check(field.together(changeRules));

export const createDefinitionVersion = command({
  name: 'createDefinitionVersion',
  summary: 'Makes a higher version from another one; every field that is not given is inherited.',
  request,
  allow: { roles: ['ADMIN', 'AUTHOR'] },
  creates: 'def',
  async handle(deps: Deps, input, call) {
    const { fromId, version } = input;
    const { state: base } = await deps.definitions.load(fromId);
    const changes = changesOf(input);
    const uri = changes.labArtifactUri ?? base.labArtifactUri;
    const reading = mustReadArtifact(base, changes, input.extractTopology ?? false)
      ? await readTopology(deps, uri, call.signal)
      : null;
    const events = createVersion(base, { version, changes, reading });
    try {
      const definition = await deps.definitions.insert(call.newId as string, events, causeOf(call));
      return { definition, liveRevision: deps.positions.now() };
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      throw await versionInUse(deps, base.name, version);
    }
  },
  async reread(deps: Deps, id) {
    const found = await deps.definitions.find(id);
    return found && { definition: found.state, liveRevision: deps.positions.now() };
  },
});

async function versionInUse({ collections }: Deps, name: string, version: string): Promise<LabletError> {
  const [holder] = await collections.definitions.find({ name, version }, { index: 'name_version', limit: 1 });
  const details = { entity: 'LabletDefinition', key: 'version', existingId: holder?.id ?? null };
  return new LabletError('ALREADY_EXISTS', `${name} has a version ${version} already.`, details);
}
