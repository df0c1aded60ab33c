import { z } from 'zod';
import { ANYONE } from '../auth/policies.js';
import type { Collection } from '../db/document-store.js';
import type { LabletDefinitionDocument } from '../definitions/definition-model.js';
import { findDefinition } from '../definitions/find-definition.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import { shortText } from '../workers/worker-input.js';
import { allTemplates } from './find-templates.js';
import type { WorkerTemplateDocument } from './template-model.js';
import { needOfDefinition, needStated, requirements } from './template-need.js';
import { selectFrom } from './template-selection.js';

interface Deps {
  readonly collections: {
    readonly definitions: Collection<LabletDefinitionDocument>;
    readonly templates: Collection<WorkerTemplateDocument>;
  };
}

const fields = z.strictObject({
  definitionId: field.id('def').nullish().describe('Select for this definition version.'),
  definitionName: field.definitionName
    .nullish()
    .describe('Or for this family; its latest version unless one is given.'),
  definitionVersion: field.semVer.nullish().describe('Version of `definitionName`.'),
  requirements: requirements.nullish().describe('Or for these requirements.'),
  region: shortText.nullish().describe('Where the worker is to run; anywhere by default.'),
});

type Input = z.output<typeof fields>;

const request = fields
  .refine(isForOneThing, {
    path: ['definitionId'],
    message: 'give one of definitionId, definitionName and requirements',
  })
  .refine(({ definitionName, definitionVersion }) => definitionVersion == null || definitionName != null, {
    path: ['definitionVersion'],
    message: 'goes with definitionName',
  });

export const selectTemplate = query({
  name: 'selectTemplate',
  summary:
    'The worker template to use for a definition or for requirements: the cheapest one that fits, then the smallest.',
  request,
  allow: { roles: ANYONE },
  async handle({ collections }: Deps, input) {
    const need = { ...(await needOf(collections.definitions, input)), region: input.region ?? null };
    return selectFrom(await allTemplates(collections.templates), need);
  },
});

function isForOneThing({ definitionId, definitionName, requirements: stated }: Input): boolean {
  return [definitionId, definitionName, stated].filter((source) => source != null).length === 1;
}

async function needOf(definitions: Collection<LabletDefinitionDocument>, input: Input) {
  if (input.requirements) return needStated(input.requirements);
  const { definitionId: id, definitionName: name, definitionVersion: version } = input;
  return needOfDefinition(await findDefinition(definitions, { id, name, version }));
}
