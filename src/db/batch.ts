import DataLoader from 'dataloader';
import type { ObjectBudget } from '../lib/object-budget.js';
import type { Collection, Filter } from './document-store.js';
import type { StoredDocument } from './stored-document.js';

/** Loads documents by id, one call for all ids of a turn; null for what is missing or hidden. */
export function byId<T extends StoredDocument, V>(
  collection: Collection<T>,
  view: (document: T) => V | null,
): DataLoader<string, V | null> {
  return new DataLoader(async (ids: readonly string[]) => {
    const found = await collection.getMany(ids);
    const views = new Map(found.map((document) => [document.id, attempt(() => view(document))]));
    return ids.map((id) => views.get(id) ?? null);
  });
}

/** A document that cannot be shown is a fault of its own; the others of the call are answered. */
function attempt<V>(view: () => V): V | Error {
  try {
    return view();
  } catch (error) {
    return error as Error;
  }
}

export interface GroupOptions<T, V> {
  readonly field: keyof T & string;
  readonly index: string;
  /** Holds for all groups; null when the caller sees none of them. */
  readonly filter: Filter | null;
  readonly view: (document: T) => V;
  readonly budget: ObjectBudget;
}

/**
 * Loads the documents of several groups in one call; each group in the order of the index.
 * @throws LabletError QUERY_TOO_COSTLY above the budget: what would be left out was asked for
 */
export function byGroup<T extends StoredDocument, V>(
  collection: Collection<T>,
  { field, index, filter, view, budget }: GroupOptions<T, V>,
): { load(key: string): Promise<V[]> } {
  const loader = new DataLoader(async (keys: readonly string[]) => {
    const groups = new Map(keys.map((key) => [key, [] as V[]]));
    if (filter !== null) {
      const limit = budget.limit + 1;
      const found = await collection.find({ ...filter, [field]: { $in: [...keys] } }, { index, limit });
      if (found.length === limit) budget.spend(limit);
      for (const document of found) groups.get(document[field] as string)?.push(view(document));
    }
    return keys.map((key) => groups.get(key) ?? []);
  });
  return {
    async load(key) {
      const group = await loader.load(key);
      budget.spend(group.length);
      return group;
    },
  };
}
