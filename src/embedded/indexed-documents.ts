import type { Database, Transaction } from 'lmdb';

import { isStorableId, type CollectionModel, type IndexModel } from '../db/collection-model.js';
import { DuplicateKey, type IndexKey, type Scalar } from '../db/document-store.js';
import type { StoredDocument } from '../db/stored-document.js';
import { decodeEntry, encodeEntry, encodeField, encodeId, endOf } from './index-keys.js';
import type { Entries } from './index-scan.js';
import { parsedTexts } from './parsed-texts.js';

/** JSON text by encoded id. */
export type DocumentTexts = Database<string, Buffer>;

const NOTHING = Buffer.alloc(0);

/** Of each collection: some thousand instances, and no lab file. */
const KEPT = { characters: 4_000_000, longest: 20_000 };

/**
 * The documents of one collection and their index entries, kept in step. What writes is called inside a write
 * transaction, and throws only before it writes.
 */
export class IndexedDocuments<T extends StoredDocument> {
  readonly #parse = parsedTexts<T>(KEPT);

  constructor(
    readonly model: CollectionModel<T>,
    readonly texts: DocumentTexts,
    private readonly entries: ReadonlyMap<IndexModel, Entries>,
  ) {}

  /** The entries of an index; the documents' own keys are those of the index of ids. */
  entriesOf(index: IndexModel): Entries {
    return this.entries.get(index) ?? this.texts;
  }

  /** What is answered is shared by all who read it, and frozen. */
  read(id: string, transaction?: Transaction): T | null {
    if (!isStorableId(id)) return null;
    const text = this.texts.get(encodeId(id), transaction && { transaction });
    return text === undefined ? null : this.#parse(id, text);
  }

  holds(id: string): boolean {
    return this.texts.doesExist(encodeId(id));
  }

  /** Reads a document that an index entry names. */
  readIndexed(id: string, transaction?: Transaction): T {
    const document = this.read(id, transaction);
    if (!document) throw new Error(`${this.model.name}: ${id} is in an index but not stored`);
    return document;
  }

  /** Writes a document in place of `stored` (null for a new one). @throws DuplicateKey */
  write(stored: T | null, document: T): void {
    const text = JSON.stringify(document);
    const changes: { entries: Entries; before: IndexKey | null; now: IndexKey }[] = [];
    for (const [index, entries] of this.entries) {
      const now = this.model.keyOf(document, index);
      const before = stored && this.model.keyOf(stored, index);
      if (before?.every((value, at) => value === now[at])) continue;
      if (index.unique && this.clash(index, now) !== null)
        throw new DuplicateKey(this.model.name, index.name);
      changes.push({ entries, before, now });
    }
    for (const { entries, before, now } of changes) {
      if (before) entries.removeSync(encodeEntry(before));
      entries.putSync(encodeEntry(now), NOTHING);
    }
    this.texts.putSync(encodeId(document.id), text);
  }

  erase(stored: T): void {
    for (const [index, entries] of this.entries) {
      entries.removeSync(encodeEntry(this.model.keyOf(stored, index)));
    }
    this.texts.removeSync(encodeId(stored.id));
  }

  /** Adds one entry to an index that is being built. */
  addEntry(index: IndexModel, key: IndexKey): void {
    this.entriesOf(index).putSync(encodeEntry(key), NOTHING);
  }

  /** The id of another document with the same values in a unique index, or null. */
  clash(index: IndexModel, key: IndexKey): string | null {
    const start = Buffer.concat(index.fields.map((_, at) => encodeField(key[at] as Scalar).bytes));
    for (const entry of this.entriesOf(index).getKeys({ start, end: endOf(start) })) {
      const other = decodeEntry(entry, 0);
      if (other.id === key.at(-1)) continue;
      // Cut texts may be alike only in what is kept.
      const taken = other.key ?? this.model.keyOf(this.readIndexed(other.id), index);
      if (index.fields.every((_, at) => taken[at] === key[at])) return other.id;
    }
    return null;
  }
}
