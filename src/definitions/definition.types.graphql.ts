import { Field, ID, Int, ObjectType } from 'type-graphql';
import { enumType } from '../graphql/input-type.js';
import { DateTime, LiveRevision, Port, SemVer } from '../graphql/scalars.js';
import { LicenseTypeEnum, Node, PortKindEnum, PortProtocolEnum } from '../graphql/shared-types.js';

/** Object types of definitions, own fields only. */

export const DefinitionStatusEnum = enumType('DefinitionStatus', 'Life of a definition version.', {
  ACTIVE: 'Takes new instances.',
  DEPRECATED: 'Takes no new instances; existing ones go on.',
  ARCHIVED: 'Kept for the record only.',
});

export const DefinitionOrderFieldEnum = enumType(
  'DefinitionOrderField',
  'What a list of definitions is ordered by.',
  {
    NAME: 'Name by its characters, capitals before small letters; the highest version of a name first.',
    CREATED_AT: 'Time of creation.',
  },
);

const TopologySourceEnum = enumType('TopologySource', 'Where node count and ports come from.', {
  DECLARED: 'Given by the author.',
  EXTRACTED: 'Read from the lab file.',
});

const SyncStatusEnum = enumType('SyncStatus', 'Result of the latest sync with the lab file.', {
  NEVER: 'Not synced yet.',
  SUCCESS: 'The latest sync succeeded.',
  FAILED: 'The latest sync failed; see `lastSyncError`.',
});

@ObjectType({ description: 'What an image must offer; all given parts must hold.' })
class AmiRequirement {
  @Field(() => String, { nullable: true, description: 'Image name; only `*` is special.' })
  namePattern!: string | null;

  @Field(() => String, { nullable: true, description: 'Lowest CML version, included.' })
  minVersion!: string | null;

  @Field(() => String, { nullable: true, description: 'Highest CML version, included.' })
  maxVersion!: string | null;

  @Field(() => [String], { description: 'Node definitions the image must offer.' })
  nodeDefinitions!: string[];
}

@ObjectType({ description: 'Room one instance needs on a worker.' })
class ResourceRequirements {
  @Field(() => Int, { description: 'CPU cores.' })
  cpuCores!: number;

  @Field(() => Int, { description: 'Memory in GiB.' })
  memoryGb!: number;

  @Field(() => Int, { description: 'Storage in GiB.' })
  storageGb!: number;

  @Field(() => Boolean, { description: 'Whether the lab needs nested virtualisation.' })
  nestedVirt!: boolean;

  @Field(() => [AmiRequirement], { description: 'Demands on the image; all must hold.' })
  amiRequirements!: AmiRequirement[];
}

@ObjectType({ description: 'A named outside port, without its number.' })
export class PortDefinition {
  @Field(() => String, { description: 'Name, unique in the template.' })
  name!: string;

  @Field(() => PortProtocolEnum, { description: 'Transport protocol.' })
  protocol!: string;

  @Field(() => PortKindEnum, { description: 'What is behind it.' })
  kind!: string;

  @Field(() => String, { nullable: true, description: 'Label of the node behind it.' })
  nodeLabel!: string | null;

  @Field(() => Int, { nullable: true, description: 'Line of a serial console, 0-99.' })
  line!: number | null;

  @Field(() => Port, { nullable: true, description: 'Port inside the lab, for PAT.' })
  insidePort!: number | null;

  @Field(() => String, { nullable: true, description: 'What it is for.' })
  description!: string | null;
}

@ObjectType({ description: 'Whom to tell about instances.' })
class OwnerNotification {
  @Field(() => String, { nullable: true, description: 'Mail address to tell.' })
  email!: string | null;

  @Field(() => String, { nullable: true, description: 'https address to call.' })
  webhookUrl!: string | null;

  @Field(() => Boolean, { description: 'When an instance starts.' })
  notifyOnStart!: boolean;

  @Field(() => Boolean, { description: 'When an instance ends.' })
  notifyOnComplete!: boolean;

  @Field(() => Boolean, { description: 'When something goes wrong.' })
  notifyOnError!: boolean;
}

@ObjectType({ description: 'Why the latest sync failed.' })
class SyncError {
  @Field(() => String, { description: 'Error code.' })
  code!: string;

  @Field(() => String, { description: 'For people.' })
  message!: string;

  @Field(() => DateTime, { description: 'When.' })
  at!: string;
}

@ObjectType({ implements: Node, description: 'One unchangeable version of a lab environment.' })
export class LabletDefinition extends Node {
  @Field(() => String, { description: 'Name, the same for the whole family.' })
  name!: string;

  @Field(() => SemVer, { description: 'Version, unique within the family.' })
  version!: string;

  @Field(() => String, { description: 'Where the lab file is.' })
  labArtifactUri!: string;

