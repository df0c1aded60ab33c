import { z } from 'zod';
import { ANYONE } from '../auth/policies.js';
import type { Collection } from '../db/document-store.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import type { LabletDefinitionDocument } from './definition-model.js';
import { findDefinition } from './find-definition.js';

interface Deps {
  readonly collections: { readonly definitions: Collection<LabletDefinitionDocument> };
}

export const getDefinition = query({
  name: 'definition',
  summary: 'One definition version by its id.',
  request: z.strictObject({ id: field.id('def').describe('The definition version.') }),
  allow: { roles: ANYONE },
  handle: ({ collections }: Deps, { id }) => findDefinition(collections.definitions, { id }),
});

export const getDefinitionByName = query({
  name: 'definitionByName',
  summary: 'One definition version by name and version; the latest ACTIVE one without a version.',
  request: z.strictObject({
    name: field.definitionName.describe('Name of the family.'),
    version: field.semVer.nullish().describe('Its version; the latest by default.'),
  }),
  allow: { roles: ANYONE },
  handle: ({ collections }: Deps, ref) => findDefinition(collections.definitions, ref),
});
