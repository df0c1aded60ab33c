import type { Transaction } from 'lmdb';
import { Query } from 'mingo';

import { ID_INDEX, type CollectionModel, type IndexModel } from '../db/collection-model.js';
import {
  DocumentMissing,
  DuplicateKey,
  RevisionConflict,
  type Collection,
  type Filter,
  type FindOptions,
  type IndexKey,
  type Scalar,
} from '../db/document-store.js';
import type { AggregateDocument, StoredDocument } from '../db/stored-document.js';
import type { DataFolder } from './data-folder.js';
import { narrow } from './index-ranges.js';
import { scan } from './index-scan.js';
import type { IndexedDocuments } from './indexed-documents.js';
import { isTurnLong, nextTurn } from './loop-turn.js';

/** How a collection reaches its folder; both reject with the errors of the port. */
export type FolderAccess = Pick<DataFolder, 'commit' | 'use'>;

/** Deletions done in one transaction, which keeps the event loop for its length. */
const DELETE_BATCH = 200;

interface Match<T> {
  readonly id: string;
  /** Null when the index was enough to know. */
  readonly document: T | null;
}

/** A collection in the data folder. */
export class EmbeddedCollection<T extends StoredDocument> implements Collection<T> {
  readonly name: string;
  readonly #model: CollectionModel<T>;

  constructor(
    private readonly documents: IndexedDocuments<T>,
    private readonly folder: FolderAccess,
  ) {
    this.#model = documents.model;
    this.name = documents.model.name;
  }

  async insert(document: T): Promise<void> {
    this.#model.assertDocument(document);
    await this.folder.commit(() => {
      if (this.documents.holds(document.id)) throw new DuplicateKey(this.name, ID_INDEX.name);
      this.documents.write(null, document);
    });
  }

  async insertMissing(documents: readonly T[]): Promise<void> {
    for (const document of documents) this.#model.assertDocument(document);
    await this.folder.commit(() => {
      for (const document of documents) {
        if (!this.documents.holds(document.id)) this.documents.write(null, document);
      }
    });
  }

