import type { Overrides } from '../../src/context.js';

/** One call of a store on its way. */
export interface StoreCall {
  /** `lablet_instances.find`, `live.txn`, … */
  readonly name: string;
  readonly args: readonly unknown[];
  /** Does what was asked for. */
  go(): Promise<unknown>;
}

const COLLECTION_CALLS = new Set(
  'insert insertMissing replace amend pullEvents get getMany find count deleteOlderThan remove'.split(' '),
);
const LIVE_CALLS = new Set('get list txn put delete lease'.split(' '));

/** Lets every call of both stores pass through `around`, which may count, refuse or disturb it. */
export function intercepted(
  around: (call: StoreCall) => Promise<unknown>,
): NonNullable<Overrides['wrapStores']> {
  function wrap<T extends object>(target: T, prefix: string, calls: ReadonlySet<string>): T {
    return new Proxy(target, {
      get(_target, property) {
        const value: unknown = Reflect.get(target, property, target);
        if (typeof value !== 'function') return value;
        const method = value as (...args: unknown[]) => Promise<unknown>;
        if (!calls.has(String(property))) return method.bind(target);
        const name = `${prefix}.${String(property)}`;
        return (...args: unknown[]) => around({ name, args, go: () => method.apply(target, args) });
      },
    });
  }
  return ({ documents, live, description }) => ({
    description,
    live: wrap(live, 'live', LIVE_CALLS),
    documents: new Proxy(documents, {
      get(_target, property) {
        if (property !== 'collection') {
          const value: unknown = Reflect.get(documents, property, documents);
          return typeof value === 'function' ? (value.bind(documents) as unknown) : value;
        }
        return (model: Parameters<typeof documents.collection>[0]) => {
          const found = documents.collection(model);
          return wrap(found, found.name, COLLECTION_CALLS);
        };
      },
    }),
  });
}
