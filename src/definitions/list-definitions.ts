import { z } from 'zod';
import { ANYONE } from '../auth/policies.js';
import type { Collection } from '../db/document-store.js';
import { findPage, mapPage, pageFields } from '../db/paging.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import type { LabletDefinitionDocument } from './definition-model.js';
import { viewDefinition } from './find-definition.js';
import { definitionFilter, definitionOrder, selectDefinitions } from './select-definitions.js';

interface Deps {
  readonly collections: { readonly definitions: Collection<LabletDefinitionDocument> };
}

const listRequest = z.strictObject({
  filter: definitionFilter.nullish().describe('Which definitions.'),
  orderBy: definitionOrder.nullish().describe('In which order; NAME by default.'),
  ...pageFields,
});

export const listDefinitions = query({
  name: 'definitions',
  summary: 'Definition versions, by name with the highest version first; only ACTIVE ones unless asked.',
  request: listRequest,
  allow: { roles: ANYONE },
  async handle({ collections }: Deps, { filter, orderBy, ...page }) {
    const list = selectDefinitions({ filter, orderBy });
    return mapPage(await findPage(collections.definitions, list, page), viewDefinition);
  },
});

export const listDefinitionVersions = query({
  name: 'definitionVersions',
  summary: 'All versions of one name in every status, the highest first.',
  request: z.strictObject({ name: field.definitionName.describe('Name of the family.'), ...pageFields }),
  allow: { roles: ANYONE },
  async handle({ collections }: Deps, { name, ...page }) {
    const versions = { filter: { name }, index: 'name_versionRank' };
    return mapPage(await findPage(collections.definitions, versions, page), viewDefinition);
  },
});
