/** The value with all that it holds, none of which can be changed any more. */
export function deepFrozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const each of Object.values(value)) deepFrozen(each);
  return value;
}

/**
 * Remembers what is made of objects that nobody can change, for as long as they are kept elsewhere; makes it anew of
 * all others. What is made is frozen in its turn. `make` depends on nothing but the object.
 */
export function madeOnce<From extends object, To extends object>(
  make: (from: From) => To,
): (from: From) => To {
  const made = new WeakMap<From, To>();
  return (from) => {
    const before = made.get(from);
    if (before) return before;
    const result = make(from);
    if (Object.isFrozen(from)) made.set(from, deepFrozen(result));
    return result;
  };
}
