import {
  CreateDefinitionDocument,
  CreateInstanceDocument,
  DeprecateDefinitionDocument,
  RegisterWorkerDocument,
  ScheduleInstanceDocument,
  TerminateInstanceDocument,
  TransitionInstanceDocument,
  TransitionWorkerDocument,
  type LabletClient,
  type TypedDocumentString,
} from '../../src/client/index.js';
import { openWorker, workerInput } from './stage.js';
import { plainDefinition, required, story } from './story.js';

/** What any command answers of its object. */
export interface Answered {
  readonly id: string;
  readonly revision: number;
  readonly state?: string;
  readonly status?: string;
}

/** A command made ready to be sent, once or many times. */
export interface Ready {
  readonly input: Record<string, unknown>;
  /** Fields that make it another input, which would be accepted as well. */
  readonly other: Record<string, unknown>;
  /** Revision of the object once the command has had its effect exactly once. */
  readonly revision: number;
  /** Changes the object further, once; null where nothing can follow. */
  readonly afterwards: ((id: string) => Promise<unknown>) | null;
}

export interface Repeatable {
  readonly name: string;
  readonly creates: boolean;
  send(client: LabletClient, input: Record<string, unknown>): Promise<Answered>;
  /** Everything the command needs, made anew under this name. */
  prepare(client: LabletClient, name: string): Promise<Ready>;
}

export const sender =
  (document: TypedDocumentString<any, any>, field: string): Repeatable['send'] =>
  async (client, input) => {
    const answers: Record<string, Record<string, Answered>> = await client.request(document, { input });
    const [answer] = Object.values(answers);
    return required(required(answer)[field]);
  };

async function booked(client: LabletClient, name: string) {
  const tell = story(client);
  const { id: definitionId } = await tell.definition(plainDefinition(name));
  const { id } = await tell.instance({ definitionId });
  return { tell, definitionId, id };
}

/** Every command of the main path. */
export const REPEATABLE: readonly Repeatable[] = [
  {
    name: 'createDefinition',
    creates: true,
    send: sender(CreateDefinitionDocument, 'definition'),
    prepare: async (client, name) => ({
      input: { ...plainDefinition(name) },
      other: { version: '2.0.0' },
      revision: 1,
      afterwards: (id) => client.request(DeprecateDefinitionDocument, { input: { id, reason: 'old' } }),
    }),
  },
  {
    name: 'createInstance',
    creates: true,
    send: sender(CreateInstanceDocument, 'instance'),
    async prepare(client, name) {
      const { id: definitionId } = await story(client).definition(plainDefinition(name));
      return {
        input: { definitionId },
        other: { reservationId: name },
        revision: 1,
        afterwards: (id) => story(client).terminate(id),
      };
    },
  },
  {
    name: 'registerWorker',
    creates: true,
    send: sender(RegisterWorkerDocument, 'worker'),
    prepare: async (client, name) => ({
      input: { ...workerInput(name) },
      other: { name: `${name}-other` },
      revision: 1,
      afterwards: (id) => story(client).moveWorker(id, 'PROVISIONING'),
    }),
  },
  {
    name: 'scheduleInstance',
    creates: false,
    send: sender(ScheduleInstanceDocument, 'instance'),
    async prepare(client, name) {
      const { tell, id } = await booked(client, name);
      const [here, there] = [await openWorker(client, name), await openWorker(client, `${name}-there`)];
      return {
        input: { id, workerId: here.id, expectedRevision: 1 },
        other: { workerId: there.id },
        revision: 2,
        afterwards: () => tell.move(id, 'INSTANTIATING'),
      };
    },
  },
  {
    name: 'transitionInstance',
    creates: false,
    send: sender(TransitionInstanceDocument, 'instance'),
    async prepare(client, name) {
      const { tell, id } = await booked(client, name);
      await tell.schedule(id, (await openWorker(client, name)).id);
      return {
        input: { id, to: 'INSTANTIATING', expectedRevision: 2 },
        other: { reason: 'another' },
        revision: 3,
        afterwards: () => tell.move(id, 'RUNNING', { cmlLabId: 'lab-1' }),
      };
    },
  },
  {
    name: 'terminateInstance',
    creates: false,
    send: sender(TerminateInstanceDocument, 'instance'),
    async prepare(client, name) {
      const { tell, id } = await booked(client, name);
      await tell.schedule(id, (await openWorker(client, name)).id);
      await tell.move(id, 'INSTANTIATING');
      await tell.move(id, 'RUNNING', { cmlLabId: 'lab-1' });
      return {
        input: { id, reason: 'done', expectedRevision: 4 },
        other: { reason: 'another' },
        revision: 5,
        afterwards: () => tell.move(id, 'STOPPED'),
      };
    },
  },
  {
    name: 'transitionWorker',
    creates: false,
    send: sender(TransitionWorkerDocument, 'worker'),
    async prepare(client, name) {
      const { id } = await story(client).worker(workerInput(name));
      return {
        input: { id, to: 'PROVISIONING', expectedRevision: 1 },
        other: { reason: 'another' },
        revision: 2,
        afterwards: () => story(client).moveWorker(id, 'RUNNING'),
      };
    },
  },
];
