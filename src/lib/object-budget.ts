import { LabletError } from '../errors.js';

/** Objects that one request may be answered in lists without pages, each time they are answered. */
export interface ObjectBudget {
  readonly limit: number;
  /** @throws LabletError QUERY_TOO_COSTLY when there are more than `limit` with these */
  spend(objects: number): void;
}

export function objectBudget(limit: number): ObjectBudget {
  let spent = 0;
  return {
    limit,
    spend(objects) {
      spent += objects;
      if (spent <= limit) return;
      const message = `The answer would hold more than ${limit} objects in lists without pages; ask for fewer, or by pages.`;
      throw new LabletError('QUERY_TOO_COSTLY', message, { limit: 'cost', max: limit, actual: null });
    },
  };
}
