import { LabletError } from '../errors.js';
import type { StoredDocument } from './stored-document.js';

/**
 * The document store: the system of record. Two implementations, one contract suite
 * (`tests/contract/document-store.contract.ts`).
 *
 * Nobody changes a document that a store answered: readers may share it, and then it is frozen.
 *
 * No commit spans two documents. Every replace compares `revision`. Times are ISO text, so that both
 * stores give deep-equal plain objects and text order is time order.
 */
export interface DocumentStore {
  /** The collection a model class describes. The class is one of those the store was opened with. */
  collection<T extends StoredDocument>(model: ModelClass<T>): Collection<T>;
  /** The store's own clock, ISO 8601; processes compare theirs with it. */
  now(): Promise<string>;
  /** Resolves when the store answers within a second, else rejects with {@link StoreUnavailable}. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** A typegoose class: the one description of a collection, its fields and its indexes. */
export type ModelClass<T extends StoredDocument> = new () => T;

export type Scalar = string | number | boolean | null;

/**
 * A MongoDB filter, restricted to what both stores answer alike: equality with a scalar and
 * `$eq $ne $in $gt $gte $lt $lte $exists`, `$regex` (an escaped prefix or contained text), `$and`, `$or`.
 * The order operators compare with text or a number and match only values of that type. As in MongoDB a
 * missing field equals null. Anything else is refused with a TypeError by {@link assertFilter}.
 */
export type Filter = Readonly<Record<string, unknown>>;

/** Values of an index's fields of one document, its id last: a position in the index. */
export type IndexKey = readonly Scalar[];

export interface FindOptions {
  /**
   * Name of the index that narrows and orders the result: by its fields, ties by id; `id` orders by id
   * alone. Documents are found by their place in it, so the filter should fix its leading fields. Null (or
   * a missing field) comes first, numbers before text, and text in the order of its UTF-8 bytes.
   */
  readonly index: string;
  /** Only what comes after this key in the order asked for. A RangeError says that it is no key of the index. */
  readonly after?: IndexKey;
  /** Read the index backwards. */
  readonly reverse?: boolean;
  /** At least 1. */
  readonly limit: number;
  /** Top-level fields left out of the result. */
  readonly omit?: readonly string[];
}

export interface Collection<T extends StoredDocument> {
  readonly name: string;
  /**
   * Like every write, refuses with a TypeError a document that lacks a required field, has one that its class
   * does not name, or holds what is no plain data (dates, NaN, names with a dot or a leading `$`).
   * @throws DuplicateKey when a unique index (or the id, index `id`) holds the value already
   */
  insert(document: T): Promise<void>;
  /**
   * Inserts, in their order and with one call of the store, those whose id is not stored; the others stay as they
   * are stored. Where it fails, those before the one that failed may have been inserted.
   * @throws DuplicateKey for a unique index other than the id
   */
  insertMissing(documents: readonly T[]): Promise<void>;
  /**
   * Replaces the document with this id if the stored revision is `expectedRevision`; the new one is higher. Fields
   * that the class marks `amendedOnly` stay as they are stored: they change without a revision, so that those of the
   * new document may be older.
   * @throws RevisionConflict, DocumentMissing, DuplicateKey
   */
  replace(document: T, expectedRevision: number): Promise<void>;
  /**
   * Sets top-level fields without touching `revision`; false when there is no such document. Fields that are
   * undefined stay as they are.
   * @throws DuplicateKey
   */
  amend(id: string, set: Partial<T>): Promise<boolean>;
  /**
   * Removes the events with these ids from `outbox` without touching `revision`, and sets `hasOutbox`
   * to false if none is left at that moment. With no ids it only does the latter, which repairs a document
   * whose last events were removed by a call that died half way.
   */
  pullEvents(id: string, eventIds: readonly string[]): Promise<void>;
  get(id: string): Promise<T | null>;
  /** Those that exist, in no order; duplicates in `ids` are answered once. */
  getMany(ids: readonly string[], options?: { omit?: readonly string[] }): Promise<T[]>;
  find(filter: Filter, options: FindOptions): Promise<T[]>;
  count(filter: Filter, options: { index: string }): Promise<number>;
  /** Position of a document in an index, for {@link FindOptions.after}. */
  keyOf(document: T, index: string): IndexKey;
  /** Deletes at most `limit` documents whose text field, the first of an index, is below `time`; how many it were. */
  deleteOlderThan(field: string, time: string, limit: number): Promise<number>;
  /** Removes one document if its revision is as given; false if it is gone or was changed. */
  remove(id: string, expectedRevision: number): Promise<boolean>;
}

/** A unique index holds the value already. */
export class DuplicateKey extends Error {
  override readonly name = 'DuplicateKey';
  constructor(
    readonly collection: string,
    /** Name of the index, or `id`. */
    readonly index: string,
  ) {
    super(`${collection}: the value for ${index} is in use`);
  }
}

/** The stored revision is not the expected one; nothing was changed. */
export class RevisionConflict extends Error {
  override readonly name = 'RevisionConflict';
  constructor(
    readonly expected: number,
    readonly actual: number,
  ) {
    super(`expected revision ${expected}, found ${actual}`);
  }
}

/** The document to replace does not exist. */
export class DocumentMissing extends Error {
  override readonly name = 'DocumentMissing';
  constructor(
    readonly collection: string,
    readonly id: string,
  ) {
    super(`${collection}: ${id} does not exist`);
  }
}

/** The store cannot be reached; a write that failed with it was surely not applied. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/** The write may or may not have been applied; the caller decides by reading back, never by repeating. */
export class WriteOutcomeUnknown extends Error {
  override readonly name = 'WriteOutcomeUnknown';
  /** True where the store is known to lack room. */
  readonly isFull: boolean;

