import { index, modelOptions, prop } from '@typegoose/typegoose';
import { StoredDocument } from '../db/stored-document.js';

/** The event log: copies of what the aggregates' outboxes held, under the events' own ids. */
@modelOptions({ schemaOptions: { collection: 'domain_events' } })
@index({ aggregateId: 1, number: 1 }, { name: 'aggregateId_number', unique: true })
@index({ workerId: 1, at: 1, _id: 1 }, { name: 'workerId_at' })
@index({ aggregateType: 1, at: 1, _id: 1 }, { name: 'aggregateType_at' })
@index({ by: 1, at: 1, _id: 1 }, { name: 'by_at' })
@index({ operation: 1, at: 1, _id: 1 }, { name: 'operation_at' })
@index({ requestId: 1, at: 1, _id: 1 }, { name: 'requestId_at' })
@index({ at: 1, _id: 1 }, { name: 'at' })
export class DomainEventDocument extends StoredDocument {
  @prop({ type: () => String, required: true })
  type!: string;

  @prop({ type: () => String, required: true })
  aggregateType!: string;

  @prop({ type: () => String, required: true })
  aggregateId!: string;

  @prop({ type: () => Number, required: true })
  number!: number;

  @prop({ type: () => String, required: true })
  at!: string;

  @prop({ type: () => String, required: true })
  by!: string;

  @prop({ type: () => String, default: null })
  requestId!: string | null;

  @prop({ type: () => String, default: null })
  source!: string | null;

  /** The operation of the API that caused it; null for automatic moves and for events of older servers. */
  @prop({ type: () => String, default: null })
  operation!: string | null;

  /** The worker an event is about, from its payload; null for events of no worker. */
  @prop({ type: () => String, default: null })
  workerId!: string | null;

  @prop({ type: () => Object, required: true })
  payload!: Record<string, unknown>;
}
