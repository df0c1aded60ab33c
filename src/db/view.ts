import { STORAGE_FIELDS, type StorageField } from './stored-fields.js';

/** A stored document as queries show it: without storage fields and the guards and order keys named. */
export function viewOf<Doc extends object, Key extends keyof Doc = never>(
  document: Doc,
  keys: readonly Key[] = [],
): Omit<Doc, StorageField | Key> {
  const view: Partial<Record<PropertyKey, unknown>> = { ...document };
  for (const field of [...STORAGE_FIELDS, ...keys]) delete view[field];
  return view as Omit<Doc, StorageField | Key>;
}
