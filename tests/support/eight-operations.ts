import {
  CreateDefinitionDocument,
  CreateInstanceDocument,
  DefinitionDocument,
  DefinitionsDocument,
  InstanceDocument,
  InstancesDocument,
  SyncDefinitionDocument,
  TerminateInstanceDocument,
  type LabletClient,
} from '../../src/client/index.js';
import type { Context } from '../../src/context.js';
import { createInstance } from '../../src/instances/create-instance.js';
import type { Origin } from '../../src/lib/run-operation.js';
import { registerWorker } from '../../src/workers/register-worker.js';
import { workerInput } from './stage.js';
import { exampleDefinition, required, story } from './story.js';

/** What is stored when the eight basic operations are measured. */
export interface Stock {
  readonly definitionId: string;
  /** Definitions that are synced: authors sync their own, not all the same. */
  readonly syncedIds: readonly string[];
  readonly instanceIds: readonly string[];
}

const ORIGIN: Origin = {
  actor: { subject: 'tester', roles: ['ADMIN'], expiresAt: Number.MAX_SAFE_INTEGER },
  requestId: 'stock',
  source: null,
};
const AT_ONCE = 50;
const SYNCED = 25;
let stocks = 0;

/** Stores a definition with its lab file, and as many instances and workers. */
export async function stockUp(
  context: Context,
  admin: LabletClient,
  count: { readonly instances: number; readonly workers: number },
): Promise<Stock> {
  const syncedIds: string[] = [];
  for (let n = 0; n < SYNCED; n++) {
    const { id } = await story(admin).definition({ ...exampleDefinition(), name: `Stock ${++stocks}` });
    await admin.request(SyncDefinitionDocument, { input: { id } });
    syncedIds.push(id);
  }
  const definitionId = required(syncedIds[0]);
  const run = async <T>(total: number, make: (n: number) => Promise<T>): Promise<T[]> => {
    const made: T[] = [];
    while (made.length < total) {
      const size = Math.min(AT_ONCE, total - made.length);
      made.push(...(await Promise.all(Array.from({ length: size }, (_, n) => make(made.length + n)))));
    }
    return made;
  };
  await run(count.workers, (n) =>
    context.runner.run(registerWorker, context, workerInput(`worker-${n}`), ORIGIN),
  );
  const instances = await run(count.instances, () =>
    context.runner.run(createInstance, context, { definitionId }, ORIGIN),
  );
  return { definitionId, syncedIds, instanceIds: instances.map(({ instance }) => instance.id) };
}

/** The eight basic operations, by name; each call is one request. What is created is ended in its turn. */
export function eightOperations(client: LabletClient, { definitionId, syncedIds, instanceIds }: Stock) {
  const waiting = [...instanceIds];
  let made = 0;
  const example = exampleDefinition();
  const round = ++stocks;
  const someInstance = () => waiting[made++ % waiting.length] as string;
  return {
    createDefinition: () =>
      client.request(CreateDefinitionDocument, {
        input: { ...example, name: `Load ${process.pid} ${round} ${made++}` },
      }),
    definition: () => client.request(DefinitionDocument, { id: definitionId }),
    definitions: () => client.request(DefinitionsDocument, { first: 50 }),
    syncDefinition: () =>
      client.request(SyncDefinitionDocument, {
        input: { id: required(syncedIds[made++ % syncedIds.length]) },
      }),
    createInstance: async () => {
      const { createInstance: done } = await client.request(CreateInstanceDocument, {
        input: { definitionId },
      });
      waiting.push(required(done).instance.id);
    },
    instance: () => client.request(InstanceDocument, { id: someInstance() }),
    instances: () => client.request(InstancesDocument, { first: 50 }),
    terminateInstance: () =>
      client.request(TerminateInstanceDocument, { input: { id: required(waiting.shift()) } }),
  } satisfies Record<string, () => Promise<unknown>>;
}

/** The value that a share of all does not exceed. */
export function atShare(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
}
