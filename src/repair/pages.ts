import type { Collection, Filter, FindOptions, IndexKey } from '../db/document-store.js';
import type { StoredDocument } from '../db/stored-document.js';

/** Documents in one bulk read. */
export const PAGE = 200;

/** All matches in the order of an index, a page at a time. */
export async function* pages<T extends StoredDocument>(
  collection: Collection<T>,
  filter: Filter,
  index: string,
  options: Pick<FindOptions, 'omit'> = {},
): AsyncGenerator<T[]> {
  let after: IndexKey | undefined;
  for (;;) {
    const page = await collection.find(filter, {
      ...options,
      index,
      limit: PAGE,
      ...(after ? { after } : {}),
    });
    yield page;
    const last = page.at(-1);
    if (page.length < PAGE || !last) return;
    after = collection.keyOf(last, index);
  }
}
