/** What authors write, what is stored for it, and what a new version inherits, on every pair of stores. */
import { readFileSync } from 'node:fs';
import { buildSchema, getNamedType, isObjectType, type GraphQLObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { rawDocument, refusal } from './support/answers.js';
import { purePairs } from './support/backends.js';
import { startTestServer, type TestServer } from './support/server.js';
import { required, story } from './support/story.js';

const URI = 'file:///labs/branch-vpn.yaml';

/** Every field an author can write, each with another value than its default. */
const EVERYTHING: Omit<api.CreateDefinitionInput, 'name'> = {
  version: '1.2.3',
  labArtifactUri: URI,
  resourceRequirements: {
    ...{ cpuCores: 64, memoryGb: 256, storageGb: 1000, nestedVirt: false },
    amiRequirements: [
      { namePattern: 'CML-*', minVersion: '2.9.0', maxVersion: '2.10', nodeDefinitions: ['iosv', 'ubuntu'] },
      { minVersion: '2' },
    ],
  },
  licenseAffinity: ['ENTERPRISE', 'PERSONAL'],
  nodeCount: 500,
  portTemplate: [
    { name: 'console', kind: 'SERIAL', nodeLabel: 'r1 ☂', line: 99, description: 'of r1' },
    { name: 'aux', kind: 'SERIAL', nodeLabel: 'r1 ☂' },
    { name: 'screen', kind: 'VNC', nodeLabel: 'desk', protocol: 'TCP' },
    { name: 'dns', kind: 'PAT', nodeLabel: 'desk', protocol: 'UDP', insidePort: 53, description: '' },
    { name: 'p' },
  ],
  gradingRulesUri: 's3://rules/branch-vpn.json',
  maxDurationMinutes: 480,
  warmPoolDepth: 10,
  ownerNotification: {
    ...{ email: 'labs@example.org', webhookUrl: 'https://example.org/hook?x=1' },
    ...{ notifyOnStart: false, notifyOnComplete: false, notifyOnError: false },
  },
};

const STORED = {
  ...EVERYTHING,
  resourceRequirements: {
    ...EVERYTHING.resourceRequirements,
    amiRequirements: [
      required(EVERYTHING.resourceRequirements.amiRequirements)[0],
      { namePattern: null, minVersion: '2', maxVersion: null, nodeDefinitions: [] },
    ],
  },
  portTemplate: [
    port('console', { kind: 'SERIAL', nodeLabel: 'r1 ☂', line: 99, description: 'of r1' }),
    port('aux', { kind: 'SERIAL', nodeLabel: 'r1 ☂', line: 0 }),
    port('screen', { kind: 'VNC', nodeLabel: 'desk' }),
    port('dns', { kind: 'PAT', nodeLabel: 'desk', protocol: 'UDP', insidePort: 53, description: '' }),
    port('p', {}),
  ],
};

function port(name: string, given: object) {
  const plain = { protocol: 'TCP', kind: 'OTHER', nodeLabel: null, line: null, insidePort: null };
  return { name, ...plain, description: null, ...given };
}

const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));
const EDGES = ['versions', 'previousVersion', 'replacement', 'instances', 'labYamlCached'];

/** All fields of the type but those that lead to other objects, so that a new field is looked at too. */
function wholeOf(type: GraphQLObjectType): string {
  const fields = Object.values(type.getFields()).filter(({ name }) => !EDGES.includes(name));
  const parts = fields.map((field) => {
    const inner = getNamedType(field.type);
    return isObjectType(inner) ? `${field.name} ${wholeOf(inner)}` : field.name;
  });
  return `{ ${parts.join(' ')} }`;
}

const WHOLE = wholeOf(schema.getType('LabletDefinition') as GraphQLObjectType);
const BY_ID = rawDocument(`query ($id: ID!) { definition(id: $id) ${WHOLE} }`);
const BY_NAME = rawDocument(
  `query ($name: String!, $version: SemVer) { definitionByName(name: $name, version: $version) ${WHOLE} }`,
);
const EVENTS = rawDocument(
  'query ($id: ID!) { events(filter: { aggregateId: $id }, direction: ASC) { nodes { type revision } } }',
);

