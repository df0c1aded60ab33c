import { buildSchema } from 'graphql';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { ROLES, type Role } from '../src/lib/actor.js';
import { rawDocument, refusal, sendGraphql } from './support/answers.js';
import { codeOf, PUBLIC, ROLE_TABLE, sampleCall } from './support/role-table.js';
import { startTestServer, type TestServer } from './support/server.js';
import { StreamLog } from './support/stream-log.js';
import { openWorker } from './support/stage.js';
import { exampleDefinition, plainDefinition, required, story } from './support/story.js';

const MISSING = `ins_${'0'.repeat(26)}`;
const OWN_ONLY = ['USER', 'AUTHOR'] as const;

let server: TestServer;
let admin: api.LabletClient;
let tell: ReturnType<typeof story>;
let lab: Awaited<ReturnType<typeof tell.definition>>;
let worker: Awaited<ReturnType<typeof tell.moveWorker>>;

beforeAll(async () => {
  server = await startTestServer();
  admin = await server.client('ADMIN', 'root');
  tell = story(admin);
  lab = await tell.definition(plainDefinition('Visible'));
  worker = await openWorker(admin, 'visible', { host: 'visible.example.org' });
});

afterAll(() => server.close());

describe('the role table', () => {
  const kinds = ['query', 'mutation', 'subscription'] as const;
  // The table is of the whole product; what the schema does not have yet has nothing to be asked.
  const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));
  const table = kinds.flatMap((kind) =>
    Object.entries(ROLE_TABLE[kind]).map(([name, roles]) => ({ kind, name, roles })),
  );
  const fieldsOf = (kind: (typeof kinds)[number]) => schema.getRootType(kind as never)?.getFields() ?? {};

  const operations = table.filter(({ kind, name }) => name in fieldsOf(kind));

  it('has a row for everything that the server offers', () => {
    const offered = kinds.flatMap((kind) => Object.keys(fieldsOf(kind)));
    const known = new Set([...table.map(({ name }) => name), ...PUBLIC]);
    expect(offered.filter((name) => !known.has(name))).toEqual([]);
    expect(offered).toEqual(expect.arrayContaining(['instance', 'createInstance', 'instanceChanges']));
  });

  it.for(operations)('lets $roles call $name, and nobody else', async ({ kind, name, roles }) => {
    const field = required(fieldsOf(kind)[name]);
    expect(
      /Roles: ([A-Z, ]+)/
        .exec(field.description ?? '')?.[1]
        ?.trim()
        .split(', '),
    ).toEqual(roles);
    const query = sampleCall(kind, field);
    const ask = (token: string | null) => codeOf(server.url, kind, query, token);
    const refused = new Set<string>();
    for (const role of ROLES) {
      const code = await ask(await server.token(role, `probe-${role}`));
      expect(['INTERNAL', 'UNAUTHENTICATED', 'GRAPHQL_VALIDATION_FAILED']).not.toContain(code);
      if (code === 'FORBIDDEN') refused.add(role);
    }
    expect([...refused]).toEqual(ROLES.filter((role) => !roles.includes(role)));
    expect(await ask(null)).toBe('UNAUTHENTICATED');
  });

  it('adds up the rights of several roles', async () => {
    const both = await server.client(['USER', 'MANAGER'], 'both');
    expect((await both.request(api.WorkersDocument, {})).workers).not.toBeNull();
  });

  it('is asked before the input is looked at', async () => {
    const user = await server.client('USER', 'alice');
    for (const input of [{}, { name: 7 }, { nonsense: true }]) {
      const error = await refusal(user.request(api.CreateDefinitionDocument, { input: input as never }));
      expect(error).toMatchObject({ code: 'FORBIDDEN', details: { requiredRoles: ['ADMIN', 'AUTHOR'] } });
    }
  });

  it.each(ROLES)('says whether %s may book for others and force a stop', async (role: Role) => {
    const may = role === 'ADMIN' || role === 'SERVICE';
    const client = await server.client(role, 'alice');
    const input = { definitionId: lab.id, ownerId: 'bob' };
    const booking = client.request(api.CreateInstanceDocument, { input });
    if (may) expect((await booking).createInstance?.instance.ownerId).toBe('bob');
    else
      expect(await refusal(booking)).toMatchObject({
        code: 'FORBIDDEN',
        details: { requiredRoles: ['ADMIN', 'SERVICE'] },
      });
    expect((await story(client).instance({ ...input, ownerId: 'alice' })).ownerId).toBe('alice');
    const force = { input: { id: `wrk_${'0'.repeat(26)}`, to: 'STOPPING', force: true } } as const;
    const { code } = await refusal(client.request(api.TransitionWorkerDocument, force));
    expect(code).toBe(may ? 'NOT_FOUND' : 'FORBIDDEN');
  });
});

