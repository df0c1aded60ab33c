import { createHash } from 'node:crypto';
import { z } from 'zod';
import { DEFAULT_PAGE, MAX_PAGE } from '../lib/page-size.js';
import { validationFailed, type LabletError } from '../errors.js';
import type { Collection, Filter, IndexKey, Scalar } from './document-store.js';
import type { StoredDocument } from './stored-document.js';

const size = z.int().min(1).max(MAX_PAGE).nullish();
const cursor = z.string().max(2000).nullish();

/** Arguments of every list, to be spread into a request. */
export const pageFields = {
  first: size.describe(
    `How many from the start or after \`after\`, 1-${MAX_PAGE}; ${DEFAULT_PAGE} by default.`,
  ),
  after: cursor.describe('Only what follows this cursor.'),
  last: size.describe(
    `How many from the end or before \`before\`, 1-${MAX_PAGE}; not together with \`first\`.`,
  ),
  before: cursor.describe('Only what precedes this cursor.'),
};

export type PageRequest = z.output<z.ZodObject<typeof pageFields>>;

/** An item of a page, and where it lies in the list. */
export interface PageItem<T> {
  readonly item: T;
  readonly cursor: string;
  /** Another item at the same place. */
  with<U>(item: U): PageItem<U>;
}

/** Most lists are read without asking for cursors, which are therefore made of their documents when asked for. */
class PlacedItem<T, Document> implements PageItem<T> {
  constructor(
    readonly item: T,
    private readonly document: Document,
    private readonly cursorOf: (document: Document) => string,
  ) {}

  get cursor(): string {
    return this.cursorOf(this.document);
  }

  with<U>(item: U): PageItem<U> {
    return new PlacedItem(item, this.document, this.cursorOf);
  }
}

export interface Page<T> {
  readonly items: readonly PageItem<T>[];
  readonly hasNextPage: boolean;
  readonly hasPreviousPage: boolean;
  /** Counted only when asked for. */
  readonly totalCount: () => Promise<number>;
}

/** Which way a list runs; to be used in the `orderBy` of a request. */
export const orderDirection = z
  .enum(['ASC', 'DESC'])
  .meta({ id: 'OrderDirection' })
  .nullish()
  .describe('ASC by default; DESC is the same order backwards.');

export interface PageQuery {
  readonly filter: Filter;
  readonly index: string;
  /** The list reads the index backwards. */
  readonly descending?: boolean;
  readonly omit?: readonly string[];
}

/**
 * One page of a list in the order of an index, ties by id. Pages are cut by position, not by number, so that
 * what others insert neither repeats nor hides an older item.
 * @throws VALIDATION_FAILED when `first` and `last` are both given, or a cursor is of a list with another
 * filter or order
 */
export async function findPage<T extends StoredDocument>(
  collection: Collection<T>,
  { filter, index, descending = false, omit = [] }: PageQuery,
  request: PageRequest,
): Promise<Page<T>> {
  let name: string | undefined;
  const list = () => (name ??= fingerprint({ filter, index, descending }));
  const backwards = request.last != null || request.before != null;
  if (backwards && (request.first != null || request.after != null)) {
    const message = 'first/after and last/before exclude each other';
    throw validationFailed([{ path: 'last', rule: 'EXCLUSIVE', message }]);
  }
  const limit = (backwards ? request.last : request.first) ?? DEFAULT_PAGE;
  const from = backwards ? request.before : request.after;
  const after = from == null ? undefined : decodeCursor(from, list(), backwards ? 'before' : 'after');
  const options = { index, reverse: descending !== backwards, limit: limit + 1, omit };
  const found = await collection
    .find(filter, { ...options, ...(after ? { after } : {}) })
    .catch((error: unknown) => {
      // A cursor that was put together by hand, of another shape than the index.
      throw error instanceof RangeError ? wrongCursor(backwards ? 'before' : 'after') : error;
    });
  const more = found.length > limit;
  const documents = found.slice(0, limit);
  if (backwards) documents.reverse();
  const cursorOf = (document: T) => encodeCursor(collection.keyOf(document, index), list());
  return {
    items: documents.map((document) => new PlacedItem(document, document, cursorOf)),
    hasNextPage: backwards ? from != null : more,
    hasPreviousPage: backwards ? more : from != null,
    totalCount: () => collection.count(filter, { index }),
  };
}

/** The same page with its items changed. */
export function mapPage<T, U>(page: Page<T>, change: (item: T) => U): Page<U> {
  return { ...page, items: page.items.map((each) => each.with(change(each.item))) };
}

/** Tells lists apart: a position says nothing in a list with another filter or order. */
function fingerprint(list: object): string {
  return createHash('sha256').update(JSON.stringify(list)).digest('base64url').slice(0, 12);
}

function encodeCursor(key: IndexKey, list: string): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString('base64url');
}

function decodeCursor(text: string, list: string, path: string): IndexKey {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    if (Array.isArray(parsed) && parsed[0] === list && parsed.every(isScalar))
      return parsed.slice(1) as Scalar[];
  } catch {
    // Not text of ours: answered like a cursor of another list.
  }
  throw wrongCursor(path);
}

function wrongCursor(path: string): LabletError {
  return validationFailed([
    { path, rule: 'CURSOR', message: 'is not a cursor of this list with this filter and order' },
  ]);
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}
