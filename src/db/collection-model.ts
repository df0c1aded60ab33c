import { buildSchema } from '@typegoose/typegoose';

import {
  assertFilter,
  type Filter,
  type FindOptions,
  type IndexKey,
  type ModelClass,
  type Scalar,
} from './document-store.js';
import { documentCheck, type FieldCheck } from './document-check.js';
import type { StoredDocument } from './stored-document.js';

/** An index as both stores keep it: ascending fields, ties by id. */
export interface IndexModel {
  readonly name: string;
  /** Without the id that ends every index that is not unique. */
  readonly fields: readonly string[];
  readonly unique: boolean;
}

/** The index that every collection has: documents in the order of their ids. */
export const ID_INDEX: IndexModel = { name: 'id', fields: [], unique: true };

/** Longest id in bytes: it ends every index entry, and LMDB bounds those. */
export const MAX_ID_BYTES = 512;

const MAX_INDEX_FIELDS = 4;

/** What both stores read from a typegoose class, so that they agree on names, indexes and what is valid. */
export class CollectionModel<T extends StoredDocument> {
  readonly name: string;
  readonly indexes: readonly IndexModel[];
  /** Fields that only `amend` changes; a replacement leaves them as they are stored. */
  readonly amendedOnly: readonly string[];
  readonly #fields: ReadonlySet<string>;
  readonly #check: FieldCheck;

  /** @throws TypeError when the class describes what the two stores could not keep alike */
  constructor(model: ModelClass<T>) {
    const schema = buildSchema(model);
    const name = schema.get('collection');
    if (!name) throw new TypeError(`${model.name} names no collection`);
    this.name = name;
    this.indexes = schema.indexes().map(([fields, options]) => indexModel(name, fields, options));
    const names = new Set([ID_INDEX.name, ...this.indexes.map((index) => index.name)]);
    if (names.size !== this.indexes.length + 1)
      throw new TypeError(`${name}: two indexes have the same name`);
    this.#check = documentCheck(schema);
    this.#fields = new Set(['id', ...Object.keys(schema.paths).map(topLevel)]);
    this.amendedOnly = Object.values(schema.paths)
      .filter(({ options }) => (options as { amendedOnly?: boolean }).amendedOnly)
      .map(({ path }) => path);
    for (const field of this.indexes.flatMap((index) => index.fields)) this.#known(field);
  }

  /** @throws TypeError when there is no such index */
  index(name: string): IndexModel {
    if (name === ID_INDEX.name) return ID_INDEX;
    const found = this.indexes.find((index) => index.name === name);
    if (!found) throw new TypeError(`${this.name} has no index ${name}`);
    return found;
  }

  /** @throws TypeError when no index begins with the field */
  indexOn(field: string): IndexModel {
    const found = this.indexes.find((index) => index.fields[0] === field);
    if (!found) throw new TypeError(`${this.name} has no index that begins with ${field}`);
    return found;
  }

