import { STORAGE_FIELDS, type StorageField } from './stored-fields.js';

const STORAGE: ReadonlySet<string> = new Set(STORAGE_FIELDS);

/** A stored document as queries show it: without storage fields and the guards and order keys named. */
export function viewOf<Doc extends object, Key extends string = never>(
  document: Doc,
  keys: readonly Key[] = [],
): Omit<Doc, StorageField | Key> {
  // Fields are left out rather than deleted from a whole copy: an object that lost fields is a hash table to V8, slow
  // to read for as long as it lives.
  const view: Record<string, unknown> = {};
  for (const name of Object.keys(document)) {
    if (!STORAGE.has(name) && !keys.includes(name as Key)) view[name] = document[name as keyof Doc];
  }
  return view as Omit<Doc, StorageField | Key>;
}