  constructor(message: string, { isFull = false, ...options }: ErrorOptions & { isFull?: boolean } = {}) {
    super(message, options);
    this.isFull = isFull;
  }
}

/** A newer server wrote the document. Callers are told as it stands: loaders of fields meet it outside of operations. */
export class NewerFormat extends LabletError<'INTERNAL'> {
  /** @param entity kind of the object, for example `Worker` */
  constructor(entity: string, id: string, version: number, known: number) {
    const formats = `in format ${version}; this server knows up to ${known}`;
    super('INTERNAL', `A newer server wrote ${entity} ${id} ${formats}. Upgrade this server.`, {});
  }
}

const isScalar = (value: unknown): value is Scalar =>
  value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);

const isOrdered = (value: unknown): boolean => typeof value === 'string' || Number.isFinite(value);

/** Literal text, as {@link escapeRegex} makes it, perhaps bound to the beginning. */
const LITERAL_PATTERN = /^\^?(?:[^.*+?^${}()|[\]\\\0]|\\[.*+?^${}()|[\]\\])*$/;

/** What each operator may compare with. */
const OPERANDS: Readonly<Record<string, (value: unknown) => boolean>> = {
  $eq: isScalar,
  $ne: isScalar,
  $in: (value) => Array.isArray(value) && value.every(isScalar),
  $gt: isOrdered,
  $gte: isOrdered,
  $lt: isOrdered,
  $lte: isOrdered,
  $exists: (value) => typeof value === 'boolean',
  $regex: (value) => typeof value === 'string' && LITERAL_PATTERN.test(value),
};

/** Throws a TypeError for a filter that the two stores might answer differently, undefined values included. */
export function assertFilter(filter: Filter): void {
  if (typeof filter !== 'object' || filter === null) throw new TypeError('a filter is an object');
  for (const [field, condition] of Object.entries(filter)) {
    if (field === '$and' || field === '$or') {
      if (!Array.isArray(condition) || condition.length === 0) throw new TypeError(`${field} needs a list`);
      for (const part of condition) assertFilter(part as Filter);
    } else if (field.startsWith('$')) {
      throw new TypeError(`operator ${field} is not allowed in a filter`);
    } else if (!isScalar(condition)) {
      assertCondition(field, condition);
    }
  }
}

function assertCondition(field: string, condition: unknown): void {
  const operators = typeof condition === 'object' && condition !== null ? Object.entries(condition) : [];
  // Dates, expressions and empty objects have no entries either: MongoDB would take them as values.
  if (operators.length === 0 || Array.isArray(condition)) {
    throw new TypeError(`filter value of ${field} is neither a scalar nor a condition`);
  }
  for (const [operator, value] of operators) {
    const allows = Object.hasOwn(OPERANDS, operator) ? OPERANDS[operator] : undefined;
    if (!allows) throw new TypeError(`operator ${operator} of ${field} is not allowed`);
    if (!allows(value)) throw new TypeError(`operand of ${field}.${operator} is not allowed`);
  }
}

/** Text for `$regex` that matches `text` literally. */
export function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
