import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as api from '../../src/client/index.js';
import type { Collections } from '../../src/context.js';
import { labOf } from './lab-files.js';
import { openWorker, workerInput } from './stage.js';
import { plainDefinition, story } from './story.js';

/** What a command is made ready with. */
export interface Stage {
  readonly client: api.LabletClient;
  /** A name that nothing else has. */
  readonly name: string;
  /** Where `file:` lab files are read from. */
  readonly labs: string;
}

/** A command made ready to be sent. */
export interface Loaded {
  readonly input: Record<string, unknown>;
  /** Ids of all objects that it touches or makes, read from the documents. */
  touched(collections: Collections): Promise<string[]>;
}

export interface KillCommand {
  readonly name: string;
  /** True when it writes to the live store too. */
  readonly live: boolean;
  readonly document: api.TypedDocumentString<any, any>;
  prepare(stage: Stage): Promise<Loaded>;
}

const just =
  (...ids: string[]) =>
  async () =>
    ids;
const LIMIT = 50;
const LAB_FILE = labOf(['r1', '"serial:${PORT_CONSOLE}"']);

async function definitionsNamed(collections: Collections, name: string): Promise<string[]> {
  const found = await collections.definitions.find({ name }, { index: 'name_versionRank', limit: LIMIT });
  return found.map(({ id }) => id);
}

async function booked({ client, name }: Stage) {
  const tell = story(client);
  const { id: definitionId } = await tell.definition(plainDefinition(name));
  return { tell, definitionId, id: (await tell.instance({ definitionId })).id };
}

async function scheduled(stage: Stage) {
  const found = await booked(stage);
  const { id: workerId } = await openWorker(stage.client, stage.name);
  await found.tell.schedule(found.id, workerId);
  return { ...found, workerId };
}

async function running(stage: Stage) {
  const found = await scheduled(stage);
  await found.tell.move(found.id, 'INSTANTIATING');
  await found.tell.move(found.id, 'RUNNING', { cmlLabId: 'lab-1' });
  return found;
}

async function stopped(stage: Stage) {
  const found = await running(stage);
  await found.tell.move(found.id, 'STOPPING');
  await found.tell.move(found.id, 'STOPPED');
  return found;
}

/** A definition whose lab file can be read, and what changes the file. */
function filed({ name, labs }: Stage) {
  const write = (text: string) => writeFileSync(join(labs, `${name}.yaml`), text);
  write(LAB_FILE);
  const { portTemplate: _ports, ...fields } = plainDefinition(name);
  return { input: { ...fields, labArtifactUri: `file:///${name}.yaml`, extractTopology: true }, write };
}

const transition = api.TransitionInstanceDocument;
const terminate = api.TerminateInstanceDocument;
const moveWorker = api.TransitionWorkerDocument;

