import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql';
import { liveConnection, type LiveConnection } from '../graphql/connection.js';
import type { RequestContext } from '../graphql/request-context.js';
import { InstanceConnection } from '../instances/instance.graphql.js';
import { LabletInstance } from '../instances/instance.types.graphql.js';
import type { definitionDifference } from './definition-difference.js';
import { LabletDefinition } from './definition.types.graphql.js';
import { DefinitionDifference } from './difference.types.graphql.js';

/** Fields that lead from a definition to other objects. */
@Resolver(() => LabletDefinition)
export class DefinitionEdges {
  @FieldResolver(() => [LabletDefinition], { description: 'All versions of its name, the highest first.' })
  versions(
    @Root() { name }: LabletDefinition,
    @Ctx() { loaders }: RequestContext,
  ): Promise<LabletDefinition[]> {
    return loaders.family.load(name);
  }

  @FieldResolver(() => LabletDefinition, {
    nullable: true,
    description: 'The version this one was made from.',
  })
  previousVersion(
    @Root() { previousVersionId }: LabletDefinition,
    @Ctx() { loaders }: RequestContext,
  ): Promise<LabletDefinition | null> | null {
    return previousVersionId === null ? null : loaders.definition.load(previousVersionId);
  }

  @FieldResolver(() => LabletDefinition, { nullable: true, description: 'The version to use instead.' })
  replacement(
    @Root() { replacementId }: LabletDefinition,
    @Ctx() { loaders }: RequestContext,
  ): Promise<LabletDefinition | null> | null {
    return replacementId === null ? null : loaders.definition.load(replacementId);
  }

  @FieldResolver(() => [LabletInstance], { description: 'Its unfinished instances that you may see.' })
  instances(@Root() { id }: LabletDefinition, @Ctx() { loaders }: RequestContext): Promise<LabletInstance[]> {
    return loaders.instancesByDefinition.load(id);
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'Text of the lab file; null before it was read. Roles: ADMIN, AUTHOR, MANAGER, SERVICE.',
  })
  labYamlCached(
    @Root() { labYamlHash }: LabletDefinition,
    @Ctx() { loaders }: RequestContext,
  ): Promise<string | null> | null {
    return labYamlHash === '' ? null : loaders.labText.load(labYamlHash);
  }
}

type Difference = Awaited<ReturnType<typeof definitionDifference.handle>>;

/** Fields that lead from a difference to instances. */
@Resolver(() => DefinitionDifference)
export class DifferenceEdges {
  @FieldResolver(() => InstanceConnection, {
    description:
      'Unfinished instances of the older version that you may see: their number and the first page.',
  })
  unfinishedInstances(@Root() { unfinished }: Difference): LiveConnection<LabletInstance> {
    return liveConnection(unfinished, (instance) => instance);
  }
}
