type Method = (...given: unknown[]) => unknown;

/** The same object with its methods in wraps, each made when it is first asked for. */
export function wrapped<T extends object>(target: T, wrap: (name: string, method: Method) => Method): T {
  const made = new Map<PropertyKey, Method>();
  return new Proxy(target, {
    get(_target, name) {
      const known = made.get(name);
      if (known) return known;
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      const method = wrap(String(name), value.bind(target) as Method);
      made.set(name, method);
      return method;
    },
    set(_target, name, value) {
      made.delete(name);
      return Reflect.set(target, name, value);
    },
  });
}
