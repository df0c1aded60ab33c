import type { Context } from '../context.js';
import { definitionLoader, familyLoader, labTextLoader } from '../definitions/definition-loader.js';
import {
  instanceLoader,
  instancesByDefinitionLoader,
  instancesByWorkerLoader,
} from '../instances/instance-loader.js';
import type { Actor } from '../lib/actor.js';
import { objectBudget, type ObjectBudget } from '../lib/object-budget.js';
import { repairReportLoader } from '../repair/repair-loader.js';
import { templateByNameLoader, templateLoader } from '../worker-templates/template-loader.js';
import { endpointLoader, workerLoader, workersByTemplateLoader } from '../workers/worker-loader.js';

/** What the caller may not see loads as null or is left out. */
const MAKERS = {
  definition: ({ definitions }, actor) => definitionLoader(definitions, actor),
  family: ({ definitions }, actor, budget) => familyLoader(definitions, actor, budget),
  labText: ({ labFiles }, actor) => labTextLoader(labFiles, actor),
  instance: ({ instances }, actor) => instanceLoader(instances, actor),
  instancesByDefinition: ({ instances }, actor, budget) =>
    instancesByDefinitionLoader(instances, actor, budget),
  instancesByWorker: ({ instances }, actor, budget) => instancesByWorkerLoader(instances, actor, budget),
  worker: ({ workers }, actor) => workerLoader(workers, actor),
  workersByTemplate: ({ workers }, actor, budget) => workersByTemplateLoader(workers, actor, budget),
  endpoint: ({ workers }, actor) => endpointLoader(workers, actor),
  template: ({ templates }, actor) => templateLoader(templates, actor),
  repairReport: ({ reports }, actor) => repairReportLoader(reports, actor),
  templateByName: ({ templates }, actor) => templateByNameLoader(templates, actor),
} satisfies Record<
  string,
  (collections: Context['collections'], actor: Actor | null, budget: ObjectBudget) => unknown
>;

type Makers = typeof MAKERS;
export type Loaders = { readonly [Name in keyof Makers]: ReturnType<Makers[Name]> };

/** Loaders of one request, for its caller; each is made when it is first asked for. */
class LazyLoaders {
  constructor(
    readonly collections: Context['collections'],
    readonly actor: Actor | null,
    readonly budget: ObjectBudget,
  ) {}
}

for (const [name, make] of Object.entries(MAKERS)) {
  Object.defineProperty(LazyLoaders.prototype, name, {
    get(this: LazyLoaders) {
      const value: unknown = make(this.collections, this.actor, this.budget);
      Object.defineProperty(this, name, { value });
      return value;
    },
  });
}

export function createLoaders({ collections, config }: Context, actor: Actor | null): Loaders {
  return new LazyLoaders(collections, actor, objectBudget(config.maxQueryCost)) as unknown as Loaders;
}