/** Every command, from each kind of state in which it takes other steps. */
export const KILL_COMMANDS: readonly KillCommand[] = [
  {
    name: 'createDefinition',
    live: false,
    document: api.CreateDefinitionDocument,
    prepare: async (stage) => ({
      input: filed(stage).input,
      touched: (collections) => definitionsNamed(collections, stage.name),
    }),
  },
  {
    name: 'createDefinitionVersion',
    live: false,
    document: api.CreateDefinitionVersionDocument,
    async prepare({ client, name }) {
      const { id: fromId } = await story(client).definition(plainDefinition(name));
      return {
        input: { fromId, version: '1.1.0' },
        touched: (collections) => definitionsNamed(collections, name),
      };
    },
  },
  {
    name: 'syncDefinition to a new version',
    live: false,
    document: api.SyncDefinitionDocument,
    async prepare(stage) {
      const { input, write } = filed(stage);
      const { id } = await story(stage.client).definition(input);
      write(`${LAB_FILE}# changed\n`);
      return { input: { id }, touched: (collections) => definitionsNamed(collections, stage.name) };
    },
  },
  {
    name: 'syncDefinition of the same text',
    live: false,
    document: api.SyncDefinitionDocument,
    async prepare(stage) {
      const { id } = await story(stage.client).definition(filed(stage).input);
      return { input: { id }, touched: (collections) => definitionsNamed(collections, stage.name) };
    },
  },
  {
    name: 'deprecateDefinition',
    live: false,
    document: api.DeprecateDefinitionDocument,
    async prepare({ client, name }) {
      const { id } = await story(client).definition(plainDefinition(name));
      return { input: { id, reason: 'old' }, touched: just(id) };
    },
  },
  {
    name: 'archiveDefinition',
    live: false,
    document: api.ArchiveDefinitionDocument,
    async prepare({ client, name }) {
      const { id } = await story(client).definition(plainDefinition(name));
      await client.request(api.DeprecateDefinitionDocument, { input: { id, reason: 'old' } });
      return { input: { id }, touched: just(id) };
    },
  },
  {
    name: 'createInstance',
    live: true,
    document: api.CreateInstanceDocument,
    async prepare({ client, name }) {
      const { id: definitionId } = await story(client).definition(plainDefinition(name));
      return {
        input: { definitionId, reservationId: name },
        touched: async ({ instances }) => {
          const found = await instances.find(
            { definitionId },
            { index: 'definitionId_createdAt', limit: LIMIT },
          );
          return found.map(({ id }) => id);
        },
      };
    },
  },
  {
    name: 'scheduleInstance',
    live: true,
    document: api.ScheduleInstanceDocument,
    async prepare(stage) {
      const { id } = await booked(stage);
      const { id: workerId } = await openWorker(stage.client, stage.name);
      return { input: { id, workerId }, touched: just(id, workerId) };
    },
  },
  {
    name: 'transitionInstance',
    live: true,
    document: transition,
    async prepare(stage) {
      const { id } = await scheduled(stage);
      return { input: { id, to: 'INSTANTIATING' }, touched: just(id) };
    },
  },
  {
    name: 'transitionInstance to STOPPED where the end was asked for',
    live: true,
    document: transition,
    async prepare(stage) {
      const { tell, id } = await running(stage);
      await tell.terminate(id);
      return { input: { id, to: 'STOPPED' }, touched: just(id) };
    },
  },
  {
    name: 'terminateInstance while PENDING',
    live: true,
    document: terminate,
    async prepare(stage) {
      const { id } = await booked(stage);
      return { input: { id }, touched: just(id) };
    },
  },
  {
    name: 'terminateInstance while SCHEDULED',
    live: true,
    document: terminate,
    async prepare(stage) {
      const { id } = await scheduled(stage);
      return { input: { id }, touched: just(id) };
    },
  },
  {
    name: 'terminateInstance while RUNNING',
    live: true,
    document: terminate,
    async prepare(stage) {
      const { id } = await running(stage);
      return { input: { id }, touched: just(id) };
    },
  },
  {
    name: 'terminateInstance while STOPPED',
    live: true,
    document: terminate,
    async prepare(stage) {
      const { id } = await stopped(stage);
      return { input: { id }, touched: just(id) };
    },
  },
  {
    name: 'registerWorker',
    live: true,
    document: api.RegisterWorkerDocument,
    prepare: async ({ name }) => ({
      input: { ...workerInput(name) },
      touched: async ({ workers }) => {
        const found = await workers.find({ name }, { index: 'name', limit: LIMIT });
        return found.map(({ id }) => id);
      },
    }),
  },
  {
    name: 'transitionWorker to RUNNING',
    live: true,
    document: moveWorker,
    async prepare({ client, name }) {
      const { id } = await story(client).worker(workerInput(name));
      await story(client).moveWorker(id, 'PROVISIONING');
      return { input: { id, to: 'RUNNING' }, touched: just(id) };
    },
  },
  {
    name: 'transitionWorker to STOPPING by force, with an instance',
    live: true,
    document: moveWorker,
    async prepare(stage) {
      const { id, workerId } = await running(stage);
      return { input: { id: workerId, to: 'STOPPING', force: true }, touched: just(workerId, id) };
    },
  },
  {
    name: 'transitionWorker to STOPPED, which ends its instances',
    live: true,
    document: moveWorker,
    async prepare(stage) {
      const { tell, id, workerId } = await running(stage);
      await tell.moveWorker(workerId, 'STOPPING', { force: true });
      return { input: { id: workerId, to: 'STOPPED' }, touched: just(workerId, id) };
    },
  },
  {
    name: 'transitionWorker to TERMINATED',
    live: true,
    document: moveWorker,
    async prepare({ client, name }) {
      const { id } = await openWorker(client, name);
      await story(client).moveWorker(id, 'STOPPING');
      await story(client).moveWorker(id, 'STOPPED');
      return { input: { id, to: 'TERMINATED' }, touched: just(id) };
    },
  },
  {
    name: 'createTemplate',
    live: false,
    document: api.CreateTemplateDocument,
    prepare: async ({ name }) => ({
      input: {
        name,
        instanceType: 'm5',
        licenseType: 'PERSONAL',
        amiPattern: 'CML-*',
        capacity: { cpuCores: 8, memoryGb: 16, storageGb: 100, nodes: 5 },
      },
      touched: async ({ templates }) => {
        const found = await templates.find({ name }, { index: 'name', limit: LIMIT });
        return found.map(({ id }) => id);
      },
    }),
  },
];
