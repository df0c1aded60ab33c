import * as api from '../../src/client/index.js';
import type { KillCommand } from './kill-commands.js';
import { openWorker, workerInput } from './stage.js';
import { plainDefinition, required, story } from './story.js';

const just =
  (...ids: string[]) =>
  async () =>
    ids;

/** An instance that was taken along these states on a worker of its own. */
async function started(
  client: api.LabletClient,
  name: string,
  states: readonly ('RUNNING' | 'COLLECTING' | 'GRADING')[],
) {
  const tell = story(client);
  const { id: definitionId } = await tell.definition(plainDefinition(name));
  const { id } = await tell.instance({ definitionId });
  const { id: workerId } = await openWorker(client, name);
  await tell.schedule(id, workerId);
  await tell.move(id, 'INSTANTIATING');
  for (const state of states) await tell.move(id, state, state === 'RUNNING' ? { cmlLabId: 'lab-1' } : {});
  return { id, workerId };
}

const drain = (client: api.LabletClient, id: string) =>
  client.request(api.DrainWorkerDocument, { input: { id } });

/** What controllers report, and what operators do with workers and templates. */
export const KILL_REPORTS: readonly KillCommand[] = [
  {
    name: 'recordGradingScore',
    live: true,
    document: api.RecordGradingScoreDocument,
    async prepare({ client, name }) {
      const { id } = await started(client, name, ['RUNNING', 'COLLECTING', 'GRADING']);
      return { input: { id, score: { total: 1, max: 2, passed: false } }, touched: just(id) };
    },
  },
  {
    name: 'reportInstance',
    live: false,
    document: api.ReportInstanceDocument,
    async prepare({ client, name }) {
      const { id } = await started(client, name, []);
      const startFailure = { code: 'NO_IMAGE', message: 'The image is missing.' };
      return { input: { id, startFailure }, touched: just(id) };
    },
  },
  {
    name: 'reportWorker',
    live: false,
    document: api.ReportWorkerDocument,
    async prepare({ client, name }) {
      const { id } = await story(client).worker(workerInput(name));
      return {
        input: {
          id,
          host: 'there',
          telemetry: { cpuPercent: 1, memoryPercent: 2, storagePercent: 3, labs: 4 },
        },
        touched: just(id),
      };
    },
  },
  {
    name: 'drainWorker with an instance',
    live: true,
    document: api.DrainWorkerDocument,
    async prepare({ client, name }) {
      const { id, workerId } = await started(client, name, ['RUNNING']);
      return { input: { id: workerId }, touched: just(workerId, id) };
    },
  },
  {
    name: 'cancelWorkerDrain',
    live: true,
    document: api.CancelWorkerDrainDocument,
    async prepare({ client, name }) {
      const { id } = await openWorker(client, name);
      await drain(client, id);
      return { input: { id }, touched: just(id) };
    },
  },
  {
    name: 'updateWorker, raising limits while RUNNING',
    live: true,
    document: api.UpdateWorkerDocument,
    async prepare({ client, name }) {
      const portRange = { start: 3000, end: 3999 };
      const { id } = await openWorker(client, name, { portRange });
      return { input: { id, portRange: { start: 3000, end: 4999 } }, touched: just(id) };
    },
  },
  {
    name: 'updateWorker, lowering limits under claims',
    live: true,
    document: api.UpdateWorkerDocument,
    async prepare({ client, name }) {
      const { id, workerId } = await started(client, name, []);
      await drain(client, workerId);
      const declaredCapacity = { cpuCores: 64, memoryGb: 256, storageGb: 1000 };
      return { input: { id: workerId, declaredCapacity }, touched: just(workerId, id) };
    },
  },
  {
    name: 'transitionWorker from RUNNING to FAILED, with an instance',
    live: true,
    document: api.TransitionWorkerDocument,
    async prepare({ client, name }) {
      const { id, workerId } = await started(client, name, ['RUNNING']);
      return { input: { id: workerId, to: 'FAILED' }, touched: just(workerId, id) };
    },
  },
  {
    name: 'updateTemplate',
    live: false,
    document: api.UpdateTemplateDocument,
    async prepare({ client, name }) {
      const made = await client.request(api.CreateTemplateDocument, {
        input: {
          name,
          instanceType: 'm5',
          licenseType: 'PERSONAL',
          amiPattern: 'CML-*',
          capacity: { cpuCores: 8, memoryGb: 16, storageGb: 100, nodes: 5 },
        },
      });
      const { id } = required(made.createTemplate).template;
      return { input: { id, description: 'changed' }, touched: just(id) };
    },
  },
];
