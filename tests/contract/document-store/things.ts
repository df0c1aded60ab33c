import { index, modelOptions, prop } from '@typegoose/typegoose';

import type { DocumentStore, ModelClass } from '../../../src/db/document-store.js';
import { AggregateDocument } from '../../../src/db/stored-document.js';

class Part {
  @prop({ type: () => String, required: true })
  name!: string;

  @prop({ type: () => Number })
  size?: number | null;
}

/** What the tests store. */
export abstract class Thing extends AggregateDocument {
  name!: string;
  version!: string;
  guard!: string;
  state!: string;
  at?: string | null;
  rank?: number | null;
  done?: boolean | null;
  tags!: string[];
  parts!: Part[];
  details?: unknown;
  /** Changed by amendments alone. */
  heard?: string | null;
}

/** The model of a collection of things; every test takes a collection of its own. */
export function thingModel(collection: string): ModelClass<Thing> {
  @index({ name: 1, version: 1 }, { name: 'name_version', unique: true })
  @index({ guard: 1 }, { name: 'guard', unique: true })
  @index({ state: 1, at: 1, _id: 1 }, { name: 'state_at' })
  @index({ state: 1, rank: 1, at: 1, _id: 1 }, { name: 'state_rank_at' })
  @index({ at: 1, _id: 1 }, { name: 'at' })
  @index({ rank: 1, _id: 1 }, { name: 'rank' })
  @index({ hasOutbox: 1, _id: 1 }, { name: 'hasOutbox' })
  @modelOptions({ schemaOptions: { collection } })
  class StoredThing extends Thing {
    @prop({ type: () => String, required: true })
    declare name: string;

    @prop({ type: () => String, required: true })
    declare version: string;

    @prop({ type: () => String, required: true })
    declare guard: string;

    @prop({ type: () => String, required: true, enum: ['NEW', 'OPEN', 'DONE'] })
    declare state: string;

    @prop({ type: () => String })
    declare at?: string | null;

    @prop({ type: () => Number })
    declare rank?: number | null;

    @prop({ type: () => Boolean })
    declare done?: boolean | null;

    @prop({ type: () => [String], required: true })
    declare tags: string[];

    @prop({ type: () => [Part], required: true, _id: false })
    declare parts: Part[];

    @prop({ type: () => Object })
    declare details?: unknown;

    @prop({ type: () => String, amendedOnly: true })
    declare heard?: string | null;
  }
  return StoredThing;
}

/** A new thing; `id` is also its name and its guard. */
export function thing(id: string, fields: Partial<Thing> = {}): Thing {
  return {
    id,
    revision: 1,
    schemaVersion: 1,
    eventNumber: 0,
    outbox: [],
    hasOutbox: false,
    appliedRecords: [],
    name: id,
    version: '1.0.0',
    guard: id,
    state: 'NEW',
    tags: [],
    parts: [],
    ...fields,
  };
}

/** `thing` as its next commit, with these fields changed. */
export function next(thing: Thing, fields: Partial<Thing> = {}): Thing {
  return { ...thing, revision: thing.revision + 1, ...fields };
}

export function idsOf(things: readonly Thing[]): string[] {
  return things.map(({ id }) => id);
}

/** Stores these things and answers their collection. */
export async function collectionOf(
  store: DocumentStore,
  model: ModelClass<Thing>,
  things: readonly Thing[] = [],
) {
  const collection = store.collection(model);
  await Promise.all(things.map((it) => collection.insert(it)));
  return collection;
}

export type Things = Awaited<ReturnType<typeof collectionOf>>;
