import { modelOptions, prop, Severity } from '@typegoose/typegoose';
import 'reflect-metadata';

/** Fields of every stored document. `id` is MongoDB's `_id`. */
@modelOptions({
  schemaOptions: { versionKey: false, minimize: false, id: false, strict: 'throw', autoIndex: false },
  options: { allowMixed: Severity.ALLOW },
})
export abstract class StoredDocument {
  /** The document's id; stored as `_id`. */
  id!: string;

  /** 1 on creation, +1 per committed change. */
  @prop({ type: () => Number, required: true })
  revision!: number;

  /** Version of the stored format; older ones are upgraded when loaded. */
  @prop({ type: () => Number, required: true })
  schemaVersion!: number;
}

/** An event waiting in a document to be copied to `domain_events`; see `lib/aggregate.ts` for its fields. */
export interface OutboxEntry {
  readonly id: string;
  readonly number: number;
}

/** Marks an idempotency record whose effect is in this document. */
export interface AppliedRecord {
  readonly id: string;
  readonly at: string;
  /** What a repeat of the command has to know and the document does not say. */
  readonly outcome?: string;
}

/** Storage fields of the four aggregates, beside their state. */
export abstract class AggregateDocument extends StoredDocument {
  /** Number of the latest event. */
  @prop({ type: () => Number, required: true })
  eventNumber!: number;

  /** Events of the latest commits that are not copied yet, in number order. */
  @prop({ type: () => [Object], required: true })
  outbox!: OutboxEntry[];

  /** True while `outbox` has entries; indexed for the loop that copies them. */
  @prop({ type: () => Boolean, required: true })
  hasOutbox!: boolean;

  /** Idempotency records whose effect this document holds; at most 32, of at most 24 h. */
  @prop({ type: () => [Object], required: true })
  appliedRecords!: AppliedRecord[];
}

export type { StorageField } from './stored-fields.js';
