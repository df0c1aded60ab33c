import type { z } from 'zod';
import { validationFailed } from '../errors.js';
import type { DefinitionChanges } from './definition.js';
import { authoredFields, declaredTopology, definitionFields } from './definition-input.js';

/** What a new version may change: every field but the name, all optional; what is absent is inherited. */
export const changedFields = {
  ...definitionFields,
  labArtifactUri: definitionFields.labArtifactUri.optional(),
  resourceRequirements: definitionFields.resourceRequirements.optional(),
};

type Changed = z.output<z.ZodObject<typeof changedFields>>;

/** Fields that may be cleared; null is refused elsewhere, since absent means "inherited". */
const CLEARABLE: readonly string[] = ['gradingRulesUri', 'ownerNotification', 'extractTopology'];
const FIELDS = Object.keys(changedFields) as (keyof Changed)[];

/**
 * The changes that were given, in the form of the aggregate.
 * @throws VALIDATION_FAILED for null where a field cannot be cleared
 */
export function changesOf(input: Changed): DefinitionChanges {
  const cleared = FIELDS.filter((name) => input[name] === null && !CLEARABLE.includes(name));
  if (cleared.length > 0) {
    const message = 'cannot be cleared; leave it out to inherit it';
    throw validationFailed(cleared.map((path) => ({ path, rule: 'REQUIRED', message })));
  }
  // Filled in with defaults, of which only what was given is taken.
  const complete = { ...authoredFields({ ...FILLING, ...input }), ...declaredTopology(input) };
  const given = FIELDS.filter((name) => input[name] !== undefined && name !== 'extractTopology');
  return Object.fromEntries(given.map((name) => [name, complete[name as keyof typeof complete]]));
}

const FILLING = {
  name: '',
  version: '',
  labArtifactUri: '',
  resourceRequirements: { cpuCores: 1, memoryGb: 1, storageGb: 1 },
};
