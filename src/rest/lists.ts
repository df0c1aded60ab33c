import { z } from 'zod';
import type { Page } from '../db/paging.js';
import { isLabletError } from '../errors.js';
import type { Places, RestOperation } from './route.js';

/** A page, and the number of all matches if it was asked for. */
export interface CountedPage {
  readonly page: Pick<Page<object>, 'hasNextPage' | 'hasPreviousPage'> & {
    readonly items: readonly { readonly item: object; readonly cursor: string | null }[];
    readonly liveRevision?: string;
  };
  readonly totalCount: number | null;
}

/** Query parameters of every list. */
export const PAGING: Places = {
  first: 'first',
  after: 'after',
  last: 'last',
  before: 'before',
  totalCount: 'totalCount',
};

const totalCount = z
  .boolean()
  .nullish()
  .describe('Whether to count all matches too, which costs a call to the store; false by default.');

/** The operation of a list, which counts within its own deadline when it is asked to. */
export function countedList(operation: RestOperation): RestOperation {
  return {
    ...operation,
    request: (operation.request as z.ZodObject).extend({ totalCount }),
    async handle(deps, { totalCount: counts, ...input }: { totalCount?: boolean | null }, call) {
      const page = (await operation.handle(deps, input, call)) as Page<object>;
      return { page, totalCount: counts ? await page.totalCount() : null } satisfies CountedPage;
    },
  } as RestOperation;
}

/** The operation that finds one object, as a list of one or none. */
export function listOfOne(operation: RestOperation): RestOperation {
  const found = (...items: object[]): CountedPage => ({
    page: {
      items: items.map((item) => ({ item, cursor: null })),
      hasNextPage: false,
      hasPreviousPage: false,
    },
    totalCount: null,
  });
  return {
    ...operation,
    async handle(deps, input, call) {
      try {
        return found((await operation.handle(deps, input, call)) as object);
      } catch (error) {
        if (isLabletError(error, 'NOT_FOUND')) return found();
        throw error;
      }
    },
  };
}
