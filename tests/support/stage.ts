import { WebSocket } from 'ws';
import { createClient, type LabletClient, type RegisterWorkerInput } from '../../src/client/index.js';
import { honestFetch } from './answers.js';
import type { TestServer } from './server.js';
import { story } from './story.js';

/** An administrator all of whose answers are looked at for stacks, store text and their request id. */
export async function honestAdmin(server: TestServer): Promise<LabletClient> {
  const token = await server.token('ADMIN', 'root');
  return createClient({ url: server.url, token, webSocketImpl: WebSocket, fetch: honestFetch });
}

/** More than any test needs. */
export const AMPLE = { cpuCores: 4096, memoryGb: 65_536, storageGb: 1_000_000, nodes: null } as const;

/** What a worker needs where there is no template. */
export function workerInput(name: string, more: Partial<RegisterWorkerInput> = {}): RegisterWorkerInput {
  return {
    name,
    region: 'us-east-1',
    instanceType: 'm5zn.metal',
    licenseType: 'ENTERPRISE',
    declaredCapacity: AMPLE,
    ...more,
  };
}

/** A RUNNING worker with room for everything, unless `more` says otherwise. */
export async function openWorker(
  client: LabletClient,
  name: string,
  more: Partial<RegisterWorkerInput> = {},
) {
  const tell = story(client);
  const { id } = await tell.worker(workerInput(name, more));
  await tell.moveWorker(id, 'PROVISIONING');
  return tell.moveWorker(id, 'RUNNING');
}

/** `count` PENDING instances of a definition. */
export function bookMany(client: LabletClient, definitionId: string, count: number) {
  return Promise.all(Array.from({ length: count }, () => story(client).instance({ definitionId })));
}
