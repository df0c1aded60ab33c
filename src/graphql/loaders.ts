import type { Context } from '../context.js';
import { definitionLoader, familyLoader, labTextLoader } from '../definitions/definition-loader.js';
import {
  instanceLoader,
  instancesByDefinitionLoader,
  instancesByWorkerLoader,
} from '../instances/instance-loader.js';
import type { Actor } from '../lib/actor.js';
import { repairReportLoader } from '../repair/repair-loader.js';
import { templateByNameLoader, templateLoader } from '../worker-templates/template-loader.js';
import { endpointLoader, workerLoader, workersByTemplateLoader } from '../workers/worker-loader.js';

/** Loaders of one request, made with its caller: what the caller may not see loads as null or is left out. */
export function createLoaders({ collections }: Context, actor: Actor | null) {
  return {
    definition: definitionLoader(collections.definitions, actor),
    family: familyLoader(collections.definitions, actor),
    labText: labTextLoader(collections.labFiles, actor),
    instance: instanceLoader(collections.instances, actor),
    instancesByDefinition: instancesByDefinitionLoader(collections.instances, actor),
    instancesByWorker: instancesByWorkerLoader(collections.instances, actor),
    worker: workerLoader(collections.workers, actor),
    workersByTemplate: workersByTemplateLoader(collections.workers, actor),
    endpoint: endpointLoader(collections.workers, actor),
    template: templateLoader(collections.templates, actor),
    repairReport: repairReportLoader(collections.reports, actor),
    templateByName: templateByNameLoader(collections.templates, actor),
  };
}

export type Loaders = ReturnType<typeof createLoaders>;
