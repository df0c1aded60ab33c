import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ApiError,
  ArchiveDefinitionDocument,
  CreateDefinitionVersionDocument,
  DefinitionByNameDocument,
  DefinitionsDocument,
  DeprecateDefinitionDocument,
  type CreateDefinitionVersionInput,
  type LabletClient,
} from '../src/client/index.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { exampleDefinition, plainDefinition, required, story } from './support/story.js';

async function refusal(work: Promise<unknown>): Promise<[string, unknown]> {
  const error: unknown = await work.catch((caught: unknown) => caught);
  if (!(error instanceof ApiError)) throw new Error('it was not refused');
  return [error.code, error.details];
}

describe('versions of a definition', () => {
  let server: TestServer;
  let client: LabletClient;
  /** Disturbs calls of the stores while it is set. */
  let disturb: ((call: StoreCall) => Promise<unknown>) | null = null;

  beforeAll(async () => {
    const wrapStores = intercepted((call) => disturb?.(call) ?? call.go());
    server = await startTestServer({ overrides: { wrapStores } });
    client = await server.client('ADMIN', 'author');
  });

  afterAll(() => server?.close());

  const version = async (input: CreateDefinitionVersionInput) =>
    required((await client.request(CreateDefinitionVersionDocument, { input })).createDefinitionVersion)
      .definition;
  const deprecate = async (id: string, reason: string, replacementId?: string) =>
    required(
      (await client.request(DeprecateDefinitionDocument, { input: { id, reason, replacementId } }))
        .deprecateDefinition,
    ).definition;
  const archive = async (id: string) =>
    required((await client.request(ArchiveDefinitionDocument, { input: { id } })).archiveDefinition)
      .definition;
  const latest = async (name: string) =>
    required((await client.request(DefinitionByNameDocument, { name })).definitionByName).version;

  it('inherits every field that is not given', async () => {
    const base = await story(client).definition(exampleDefinition());
    const next = await version({ fromId: base.id, version: '1.1.0' });
    const { id, revision, createdAt, ...same } = base;
    expect(next).toMatchObject({ ...same, version: '1.1.0', previousVersionId: id, revision });
    expect(next.createdAt >= createdAt).toBe(true);
    const changed = await version({
      fromId: next.id,
      version: '1.2.0',
      maxDurationMinutes: 30,
      ownerNotification: null,
    });
    expect(changed).toMatchObject({
      maxDurationMinutes: 30,
      ownerNotification: null,
      labYamlHash: base.labYamlHash,
      topologySource: 'EXTRACTED',
    });
  });

  it('declares the topology when a node count is given, and reads it again when the file changes', async () => {
    const base = await story(client).definition({ ...exampleDefinition(), name: 'Topology lab' });
    const declared = await version({ fromId: base.id, version: '1.1.0', nodeCount: 2 });
    expect(declared).toMatchObject({
      topologySource: 'DECLARED',
      nodeCount: 2,
      portTemplate: base.portTemplate,
    });
    const read = await version({
      fromId: base.id,
      version: '1.2.0',
      labArtifactUri: 'file:///labs/ospf-triangle.yaml',
    });
    expect(read.topologySource).toBe('EXTRACTED');
    expect(read.labYamlHash).not.toBe(base.labYamlHash);
    expect(read.portTemplate).not.toEqual(base.portTemplate);
  });

  it('compares versions number by number, for the latest one and in lists', async () => {
    const base = await story(client).definition({ ...plainDefinition('Ordered lab'), version: '1.2.0' });
    await version({ fromId: base.id, version: '1.10.0' });
    await version({ fromId: base.id, version: '1.9.0' });
    expect(await latest('Ordered lab')).toBe('1.10.0');
    const { definitions } = await client.request(DefinitionsDocument, { filter: { name: 'Ordered lab' } });
    expect(required(definitions).nodes.map((each) => each.version)).toEqual(['1.10.0', '1.9.0', '1.2.0']);
  });

  it('refuses a version that is not higher or in use, and null where nothing can be cleared', async () => {
    const base = await story(client).definition(plainDefinition('Refusing lab'));
    expect(await refusal(version({ fromId: base.id, version: '1.0.0' }))).toEqual([
      'VERSION_NOT_HIGHER',
      { base: '1.0.0', given: '1.0.0' },
    ]);
    await version({ fromId: base.id, version: '1.0.1' });
    expect((await refusal(version({ fromId: base.id, version: '1.0.1' })))[0]).toBe('ALREADY_EXISTS');
    const [code, details] = await refusal(
      version({ fromId: base.id, version: '1.0.2', licenseAffinity: null }),
    );
    expect([code, (details as { fields: { path: string }[] }).fields.map(({ path }) => path)]).toEqual([
      'VALIDATION_FAILED',
      ['licenseAffinity'],
    ]);
  });

  it('lets one of two equal versions win when they race', async () => {
    const base = await story(client).definition(plainDefinition('Racing lab'));
    const racing = Array.from({ length: 10 }, () => version({ fromId: base.id, version: '2.0.0' }));
    const results = await Promise.allSettled(racing);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect((result.reason as ApiError).code).toBe('ALREADY_EXISTS');
    }
  });

  it('takes no new instance once deprecated, while existing ones go on', async () => {
    const base = await story(client).definition(plainDefinition('Old lab'));
    const next = await version({ fromId: base.id, version: '2.0.0' });
    const { id: running } = await story(client).instance({ definitionId: base.id });
    const old = await deprecate(base.id, 'use 2.0.0', next.id);
    expect(old).toMatchObject({
      status: 'DEPRECATED',
      deprecatedBy: 'author',
      deprecationReason: 'use 2.0.0',
      replacementId: next.id,
      revision: 2,
    });
    expect(await deprecate(base.id, 'again')).toEqual(old);
    expect(await refusal(story(client).instance({ definitionId: base.id }))).toEqual([
      'DEFINITION_NOT_ACTIVE',
      { status: 'DEPRECATED', replacementId: next.id },
    ]);
    expect(await refusal(archive(base.id))).toEqual(['DEFINITION_IN_USE', { count: 1 }]);
    expect((await story(client).terminate(running)).state).toBe('TERMINATED');
    expect((await archive(base.id)).status).toBe('ARCHIVED');
    expect((await archive(base.id)).revision).toBe(3);
    expect((await refusal(deprecate(base.id, 'too late')))[0]).toBe('DEFINITION_NOT_ACTIVE');
    expect((await refusal(version({ fromId: base.id, version: '3.0.0' })))[0]).toBe('DEFINITION_NOT_ACTIVE');
  });

  it('D4 does not break an instance whose version is archived while it is created', async () => {
    const tell = story(client);
    const { id } = await tell.definition(plainDefinition('Archived in between', 1));
    let archived = false;
    disturb = async ({ name, go }) => {
      if (name === 'lablet_instances.insert' && !archived) {
        archived = true;
        await deprecate(id, 'over');
        expect((await archive(id)).status).toBe('ARCHIVED');
      }
      return go();
    };
    const instance = await tell.instance({ definitionId: id }).finally(() => (disturb = null));
    const worker = await openWorker(client, 'archived-in-between');
    expect((await tell.schedule(instance.id, worker.id)).state).toBe('SCHEDULED');
    expect((await tell.terminate(instance.id)).state).toBe('TERMINATED');
  });

  it('refuses to archive an active version and to replace a version by itself or by nothing', async () => {
    const { id } = await story(client).definition(plainDefinition('Active lab'));
    expect(await refusal(archive(id))).toEqual(['DEFINITION_NOT_DEPRECATED', { status: 'ACTIVE' }]);
    for (const replacementId of [id, 'def_01ARZ3NDEKTSV4RRFFQ69G5FAV']) {
      const [code, details] = await refusal(deprecate(id, 'no', replacementId));
      expect(code).toBe('VALIDATION_FAILED');
      expect(details).toMatchObject({ fields: [{ path: 'replacementId' }] });
    }
  });
});
