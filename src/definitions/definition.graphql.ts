import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { connection, connectionType, type Connection } from '../graphql/connection.js';
import { argsType, operationInput } from '../graphql/input-type.js';
import type { RequestContext } from '../graphql/request-context.js';
import { describe } from '../lib/operation.js';
import { archiveDefinition } from './archive-definition.js';
import { createDefinition } from './create-definition.js';
import { createDefinitionVersion } from './create-definition-version.js';
import { definitionDifference } from './definition-difference.js';
import { DefinitionPayload, LabletDefinition, SyncDefinitionPayload } from './definition.types.graphql.js';
import { deprecateDefinition } from './deprecate-definition.js';
import { DefinitionDifference } from './difference.types.graphql.js';
import { getDefinition, getDefinitionByName } from './get-definition.js';
import { inspectLabYaml } from './inspect-lab-yaml.js';
import { LabInspection } from './lab-inspection.types.graphql.js';
import { listDefinitions, listDefinitionVersions } from './list-definitions.js';
import { syncDefinition } from './sync-definition.js';

const DefinitionConnection = connectionType('LabletDefinition', () => LabletDefinition);
const CreateDefinitionInput = operationInput(createDefinition);
const CreateDefinitionVersionInput = operationInput(createDefinitionVersion);
const DeprecateDefinitionInput = operationInput(deprecateDefinition);
const ArchiveDefinitionInput = operationInput(archiveDefinition);
const SyncDefinitionInput = operationInput(syncDefinition);
const DefinitionArgs = argsType('DefinitionArgs', getDefinition.request);
const DefinitionByNameArgs = argsType('DefinitionByNameArgs', getDefinitionByName.request);
const DefinitionDifferenceArgs = argsType('DefinitionDifferenceArgs', definitionDifference.request);
const DefinitionsArgs = argsType('DefinitionsArgs', listDefinitions.request);
const DefinitionVersionsArgs = argsType('DefinitionVersionsArgs', listDefinitionVersions.request);
const InspectLabYamlArgs = argsType('InspectLabYamlArgs', inspectLabYaml.request);

@Resolver()
export class DefinitionResolver {
  @Query(() => LabletDefinition, { nullable: true, description: describe(getDefinition) })
  definition(
    @Args(() => DefinitionArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<LabletDefinition> {
    return context.run(getDefinition, args);
  }

  @Query(() => LabletDefinition, { nullable: true, description: describe(getDefinitionByName) })
  definitionByName(
    @Args(() => DefinitionByNameArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<LabletDefinition> {
    return context.run(getDefinitionByName, args);
  }

  @Query(() => DefinitionConnection, { nullable: true, description: describe(listDefinitions) })
  definitions(
    @Args(() => DefinitionsArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<Connection<LabletDefinition>> {
    return context.run(listDefinitions, args).then((page) => connection(page, (definition) => definition));
  }

  @Query(() => DefinitionConnection, { nullable: true, description: describe(listDefinitionVersions) })
  definitionVersions(
    @Args(() => DefinitionVersionsArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<Connection<LabletDefinition>> {
    return context
      .run(listDefinitionVersions, args)
      .then((page) => connection(page, (definition) => definition));
  }

  @Query(() => DefinitionDifference, { nullable: true, description: describe(definitionDifference) })
  definitionDifference(
    @Args(() => DefinitionDifferenceArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<DefinitionDifference> {
    return context.run(definitionDifference, args);
  }

  @Query(() => LabInspection, { nullable: true, description: describe(inspectLabYaml) })
  inspectLabYaml(
    @Args(() => InspectLabYamlArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<LabInspection> {
    return context.run(inspectLabYaml, args);
  }

  @Mutation(() => DefinitionPayload, { nullable: true, description: describe(createDefinition) })
  createDefinition(
    @Arg('input', () => CreateDefinitionInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<DefinitionPayload> {
    return context.run(createDefinition, input);
  }

  @Mutation(() => DefinitionPayload, { nullable: true, description: describe(createDefinitionVersion) })
  createDefinitionVersion(
    @Arg('input', () => CreateDefinitionVersionInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<DefinitionPayload> {
    return context.run(createDefinitionVersion, input);
  }

  @Mutation(() => DefinitionPayload, { nullable: true, description: describe(deprecateDefinition) })
  deprecateDefinition(
    @Arg('input', () => DeprecateDefinitionInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<DefinitionPayload> {
    return context.run(deprecateDefinition, input);
  }

  @Mutation(() => DefinitionPayload, { nullable: true, description: describe(archiveDefinition) })
  archiveDefinition(
    @Arg('input', () => ArchiveDefinitionInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<DefinitionPayload> {
    return context.run(archiveDefinition, input);
  }

  @Mutation(() => SyncDefinitionPayload, { nullable: true, description: describe(syncDefinition) })
  syncDefinition(
    @Arg('input', () => SyncDefinitionInput) input: object,
    @Ctx() context: RequestContext,
  ): Promise<SyncDefinitionPayload> {
    return context.run(syncDefinition, input);
  }
}
