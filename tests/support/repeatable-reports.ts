import {
  CancelWorkerDrainDocument,
  DrainWorkerDocument,
  RecordGradingScoreDocument,
  ReportInstanceDocument,
  UpdateWorkerDocument,
  type LabletClient,
} from '../../src/client/index.js';
import { sender, type Repeatable } from './repeatable.js';
import { openWorker, workerInput } from './stage.js';
import { plainDefinition, story } from './story.js';

/** An instance that was taken along these states, and the steps to go on with. */
async function started(
  client: LabletClient,
  name: string,
  states: readonly ('RUNNING' | 'COLLECTING' | 'GRADING')[],
) {
  const tell = story(client);
  const { id: definitionId } = await tell.definition(plainDefinition(name));
  const { id } = await tell.instance({ definitionId });
  await tell.schedule(id, (await openWorker(client, name)).id);
  await tell.move(id, 'INSTANTIATING');
  for (const state of states) await tell.move(id, state, state === 'RUNNING' ? { cmlLabId: 'lab-1' } : {});
  return { tell, id };
}

/**
 * Reports of controllers, and what operators do with workers; `reportWorker` leaves no record in the document and has
 * a test of its own.
 */
export const REPORTS: readonly Repeatable[] = [
  {
    name: 'recordGradingScore',
    creates: false,
    send: sender(RecordGradingScoreDocument, 'instance'),
    async prepare(client, name) {
      const { tell, id } = await started(client, name, ['RUNNING', 'COLLECTING', 'GRADING']);
      const score = { total: 1, max: 2, passed: false };
      return {
        input: { id, score, expectedRevision: 6 },
        other: { score: { ...score, total: 2 } },
        revision: 7,
        afterwards: () => tell.move(id, 'STOPPED'),
      };
    },
  },
  {
    name: 'reportInstance',
    creates: false,
    send: sender(ReportInstanceDocument, 'instance'),
    async prepare(client, name) {
      const { tell, id } = await started(client, name, []);
      const startFailure = { code: 'NO_IMAGE', message: 'The image is missing.' };
      return {
        input: { id, startFailure, expectedRevision: 3 },
        other: { startFailure: { ...startFailure, code: 'NO_ROOM' } },
        revision: 4,
        afterwards: () => tell.move(id, 'RUNNING', { cmlLabId: 'lab-1' }),
      };
    },
  },
  {
    name: 'drainWorker',
    creates: false,
    send: sender(DrainWorkerDocument, 'worker'),
    async prepare(client, name) {
      const { id } = await openWorker(client, name);
      return {
        input: { id, expectedRevision: 3 },
        other: { reason: 'another' },
        revision: 4,
        afterwards: () => client.request(CancelWorkerDrainDocument, { input: { id } }),
      };
    },
  },
  {
    name: 'cancelWorkerDrain',
    creates: false,
    send: sender(CancelWorkerDrainDocument, 'worker'),
    async prepare(client, name) {
      const { id } = await openWorker(client, name);
      await client.request(DrainWorkerDocument, { input: { id } });
      return {
        input: { id, expectedRevision: 4 },
        other: { reason: 'another' },
        revision: 5,
        afterwards: () => story(client).moveWorker(id, 'STOPPING'),
      };
    },
  },
  {
    name: 'updateWorker',
    creates: false,
    send: sender(UpdateWorkerDocument, 'worker'),
    async prepare(client, name) {
      const { id } = await story(client).worker(workerInput(name));
      return {
        input: { id, declaredCapacity: { cpuCores: 7 }, expectedRevision: 1 },
        other: { drainTimeoutHours: 7 },
        revision: 2,
        afterwards: () => story(client).moveWorker(id, 'PROVISIONING'),
      };
    },
  },
];
