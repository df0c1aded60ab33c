import { index, modelOptions, prop } from '@typegoose/typegoose';
import { StoredDocument } from '../db/stored-document.js';

/** What one caller's idempotency key stands for. */
@modelOptions({ schemaOptions: { collection: 'idempotency_records' } })
@index({ caller: 1, key: 1 }, { name: 'caller_key', unique: true })
@index({ at: 1, _id: 1 }, { name: 'at' })
export class IdempotencyRecordDocument extends StoredDocument {
  @prop({ type: () => String, required: true })
  caller!: string;

  @prop({ type: () => String, required: true })
  key!: string;

  /** SHA-256 over the operation's name and its checked input. */
  @prop({ type: () => String, required: true })
  inputHash!: string;

  /** The object the command changes or, for creating commands, the id made in advance. */
  @prop({ type: () => String, default: null })
  targetId!: string | null;

  /** Made in advance for an object that the command may make beside its target. */
  @prop({ type: () => String, default: null })
  newId!: string | null;

  /** What the command left for its repeats, once it is done. */
  @prop({ type: () => String, default: null })
  outcome!: string | null;

  @prop({ type: () => Boolean, required: true })
  done!: boolean;

  @prop({ type: () => String, required: true })
  at!: string;
}