describe.each(OWN_ONLY)('a caller with the role %s', (role) => {
  it('sees and ends own instances', async () => {
    const own = story(await server.client(role, 'carol'));
    const { id } = await own.instance({ definitionId: lab.id });
    await tell.schedule(id, worker.id);
    const carol = await server.client(role, 'carol');
    expect((await carol.request(api.InstanceDocument, { id })).instance).toMatchObject({
      state: 'SCHEDULED',
    });
    expect((await carol.request(api.NodeDocument, { id })).node).toMatchObject({ id });
    expect(await own.terminate(id, 'enough')).toMatchObject({ state: 'TERMINATED' });
  });

  it('sees what others booked for them, however their token writes their name', async () => {
    const admin = story(await server.client('ADMIN'));
    const { id, ownerId } = await admin.instance({ definitionId: lab.id, ownerId: 'zoe\u0301' });
    expect(ownerId).toBe('zo\u00e9');
    const owner = await server.client(role, 'zoe\u0301');
    expect((await owner.request(api.InstanceDocument, { id })).instance).toMatchObject({ id });
    expect(await story(owner).terminate(id)).toMatchObject({ state: 'TERMINATED' });
  });

  it("gets the same answer for another's instance as for a missing one", async () => {
    const { id } = await tell.instance({
      definitionId: lab.id,
      ownerId: 'bob',
      reservationId: `theirs-${role}`,
    });
    const headers = { authorization: `Bearer ${await server.token(role, 'alice')}` };
    const answer = async (query: string) => (await sendGraphql(server.url, { query }, headers)).text;
    const bare = (text: string, ...known: string[]) =>
      known
        .reduce((rest, word) => rest.replaceAll(word, '?'), text)
        .replaceAll(/"requestId":"\w+"/g, '"requestId":"?"');
    for (const query of [
      '{ instance(id: "?") { id } }',
      '{ node(id: "?") { id } }',
      '{ nodes(ids: ["?"]) { id } }',
      '{ instances(filter: { ownerId: "bob" }) { totalCount nodes { id } } }',
      'mutation { terminateInstance(input: { id: "?" }) { liveRevision } }',
      'mutation { terminateInstance(input: { id: "?", expectedRevision: 1 }) { liveRevision } }',
      'mutation { terminateInstance(input: { id: "?", expectedRevision: 7 }) { liveRevision } }',
      `mutation { terminateInstance(input: { id: "?", idempotencyKey: "${role}?" }) { liveRevision } }`,
    ]) {
      const hidden = await answer(query.replaceAll('?', id));
      const missing = await answer(query.replaceAll('?', MISSING).replace('"bob"', '"nobody"'));
      expect(bare(hidden, id)).toBe(bare(missing, MISSING));
      expect(hidden).toMatch(/NOT_FOUND|"nodes":\[null\]|"totalCount":0/);
    }
    const byReservation = (name: string) =>
      answer(`{ instanceByReservation(reservationId: "${name}") { id } }`);
    const hidden = await byReservation(`theirs-${role}`);
    expect(bare(hidden, `theirs-${role}`)).toBe(bare(await byReservation('none'), 'none'));
    expect((await admin.request(api.InstanceDocument, { id })).instance).toMatchObject({ revision: 1 });
  });

  it('finds only own instances in lists, counts and edges', async () => {
    const alice = await server.client(role, `only-${role}`);
    const { id } = await story(alice).instance({ definitionId: lab.id });
    await tell.instance({ definitionId: lab.id, ownerId: 'bob' });
    const { instances } = await alice.request(api.InstancesDocument, {});
    expect(instances).toMatchObject({ totalCount: 1, nodes: [{ id }] });
    const edge = rawDocument('query ($id: ID!) { definition(id: $id) { instances { id } } }');
    expect(await alice.request(edge, { id: lab.id })).toEqual({ definition: { instances: [{ id }] } });
    const templates = rawDocument('{ templates { nodes { workers { id } } } }');
    await tell.worker({ name: `from-template-${role.toLowerCase()}`, templateName: 'personal-standard' });
    const { templates: seen } = await alice.request(templates, {});
    expect(seen.nodes.flatMap(({ workers }: { workers: object[] }) => workers)).toEqual([]);
  });

  it("hears nothing of others' instances, whatever it asks for", async () => {
    const theirs = await tell.instance({ definitionId: lab.id, ownerId: 'bob' });
    const me = `stream-${role}`;
    const alice = await server.client(role, me);
    const filters = [{}, { ownerId: 'bob' }, { ids: [theirs.id] }, { states: ['PENDING' as const] }];
    const logs = filters.map(
      (filter) => new StreamLog(alice.subscribe(api.InstanceChangesDocument, { filter })),
    );
    const kindOf = ({ instanceChanges }: api.InstanceChangesSubscription) => instanceChanges?.kind;
    await Promise.all(logs.map((log) => log.until((message) => kindOf(message) === 'SYNCED')));
    const more = await tell.instance({ definitionId: lab.id, ownerId: 'bob' });
    for (const { id } of [theirs, more]) {
      await tell.schedule(id, worker.id);
      await tell.terminate(id);
    }
    const mine = await story(alice).instance({ definitionId: lab.id });
    await logs[0]?.until(({ instanceChanges }) => instanceChanges?.instanceId === mine.id);
    await logs[3]?.until(({ instanceChanges }) => instanceChanges?.instanceId === mine.id);
    const heard = logs.map(({ seen }) =>
      seen.map((message) => [kindOf(message), message.instanceChanges?.instanceId]),
    );
    const [synced, changed] = [
      ['SYNCED', null],
      ['CHANGED', mine.id],
    ];
    expect(heard).toEqual([[synced, changed], [synced], [synced], [synced, changed]]);
  });
});

