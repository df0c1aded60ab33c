/** A document that lacks a field, as an older server wrote it, is served and changed with the stated default. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';
import { entry, outcomesOf, templateFile, templateInput } from './support/template-file.js';

const file = templateFile(entry('seeded'));
let server: TestServer;
let admin: api.LabletClient;
let made = 0;
let around: (call: StoreCall) => Promise<unknown> = ({ go }) => go();

beforeAll(async () => {
  const wrapStores = intercepted((call) => around(call));
  server = await startTestServer({
    env: { ...file.env, REPAIR_SECONDS: '86400' },
    overrides: { wrapStores },
  });
  admin = await server.client('ADMIN', 'root');
});
afterAll(async () => {
  await server.close();
  file.remove();
});

/** Does `work` while every read of the collection lacks the field. */
async function lacking<T>(collection: string, field: string, work: () => Promise<T>): Promise<T> {
  const without = (document: unknown): unknown => {
    if (Array.isArray(document)) return document.map(without);
    if (typeof document !== 'object' || document === null) return document;
    return Object.fromEntries(Object.entries(document).filter(([name]) => name !== field));
  };
  const reads = ['get', 'getMany', 'find'].map((read) => `${collection}.${read}`);
  around = async ({ name, go }) => (reads.includes(name) ? without(await go()) : go());
  try {
    return await work();
  } finally {
    around = ({ go }) => go();
  }
}

const tell = () => story(admin);

const LATER = {
  ...{ nodeCount: 2, maxDurationMinutes: 90, warmPoolDepth: 1, licenseAffinity: ['ENTERPRISE'] as const },
  gradingRulesUri: 'https://example.org/rules',
  ownerNotification: { email: 'labs@example.org' },
};

describe.each(
  Object.entries({
    labYamlHash: '',
    topologySource: 'DECLARED',
    licenseAffinity: ['PERSONAL', 'ENTERPRISE', 'EVALUATION'],
    nodeCount: 1,
    portTemplate: [],
    gradingRulesUri: null,
    maxDurationMinutes: 60,
    warmPoolDepth: 0,
    ownerNotification: null,
    status: 'ACTIVE',
    previousVersionId: null,
    supersedesId: null,
    deprecatedAt: null,
    deprecatedBy: null,
    deprecationReason: null,
    replacementId: null,
    syncStatus: 'NEVER',
    lastSyncedAt: null,
    lastSyncError: null,
  }),
)('a definition without %s', (field, stated) => {
  it('is shown, previewed, booked, scheduled and deprecated with the default', async () => {
    const name = `Older ${++made}`;
    const { id } = await tell().definition({
      ...{ ...plainDefinition(name, 1), ...LATER, licenseAffinity: [...LATER.licenseAffinity] },
    });
    const worker = await openWorker(admin, `older-${made}`);
    await lacking('lablet_definitions', field, async () => {
      const { definition } = await admin.request(api.DefinitionDocument, { id });
      const shown = required(definition) as Record<string, unknown>;
      // What the answer shows of another object, or not at all, is seen in the stored document below.
      if (field in shown) expect(shown[field]).toEqual(stated);
      const { placementPreview } = await admin.request(api.PlacementPreviewDocument, { definitionId: id });
      expect(JSON.stringify(placementPreview)).toContain(worker.id);
      const { id: instanceId } = await tell().instance({ definitionId: id });
      expect((await tell().schedule(instanceId, worker.id)).state).toBe('SCHEDULED');
      await admin.request(api.DeprecateDefinitionDocument, { input: { id, reason: 'old' } });
    });
    const saved = await server.server.context.collections.definitions.get(id);
    expect(saved).toMatchObject({ status: 'DEPRECATED', deprecationReason: 'old', revision: 2 });
    if (!/^(status|deprecat)/.test(field)) expect(saved).toHaveProperty(field, stated);
  });
});

describe.each(Object.entries({ nestedVirt: true, amiRequirements: [] as unknown }))(
  'requirements without %s',
  (part, stated) => {
    it('take the default', async () => {
      const { id } = await tell().definition(plainDefinition(`Older ${++made}`, 1));
      const { definitions } = server.server.context.collections;
      const stored = required(await definitions.get(id));
      const resourceRequirements = { ...stored.resourceRequirements, [part]: undefined };
      Reflect.deleteProperty(resourceRequirements, part);
      around = async ({ name, go }) =>
        name === 'lablet_definitions.get' ? { ...stored, resourceRequirements } : go();
      const { definition } = await admin
        .request(api.DefinitionDocument, { id })
        .finally(() => (around = ({ go }) => go()));
      expect(required(definition).resourceRequirements).toMatchObject({ [part]: stated });
    });
  },
);