  async replace(document: T, expectedRevision: number): Promise<void> {
    this.#model.assertReplacement(document, expectedRevision);
    await this.folder.commit(() => {
      const stored = this.documents.read(document.id);
      if (!stored) throw new DocumentMissing(this.name, document.id);
      if (stored.revision !== expectedRevision) throw new RevisionConflict(expectedRevision, stored.revision);
      this.documents.write(stored, this.#keepAmended(stored, document));
    });
  }

  #keepAmended(stored: T, document: T): T {
    if (this.#model.amendedOnly.length === 0) return document;
    const fields = Object.entries(document).filter(([field]) => !this.#model.amendedOnly.includes(field));
    const kept = Object.entries(stored).filter(([field]) => this.#model.amendedOnly.includes(field));
    return Object.fromEntries([...fields, ...kept]) as T;
  }

  async amend(id: string, set: Partial<T>): Promise<boolean> {
    const given = this.#model.amendment(set);
    return this.folder.commit(() => {
      const stored = this.documents.read(id);
      if (stored) this.documents.write(stored, { ...stored, ...given });
      return stored !== null;
    });
  }

  async pullEvents(id: string, eventIds: readonly string[]): Promise<void> {
    const pulled = new Set(eventIds);
    await this.folder.commit(() => {
      const stored = this.documents.read(id);
      const { outbox, hasOutbox } = (stored ?? {}) as Partial<AggregateDocument>;
      if (!stored || !outbox) return;
      const left = { outbox: outbox.filter((event) => !pulled.has(event.id)), hasOutbox };
      if (left.outbox.length === 0) left.hasOutbox = false;
      if (left.outbox.length === outbox.length && left.hasOutbox === hasOutbox) return;
      this.documents.write(stored, { ...stored, ...left });
    });
  }

  get(id: string): Promise<T | null> {
    return this.folder.use(() => this.documents.read(id));
  }

  async getMany(ids: readonly string[], options: { omit?: readonly string[] } = {}): Promise<T[]> {
    this.#model.assertOmit(options.omit);
    return this.#reading(async (transaction) => {
      const found: T[] = [];
      for (const id of new Set(ids)) {
        if (isTurnLong()) await nextTurn();
        const document = this.documents.read(id, transaction);
        if (document) found.push(without(document, options.omit));
      }
      return found;
    });
  }

  async find(filter: Filter, options: FindOptions): Promise<T[]> {
    const index = this.#model.indexFor(filter, options);
    return this.#reading(async (transaction) => {
      const found: T[] = [];
      await this.#visit(filter, index, transaction, options, ({ id, document }) => {
        found.push(without(document ?? this.documents.readIndexed(id, transaction), options.omit));
        return found.length === options.limit;
      });
      return found;
    });
  }

  async count(filter: Filter, options: { index: string }): Promise<number> {
    const index = this.#model.countIndex(filter, options);
    return this.#reading(async (transaction) => {
      const { ranges, exact } = narrow(filter, index);
      const entries = this.documents.entriesOf(index);
      let count = 0;
      if (exact) {
        for (const { start, end } of ranges) count += entries.getKeysCount({ start, end, transaction });
      } else {
        await this.#visit(filter, index, transaction, {}, () => {
          count++;
          return false;
        });
      }
      return count;
    });
  }

  keyOf(document: T, index: string): IndexKey {
    return this.#model.keyOf(document, this.#model.index(index));
  }

  async deleteOlderThan(field: string, time: string, limit: number): Promise<number> {
    const index = this.#model.indexOn(field);
    const old = await this.#idsOf({ [field]: { $lt: time } }, { index: index.name, limit });
    let deleted = 0;
    for (let at = 0; at < old.length; at += DELETE_BATCH) {
      deleted += await this.folder.commit(() => {
        const present = old.slice(at, at + DELETE_BATCH).map((id) => this.documents.read(id));
        const still = present.filter((it) => it && isBelow(this.#model.keyOf(it, index)[0], time)) as T[];
        for (const document of still) this.documents.erase(document);
        return still.length;
      });
    }
    return deleted;
  }

  remove(id: string, expectedRevision: number): Promise<boolean> {
    return this.folder.commit(() => {
      const stored = this.documents.read(id);
      if (stored?.revision !== expectedRevision) return false;
      this.documents.erase(stored);
      return true;
    });
  }

  #idsOf(filter: Filter, options: FindOptions): Promise<string[]> {
    const index = this.#model.indexFor(filter, options);
    return this.#reading(async (transaction) => {
      const ids: string[] = [];
      await this.#visit(filter, index, transaction, {}, ({ id }) => ids.push(id) === options.limit);
      return ids;
    });
  }

  /** Shows what passes the filter, in the order of the index, until it is enough. */
  async #visit(
    filter: Filter,
    index: IndexModel,
    transaction: Transaction,
    { reverse = false, after }: Pick<FindOptions, 'reverse' | 'after'>,
    isEnough: (match: Match<T>) => boolean,
  ): Promise<void> {
    const narrowed = narrow(filter, index);
    const query = narrowed.exact ? null : new Query<object>(filter, {});
    const covered = isCovered(filter, index);
    const keyOf = (id: string): IndexKey =>
      this.#model.keyOf(this.documents.readIndexed(id, transaction), index);
    const options = { narrowed, reverse, after, transaction, keyOf };
    for (const entry of scan(this.documents.entriesOf(index), options)) {
      // A generator of promises would wait after each entry.
      if (isTurnLong()) await nextTurn();
      const key = query && covered ? entry.key : null;
      const fields = key && fieldsOf(key, index);
      const document = query && !fields ? this.documents.readIndexed(entry.id, transaction) : null;
      if (query && !query.test((fields ?? document) as object)) continue;
      if (isEnough({ id: entry.id, document })) return;
    }
  }

  /** Reads with one view of the data, however long it takes. */
  #reading<R>(work: (transaction: Transaction) => Promise<R>): Promise<R> {
    return this.folder.use(async () => {
      const transaction = this.documents.texts.useReadTransaction();
      try {
        return await work(transaction);
      } finally {
        transaction.done();
      }
    });
  }
}

function isBelow(value: Scalar | undefined, time: string): boolean {
  return typeof value === 'string' && value < time;
}

function without<T extends object>(document: T, omit: readonly string[] = []): T {
  if (omit.length === 0) return document;
  return Object.fromEntries(Object.entries(document).filter(([field]) => !omit.includes(field))) as T;
}

/** Whether the values of the index are enough to tell. They do not tell a missing field from a null. */
function isCovered(filter: Filter, index: IndexModel): boolean {
  return Object.entries(filter).every(([field, condition]) => {
    if (Array.isArray(condition)) return condition.every((part) => isCovered(part as Filter, index));
    if (typeof condition === 'object' && condition !== null && '$exists' in condition) return false;
    return field === 'id' || (index.fields.includes(field) && !field.includes('.'));
  });
}

function fieldsOf(key: IndexKey, index: IndexModel): Record<string, Scalar | undefined> {
  return Object.fromEntries([...index.fields, 'id'].map((field, at) => [field, key[at]]));
}
