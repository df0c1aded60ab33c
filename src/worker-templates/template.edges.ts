import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import type { RequestContext } from '../graphql/request-context.js';
import { Worker } from '../workers/worker.types.graphql.js';
import { WorkerTemplate } from './template.types.graphql.js';

/** Fields that lead from a template to other objects. */
@Resolver(() => WorkerTemplate)
export class TemplateEdges {
  @FieldResolver(() => [Worker], {
    description: 'Workers registered from it; empty without the right to read workers.',
  })
  workers(@Root() { name }: WorkerTemplate, @Ctx() { loaders }: RequestContext): Promise<Worker[]> {
    return loaders.workersByTemplate.load(name);
  }
}