describe.each(
  Object.entries({
    ...{ description: '', regions: [], portRange: { start: 2000, end: 9999 }, excludedPorts: [9090] },
    ...{ drainTimeoutHours: 4, startupTimeMinutes: 20, costPerHourUsd: null, tags: [], enabled: true },
    seededHash: null,
  }),
)('a template without %s', (field, stated) => {
  it('is shown, used and changed with the default', async () => {
    const { createTemplate } = await admin.request(api.CreateTemplateDocument, {
      input: {
        ...templateInput(`older-${++made}`),
        regions: ['us-east-1'],
        description: 'one',
        enabled: true,
      },
    });
    const { id, name } = required(createTemplate).template;
    await lacking('worker_templates', field, async () => {
      const { template } = await admin.request(api.TemplateDocument, { id });
      expect(template).toMatchObject({ [field]: stated });
      await tell().worker({ name: `of-${name}`, templateName: name, region: 'us-east-1' });
      await admin.request(api.UpdateTemplateDocument, { input: { id, amiPattern: 'CML-2.10.*' } });
    });
    const saved = await server.server.context.collections.templates.get(id);
    expect(saved).toMatchObject({ amiPattern: 'CML-2.10.*', [field]: stated });
  });

  it('is still unedited, if the file made it so', async () => {
    if (field === 'seededHash') return;
    const reloaded = () => admin.request(api.ReloadTemplatesDocument, { input: {} });
    const { reloadTemplates } = await lacking('worker_templates', field, reloaded);
    expect(outcomesOf(required(reloadTemplates).report)).toContain('seeded UNCHANGED');
  });
});

describe.each(
  Object.entries({
    ...{ templateName: null, licenseType: 'PERSONAL', drainTimeoutHours: 4, excludedPorts: [9090] },
    declaredCapacity: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
    ...{ portRange: { start: 2000, end: 9999 }, cloudInstanceId: null, amiName: null, cmlVersion: null },
    ...{ nodeDefinitions: null, endpointUrl: null, host: null, drainStartedAt: null, configRevision: 1 },
  }),
)('a worker without %s', (field, stated) => {
  it('is shown, previewed, given claims and moved with the default', async () => {
    const { id: definitionId } = await tell().definition(plainDefinition(`Older ${++made}`, 1));
    const { id } = await openWorker(admin, `older-${made}`);
    await lacking('cml_workers', field, async () => {
      await admin.request(api.WorkerDocument, { id });
      await admin.request(api.PlacementPreviewDocument, { definitionId });
      const booked = await tell().instance({ definitionId });
      expect((await tell().schedule(booked.id, id)).workerId).toBe(id);
      await tell().terminate(booked.id);
      await tell().moveWorker(id, 'STOPPING');
    });
    const saved = await server.server.context.collections.workers.get(id);
    expect(saved).toMatchObject({ status: 'STOPPING', [field]: stated });
  });
});

describe.each(
  Object.entries({
    ...{ reservationId: null, asSoonAsPossible: false, workerId: null, cmlLabId: null, allocatedPorts: [] },
    ...{ claim: null, gradingScore: null, terminationRequested: null, retryCount: 0, lastError: null },
    ...{ scheduledAt: null, startedAt: null, endedAt: null, terminatedAt: null, durationSeconds: null },
  }),
)('an instance without %s', (field, stated) => {
  it('is shown, scheduled and moved with the default', async () => {
    const { id: definitionId } = await tell().definition(plainDefinition(`Older ${++made}`, 1));
    const worker = await openWorker(admin, `older-${made}`);
    const { id } = await tell().instance({ definitionId });
    const isSetByScheduling = /^(workerId|allocatedPorts|claim|scheduledAt)$/.test(field);
    await lacking('lablet_instances', field, async () => {
      const { instance } = await admin.request(api.InstanceDocument, { id });
      expect(required(instance).state).toBe('PENDING');
      await tell().schedule(id, worker.id);
      if (!isSetByScheduling) await tell().move(id, 'INSTANTIATING');
    });
    const saved = await server.server.context.collections.instances.get(id);
    expect(saved?.workerId).toBe(worker.id);
    if (!isSetByScheduling) expect(saved).toMatchObject({ state: 'INSTANTIATING', [field]: stated });
  });
});
