import type { z } from 'zod';
import type { FieldFault } from '../errors.js';
import type { Unchecked } from '../lib/fields.js';
import type { DefinitionChanges } from './definition.js';
import {
  authoredFields,
  declaredPortFaults,
  declaredTopology,
  definitionFields,
  fitting,
  oneTopology,
} from './definition-input.js';
import { nodeCountFaults } from './definition-rules.js';

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

/** Rules of changes that can be judged without the base: null where nothing is cleared, ports, nodes and licences. */
export function changeRules(input: Unchecked): FieldFault[] {
  const message = 'cannot be cleared; leave it out to inherit it';
  const cleared = FIELDS.filter((name) => input[name] === null && !CLEARABLE.includes(name));
  const { nodeCount, licenseAffinity } = fitting(input);
  return [
    ...cleared.map((path) => ({ path, rule: 'REQUIRED', message })),
    ...oneTopology(input),
    ...declaredPortFaults(input),
    ...(nodeCount && licenseAffinity ? nodeCountFaults(nodeCount, licenseAffinity) : []),
  ];
}

/** The changes that were given, in the form of the aggregate. */
export function changesOf(input: Changed): DefinitionChanges {
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
