import type { StoredDocument } from './stored-document.js';

/**
 * The document store: the system of record. Two implementations, one contract suite
 * (`tests/contract/document-store.contract.ts`).
 *
 * No commit spans two documents. Every replace compares `revision`. Times are ISO text, so that both
 * stores give deep-equal plain objects and text order is time order.
 */
export interface DocumentStore {
  /** The collection a model class describes; its indexes exist once {@link open} has resolved. */
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
 * Anything else is refused with a TypeError by {@link assertFilter}.
 */
export type Filter = Readonly<Record<string, unknown>>;

/** Values of an index's fields of one document, its id last: a position in the index. */
export type IndexKey = readonly Scalar[];

export interface FindOptions {
  /**
   * Name of the index that narrows and orders the result: by its fields, ties by id. Documents are found
   * by their place in it, so the filter should fix its leading fields.
   */
  readonly index: string;
  /** Only what comes after this key in the order asked for. */
  readonly after?: IndexKey;
  /** Read the index backwards. */
  readonly reverse?: boolean;
  readonly limit: number;
  /** Top-level fields left out of the result. */
  readonly omit?: readonly string[];
}

export interface Collection<T extends StoredDocument> {
  readonly name: string;
  /** @throws DuplicateKey when a unique index (or the id, index `id`) holds the value already. */
  insert(document: T): Promise<void>;
  /**
   * Replaces the document with this id if the stored revision is `expectedRevision`.
   * @throws RevisionConflict, DocumentMissing, DuplicateKey
   */
  replace(document: T, expectedRevision: number): Promise<void>;
  /** Sets top-level fields without touching `revision`; false when there is no such document. */
  amend(id: string, set: Partial<T>): Promise<boolean>;
  /**
   * Removes the events with these ids from `outbox` without touching `revision`, and sets `hasOutbox`
   * to false if none is left at that moment.
   */
  pullEvents(id: string, eventIds: readonly string[]): Promise<void>;
  get(id: string): Promise<T | null>;
  /** Those that exist, in no order; duplicates in `ids` are answered once. */
  getMany(ids: readonly string[], options?: { omit?: readonly string[] }): Promise<T[]>;
  find(filter: Filter, options: FindOptions): Promise<T[]>;
  count(filter: Filter, options: { index: string }): Promise<number>;
  /** Position of a document in an index, for {@link FindOptions.after}. */
  keyOf(document: T, index: string): IndexKey;
  /** Deletes at most `limit` documents whose (indexed) text field is below `time`; the number deleted. */
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
}

/** What a stored document says of its format when a newer server wrote it. */
export class NewerFormat extends Error {
  override readonly name = 'NewerFormat';
  constructor(collection: string, id: string, version: number, known: number) {
    super(
      `${collection}: ${id} has format ${version}; this server knows up to ${known}. Upgrade the server.`,
    );
  }
}

const VALUE_OPERATORS = new Set(['$eq', '$ne', '$in', '$gt', '$gte', '$lt', '$lte', '$exists', '$regex']);

const isScalar = (value: unknown): value is Scalar =>
  value === null || ['string', 'number', 'boolean'].includes(typeof value);

/** Throws a TypeError for a filter that the two stores might answer differently, undefined values included. */
export function assertFilter(filter: Filter): void {
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
  if (typeof condition !== 'object' || condition === null || Array.isArray(condition)) {
    throw new TypeError(`filter value of ${field} is neither a scalar nor a condition`);
  }
  for (const [operator, value] of Object.entries(condition)) {
    if (!VALUE_OPERATORS.has(operator))
      throw new TypeError(`operator ${operator} of ${field} is not allowed`);
    const fine = operator === '$in' ? Array.isArray(value) && value.every(isScalar) : isScalar(value);
    if (!fine) throw new TypeError(`operand of ${field}.${operator} is not allowed`);
  }
}

/** Text for `$regex` that matches `text` literally. */
export function escapeRegex(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
