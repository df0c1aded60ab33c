import { z } from 'zod';
import { ANYONE } from '../auth/policies.js';
import type { Collection, Filter } from '../db/document-store.js';
import { findPage, mapPage, pageFields } from '../db/paging.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import type { LabletDefinitionDocument } from './definition-model.js';
import { DEFINITION_STATUSES } from './definition-terms.js';
import { viewDefinition } from './find-definition.js';

interface Deps {
  readonly collections: { readonly definitions: Collection<LabletDefinitionDocument> };
}

const definitionFilter = z
  .strictObject({
    name: field.definitionName.nullish().describe('Of this family.'),
    status: z
      .enum(DEFINITION_STATUSES)
      .meta({ id: 'DefinitionStatus' })
      .nullish()
      .describe('In this status; ACTIVE by default.'),
  })
  .meta({ id: 'DefinitionFilter', description: 'All given parts must hold.' });

export const listDefinitions = query({
  name: 'definitions',
  summary: 'Definition versions by name, the highest version first; only ACTIVE ones unless asked.',
  request: z.strictObject({
    filter: definitionFilter.nullish().describe('Which definitions.'),
    ...pageFields,
  }),
  allow: { roles: ANYONE },
  async handle({ collections }: Deps, { filter, ...request }) {
    const { name, status } = filter ?? {};
    const conditions: Filter = { status: status ?? 'ACTIVE', ...(name == null ? {} : { name }) };
    const index = name == null ? 'status_name_versionRank' : 'name_status_versionRank';
    return mapPage(
      await findPage(collections.definitions, { filter: conditions, index }, request),
      viewDefinition,
    );
  },
});

export const listDefinitionVersions = query({
  name: 'definitionVersions',
  summary: 'All versions of one name in every status, the highest first.',
  request: z.strictObject({ name: field.definitionName.describe('Name of the family.'), ...pageFields }),
  allow: { roles: ANYONE },
  async handle({ collections }: Deps, { name, ...request }) {
    const plan = { filter: { name }, index: 'name_versionRank' };
    return mapPage(await findPage(collections.definitions, plan, request), viewDefinition);
  },
});
