import { index, modelOptions, prop } from '@typegoose/typegoose';
import { LICENSE_TYPES, type LicenseType } from '../claims/license.js';
import { AggregateDocument } from '../db/stored-document.js';
import {
  DEFINITION_STATUSES,
  PORT_KINDS,
  PORT_PROTOCOLS,
  SYNC_STATUSES,
  TOPOLOGY_SOURCES,
  type DefinitionStatus,
  type PortKind,
  type PortProtocol,
  type SyncStatus,
  type TopologySource,
} from './definition-terms.js';

// Mongoose calls an empty text missing, so texts that may be empty are not `required`.

/** What an image must offer; an empty or null part asks for nothing. */
@modelOptions({ schemaOptions: { _id: false } })
export class AmiRequirement {
  /** Only `*` is special. */
  @prop({ type: () => String, default: null })
  namePattern!: string | null;

  /** Inclusive. */
  @prop({ type: () => String, default: null })
  minVersion!: string | null;

  /** Inclusive. */
  @prop({ type: () => String, default: null })
  maxVersion!: string | null;

  @prop({ type: () => [String], required: true })
  nodeDefinitions!: string[];
}

/** Room one instance needs: whole cores, GiB of memory and storage. */
@modelOptions({ schemaOptions: { _id: false } })
export class ResourceRequirements {
  /** 1-64. */
  @prop({ type: () => Number, required: true })
  cpuCores!: number;

  /** 1-256. */
  @prop({ type: () => Number, required: true })
  memoryGb!: number;

  /** 1-1000. */
  @prop({ type: () => Number, required: true })
  storageGb!: number;

  @prop({ type: () => Boolean, required: true })
  nestedVirt!: boolean;

  /** All of them must hold. */
  @prop({ type: () => [AmiRequirement], required: true })
  amiRequirements!: AmiRequirement[];
}

/** A named outside port of a lab, without its number. */
@modelOptions({ schemaOptions: { _id: false } })
export class PortDefinition {
  /** Unique in its template. */
  @prop({ type: () => String, required: true })
  name!: string;

  @prop({ type: () => String, required: true, enum: PORT_PROTOCOLS })
  protocol!: PortProtocol;

  @prop({ type: () => String, required: true, enum: PORT_KINDS })
  kind!: PortKind;

  /** Null only for OTHER. */
  @prop({ type: () => String, default: null })
  nodeLabel!: string | null;

  /** Line of a serial console, 0-99; null for other kinds. */
  @prop({ type: () => Number, default: null })
  line!: number | null;

  /** Port inside the lab, 1-65535; null for other kinds than PAT. */
  @prop({ type: () => Number, default: null })
  insidePort!: number | null;

  @prop({ type: () => String, default: null })
  description!: string | null;
}

/** Whom to tell about instances; at least one of the two addresses is set. */
@modelOptions({ schemaOptions: { _id: false } })
export class OwnerNotification {
  @prop({ type: () => String, default: null })
  email!: string | null;

  @prop({ type: () => String, default: null })
  webhookUrl!: string | null;

  @prop({ type: () => Boolean, required: true })
  notifyOnStart!: boolean;

  @prop({ type: () => Boolean, required: true })
  notifyOnComplete!: boolean;

  @prop({ type: () => Boolean, required: true })
  notifyOnError!: boolean;
}

/** Why the latest sync failed. */
@modelOptions({ schemaOptions: { _id: false } })
export class SyncError {
  @prop({ type: () => String, required: true })
  code!: string;

  @prop({ type: () => String, required: true })
  message!: string;

  @prop({ type: () => String, required: true })
  at!: string;
}