  /** The document's position in an index; a missing value counts as null, as it does in MongoDB. */
  keyOf(document: T, index: IndexModel): IndexKey {
    return [...index.fields.map((field) => this.#scalar(document, field)), document.id];
  }

  /** @throws TypeError when the document does not fit the schema or would not come back as it is */
  assertDocument(document: T): void {
    const { id, ...fields } = document;
    const faults = this.#check.whole(fields);
    if (!isStorableId(id)) faults.push(`id must be text of 1 to ${MAX_ID_BYTES} bytes`);
    if (faults.length > 0) throw new TypeError(`${this.name}: document ${id}: ${faults.join('; ')}`);
    for (const index of this.indexes) this.keyOf(document, index);
  }

  /** @throws TypeError as {@link assertDocument} does, and when the revision does not move on */
  assertReplacement(document: T, expectedRevision: number): void {
    this.assertDocument(document);
    if (document.revision <= expectedRevision) {
      throw new TypeError(
        `${this.name}: document ${document.id}: revision must be above ${expectedRevision}`,
      );
    }
  }

  /** The fields that a replacement by this document sets, and those that it takes away; the id is neither. */
  replacement(document: T): { readonly set: Partial<T>; readonly unset: readonly string[] } {
    const isKept = (field: string): boolean =>
      field === 'id' || field === '_id' || this.amendedOnly.includes(field);
    const given = Object.entries(document).filter(([field, value]) => !isKept(field) && value !== undefined);
    const set = Object.fromEntries(given) as Partial<T>;
    const unset = [...this.#fields].filter((field) => !isKept(field) && !(field in set));
    return { set, unset };
  }

  /** The fields to set, without undefined ones. @throws TypeError when one may not be amended or does not fit */
  amendment(set: Partial<T>): Partial<T> {
    const given = Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined));
    const faults = this.#check.part(given);
    for (const field of ['id', 'revision']) {
      if (field in given) faults.push(`${field} cannot be amended`);
    }
    if (faults.length > 0) throw new TypeError(`${this.name}: amendment: ${faults.join('; ')}`);
    return given as Partial<T>;
  }

  /** The index to read. @throws TypeError when the stores might answer the question differently */
  indexFor(filter: Filter, options: FindOptions): IndexModel {
    const index = this.countIndex(filter, options);
    const { after, limit } = options;
    if (!Number.isInteger(limit) || limit < 1)
      throw new TypeError(`limit ${limit} is not a positive integer`);
    if (after && (after.length !== index.fields.length + 1 || !isStorableId(after.at(-1)))) {
      throw new RangeError(`${this.name}: the position does not belong to index ${index.name}`);
    }
    this.assertOmit(options.omit);
    return index;
  }

  /** The index to count by. @throws TypeError as {@link indexFor} does */
  countIndex(filter: Filter, options: { readonly index: string }): IndexModel {
    assertFilter(filter);
    this.#assertFields(filter);
    return this.index(options.index);
  }

  /** @throws TypeError when a field cannot be left out or is none of the schema */
  assertOmit(omit: readonly string[] = []): void {
    for (const field of omit) {
      if (field === 'id' || field.includes('.') || !this.#fields.has(field)) {
        throw new TypeError(`${this.name}: ${field} cannot be left out`);
      }
    }
  }

  #assertFields(filter: Filter): void {
    for (const [field, condition] of Object.entries(filter)) {
      if (Array.isArray(condition)) for (const part of condition) this.#assertFields(part as Filter);
      else this.#known(field);
    }
  }

  #known(field: string): void {
    if (!this.#fields.has(topLevel(field))) throw new TypeError(`${this.name} has no field ${field}`);
  }

  #scalar(document: T, field: string): Scalar {
    let value: unknown = document;
    for (const step of field.split('.')) {
      value = (value as Record<string, unknown> | null | undefined)?.[step];
      if (Array.isArray(value)) break;
    }
    if (value === undefined || value === null) return null;
    if (typeof value === 'object')
      throw new TypeError(`${this.name}: ${field} is indexed and must be a scalar`);
    return value as Scalar;
  }
}

function topLevel(path: string): string {
  return path.split('.', 1)[0] as string;
}

/** Whether a document can have this id. */
export function isStorableId(id: unknown): boolean {
  return typeof id === 'string' && id !== '' && !id.includes('\0') && Buffer.byteLength(id) <= MAX_ID_BYTES;
}

function indexModel(collection: string, keys: object, options: object): IndexModel {
  const { name, unique = false, ...others } = options as { name?: string; unique?: boolean };
  const entries = Object.entries(keys);
  const where = `${collection}: index ${name ?? entries.map(([field]) => field).join(', ')}`;
  if (!name) throw new TypeError(`${where} needs an explicit name`);
  const [unknown] = Object.keys(others).filter((option) => option !== 'background');
  if (unknown) throw new TypeError(`${where}: option ${unknown} is not kept alike by all stores`);
  if (entries.some(([, direction]) => direction !== 1)) throw new TypeError(`${where} must be ascending`);
  const fields = entries.map(([field]) => field).filter((field) => field !== '_id');
  const endsInId = entries.at(-1)?.[0] === '_id';
  if (endsInId === unique || fields.length !== entries.length - (endsInId ? 1 : 0)) {
    throw new TypeError(`${where} must ${unique ? 'not name' : 'end in'} _id`);
  }
  if (fields.length === 0 || fields.length > MAX_INDEX_FIELDS) {
    throw new TypeError(`${where} must have 1 to ${MAX_INDEX_FIELDS} fields`);
  }
  return { name, fields, unique };
}
