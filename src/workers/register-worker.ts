import { z } from 'zod';
import { causeOf } from '../db/aggregate-repository.js';
import { DuplicateKey, type Collection } from '../db/document-store.js';
import { validationFailed } from '../errors.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import { withoutNulls } from '../lib/with-defaults.js';
import { viewTemplate } from '../worker-templates/get-template.js';
import type { WorkerTemplateDocument } from '../worker-templates/template-model.js';
import { findNameHolder } from './find-worker.js';
import { publishNewWorker, unchangedWorker, type PublishDeps } from './publish-worker.js';
import { register, type TemplateValues } from './worker.js';
import * as input from './worker-input.js';
import type { WorkerDocument } from './worker-model.js';
import type { WorkerRepository } from './worker-repository.js';

interface Deps extends PublishDeps {
  readonly workers: WorkerRepository;
  readonly collections: {
    readonly templates: Collection<WorkerTemplateDocument>;
    readonly workers: Collection<WorkerDocument>;
  };
}

const orTemplate = 'required unless the template has it';

const request = z.strictObject({
  name: field.slug.describe('Unique name: a-z, 0-9 and "-", up to 63 characters.'),
  templateName: field.slug
    .nullish()
    .describe('Template to take values from; later edits of it change nothing here.'),
  region: input.shortText.nullish().describe(`Region; ${orTemplate}, which then gives its first one.`),
  instanceType: input.shortText.nullish().describe(`Machine type; ${orTemplate}.`),
  licenseType: input.licenseType.nullish().describe(`Licence; ${orTemplate}.`),
  declaredCapacity: input.capacity.nullish().describe(`Total room; ${orTemplate}.`),
  portRange: input.portRange.nullish().describe('Numbers that may be handed out; 2000-9999 by default.'),
  excludedPorts: input.excludedPorts.nullish().describe('Numbers never handed out; 9090 by default.'),
  drainTimeoutHours: field.whole(1, 48).nullish().describe('Longest drain in hours, 1-48; 4 by default.'),
  ...input.factFields,
  idempotencyKey: field.idempotencyKey,
});

export const registerWorker = command({
  name: 'registerWorker',
  summary: 'Registers a worker as PENDING, with values from a template or given ones.',
  request,
  allow: { roles: ['ADMIN', 'MANAGER'] },
  creates: 'wrk',
  async handle(deps: Deps, given, call) {
    const { templateName, idempotencyKey: _key, declaredCapacity, ...values } = given;
    const template = templateName == null ? null : await findTemplate(deps, templateName);
    const capacity = declaredCapacity && { ...declaredCapacity, nodes: declaredCapacity.nodes ?? null };
    const events = register({
      ...withoutNulls(values),
      declaredCapacity: capacity ?? undefined,
      template,
    });
    const id = call.newId as string;
    try {
      const worker = await deps.workers.insert(id, events, causeOf(call));
      return await publishNewWorker(deps, worker);
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      throw await findNameHolder(deps.collections.workers, given.name);
    }
  },
  async reread(deps: Deps, id) {
    const found = await deps.workers.find(id);
    return found && unchangedWorker(deps, found.state);
  },
});

async function findTemplate({ collections }: Deps, name: string): Promise<TemplateValues> {
  const [found] = await collections.templates.find({ name }, { index: 'name', limit: 1 });
  const template = found && viewTemplate(found);
  if (template?.enabled) return template;
  const message = template ? 'is retired' : 'does not exist';
  throw validationFailed([{ path: 'templateName', rule: 'TEMPLATE', message }]);
}
