/** What a newer server wrote is refused by name wherever it is read: nothing is shown or decided from it. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { refusal } from './support/answers.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';
import { templateInput } from './support/template-file.js';

let server: TestServer;
let admin: api.LabletClient;
let around: (call: StoreCall) => Promise<unknown> = ({ go }) => go();
const ids = { definitionId: '', instanceId: '', workerId: '', templateId: '' };

beforeAll(async () => {
  const wrapStores = intercepted((call) => around(call));
  server = await startTestServer({ env: { REPAIR_SECONDS: '86400' }, overrides: { wrapStores } });
  admin = await server.client('ADMIN', 'root');
  const { createTemplate } = await admin.request(api.CreateTemplateDocument, {
    input: templateInput('newer'),
  });
  ids.templateId = required(createTemplate).template.id;
  ids.workerId = (await openWorker(admin, 'newer')).id;
  ids.definitionId = (await story(admin).definition(plainDefinition('Newer', 1))).id;
  ids.instanceId = (await story(admin).instance({ definitionId: ids.definitionId })).id;
});
afterEach(() => void (around = ({ go }) => go()));
afterAll(() => server.close());

/** The object with this id is read as a newer server would have written it. */
function writtenByNewer(id: string): void {
  const newer = (document: unknown): unknown => {
    if (Array.isArray(document)) return document.map(newer);
    return (document as { id?: string } | null)?.id === id
      ? { ...(document as object), schemaVersion: 2 }
      : document;
  };
  around = async ({ name, go }) => (/\.(get|getMany|find)$/.test(name) ? newer(await go()) : go());
}

describe.each([
  {
    key: 'definitionId',
    entity: 'LabletDefinition',
    asks: {
      definition: () => admin.request(api.DefinitionDocument, { id: ids.definitionId }),
      definitions: () => admin.request(api.DefinitionsDocument, {}),
      placementPreview: () => admin.request(api.PlacementPreviewDocument, { definitionId: ids.definitionId }),
      createInstance: () => story(admin).instance({ definitionId: ids.definitionId }),
      scheduleInstance: () => story(admin).schedule(ids.instanceId, ids.workerId),
      deprecateDefinition: () =>
        admin.request(api.DeprecateDefinitionDocument, { input: { id: ids.definitionId, reason: 'x' } }),
    },
  },
  {
    key: 'workerId',
    entity: 'Worker',
    asks: {
      worker: () => admin.request(api.WorkerDocument, { id: ids.workerId }),
      workers: () => admin.request(api.WorkersDocument, {}),
      placementPreview: () => admin.request(api.PlacementPreviewDocument, { definitionId: ids.definitionId }),
      scheduleInstance: () => story(admin).schedule(ids.instanceId, ids.workerId),
      drainWorker: () => admin.request(api.DrainWorkerDocument, { input: { id: ids.workerId } }),
    },
  },
  {
    key: 'instanceId',
    entity: 'LabletInstance',
    asks: {
      instance: () => admin.request(api.InstanceDocument, { id: ids.instanceId }),
      instances: () => admin.request(api.InstancesDocument, {}),
      scheduleInstance: () => story(admin).schedule(ids.instanceId, ids.workerId),
      terminateInstance: () => story(admin).terminate(ids.instanceId),
    },
  },
  {
    key: 'templateId',
    entity: 'WorkerTemplate',
    asks: {
      template: () => admin.request(api.TemplateDocument, { id: ids.templateId }),
      templates: () => admin.request(api.TemplatesDocument, {}),
      registerWorker: () => story(admin).worker({ name: 'of-newer', templateName: 'newer', region: 'r' }),
      updateTemplate: () =>
        admin.request(api.UpdateTemplateDocument, { input: { id: ids.templateId, enabled: false } }),
    },
  },
] as const)('a newer $entity', ({ key, entity, asks }) => {
  it.each(Object.entries(asks))('is refused by name by %s', async (_operation, ask) => {
    writtenByNewer(ids[key]);
    const { code, message } = await refusal(ask());
    expect(code).toBe('INTERNAL');
    expect(message).toContain(`A newer server wrote ${entity} ${ids[key]} in format 2;`);
  });
});

it('is refused where it is a field of another object, and the others are answered', async () => {
  const other = await story(admin).definition(plainDefinition('Known', 1));
  const { id } = await story(admin).instance({ definitionId: other.id });
  writtenByNewer(ids.definitionId);
  const answer = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${await server.token('ADMIN', 'root')}`,
    },
    body: JSON.stringify({
      query: `{ a: instance(id: "${ids.instanceId}") { definition { name } }
                b: instance(id: "${id}") { definition { name } } }`,
    }),
  });
  const { data, errors } = (await answer.json()) as { data: Record<string, unknown>; errors: unknown };
  expect(data['b']).toEqual({ definition: { name: 'Known' } });
  expect(errors).toMatchObject([
    {
      message: expect.stringContaining(`A newer server wrote LabletDefinition ${ids.definitionId} `),
      extensions: { code: 'INTERNAL' },
    },
  ]);
});
