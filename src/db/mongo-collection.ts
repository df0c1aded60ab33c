import type { mongo } from 'mongoose';

import { ID_INDEX, type CollectionModel, type IndexModel } from './collection-model.js';
import {
  DocumentMissing,
  DuplicateKey,
  RevisionConflict,
  WriteOutcomeUnknown,
  type Collection,
  type Filter,
  type FindOptions,
  type IndexKey,
} from './document-store.js';
import { isDuplicate, readWithin, writeFailure } from './mongo-errors.js';
import { afterPosition, sortOf, toMongoFilter } from './mongo-filter.js';
import type { StoredDocument } from './stored-document.js';

/** A document as MongoDB keeps it: plain data, its id named `_id`. */
export type MongoRecord = mongo.Document & { _id: string };

export interface MongoCollectionOptions {
  /** Time the server may work on one command. */
  readonly callMs: number;
  /** Time after which a read is given up, the driver's own second attempt included. */
  readonly readMs: number;
  /** Whether the server can make sure that it still is the primary. */
  readonly replicated: boolean;
}

/**
 * A collection in MongoDB. Documents travel as they are: mongoose would cast them and the filters on the way.
 * Filters hold checked operators on known fields with scalars only, so nothing is left to sanitize in them.
 */
export class MongoCollection<T extends StoredDocument> implements Collection<T> {
  readonly name: string;
  /** Documents with a write of unknown outcome that were not read since. */
  readonly #doubts = new Set<string>();

  constructor(
    private readonly model: CollectionModel<T>,
    private readonly records: mongo.Collection<MongoRecord>,
    private readonly options: MongoCollectionOptions,
  ) {
    this.name = model.name;
  }

  async insert(document: T): Promise<void> {
    this.model.assertDocument(document);
    await this.#write([document.id], () => this.records.insertOne(toRecord(document), this.#limits));
  }

  async insertMissing(documents: readonly T[]): Promise<void> {
    for (const document of documents) this.model.assertDocument(document);
    let missing = documents;
    while (missing.length > 0) {
      const ids = missing.map(({ id }) => id);
      const records = missing.map(toRecord);
      try {
        await this.#write(ids, () => this.records.insertMany(records, { ...this.#limits, ordered: true }));
        return;
      } catch (error) {
        if (!(error instanceof DuplicateKey) || error.index !== ID_INDEX.name) throw error;
        const stored = new Set((await this.getMany(ids)).map(({ id }) => id));
        missing = missing.filter(({ id }) => !stored.has(id));
      }
    }
  }

