import DataLoader from 'dataloader';
import type { Collection, Filter } from './document-store.js';
import type { StoredDocument } from './stored-document.js';

/** Loads documents by id, one call for all ids of a turn; null for what is missing or hidden. */
export function byId<T extends StoredDocument, V>(
  collection: Collection<T>,
  view: (document: T) => V | null,
): DataLoader<string, V | null> {
  return new DataLoader(async (ids: readonly string[]) => {
    const found = await collection.getMany(ids);
    const views = new Map(found.map((document) => [document.id, view(document)]));
    return ids.map((id) => views.get(id) ?? null);
  });
}

export interface GroupOptions<T, V> {
  readonly field: keyof T & string;
  readonly index: string;
  /** Holds for all groups; null when the caller sees none of them. */
  readonly filter: Filter | null;
  readonly view: (document: T) => V;
  /** Most documents of all groups together. */
  readonly limit: number;
}

/** Loads the documents of several groups in one call; each group in the order of the index. */
export function byGroup<T extends StoredDocument, V>(
  collection: Collection<T>,
  { field, index, filter, view, limit }: GroupOptions<T, V>,
): DataLoader<string, V[]> {
  return new DataLoader(async (keys: readonly string[]) => {
    const groups = new Map(keys.map((key) => [key, [] as V[]]));
    if (filter !== null) {
      const found = await collection.find({ ...filter, [field]: { $in: [...keys] } }, { index, limit });
      for (const document of found) groups.get(document[field] as string)?.push(view(document));
    }
    return keys.map((key) => groups.get(key) ?? []);
  });
}

/** Most objects that edges to many load for one request. */
export const MAX_GROUPED = 10_000;
