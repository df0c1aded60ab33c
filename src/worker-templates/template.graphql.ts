import { Args, Ctx, Field, Int, ObjectType, Query, Resolver } from 'type-graphql';
import { connection, connectionType, type Connection } from '../graphql/connection.js';
import { argsType } from '../graphql/input-type.js';
import type { RequestContext } from '../graphql/request-context.js';
import { DateTime, Decimal, Port } from '../graphql/scalars.js';
import { Capacity, LicenseTypeEnum, Node, PortRange } from '../graphql/shared-types.js';
import { describe } from '../lib/operation.js';
import { getTemplate, getTemplateByName } from './get-template.js';
import { listTemplates } from './list-templates.js';
import type { TemplateState } from './template.js';

@ObjectType({ description: 'A label of the machine.' })
class Tag {
  @Field(() => String, { description: 'Unique key.' })
  key!: string;

  @Field(() => String, { description: 'Value, may be empty.' })
  value!: string;
}

@ObjectType({ implements: Node, description: 'The recipe for a kind of worker.' })
export class WorkerTemplate extends Node {
  @Field(() => String, { description: 'Unique name.' })
  name!: string;

  @Field(() => String, { description: 'What it is for.' })
  description!: string;

  @Field(() => String, { description: 'Machine type in the cloud.' })
  instanceType!: string;

  @Field(() => LicenseTypeEnum, { description: 'Licence of its CML controller.' })
  licenseType!: string;

  @Field(() => Capacity, { description: 'Room of such a worker.' })
  capacity!: Capacity;

  @Field(() => String, { description: 'Image name; only `*` is special.' })
  amiPattern!: string;

  @Field(() => [String], { description: 'Regions where it may be used; empty: any.' })
  regions!: string[];

  @Field(() => PortRange, { description: 'Port numbers that may be handed out.' })
  portRange!: PortRange;

  @Field(() => [Port], { description: 'Port numbers that are never handed out.' })
  excludedPorts!: number[];

  @Field(() => Int, { description: 'Hours until a draining worker is stopped.' })
  drainTimeoutHours!: number;

  @Field(() => Int, { description: 'Minutes until such a worker is ready.' })
  startupTimeMinutes!: number;

  @Field(() => Decimal, { nullable: true, description: 'Price of an hour in US dollars; null: unknown.' })
  costPerHourUsd!: number | null;

  @Field(() => [Tag], { description: 'Labels of the machine.' })
  tags!: Tag[];

  @Field(() => Boolean, { description: 'False when it is retired.' })
  enabled!: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'Hash of the file entry it was seeded from; null if made by hand.',
  })
  seededHash!: string | null;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: string;

  @Field(() => DateTime, { description: 'Latest change.' })
  updatedAt!: string;

  @Field(() => Int, { description: 'Counts its changes; give it back as `expectedRevision`.' })
  revision!: number;
}

/** The API's view of a template: the fields have the same names. */
export const toTemplate = (state: TemplateState): WorkerTemplate => state;

const TemplateConnection = connectionType('WorkerTemplate', () => WorkerTemplate);
const TemplateArgs = argsType('TemplateArgs', getTemplate.request);
const TemplateByNameArgs = argsType('TemplateByNameArgs', getTemplateByName.request);
const TemplatesArgs = argsType('TemplatesArgs', listTemplates.request);

@Resolver()
export class TemplateResolver {
  @Query(() => WorkerTemplate, { nullable: true, description: describe(getTemplate) })
  template(@Args(() => TemplateArgs) args: object, @Ctx() context: RequestContext): Promise<WorkerTemplate> {
    return context.run(getTemplate, args).then(toTemplate);
  }

  @Query(() => WorkerTemplate, { nullable: true, description: describe(getTemplateByName) })
  templateByName(
    @Args(() => TemplateByNameArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<WorkerTemplate> {
    return context.run(getTemplateByName, args).then(toTemplate);
  }

  @Query(() => TemplateConnection, { nullable: true, description: describe(listTemplates) })
  templates(
    @Args(() => TemplatesArgs) args: object,
    @Ctx() context: RequestContext,
  ): Promise<Connection<WorkerTemplate>> {
    return context.run(listTemplates, args).then((page) => connection(page, toTemplate));
  }
}
