import {
  ArchiveDefinitionDocument,
  CreateDefinitionVersionDocument,
  CreateTemplateDocument,
  DeprecateDefinitionDocument,
  UpdateTemplateDocument,
  type LabletClient,
} from '../../src/client/index.js';
import { sender, type Repeatable } from './repeatable.js';
import { plainDefinition, required, story } from './story.js';

const deprecate = (client: LabletClient, id: string) =>
  client.request(DeprecateDefinitionDocument, { input: { id, reason: 'old' } });

const templateInput = (name: string) => ({
  name,
  instanceType: 'm5zn.metal',
  licenseType: 'PERSONAL' as const,
  amiPattern: 'CML-*',
  capacity: { cpuCores: 8, memoryGb: 16, storageGb: 100, nodes: 5 },
});

/** Commands on versions of definitions, and on templates. */
export const DEFINITIONS_AND_TEMPLATES: readonly Repeatable[] = [
  {
    name: 'createDefinitionVersion',
    creates: true,
    send: sender(CreateDefinitionVersionDocument, 'definition'),
    async prepare(client, name) {
      const { id: fromId } = await story(client).definition(plainDefinition(name));
      return {
        input: { fromId, version: '1.1.0' },
        other: { version: '1.2.0' },
        revision: 1,
        afterwards: (id) => deprecate(client, id),
      };
    },
  },
  {
    name: 'deprecateDefinition',
    creates: false,
    send: sender(DeprecateDefinitionDocument, 'definition'),
    async prepare(client, name) {
      const { id } = await story(client).definition(plainDefinition(name));
      return {
        input: { id, reason: 'old', expectedRevision: 1 },
        other: { reason: 'another' },
        revision: 2,
        afterwards: () => client.request(ArchiveDefinitionDocument, { input: { id } }),
      };
    },
  },
  {
    name: 'archiveDefinition',
    creates: false,
    send: sender(ArchiveDefinitionDocument, 'definition'),
    async prepare(client, name) {
      const { id } = await story(client).definition(plainDefinition(name));
      await deprecate(client, id);
      return {
        input: { id, expectedRevision: 2 },
        other: { expectedRevision: null },
        revision: 3,
        afterwards: null,
      };
    },
  },
  {
    name: 'createTemplate',
    creates: true,
    send: sender(CreateTemplateDocument, 'template'),
    prepare: async (client, name) => ({
      input: templateInput(name),
      other: { description: 'another' },
      revision: 1,
      afterwards: (id) =>
        client.request(UpdateTemplateDocument, { input: { id, description: 'changed further' } }),
    }),
  },
  {
    name: 'updateTemplate',
    creates: false,
    send: sender(UpdateTemplateDocument, 'template'),
    async prepare(client, name) {
      const made = await client.request(CreateTemplateDocument, { input: templateInput(name) });
      const { id } = required(made.createTemplate).template;
      return {
        input: { id, description: 'once', expectedRevision: 1 },
        other: { description: 'another' },
        revision: 2,
        afterwards: () => client.request(UpdateTemplateDocument, { input: { id, startupTimeMinutes: 7 } }),
      };
    },
  },
];