  async replace(document: T, expectedRevision: number): Promise<void> {
    this.model.assertReplacement(document, expectedRevision);
    const { id } = document;
    const { matchedCount } = await this.#write([id], () =>
      this.#replaceAt({ _id: id, revision: expectedRevision }, document),
    );
    if (matchedCount > 0) return;
    const actual = await this.#revisionOf(id);
    if (actual === null) throw new DocumentMissing(this.name, id);
    if (actual !== expectedRevision) throw new RevisionConflict(expectedRevision, actual);
    throw new WriteOutcomeUnknown(`${this.name}: ${id} was not replaced though it has revision ${actual}`);
  }

  /** A replacement that keeps fields is an update of the others; pipelines, which could, not all engines know. */
  #replaceAt(at: mongo.Filter<MongoRecord>, document: T): Promise<{ matchedCount: number }> {
    if (this.model.amendedOnly.length === 0) {
      return this.records.replaceOne(at, toRecord(document), this.#limits);
    }
    const { set, unset } = this.model.replacement(document);
    const change: mongo.Document = { $set: set };
    if (unset.length > 0) change['$unset'] = Object.fromEntries(unset.map((field) => [field, '']));
    return this.records.updateOne(at, change, this.#limits);
  }

  async amend(id: string, set: Partial<T>): Promise<boolean> {
    const given = this.model.amendment(set);
    if (Object.keys(given).length === 0) return (await this.#revisionOf(id)) !== null;
    const { matchedCount } = await this.#write([id], () =>
      this.records.updateOne({ _id: id }, { $set: given }, this.#limits),
    );
    return matchedCount > 0;
  }

  async pullEvents(id: string, eventIds: readonly string[]): Promise<void> {
    if (eventIds.length > 0) {
      const pull: mongo.Document = { $pull: { outbox: { id: { $in: eventIds } } } };
      await this.#write([id], () => this.records.updateOne({ _id: id }, pull, this.#limits));
    }
    // A second command: it looks at the list as it is then, and not all engines could do both in one.
    const empty = { _id: id, hasOutbox: true, outbox: { $size: 0 } };
    const clear = { $set: { hasOutbox: false } };
    await this.#write([id], () => this.records.updateOne(empty, clear, this.#limits));
  }

  async get(id: string): Promise<T | null> {
    const { replicated } = this.options;
    let record = replicated && this.#doubts.has(id) ? null : await this.#findOne(id);
    // A primary that was deposed and does not know it may lack the document, or hold what it will roll back.
    // A linearizable read waits until a majority has what it answers.
    if (!record && replicated) {
      record = await this.#findOne(id, { readConcern: { level: 'linearizable' } });
      this.#doubts.delete(id);
    }
    return record && fromRecord<T>(record);
  }

  async getMany(ids: readonly string[], options: { omit?: readonly string[] } = {}): Promise<T[]> {
    this.model.assertOmit(options.omit);
    if (ids.length === 0) return [];
    return this.#list({ _id: { $in: [...new Set(ids)] } }, projectionOf(options.omit));
  }

  async find(filter: Filter, options: FindOptions): Promise<T[]> {
    const index = this.model.indexFor(filter, options);
    const { after, reverse = false, limit, omit } = options;
    const asked = toMongoFilter(filter);
    const rest = after ? { $and: [asked, afterPosition(asked, index, after, reverse)] } : asked;
    const sort = sortOf(index, reverse);
    const hint = hintOf(index);
    return this.#list(rest, { ...projectionOf(omit), sort, hint, limit, batchSize: limit });
  }

  async count(filter: Filter, options: { index: string }): Promise<number> {
    const hint = hintOf(this.model.countIndex(filter, options));
    return this.#read(() => this.records.countDocuments(toMongoFilter(filter), { ...this.#limits, hint }));
  }

  keyOf(document: T, index: string): IndexKey {
    return this.model.keyOf(document, this.model.index(index));
  }

  async deleteOlderThan(field: string, time: string, limit: number): Promise<number> {
    const older = { [field]: { $lt: time } };
    const index = this.model.indexFor(older, { index: this.model.indexOn(field).name, limit });
    const options = { ...this.#limits, projection: { _id: 1 }, hint: hintOf(index), limit, batchSize: limit };
    const found = await this.#read(() => this.records.find(older, options).toArray());
    if (found.length === 0) return 0;
    const filter = { ...older, _id: { $in: found.map(({ _id }) => _id) } };
    const { deletedCount } = await this.#write([], () => this.records.deleteMany(filter, this.#limits));
    return deletedCount;
  }

  async remove(id: string, expectedRevision: number): Promise<boolean> {
    const { deletedCount } = await this.#write([id], () =>
      this.records.deleteOne({ _id: id, revision: expectedRevision }, this.#limits),
    );
    return deletedCount > 0;
  }

  get #limits(): { maxTimeMS: number } {
    return { maxTimeMS: this.options.callMs };
  }

  async #revisionOf(id: string): Promise<number | null> {
    const record = await this.#findOne(id, { projection: { revision: 1 } });
    return record && (record['revision'] as number);
  }

  #findOne(id: string, options: mongo.FindOptions = {}): Promise<MongoRecord | null> {
    return this.#read(() => this.records.findOne({ _id: id }, { ...this.#limits, ...options }));
  }

  async #list(filter: Filter, options: mongo.FindOptions): Promise<T[]> {
    const records = await this.#read(() =>
      this.records.find(filter, { ...this.#limits, ...options }).toArray(),
    );
    return records.map((record) => fromRecord<T>(record));
  }

  #read<R>(call: () => Promise<R>): Promise<R> {
    return readWithin(this.options.readMs, call);
  }

  /** Sends a write once; it is never repeated here. */
  async #write<R>(ids: readonly string[], call: () => Promise<R>): Promise<R> {
    try {
      return await call();
    } catch (error) {
      if (isDuplicate(error)) throw new DuplicateKey(this.name, this.#indexIn(error));
      const failure = writeFailure(error);
      if (failure instanceof WriteOutcomeUnknown) for (const id of ids) this.#doubts.add(id);
      throw failure;
    }
  }

  /** The name of the index that a duplicate key error is about. */
  #indexIn(error: mongo.MongoServerError): string {
    const fields = Object.keys((error['keyPattern'] as object | undefined) ?? {}).join();
    const name = / index: (\S+) /.exec(error.message)?.[1];
    const unique = this.model.indexes.filter((index) => index.unique);
    const found = unique.find((index) => (fields ? index.fields.join() === fields : index.name === name));
    return (found ?? ID_INDEX).name;
  }
}

function toRecord<T extends StoredDocument>(document: T): MongoRecord {
  return renamed(document, 'id', '_id') as unknown as MongoRecord;
}

function fromRecord<T extends StoredDocument>(record: MongoRecord): T {
  return renamed(record, '_id', 'id') as unknown as T;
}

/** Field by field, as taking one field out of many by destructuring costs more than to decode them all. */
function renamed(fields: object, from: string, to: string): object {
  const given = fields as Record<string, unknown>;
  const copy: Record<string, unknown> = { [to]: given[from] };
  for (const name of Object.keys(given)) {
    if (name !== from) copy[name] = given[name];
  }
  return copy;
}

function projectionOf(omit: readonly string[] = []): mongo.FindOptions {
  return omit.length > 0 ? { projection: Object.fromEntries(omit.map((field) => [field, 0])) } : {};
}

/** MongoDB makes the index of the ids itself, under a name of its own. */
function hintOf(index: IndexModel): mongo.Hint {
  return index === ID_INDEX ? { _id: 1 } : index.name;
}
