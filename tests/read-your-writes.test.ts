/** Whoever has written can read at any process of the deployment what was written, by the position in the answer. */
import { getNamedType, isObjectType, type GraphQLObjectType } from 'graphql';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LabletClient } from '../src/client/index.js';
import { buildGraphqlSchema } from '../src/graphql/schema.js';
import { rawDocument } from './support/answers.js';
import { REPEATABLE, type Repeatable } from './support/repeatable.js';
import { DEFINITIONS_AND_TEMPLATES } from './support/repeatable-definitions.js';
import { REPORTS } from './support/repeatable-reports.js';
import { restOf, type Rest } from './support/rest.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { exampleDefinition, plainDefinition, required, story } from './support/story.js';

const schema = buildGraphqlSchema();
const mutations = Object.keys(required(schema.getMutationType()).getFields()).sort();
const queries = required(schema.getQueryType()).getFields();

const root = mkdtempSync(join(tmpdir(), 'lablet-labs-'));
let server: TestServer;
let admin: LabletClient;
let rest: Rest;
let definitionId: string;
let workerId: string;
let instanceId: string;

beforeAll(async () => {
  copyFileSync(new URL('../examples/labs/branch-vpn.yaml', import.meta.url), join(root, 'lab.yaml'));
  server = await startTestServer({ env: { ARTIFACT_FILE_ROOT: root, AT_LEAST_WAIT_MS: '100' } });
  admin = await server.client('ADMIN', 'root');
  rest = restOf(server);
  const tell = story(admin);
  definitionId = (await tell.definition(plainDefinition('Read after'))).id;
  workerId = (await openWorker(admin, 'read-after')).id;
  instanceId = (await tell.instance({ definitionId })).id;
  await tell.schedule(instanceId, workerId);
});

afterAll(async () => {
  await server?.close();
  rmSync(root, { recursive: true, force: true });
});

type Prepared = Pick<Repeatable, 'name'> & { prepare(name: string): Promise<Record<string, unknown>> };

/** Every command with an input that it accepts. */
const COMMANDS: readonly Prepared[] = [
  ...[...REPEATABLE, ...REPORTS, ...DEFINITIONS_AND_TEMPLATES].map(({ name, prepare }) => ({
    name,
    prepare: async (as: string) => (await prepare(admin, as)).input,
  })),
  { name: 'reportWorker', prepare: async () => ({ id: workerId, cmlVersion: '2.9.1' }) },
  { name: 'reloadTemplates', prepare: async () => ({}) },
  { name: 'runRepair', prepare: async () => ({ dryRun: true }) },
  {
    name: 'syncDefinition',
    prepare: async (name) => {
      const input = { ...exampleDefinition(), name, labArtifactUri: 'file:///lab.yaml' };
      return { id: (await story(admin).definition(input)).id };
    },
  },
];

const far = () => {
  const { tokens, hub } = server.server.context;
  const revision = hub.revision() + 1_000_000;
  return tokens.encode({ epoch: hub.epoch(), revision, index: null, scope: null, snapshot: false });
};

describe('the answer of a command', () => {
  it.each(mutations)(
    'has a position that queries and REST read from: %s',
    { timeout: 60_000 },
    async (name) => {
      const { prepare } = required(COMMANDS.find((command) => command.name === name));
      const input = await prepare(`after-${name.toLowerCase()}`);
      const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
      const command = rawDocument(
        `mutation ($input: ${type}!) { answer: ${name}(input: $input) { liveRevision } }`,
      );
      const { answer } = await admin.request(command, { input });
      expect(answer.liveRevision).toEqual(expect.any(String));
      const read = rawDocument(
        'query ($at: LiveRevision, $id: ID!) { liveRevision instance(id: $id, atLeast: $at) { id } }',
      );
      expect(await admin.request(read, { at: answer.liveRevision, id: instanceId })).toMatchObject({
        instance: { id: instanceId },
      });
      expect((await rest.get(`/workers?atLeast=${encodeURIComponent(answer.liveRevision)}`)).status).toBe(
        200,
      );
    },
  );
});

describe('the answer of a list', () => {
  /** Every list that can be read from a position. */
  const lists = Object.values(queries).flatMap(({ name, type, args }) => {
    const page = getNamedType(type);
    const isLive = args.some((argument) => argument.name === 'atLeast');
    return isObjectType(page) && page.name.endsWith('Connection') && isLive ? [{ name, page }] : [];
  });

  it('has a position where it holds what is followed live', async () => {
    expect(lists.map(({ name }) => name)).toEqual(['instances', 'workers']);
    for (const { name, page } of lists) {
      expect(String((page as GraphQLObjectType).getFields()['liveRevision']?.type)).toBe('LiveRevision!');
      const answer = await admin.request(rawDocument(`{ answer: ${name} { liveRevision } }`), {});
      expect(answer.answer.liveRevision).toEqual(expect.any(String));
      const { headers } = await rest.get(`/${name}`);
      const after = String(headers['live-revision']);
      expect((await rest.get(`/${name}?first=1&atLeast=${encodeURIComponent(after)}`)).status).toBe(200);
    }
    for (const path of ['/definitions', '/templates']) {
      expect((await rest.get(path)).headers).not.toHaveProperty('live-revision');
    }
  });
});

describe('atLeast', () => {
  it('is taken by the six queries that show what is followed live', () => {
    const taken = Object.values(queries).filter(({ args }) => args.some(({ name }) => name === 'atLeast'));
    expect(taken.map(({ name }) => name).sort()).toEqual([
      ...['instance', 'instances', 'placementPreview', 'worker', 'workerPort', 'workers'],
    ]);
  });

  it.each([
    ['an instance', (): string => `/instances/${instanceId}`, false],
    ['instances', (): string => '/instances?state=SCHEDULED', true],
    ['a worker', (): string => `/workers/${workerId}`, false],
    ['workers', (): string => '/workers?status=RUNNING', true],
  ] as const)('of REST: %s as of a position, or TIMEOUT, or refused', async (_, path, isList) => {
    const at = (position: string) =>
      rest.get(`${path()}${path().includes('?') ? '&' : '?'}atLeast=${encodeURIComponent(position)}`);
    const moved = await rest.post(`/workers/${workerId}/report`, { cmlVersion: '2.9.2' });
    const seen = await at(String(moved.headers['live-revision']));
    expect(seen.status).toBe(200);
    expect(isList ? seen.json.items.length : seen.json.id).toBeTruthy();
    const late = await at(far());
    expect([late.status, late.fault]).toMatchObject([504, { code: 'TIMEOUT', details: { limitMs: 100 } }]);
    const bad = await at('made.up');
    expect(bad.fault).toMatchObject({
      code: 'VALIDATION_FAILED',
      details: { fields: [{ path: 'atLeast', rule: 'LIVE_REVISION' }] },
    });
  });

  it('of REST waits for what is still to come', async () => {
    const { tokens, hub, live } = server.server.context;
    const { headers } = await rest.get('/instances');
    const position = required(tokens.decode(String(headers['live-revision'])));
    const next = tokens.encode({ ...position, revision: hub.revision() + 1 });
    const waiting = rest.get(`/instances/${instanceId}?atLeast=${encodeURIComponent(next)}`);
    await live.put('/ccm/elsewhere/leader', '{}');
    expect((await waiting).json).toMatchObject({ id: instanceId, state: 'SCHEDULED' });
  });
});
