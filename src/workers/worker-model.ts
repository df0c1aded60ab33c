import { index, modelOptions, prop } from '@typegoose/typegoose';
import { LICENSE_TYPES, type LicenseType } from '../claims/license.js';
import { AggregateDocument } from '../db/stored-document.js';
import { WORKER_STATUSES, type WorkerStatus } from './transitions.js';

/** One entry of the append-only history; the last one gives status and sequence. */
@modelOptions({ schemaOptions: { _id: false } })
export class WorkerHistoryEntry {
  @prop({ type: () => Number, required: true })
  sequence!: number;

  @prop({ type: () => String, enum: WORKER_STATUSES, default: null })
  from!: WorkerStatus | null;

  @prop({ type: () => String, enum: WORKER_STATUSES, required: true })
  to!: WorkerStatus;

  @prop({ type: () => String, required: true })
  at!: string;

  @prop({ type: () => String, required: true })
  by!: string;

  @prop({ type: () => String, default: null })
  reason!: string | null;
}

/** Total room of a worker. */
@modelOptions({ schemaOptions: { _id: false } })
export class DeclaredCapacity {
  @prop({ type: () => Number, required: true })
  cpuCores!: number;

  @prop({ type: () => Number, required: true })
  memoryGb!: number;

  @prop({ type: () => Number, required: true })
  storageGb!: number;

  /** Null is no limit; the licence may set a lower one. */
  @prop({ type: () => Number, default: null })
  nodes!: number | null;
}

/** Port numbers that may be handed out, both ends included. */
@modelOptions({ schemaOptions: { _id: false } })
export class DeclaredPortRange {
  @prop({ type: () => Number, required: true })
  start!: number;

  @prop({ type: () => Number, required: true })
  end!: number;
}

/** Load as the latest report gives it, in percent. */
@modelOptions({ schemaOptions: { _id: false } })
export class Telemetry {
  @prop({ type: () => Number, required: true })
  cpuPercent!: number;

  @prop({ type: () => Number, required: true })
  memoryPercent!: number;

  @prop({ type: () => Number, required: true })
  storagePercent!: number;

  /** Labs that CML shows. */
  @prop({ type: () => Number, required: true })
  labs!: number;
}

/** One CML controller endpoint. Room that is taken is not here: the claims in the live store say it. */
@modelOptions({ schemaOptions: { collection: 'cml_workers' } })
@index({ name: 1 }, { name: 'name', unique: true })
@index({ status: 1, createdAt: 1, _id: 1 }, { name: 'status_createdAt' })
@index({ createdAt: 1, _id: 1 }, { name: 'createdAt' })
@index({ templateName: 1, createdAt: 1, _id: 1 }, { name: 'templateName_createdAt' })
@index({ licenseType: 1, createdAt: 1, _id: 1 }, { name: 'licenseType_createdAt' })
@index({ hasOutbox: 1, _id: 1 }, { name: 'hasOutbox' })
export class WorkerDocument extends AggregateDocument {
  @prop({ type: () => String, required: true })
  name!: string;

  /** The template whose values were copied at registration. */
  @prop({ type: () => String, default: null })
  templateName!: string | null;

  @prop({ type: () => String, required: true })
  region!: string;

  @prop({ type: () => String, required: true })
  instanceType!: string;

  @prop({ type: () => String, enum: LICENSE_TYPES, required: true })
  licenseType!: LicenseType;

  @prop({ type: () => String, default: null })
  cloudInstanceId!: string | null;

  @prop({ type: () => String, default: null })
  amiName!: string | null;

  @prop({ type: () => String, default: null })
  cmlVersion!: string | null;

  /** Sorted; null is not reported. */
  @prop({ type: () => [String], default: null })
  nodeDefinitions!: string[] | null;

  @prop({ type: () => String, default: null })
  endpointUrl!: string | null;

  /** Where owners reach the ports. */
  @prop({ type: () => String, default: null })
  host!: string | null;

  @prop({ type: () => String, enum: WORKER_STATUSES, required: true })
  status!: WorkerStatus;

  /** Number of the latest history entry. */
  @prop({ type: () => Number, required: true })
  sequence!: number;

  @prop({ type: () => [WorkerHistoryEntry], required: true })
  history!: WorkerHistoryEntry[];

  @prop({ type: () => DeclaredCapacity, required: true })
  declaredCapacity!: DeclaredCapacity;

  @prop({ type: () => DeclaredPortRange, required: true })
  portRange!: DeclaredPortRange;

  /** Numbers that are never handed out, ascending; some may lie outside the range. */
  @prop({ type: () => [Number], required: true })
  excludedPorts!: number[];

  @prop({ type: () => Number, required: true })
  drainTimeoutHours!: number;

  /** Set while DRAINING. */
  @prop({ type: () => String, default: null })
  drainStartedAt!: string | null;

  /** Set by reports without an event or a revision. */
  @prop({ type: () => String, default: null, amendedOnly: true })
  lastReportedAt!: string | null;

  /** Set by reports without an event or a revision. */
  @prop({ type: () => Telemetry, default: null, amendedOnly: true })
  telemetry!: Telemetry | null;

  @prop({ type: () => String, required: true })
  createdAt!: string;

  @prop({ type: () => String, required: true })
  createdBy!: string;

  @prop({ type: () => String, required: true })
  updatedAt!: string;

  /** Revision of the latest change of capacity, range or exclusions. */
  @prop({ type: () => Number, required: true })
  configRevision!: number;
}
