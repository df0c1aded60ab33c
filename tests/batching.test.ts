import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InstancesWithEdgesDocument, type LabletClient } from '../src/client/index.js';
import type { Collection, DocumentStore } from '../src/db/document-store.js';
import type { StoredDocument } from '../src/db/stored-document.js';
import type { LiveStore } from '../src/live/live-store.js';
import { startTestServer, type TestServer } from './support/server.js';
import { plainDefinition, required, story } from './support/story.js';

/** Calls the server makes to its stores, by what was called. */
const calls: string[] = [];

function counting<T extends object>(target: T, label: string): T {
  return new Proxy(target, {
    get(object, property) {
      const value: unknown = Reflect.get(object, property, object);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        calls.push(`${label}.${String(property)}`);
        return (value as (...args: unknown[]) => unknown).apply(object, given);
      };
    },
  });
}

function countingDocuments(documents: DocumentStore): DocumentStore {
  const collection = <T extends StoredDocument>(model: new () => T): Collection<T> => {
    const found = documents.collection(model);
    return counting(found, found.name);
  };
  return new Proxy(documents, {
    get: (object, property) => {
      if (property === 'collection') return collection;
      const value: unknown = Reflect.get(object, property, object);
      return typeof value === 'function' ? (value.bind(object) as unknown) : value;
    },
  });
}

/** The store calls of one request, without those of loops that run beside it. */
async function callsOf(client: LabletClient, first: number): Promise<string[]> {
  const before = calls.length;
  const { instances } = await client.request(InstancesWithEdgesDocument, { first });
  expect(required(instances).nodes).toHaveLength(first);
  for (const { definition, worker } of required(instances).nodes) {
    expect(required(definition).versions).toHaveLength(1);
    expect(required(worker).capacity.available.cpuCores).toBeGreaterThanOrEqual(0);
  }
  const loops = /^(deployment|domain_events|live)\.|\.(keyOf|pullEvents)$/;
  return calls
    .slice(before)
    .filter((call) => !loops.test(call))
    .sort();
}

describe('a list with its edges', () => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({
      env: { OUTBOX_SWEEP_SECONDS: '3600', TICK_SECONDS: '3600' },
      overrides: {
        wrapStores: ({ documents, live, description }) => ({
          documents: countingDocuments(documents),
          live: counting<LiveStore>(live, 'live'),
          description,
        }),
      },
    });
    const tell = story(await server.client('ADMIN'));
    const workers: string[] = [];
    for (const name of ['w-1', 'w-2', 'w-3']) {
      const { id } = await tell.worker({ name, templateName: 'enterprise-large' });
      await tell.moveWorker(id, 'PROVISIONING');
      workers.push((await tell.moveWorker(id, 'RUNNING')).id);
    }
    const labs = await Promise.all(
      ['Lab A', 'Lab B', 'Lab C', 'Lab D'].map((name) => tell.definition(plainDefinition(name, 1))),
    );
    const booked = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        tell.instance({ definitionId: required(labs[index % 4]).id }),
      ),
    );
    await Promise.all(booked.map(({ id }, index) => tell.schedule(id, required(workers[index % 3]))));
    await server.server.context.outbox.idle();
  });

  afterAll(() => server?.close());

  it('costs the same few store calls for 100 instances as for 10', async () => {
    const client = await server.client('ADMIN');
    const few = await callsOf(client, 10);
    const many = await callsOf(client, 100);
    expect(many).toEqual(few);
    expect(many).toEqual([
      'cml_workers.getMany',
      'lablet_definitions.find',
      'lablet_definitions.getMany',
      'lablet_instances.find',
    ]);
  });
});
