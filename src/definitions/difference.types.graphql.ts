import { Field, Int, ObjectType } from 'type-graphql';
import { LabletDefinition, PortDefinition } from './definition.types.graphql.js';

@ObjectType({ description: 'A field that differs between two versions.' })
class FieldChange {
  @Field(() => String, {
    description: 'Path of the field, dotted: `resourceRequirements.cpuCores`. Lists are compared as a whole.',
  })
  path!: string;

  @Field(() => String, { nullable: true, description: 'Value as JSON text; null where there is none.' })
  from!: string | null;

  @Field(() => String, { nullable: true, description: 'Value as JSON text; null where there is none.' })
  to!: string | null;
}

@ObjectType({ description: 'A port of both versions whose fields differ.' })
class PortChange {
  @Field(() => String, { description: 'Name of the port.' })
  name!: string;

  @Field(() => PortDefinition, { description: 'As it was.' })
  from!: PortDefinition;

  @Field(() => PortDefinition, { description: 'As it is.' })
  to!: PortDefinition;

  @Field(() => [String], { description: 'Names of the fields that differ.' })
  fields!: readonly string[];
}

@ObjectType({ description: 'What changed between two versions of a definition.' })
export class DefinitionDifference {
  @Field(() => LabletDefinition, { description: 'The version to start from.' })
  from!: LabletDefinition;

  @Field(() => LabletDefinition, { description: 'The version it is compared with.' })
  to!: LabletDefinition;

  @Field(() => [FieldChange], { description: 'Fields that differ, but for ports, node count and hash.' })
  fields!: readonly FieldChange[];

  @Field(() => [PortDefinition], { description: 'Ports that only `to` has.' })
  portsAdded!: readonly PortDefinition[];

  @Field(() => [PortDefinition], { description: 'Ports that only `from` has.' })
  portsRemoved!: readonly PortDefinition[];

  @Field(() => [PortChange], { description: 'Ports of both versions whose fields differ.' })
  portsChanged!: readonly PortChange[];

  @Field(() => Boolean, {
    description: 'Whether the ports of both stand in another order; numbers are given in this order.',
  })
  portsReordered!: boolean;

  @Field(() => Int, { description: 'Node count of `from`.' })
  nodeCountFrom!: number;

  @Field(() => Int, { description: 'Node count of `to`.' })
  nodeCountTo!: number;

  @Field(() => String, { description: 'Hash of the lab file of `from`; empty before it was read.' })
  labYamlHashFrom!: string;

  @Field(() => String, { description: 'Hash of the lab file of `to`; empty before it was read.' })
  labYamlHashTo!: string;

  @Field(() => LabletDefinition, { description: 'The lower version of the two.' })
  older!: LabletDefinition;
}
