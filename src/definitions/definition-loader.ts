import { mayReadLabFiles } from '../auth/policies.js';
import { byGroup, byId } from '../db/batch.js';
import type { Collection } from '../db/document-store.js';
import type { Actor } from '../lib/actor.js';
import type { ObjectBudget } from '../lib/object-budget.js';
import type { LabletDefinitionDocument } from './definition-model.js';
import { viewDefinition } from './find-definition.js';
import type { LabFileDocument } from './lab-file-model.js';

export const definitionLoader = (definitions: Collection<LabletDefinitionDocument>, actor: Actor | null) =>
  byId(definitions, (document) => (actor ? viewDefinition(document) : null));

/** All versions of a name, the highest first. */
export const familyLoader = (
  definitions: Collection<LabletDefinitionDocument>,
  actor: Actor | null,
  budget: ObjectBudget,
) =>
  byGroup(definitions, {
    field: 'name',
    index: 'name_versionRank',
    filter: actor ? {} : null,
    view: viewDefinition,
    budget,
  });

/** Lab file texts by hash, for callers that may read them. */
export const labTextLoader = (labFiles: Collection<LabFileDocument>, actor: Actor | null) =>
  byId(labFiles, ({ text }) => (actor && mayReadLabFiles(actor) ? text : null));
