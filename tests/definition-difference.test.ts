import { afterAll, beforeAll, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { refusal } from './support/answers.js';
import { startTestServer, type TestServer } from './support/server.js';
import { exampleDefinition, plainDefinition, required, story } from './support/story.js';

let server: TestServer;
let admin: api.LabletClient;

beforeAll(async () => {
  server = await startTestServer();
  admin = await server.client('ADMIN', 'admin');
});

afterAll(() => server?.close());

const difference = async (fromId: string, toId: string, client = admin) =>
  required((await client.request(api.DefinitionDifferenceDocument, { fromId, toId })).definitionDifference);

async function version(input: api.CreateDefinitionVersionInput) {
  const { createDefinitionVersion } = await admin.request(api.CreateDefinitionVersionDocument, { input });
  return required(createDefinitionVersion).definition;
}

it('shows what an author changed between two versions, in both directions', async () => {
  const base = await story(admin).definition(exampleDefinition());
  const [serial, ...others] = base.portTemplate;
  const next = await version({
    fromId: base.id,
    version: '1.1.0',
    nodeCount: 5,
    portTemplate: [{ name: 'api', kind: 'OTHER' }, ...others.slice(1), { ...required(serial), line: 1 }],
    maxDurationMinutes: 30,
  });
  const found = await difference(base.id, next.id);
  expect(found).toMatchObject({
    from: { version: '1.0.0' },
    to: { version: '1.1.0' },
    older: { version: '1.0.0' },
    fields: [
      { path: 'topologySource', from: '"EXTRACTED"', to: '"DECLARED"' },
      { path: 'maxDurationMinutes', from: '120', to: '30' },
    ],
    portsReordered: true,
    nodeCountFrom: 3,
    nodeCountTo: 5,
    labYamlHashFrom: base.labYamlHash,
    labYamlHashTo: base.labYamlHash,
  });
  expect(found.portsAdded.map(({ name }) => name)).toEqual(['api']);
  expect(found.portsRemoved.map(({ name }) => name)).toEqual(['branch_r2_serial']);
  expect(found.portsChanged).toMatchObject([{ name: 'serial_1', from: { line: 0 }, to: { line: 1 } }]);
  const back = await difference(next.id, base.id);
  expect(back.portsAdded).toEqual(found.portsRemoved);
  expect(back.older.version).toBe('1.0.0');
});

it('counts unfinished instances still on the older version, which a user sees of their own only', async () => {
  const tell = story(admin);
  const base = await tell.definition(plainDefinition('Still running', 1));
  const next = await version({ fromId: base.id, version: '1.0.1' });
  const alice = await server.client('USER', 'alice');
  for (let made = 0; made < 52; made++) await tell.instance({ definitionId: base.id });
  const ended = await tell.instance({ definitionId: base.id });
  await tell.terminate(ended.id);
  const own = await story(alice).instance({ definitionId: base.id });
  await tell.instance({ definitionId: next.id });
  const { unfinishedInstances } = await difference(next.id, base.id);
  expect([unfinishedInstances.totalCount, unfinishedInstances.nodes.length]).toEqual([53, 50]);
  const seen = (await difference(base.id, next.id, alice)).unfinishedInstances;
  expect([seen.totalCount, seen.nodes.map(({ id }) => id)]).toEqual([1, [own.id]]);
});

it('finds nothing between a version and itself', async () => {
  const { id } = await story(admin).definition(plainDefinition('Same', 1));
  expect(await difference(id, id)).toMatchObject({ fields: [], portsAdded: [], portsChanged: [] });
});

it('refuses versions of two names, unknown ones and malformed ids', async () => {
  const one = await story(admin).definition(plainDefinition('One', 1));
  const two = await story(admin).definition(plainDefinition('Two', 1));
  expect(await refusal(difference(one.id, two.id))).toMatchObject({
    code: 'VALIDATION_FAILED',
    details: { fields: [{ path: 'toId', rule: 'SAME_FAMILY' }] },
  });
  const unknown = `def_${'0'.repeat(26)}`;
  expect(await refusal(difference(one.id, unknown))).toMatchObject({
    code: 'NOT_FOUND',
    details: { id: unknown },
  });
  expect((await refusal(difference('ins_1', one.id))).code).toBe('VALIDATION_FAILED');
});
