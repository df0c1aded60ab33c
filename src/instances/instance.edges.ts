import { Ctx, Field, FieldResolver, ObjectType, Resolver, Root } from 'type-graphql';
import { LabletDefinition } from '../definitions/definition.types.graphql.js';
import type { RequestContext } from '../graphql/request-context.js';
import { Worker } from '../workers/worker.types.graphql.js';
import { InstanceStateEnum, LabletInstance } from './instance.types.graphql.js';
import { renderedLabYaml } from './render-lab.js';
import { legalTargets, type InstanceStateName } from './transitions.js';

@ObjectType({ description: 'Where the owner of an instance reaches its ports.' })
class InstanceEndpoint {
  @Field(() => String, { description: 'Name of the worker.' })
  workerName!: string;

  @Field(() => String, { nullable: true, description: 'Host name or address; null until it was reported.' })
  host!: string | null;
}

/** Fields that lead from an instance to other objects, and what follows from its state. */
@Resolver(() => LabletInstance)
export class InstanceEdges {
  @FieldResolver(() => LabletDefinition, { nullable: true, description: 'The definition version it runs.' })
  definition(
    @Root() { definitionId }: LabletInstance,
    @Ctx() { loaders }: RequestContext,
  ): Promise<LabletDefinition | null> {
    return loaders.definition.load(definitionId);
  }

  @FieldResolver(() => Worker, {
    nullable: true,
    description: 'Its worker; null before scheduling and without the right to read workers.',
  })
  worker(
    @Root() { workerId }: LabletInstance,
    @Ctx() { loaders }: RequestContext,
  ): Promise<Worker | null> | null {
    return workerId === null ? null : loaders.worker.load(workerId);
  }

  @FieldResolver(() => InstanceEndpoint, { nullable: true, description: 'Where its ports are reached.' })
  endpoint(
    @Root() { workerId }: LabletInstance,
    @Ctx() { loaders }: RequestContext,
  ): Promise<InstanceEndpoint | null> | null {
    return workerId === null ? null : loaders.endpoint.load(workerId);
  }

  @FieldResolver(() => [InstanceStateEnum], { description: 'States that a legal move leads to from here.' })
  nextStates(@Root() { state }: LabletInstance): InstanceStateName[] {
    return legalTargets(state as InstanceStateName);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description:
      'The lab file with the numbers of this instance; null before scheduling. Roles: ADMIN, AUTHOR, MANAGER, SERVICE.',
  })
  renderedLabYaml(
    @Root() instance: LabletInstance,
    @Ctx() { loaders, actor, app }: RequestContext,
  ): Promise<string | null> {
    return renderedLabYaml(instance, loaders, app.labFiles, actor);
  }
}