/** One version of a lablet definition. The text of its lab file is stored apart, by `labYamlHash`. */
@modelOptions({ schemaOptions: { collection: 'lablet_definitions' } })
@index({ name: 1, version: 1 }, { name: 'name_version', unique: true })
@index({ familyGuard: 1 }, { name: 'familyGuard', unique: true })
@index({ name: 1, versionRank: 1, _id: 1 }, { name: 'name_versionRank' })
@index({ name: 1, status: 1, versionRank: 1, _id: 1 }, { name: 'name_status_versionRank' })
// The last fields of these three do not order: with them a list is filtered without reading documents.
@index(
  { status: 1, name: 1, versionRank: 1, searchText: 1, _id: 1 },
  { name: 'status_name_versionRank_searchText' },
)
@index(
  { status: 1, versionRank: 1, name: 1, searchText: 1, _id: 1 },
  { name: 'status_versionRank_name_searchText' },
)
@index(
  { status: 1, createdAt: 1, versionRank: 1, searchText: 1, _id: 1 },
  { name: 'status_createdAt_versionRank_searchText' },
)
@index({ name: 1, status: 1, createdAt: 1, _id: 1 }, { name: 'name_status_createdAt' })
@index({ supersedesId: 1, _id: 1 }, { name: 'supersedesId' })
@index({ hasOutbox: 1, _id: 1 }, { name: 'hasOutbox' })
export class LabletDefinitionDocument extends AggregateDocument {
  @prop({ type: () => String, required: true })
  name!: string;

  @prop({ type: () => String, required: true })
  version!: string;

  /** Orders versions from the highest down; from `version`. */
  @prop({ type: () => String, required: true })
  versionRank!: string;

  /** One first version for each name, one successor by sync for each version. */
  @prop({ type: () => String, required: true })
  familyGuard!: string;

  /** The name as searching compares it; both stores then find the same, whatever they take for one letter. */
  @prop({ type: () => String, required: true })
  searchText!: string;

  @prop({ type: () => String, required: true })
  labArtifactUri!: string;

  /** SHA-256 of the lab file's bytes; empty before the first read. */
  @prop({ type: () => String, default: '' })
  labYamlHash!: string;

  @prop({ type: () => String, required: true, enum: TOPOLOGY_SOURCES })
  topologySource!: TopologySource;

  @prop({ type: () => ResourceRequirements, required: true })
  resourceRequirements!: ResourceRequirements;

  @prop({ type: () => [String], required: true, enum: LICENSE_TYPES })
  licenseAffinity!: LicenseType[];

  @prop({ type: () => Number, required: true })
  nodeCount!: number;

  @prop({ type: () => [PortDefinition], required: true })
  portTemplate!: PortDefinition[];

  @prop({ type: () => String, default: null })
  gradingRulesUri!: string | null;

  @prop({ type: () => Number, required: true })
  maxDurationMinutes!: number;

  @prop({ type: () => Number, required: true })
  warmPoolDepth!: number;

  @prop({ type: () => OwnerNotification, default: null })
  ownerNotification!: OwnerNotification | null;

  @prop({ type: () => String, required: true, enum: DEFINITION_STATUSES })
  status!: DefinitionStatus;

  /** The version this one was made from. */
  @prop({ type: () => String, default: null })
  previousVersionId!: string | null;

  /** The version that a sync replaced by this one. */
  @prop({ type: () => String, default: null })
  supersedesId!: string | null;

  @prop({ type: () => String, default: null })
  deprecatedAt!: string | null;

  @prop({ type: () => String, default: null })
  deprecatedBy!: string | null;

  @prop({ type: () => String, default: null })
  deprecationReason!: string | null;

  @prop({ type: () => String, default: null })
  replacementId!: string | null;

  @prop({ type: () => String, required: true, enum: SYNC_STATUSES })
  syncStatus!: SyncStatus;

  /** Latest success. */
  @prop({ type: () => String, default: null })
  lastSyncedAt!: string | null;

  /** Latest failure; cleared by success. */
  @prop({ type: () => SyncError, default: null })
  lastSyncError!: SyncError | null;

  @prop({ type: () => String, required: true })
  createdAt!: string;

  @prop({ type: () => String, required: true })
  createdBy!: string;

  @prop({ type: () => String, required: true })
  updatedAt!: string;
}
