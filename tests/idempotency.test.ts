import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { StoreUnavailable } from '../src/db/document-store.js';
import type { Stores } from '../src/stores.js';
import { refusal } from './support/answers.js';
import { purePairs, type Backend } from './support/backends.js';
import { REPEATABLE } from './support/repeatable.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker, workerInput } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

let made = 0;
/** A name that fits definitions, workers and keys. */
const fresh = (name: string) => `${name.toLowerCase()}-${++made}`;

const many = <T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

async function counts(client: api.LabletClient): Promise<number[]> {
  const all = await Promise.all([
    client.request(api.DefinitionsDocument, {}).then(({ definitions }) => definitions),
    client.request(api.InstancesDocument, {}).then(({ instances }) => instances),
    client.request(api.WorkersDocument, {}).then(({ workers }) => workers),
  ]);
  return all.map((list) => required(list).totalCount);
}

/** Commands have their effect, but their records are never marked done, as after a crash between the two. */
function forgetful(stores: Stores): Stores {
  const { documents } = stores;
  const collection: typeof documents.collection = (model) => {
    const found = documents.collection(model);
    if (found.name !== 'idempotency_records') return found;
    return Object.assign(Object.create(found) as typeof found, {
      ...found,
      replace: () => Promise.reject(new StoreUnavailable('the test refuses')),
    });
  };
  return { ...stores, documents: { ...bound(documents), collection } };
}

function bound<T extends object>(target: T): T {
  return new Proxy(target, {
    get: (_, name) => {
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