describe.each(purePairs())('a definition on $name', (pair) => {
  let server: TestServer;
  let admin: api.LabletClient;
  let stopEngines: () => Promise<void>;

  beforeAll(async () => {
    const { env, stop } = await pair.start();
    stopEngines = stop;
    server = await startTestServer({ env });
    admin = await server.client('ADMIN', 'author');
  }, 120_000);

  afterAll(async () => {
    await server?.close();
    await stopEngines?.();
  });

  const create = (input: api.CreateDefinitionInput) => story(admin).definition(input);
  const whole = async (id: string) => (await admin.request(BY_ID, { id })).definition;
  const next = async (input: api.CreateDefinitionVersionInput) => {
    const made = await admin.request(api.CreateDefinitionVersionDocument, { input });
    return whole(required(made.createDefinitionVersion).definition.id);
  };

  it('D1 is read back with every field that was given, by id and by name with version', async () => {
    const { id } = await create({ name: ' Every field ', ...EVERYTHING });
    const found = await whole(id);
    expect(found).toMatchObject({ name: 'Every field', ...STORED, status: 'ACTIVE', createdBy: 'author' });
    const named = { name: 'Every field', version: '1.2.3' };
    expect((await admin.request(BY_NAME, named)).definitionByName).toEqual(found);
    expect((await admin.request(BY_NAME, { name: 'Every field' })).definitionByName).toEqual(found);
  });

  it.each(['absent', 'null'])('D1 has the stated default in every field that is %s', async (how) => {
    const given = how === 'null' ? null : undefined;
    const { id } = await create({
      ...{ name: `Defaults ${how}`, version: '0.0.0', labArtifactUri: URI },
      resourceRequirements: {
        ...{ cpuCores: 1, memoryGb: 1, storageGb: 1 },
        ...{ nestedVirt: given, amiRequirements: given },
      },
      ...{ licenseAffinity: given, nodeCount: given, portTemplate: given, gradingRulesUri: given },
      ...{
        maxDurationMinutes: given,
        warmPoolDepth: given,
        ownerNotification: given,
        extractTopology: given,
      },
    });
    const found = await whole(id);
    expect(found).toEqual({
      ...{ id, name: `Defaults ${how}`, version: '0.0.0', labArtifactUri: URI, labYamlHash: '' },
      resourceRequirements: {
        ...{ cpuCores: 1, memoryGb: 1, storageGb: 1, nestedVirt: true, amiRequirements: [] },
      },
      ...{ topologySource: 'DECLARED', licenseAffinity: ['PERSONAL', 'ENTERPRISE', 'EVALUATION'] },
      ...{ nodeCount: 1, portTemplate: [], gradingRulesUri: null, maxDurationMinutes: 60, warmPoolDepth: 0 },
      ...{ ownerNotification: null, status: 'ACTIVE', previousVersionId: null, supersedesId: null },
      ...{ deprecatedAt: null, deprecatedBy: null, deprecationReason: null, replacementId: null },
      ...{ syncStatus: 'NEVER', lastSyncedAt: null, lastSyncError: null, createdBy: 'author', revision: 1 },
      ...{ createdAt: found.createdAt, updatedAt: found.createdAt },
    });
  });

  it('D3 equals its base in every inheritable field when only its number is given', async () => {
    const { id } = await create({ name: 'Inherited', ...EVERYTHING });
    await admin.request(api.SyncDefinitionDocument, { input: { id } });
    const base = await whole(id);
    expect(base).toMatchObject({ syncStatus: 'SUCCESS', labYamlHash: expect.stringMatching(/^\w{64}$/) });
    const version = await next({ fromId: id, version: '1.10.0' });
    const own = ['id', 'version', 'previousVersionId', 'createdAt', 'updatedAt', 'revision'];
    expect({ ...version, ...Object.fromEntries(own.map((field) => [field, base[field]])) }).toEqual(base);
    expect(version).toMatchObject({ version: '1.10.0', previousVersionId: id, revision: 1 });
    expect(await whole(id)).toEqual(base);
  });

  it('D3 changes the one field that is given, and inherits the others', async () => {
    const { id } = await create({ name: 'Changed', ...EVERYTHING });
    await admin.request(api.SyncDefinitionDocument, { input: { id } });
    const base = await whole(id);
    const unread = { labYamlHash: '', syncStatus: 'NEVER', lastSyncedAt: null };
    const changes: [given: Partial<api.CreateDefinitionVersionInput>, more?: object][] = [
      [{ labArtifactUri: 'file:///labs/dmvpn.yaml' }, unread],
      [{ labArtifactUri: URI }],
      [{ resourceRequirements: { cpuCores: 1, memoryGb: 1, storageGb: 1 } }],
      [{ licenseAffinity: ['ENTERPRISE'] }],
      [{ nodeCount: 7 }],
      [{ portTemplate: [] }],
      [{ gradingRulesUri: null }],
      [{ gradingRulesUri: 'https://example.org/rules' }],
      [{ maxDurationMinutes: 1 }],
      [{ warmPoolDepth: 0 }],
      [{ ownerNotification: null }],
      [{ extractTopology: false }],
    ];
    for (const [index, [given, more]] of changes.entries()) {
      const { extractTopology: _no, ...changed } = given;
      const version = await next({ fromId: id, version: `2.${index}.0`, ...given });
      const { createdAt, updatedAt, id: own } = version;
      expect(version).toEqual({
        ...{ ...base, ...changed, ...more, createdAt, updatedAt, id: own },
        ...{ version: `2.${index}.0`, previousVersionId: id, revision: 1 },
        ...(given.resourceRequirements && {
          resourceRequirements: { ...given.resourceRequirements, nestedVirt: true, amiRequirements: [] },
        }),
      });
    }
  });

  it('D3 is made once when ten calls with one name race, and the others name it', async () => {
    const racing = Array.from({ length: 10 }, () => create({ name: 'Raced', ...EVERYTHING }));
    const results = await Promise.allSettled(racing);
    const [made, ...more] = results.flatMap((each) => (each.status === 'fulfilled' ? [each.value.id] : []));
    expect(more).toEqual([]);
    for (const each of results) {
      if (each.status === 'fulfilled') continue;
      expect(each.reason).toMatchObject({
        code: 'ALREADY_EXISTS',
        details: { entity: 'LabletDefinition', key: 'name', existingId: made },
      });
    }
    const version = { fromId: required(made), version: '1.2.4' };
    await next(version);
    const again = await refusal(next(version));
    const { definitionByName } = await admin.request(api.DefinitionByNameDocument, { name: 'Raced' });
    expect(again).toMatchObject({
      code: 'ALREADY_EXISTS',
      details: { key: 'version', existingId: required(definitionByName).id },
    });
  });

  it.each(['1.0', 'v1.0.0', '01.0.0', '1.0.0-rc1', '1.0.0+1', '1.0.1000000', ' 1.0.0', ''])(
    'D2 is not made, nor a version of it, with the version %j',
    async (version) => {
      const fields = [expect.objectContaining({ path: 'version' })];
      const faulty = { code: 'VALIDATION_FAILED', details: { fields } };
      expect(await refusal(create({ name: 'Never', ...EVERYTHING, version }))).toMatchObject(faulty);
      const fromId = `def_${'0'.repeat(26)}`;
      expect(await refusal(next({ fromId, version }))).toMatchObject(faulty);
    },
  );

  it('D4 raises one event when it is deprecated twice, and one when it is archived twice', async () => {
    const { id } = await create({ name: 'Ended', ...EVERYTHING });
    const ended = { DEPRECATED: api.DeprecateDefinitionDocument, ARCHIVED: api.ArchiveDefinitionDocument };
    const states: object[] = [];
    for (const reason of ['first', 'second'])
      await admin.request(ended.DEPRECATED, { input: { id, reason } });
    states.push(await whole(id));
    for (let times = 0; times < 2; times++) await admin.request(ended.ARCHIVED, { input: { id } });
    states.push(await whole(id));
    expect(states).toMatchObject([
      { status: 'DEPRECATED', deprecationReason: 'first', revision: 2 },
      { status: 'ARCHIVED', deprecationReason: 'first', revision: 3 },
    ]);
    await server.server.context.outbox.idle();
    expect((await admin.request(EVENTS, { id })).events.nodes).toEqual([
      { type: 'DefinitionCreated', revision: 1 },
      { type: 'DefinitionDeprecated', revision: 2 },
      { type: 'DefinitionArchived', revision: 3 },
    ]);
  });
});