describe('what only some may read', () => {
  const text = rawDocument(
    `query ($id: ID!) { instance(id: $id) { worker { id } endpoint { workerName host } renderedLabYaml
      definition { labYamlHash } } }`,
  );
  const definitionText = rawDocument(
    'query ($id: ID!) { definition(id: $id) { labYamlHash labYamlCached } }',
  );

  it.each(ROLES)(
    'is shown to %s by its rights: the worker, the lab file and the rendered one',
    async (role) => {
      const [file, host] = [
        await tell.definition({ ...exampleDefinition(), name: `File ${role}` }),
        `w-${role.toLowerCase()}`,
      ];
      const { id: workerId } = await tell.runningWorker(host);
      const { id } = await tell.instance({ definitionId: file.id, ownerId: 'dora' });
      await tell.schedule(id, workerId);
      const dora = await server.client(role, 'dora');
      const { instance } = await dora.request(text, { id });
      const { definition } = await dora.request(definitionText, { id: file.id });
      expect(instance.endpoint).toEqual({ workerName: host, host: `${host}.example.org` });
      expect(instance.definition.labYamlHash).toBe(file.labYamlHash);
      expect(instance.worker?.id ?? null).toBe(
        ['ADMIN', 'MANAGER', 'SERVICE'].includes(role) ? workerId : null,
      );
      const reads = role !== 'USER';
      expect(instance.renderedLabYaml === null).toBe(!reads);
      expect(definition.labYamlCached === null).toBe(!reads);
      if (reads) expect(instance.renderedLabYaml).toContain("'serial:2000'");
    },
  );

  it('is taken from a caller who has lost the role, also in the answer of a repeated command', async () => {
    const { id } = await tell.instance({ definitionId: lab.id, ownerId: 'bob' });
    const input = { id, idempotencyKey: 'while-manager' };
    const ask = async (role: Role) =>
      (await server.client(role, 'eve')).request(api.TerminateInstanceDocument, { input });
    expect((await ask('MANAGER')).terminateInstance?.instance.state).toBe('TERMINATED');
    expect(await refusal(ask('USER'))).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is no worker for those who may not read workers', async () => {
    const user = await server.client('USER', 'alice');
    const hidden = await refusal(user.request(api.NodeDocument, { id: worker.id }));
    expect(hidden).toMatchObject({ code: 'NOT_FOUND', details: { id: worker.id } });
    expect((await user.request(api.NodesDocument, { ids: [worker.id, lab.id] })).nodes).toEqual([
      null,
      { __typename: 'LabletDefinition', id: required(lab).id },
    ]);
  });
});
