import { Field, Int, ObjectType } from 'type-graphql';
import { enumType } from '../graphql/input-type.js';
import { DateTime, Decimal, LiveRevision, Port } from '../graphql/scalars.js';
import { Capacity, LicenseTypeEnum, Node, PortRange } from '../graphql/shared-types.js';
import type { LoadReport } from './load-templates.js';
import type { TemplateState } from './template.js';

/** Object types of worker templates, own fields only. */

const LoadOutcomeEnum = enumType('TemplateLoadOutcome', 'What a load of the file did to one template.', {
  INSERTED: 'It was not stored; the file made it.',
  UPDATED: 'Nobody had edited it, and its entry had changed.',
  UNCHANGED: 'Its entry had not changed.',
  KEPT: 'It was edited or made by hand, so the file does not touch it.',
  ABSENT: 'It is stored and the file does not name it; nothing was done.',
});

const TemplateReasonKindEnum = enumType('TemplateReasonKind', 'Which demand a template does not meet.', {
  ENABLED: 'The template is retired.',
  LICENSE: 'Its licence is not in the licence affinity.',
  IMAGE_NAME: 'No image name matches both patterns.',
  IMAGE_VERSION: 'No version of its images lies within the bounds.',
  NODE_LIMIT: 'More nodes than its licence allows.',
  CPU_CORES: 'Too few CPU cores.',
  MEMORY_GB: 'Too little memory.',
  STORAGE_GB: 'Too little storage.',
  NODES: 'Its own limit of nodes is too low.',
  PORTS: 'Too few port numbers that may be handed out.',
  REGION: 'It may not be used in the region.',
});

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

@ObjectType({ description: 'Answer of commands on a template.' })
export class TemplatePayload {
  @Field(() => WorkerTemplate, { description: 'The template after the command.' })
  template!: WorkerTemplate;

  @Field(() => LiveRevision, { nullable: true, description: 'The live revision this process has reached.' })
  liveRevision!: string | null;
}

@ObjectType({ description: 'What a load of the file did to one template.' })
class TemplateLoad {
  @Field(() => String, { description: 'Name of the template.' })
  name!: string;

  @Field(() => LoadOutcomeEnum, { description: 'What was done.' })
  outcome!: string;
}

@ObjectType({ description: 'Why the file of worker templates could not be used.' })
class TemplateFileFault {
  @Field(() => String, { description: 'For people.' })
  message!: string;

  @Field(() => String, {
    nullable: true,
    description: 'Name of the entry, `#` and its position if it has none; null: no entry in particular.',
  })
  entry!: string | null;

  @Field(() => String, { nullable: true, description: 'Field of the entry, dotted.' })
  field!: string | null;

  @Field(() => Int, { nullable: true, description: 'Line of the file, from 1.' })
  line!: number | null;

  @Field(() => String, { description: 'The rule that is broken, for example `UNKNOWN_FIELD`.' })
  rule!: string;
}

@ObjectType({ description: 'What a load of the file of worker templates did.' })
export class TemplateReport {
  @Field(() => String, { description: 'Name of the file, without its folder.' })
  file!: string;

  @Field(() => DateTime, { description: 'When the load ended.' })
  loadedAt!: string;

  @Field(() => [TemplateLoad], {
    description: 'The entries in their order, then stored templates that the file does not name.',
  })
  templates!: readonly TemplateLoad[];

  @Field(() => TemplateFileFault, {
    nullable: true,
    description: 'Why nothing was applied; null when the file could be used.',
  })
  fault!: TemplateFileFault | null;
}

/** The API's view of a load. */
export function toReport({ file, at, templates, fault }: LoadReport): TemplateReport {
  return { file, loadedAt: at, templates, fault: fault && { message: fault.message, ...fault.details } };
}

@ObjectType({ description: 'Answer of `reloadTemplates`.' })
export class TemplateReportPayload {
  @Field(() => TemplateReport, { description: 'What the load did.' })
  report!: TemplateReport;

  @Field(() => LiveRevision, { nullable: true, description: 'The live revision this process has reached.' })
  liveRevision!: string | null;
}

@ObjectType({ description: 'A template that qualifies, and what an empty worker of it has to spare.' })
class TemplateFit {
  @Field(() => WorkerTemplate, { description: 'The template.' })
  template!: WorkerTemplate;

  @Field(() => Capacity, {
    description: 'Room that is left beside the need; nodes under the lower limit of template and licence.',
  })
  spare!: Capacity;

  @Field(() => Int, { description: 'Port numbers that are left.' })
  sparePorts!: number;
}

@ObjectType({ description: 'A demand that a template does not meet.' })
class TemplateReason {
  @Field(() => TemplateReasonKindEnum, { description: 'Which demand.' })
  kind!: string;

  @Field(() => String, { description: 'What is needed.' })
  need!: string;

  @Field(() => String, { description: 'What the template has.' })
  actual!: string;
}

@ObjectType({ description: 'A template that does not qualify.' })
class RejectedTemplate {
  @Field(() => WorkerTemplate, { description: 'The template.' })
  template!: WorkerTemplate;

  @Field(() => [TemplateReason], { description: 'Every demand it does not meet.' })
  reasons!: readonly TemplateReason[];
}

@ObjectType({ description: 'Which template to use, and why not another one.' })
export class TemplateSelection {
  @Field(() => TemplateFit, { description: 'The cheapest that qualifies; of several the smallest.' })
  chosen!: TemplateFit;

  @Field(() => [TemplateFit], { description: 'What qualifies too, the next best first.' })
  others!: readonly TemplateFit[];

  @Field(() => [RejectedTemplate], { description: 'What does not qualify, by name.' })
  rejected!: readonly RejectedTemplate[];
}
