import { index, modelOptions, prop } from '@typegoose/typegoose';
import { LICENSE_TYPES, type LicenseType } from '../claims/license.js';
import { AggregateDocument } from '../db/stored-document.js';

/** Room of a worker: whole cores, GiB of memory and storage, CML nodes. */
@modelOptions({ schemaOptions: { _id: false } })
export class TemplateCapacity {
  /** 1-4096. */
  @prop({ type: () => Number, required: true })
  cpuCores!: number;

  /** 1-65536. */
  @prop({ type: () => Number, required: true })
  memoryGb!: number;

  /** 10-1000000. */
  @prop({ type: () => Number, required: true })
  storageGb!: number;

  /** 1-10000; null is no limit. */
  @prop({ type: () => Number, default: null })
  nodes!: number | null;
}

/** Port numbers that may be handed out, both ends included. */
@modelOptions({ schemaOptions: { _id: false } })
export class TemplatePortRange {
  @prop({ type: () => Number, required: true })
  start!: number;

  @prop({ type: () => Number, required: true })
  end!: number;
}

/** A label of the machine. */
@modelOptions({ schemaOptions: { _id: false } })
export class TemplateTag {
  @prop({ type: () => String, required: true })
  key!: string;

  /** May be empty, which mongoose calls missing. */
  @prop({ type: () => String, default: '' })
  value!: string;
}

/** The recipe for a kind of worker. */
@modelOptions({ schemaOptions: { collection: 'worker_templates' } })
@index({ name: 1 }, { name: 'name', unique: true })
@index({ enabled: 1, name: 1, _id: 1 }, { name: 'enabled_name' })
@index({ hasOutbox: 1, _id: 1 }, { name: 'hasOutbox' })
export class WorkerTemplateDocument extends AggregateDocument {
  @prop({ type: () => String, required: true })
  name!: string;

  @prop({ type: () => String, default: '' })
  description!: string;

  @prop({ type: () => String, required: true })
  instanceType!: string;

  @prop({ type: () => String, required: true, enum: LICENSE_TYPES })
  licenseType!: LicenseType;

  @prop({ type: () => TemplateCapacity, required: true })
  capacity!: TemplateCapacity;

  /** Image name; only `*` is special. */
  @prop({ type: () => String, required: true })
  amiPattern!: string;

  /** Where it may be used; empty is anywhere. */
  @prop({ type: () => [String], required: true })
  regions!: string[];

  @prop({ type: () => TemplatePortRange, required: true })
  portRange!: TemplatePortRange;

  /** Numbers never handed out. */
  @prop({ type: () => [Number], required: true })
  excludedPorts!: number[];

  @prop({ type: () => Number, required: true })
  drainTimeoutHours!: number;

  @prop({ type: () => Number, required: true })
  startupTimeMinutes!: number;

  /** US dollars, up to four places; null is unknown. */
  @prop({ type: () => Number, default: null })
  costPerHourUsd!: number | null;

  @prop({ type: () => [TemplateTag], required: true })
  tags!: TemplateTag[];

  /** False retires the template. */
  @prop({ type: () => Boolean, required: true })
  enabled!: boolean;

  /** Hash of the file entry it was last made from; null when it was made by hand. */
  @prop({ type: () => String, default: null })
  seededHash!: string | null;

  @prop({ type: () => String, required: true })
  createdAt!: string;

  @prop({ type: () => String, required: true })
  updatedAt!: string;
}
