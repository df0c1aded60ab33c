import type { IndexModel } from './collection-model.js';
import type { Filter, IndexKey, Scalar } from './document-store.js';

/** The filter as MongoDB has it, where a document's id is `_id`. */
export function toMongoFilter(filter: Filter): Filter {
  return Object.fromEntries(
    Object.entries(filter).map(([field, condition]) => {
      if (field === 'id') return ['_id', condition];
      return [field, Array.isArray(condition) ? (condition as Filter[]).map(toMongoFilter) : condition];
    }),
  );
}

/** The order of an index; a unique one has no ties to break, and does not hold the id. */
export function sortOf(index: IndexModel, reverse: boolean): Record<string, 1 | -1> {
  const fields = index.unique && index.fields.length > 0 ? index.fields : [...index.fields, '_id'];
  return Object.fromEntries(fields.map((field) => [field, reverse ? -1 : 1]));
}

/**
 * What comes after a position in the order of an index. Fields that the filter fixes are left out; the first
 * of the others is bounded by itself, beside the exact comparison of all, so that MongoDB reads one range of
 * the index from there on. Null and missing sort first, and MongoDB's comparisons leave them out.
 */
export function afterPosition(filter: Filter, index: IndexModel, after: IndexKey, reverse: boolean): Filter {
  const fixed = fixedFields(filter);
  const steps = [...index.fields, '_id']
    .map((field, at) => ({ field, value: after[at] as Scalar }))
    .filter(({ field }) => !fixed.has(field));
  const beyond = reverse ? below : above;
  const ways = steps.flatMap(({ field, value }, at) => {
    const equal = steps.slice(0, at).map((step) => ({ [step.field]: step.value }));
    const further = beyond(field, value);
    return further ? [{ $and: [...equal, further] }] : [];
  });
  const [first] = steps;
  const bound = first ? notBefore(first.field, first.value, reverse) : {};
  // An empty $or is an error; a position behind which nothing can be has no way on.
  return { $and: [bound, ways.length > 0 ? { $or: ways } : { _id: { $in: [] } }] };
}

function above(field: string, value: Scalar): Filter {
  return { [field]: value === null ? { $ne: null } : { $gt: value } };
}

function below(field: string, value: Scalar): Filter | null {
  return value === null ? null : { $or: [{ [field]: { $lt: value } }, { [field]: null }] };
}

function notBefore(field: string, value: Scalar, reverse: boolean): Filter {
  if (value === null) return reverse ? { [field]: null } : {};
  return { [field]: reverse ? { $not: { $gt: value } } : { $gte: value } };
}

function fixedFields(filter: Filter): ReadonlySet<string> {
  const fixed = new Set<string>();
  for (const [field, condition] of Object.entries(filter)) {
    if (field === '$and')
      for (const part of condition as Filter[]) fixedFields(part).forEach((it) => fixed.add(it));
    else if (field === '$or') continue;
    else if (typeof condition !== 'object' || condition === null || '$eq' in condition) fixed.add(field);
  }
  return fixed;
}