  @Field(() => String, {
    description: 'SHA-256 of the exact bytes of the lab file; empty before it was read.',
  })
  labYamlHash!: string;

  @Field(() => TopologySourceEnum, { description: 'Where node count and ports come from.' })
  topologySource!: string;

  @Field(() => ResourceRequirements, { description: 'Room one instance needs.' })
  resourceRequirements!: ResourceRequirements;

  @Field(() => [LicenseTypeEnum], { description: 'Licences that may host it.' })
  licenseAffinity!: string[];

  @Field(() => Int, { description: 'Nodes that count against a licence.' })
  nodeCount!: number;

  @Field(() => [PortDefinition], { description: 'Named ports, in the order in which numbers are given.' })
  portTemplate!: PortDefinition[];

  @Field(() => String, { nullable: true, description: 'Where grading criteria are.' })
  gradingRulesUri!: string | null;

  @Field(() => Int, { description: 'Longest timeslot in minutes.' })
  maxDurationMinutes!: number;

  @Field(() => Int, { description: 'Labs to keep imported ahead of need.' })
  warmPoolDepth!: number;

  @Field(() => OwnerNotification, { nullable: true, description: 'Whom to tell about instances.' })
  ownerNotification!: OwnerNotification | null;

  @Field(() => DefinitionStatusEnum, { description: 'Whether it takes new instances.' })
  status!: string;

  @Field(() => ID, { nullable: true, description: 'The version this one was made from.' })
  previousVersionId!: string | null;

  @Field(() => ID, { nullable: true, description: 'The version that a sync replaced by this one.' })
  supersedesId!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was deprecated.' })
  deprecatedAt!: string | null;

  @Field(() => String, { nullable: true, description: 'Who deprecated it.' })
  deprecatedBy!: string | null;

  @Field(() => String, { nullable: true, description: 'Why it was deprecated.' })
  deprecationReason!: string | null;

  @Field(() => ID, { nullable: true, description: 'The version to use instead.' })
  replacementId!: string | null;

  @Field(() => SyncStatusEnum, { description: 'Result of the latest sync.' })
  syncStatus!: string;

  @Field(() => DateTime, { nullable: true, description: 'Latest successful sync.' })
  lastSyncedAt!: string | null;

  @Field(() => SyncError, { nullable: true, description: 'Latest failure; cleared by success.' })
  lastSyncError!: SyncError | null;

  @Field(() => DateTime, { description: 'When it was created.' })
  createdAt!: string;

  @Field(() => String, { description: 'Who created it.' })
  createdBy!: string;

  @Field(() => DateTime, { description: 'Latest change.' })
  updatedAt!: string;

  @Field(() => Int, { description: 'Counts its changes; give it back as `expectedRevision`.' })
  revision!: number;
}

@ObjectType({ description: 'Answer of commands on a definition.' })
export class DefinitionPayload {
  @Field(() => LabletDefinition, { description: 'The definition after the command.' })
  definition!: LabletDefinition;

  @Field(() => LiveRevision, { nullable: true, description: 'Position of the live feed after the command.' })
  liveRevision!: string | null;
}

const SyncOutcomeEnum = enumType('SyncOutcome', 'How a sync ended.', {
  FIRST_SYNC: 'The text was read for the first time and is kept with the version.',
  UNCHANGED: 'The text is the same as before.',
  NEW_VERSION: 'The text has changed: a new version replaces this one, which is deprecated.',
});

const SyncWarningRuleEnum = enumType('SyncWarningRule', 'How declared ports and lab file differ.', {
  NOT_IN_FILE: 'Declared, but no tag of the lab file has it.',
  NOT_DECLARED: 'In the lab file, but not declared.',
});

@ObjectType({ description: 'A port name in which a DECLARED definition and its lab file differ; no error.' })
class SyncWarning {
  @Field(() => SyncWarningRuleEnum, { description: 'How they differ.' })
  rule!: string;

  @Field(() => String, { description: 'Name of the port.' })
  port!: string;

  @Field(() => String, { description: 'For people.' })
  message!: string;
}

@ObjectType({ description: 'Answer of `syncDefinition`.' })
export class SyncDefinitionPayload extends DefinitionPayload {
  @Field(() => SyncOutcomeEnum, { description: 'How the sync ended.' })
  outcome!: string;

  @Field(() => LabletDefinition, {
    nullable: true,
    description: 'The version that replaces it, for NEW_VERSION.',
  })
  newVersion!: LabletDefinition | null;

  @Field(() => String, { description: 'Hash before the sync; empty on the first one.' })
  oldHash!: string;

  @Field(() => String, { description: 'SHA-256 of the bytes that were read.' })
  newHash!: string;

  @Field(() => [SyncWarning], { description: 'Where declared ports and the lab file differ in names.' })
  warnings!: readonly SyncWarning[];
}
