/** Who gets to which objects, on every way there is: each way x role x own or another's. */
import { readFileSync } from 'node:fs';
import { buildSchema, getNamedType, isObjectType, type GraphQLSchema } from 'graphql';
import { z } from 'zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { ROLES, type Role } from '../src/lib/actor.js';
import { query } from '../src/lib/operation.js';
import { rawDocument, send, sendGraphql } from './support/answers.js';
import { asker, INSTANCE_FIELDS, INSTANCE_WAYS, type Target } from './support/instance-ways.js';
import { unruled } from './support/role-table.js';
import { startTestServer, type TestServer } from './support/server.js';
import { plainDefinition, required, story } from './support/story.js';

const SEES_ALL: readonly Role[] = ['ADMIN', 'MANAGER', 'SERVICE'];
const SDL = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
const WAYS = Object.entries(INSTANCE_WAYS).map(([name, way]) => ({ name, ...way }));
const MISSING: Target = {
  id: `ins_${'0'.repeat(26)}`,
  ownerId: 'nobody',
  reservationId: 'reserved-by-nobody',
  definitionId: '',
  otherId: '',
  workerId: '',
  templateName: 'personal-standard',
};

let server: TestServer;
let worker: { readonly id: string };
let reportId: string;
const targets = new Map<string, Target>();

const ownerOf = (role: Role) => `owner-${role.toLowerCase()}`;
const targetOf = (owner: string) => required(targets.get(owner));

beforeAll(async () => {
  server = await startTestServer();
  const admin = await server.client('ADMIN', 'root');
  const tell = story(admin);
  const family = await tell.definition(plainDefinition('Rights', 0));
  const { createDefinitionVersion } = await admin.request(api.CreateDefinitionVersionDocument, {
    input: { fromId: family.id, version: '1.1.0' },
  });
  const repair = rawDocument('mutation { runRepair(input: { dryRun: true }) { report { id } } }');
  reportId = (await admin.request(repair, {})).runRepair.report.id;
  worker = await tell.runningWorker('rights');
  for (const ownerId of [...ROLES.map(ownerOf), 'bob']) {
    const reservationId = `reserved-by-${ownerId}`;
    const { id } = await tell.instance({ definitionId: family.id, ownerId, reservationId });
    await tell.schedule(id, worker.id);
    targets.set(ownerId, {
      ...{ id, ownerId, reservationId, definitionId: family.id },
      otherId: required(createDefinitionVersion).definition.id,
      ...{ workerId: worker.id, templateName: 'personal-standard' },
    });
  }
});

afterAll(() => server?.close());

describe.each(ROLES)('%s', (role) => {
  it.for(WAYS)("finds own and others' instances by $name as its rights say", async (way) => {
    const me = await asker(server, role, ownerOf(role));
    const allowed = (way.roles ?? ROLES).includes(role);
    for (const owner of [ownerOf(role), 'bob']) {
      const target = targetOf(owner);
      const sees = allowed && (owner !== 'bob' || SEES_ALL.includes(role));
      const answer = withoutEcho(await way.ask(me, target));
      expect(answer.includes(way.trace(target)), answer).toBe(sees);
      if (!sees) expect(answer).not.toMatch(/"(state|revision|createdAt)"/);
      if (!allowed) expect(answer).toMatch(/FORBIDDEN|"workers":\[\]/);
    }
  });

  it('gets the same answer for what is hidden as for what is missing, on every way', async () => {
    const me = await asker(server, role, ownerOf(role));
    const bob = targetOf('bob');
    const missing = { ...bob, ...pick(MISSING, 'id', 'ownerId', 'reservationId') };
    const plain = (text: string, { id, ownerId, reservationId }: Target) =>
      [reservationId, ownerId, id]
        .reduce((rest, word) => rest.replaceAll(word, '?'), text)
        .replaceAll(/"requestId":"\w+"/g, '');
    const same = WAYS.filter(({ name }) => !TELLING.has(name));
    const differing: string[] = [];
    for (const { name, ask } of same) {
      const [hidden, absent] = [await ask(me, bob), await ask(me, missing)];
      if (plain(hidden, bob) !== plain(absent, missing)) differing.push(name);
    }
    const all = same.filter(({ roles = ROLES }) => roles.includes(role)).map(({ name }) => name);
    expect(differing).toEqual(SEES_ALL.includes(role) ? expect.arrayContaining(['instance', 'node']) : []);
    expect(all.length).toBeGreaterThan(8);
  });

  it('reads workers and reports of repair where its rights say, and else they are missing', async () => {
    const { token } = await asker(server, role, ownerOf(role));
    const headers = { authorization: `Bearer ${token}` };
    const ask = async (text: string) =>
      withoutEcho((await sendGraphql(server.url, { query: text }, headers)).text);
    const hers = targetOf(ownerOf(role));
    const nobody = `wrk_${'0'.repeat(26)}`;
    const sees = SEES_ALL.includes(role);
    for (const text of [
      `{ instance(id: "${hers.id}") { worker { id } } }`,
      `{ instances { nodes { worker { id } } } }`,
      `{ definition(id: "${hers.definitionId}") { instances { worker { id } } } }`,
      `{ templateByName(name: "personal-standard") { workers { id } } }`,
      `{ node(id: "${worker.id}") { ... on Worker { id } } }`,
      `{ nodes(ids: ["${worker.id}"]) { ... on Worker { id } } }`,
    ]) {
      expect((await ask(text)).includes(`"id":"${worker.id}"`), text).toBe(sees);
    }
    if (!sees) {
      const [hidden, absent] = [
        await ask(`{ node(id: "${worker.id}") { id } nodes(ids: ["${worker.id}"]) { id } }`),
        await ask(`{ node(id: "${nobody}") { id } nodes(ids: ["${nobody}"]) { id } }`),
      ];
      const plain = (text: string) => text.replaceAll(/wrk_\w+|"requestId":"\w+"/g, '?');
      expect(plain(hidden)).toBe(plain(absent));
      const get = (id: string) => send(server.url, { method: 'GET', path: `/api/v1/workers/${id}`, headers });
      expect([(await get(worker.id)).status, (await get(nobody)).status]).toEqual([403, 403]);
    }
    const report = `{ node(id: "${reportId}") { id } }`;
    expect((await ask(report)).includes('NOT_FOUND')).toBe(!['ADMIN', 'MANAGER'].includes(role));
  });
});

/** NOT_FOUND names the id that was asked for. */
function withoutEcho(text: string): string {
  return text.replaceAll(/"entity":"\w+","id":"\w+"/g, '');
}

/** A reservation can be booked once, whoever sees who has it: here the missing one is granted. */
const TELLING = new Set(['createInstance of its reservation']);

function pick(from: Target, ...names: (keyof Target)[]): Partial<Target> {
  return Object.fromEntries(names.map((name) => [name, from[name]]));
}

describe('an operation without a rule', () => {
  it('does not compile', () => {
    const parts = { name: 'free', summary: 'For all.', request: z.strictObject({}), handle: async () => 1 };
    // @ts-expect-error An operation names who may call it.
    expect(query(parts).allow).toBeUndefined();
  });

  it('fails the tests: each root field has a row in the table', () => {
    expect(unruled(buildSchema(SDL))).toEqual([]);
    const more =
      'extend type Mutation { wipeEverything: Boolean } extend type Subscription { secrets: Int! }';
    expect(unruled(buildSchema(SDL + more))).toEqual(['mutation wipeEverything', 'subscription secrets']);
  });

  it('fails the tests: each field that leads to an instance has a way that is tried', () => {
    expect(untried(buildSchema(SDL))).toEqual([]);
    expect(untried(buildSchema(`${SDL} extend type WorkerPort { guest: LabletInstance }`))).toEqual([
      'WorkerPort.guest',
    ]);
  });
});

/** Fields that lead to instances and are in no way, and ways that are none. */
function untried(schema: GraphQLSchema): string[] {
  const leading = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) && !type.name.startsWith('__')
      ? Object.values(type.getFields())
          .filter((field) => TO_INSTANCES.has(getNamedType(field.type).name))
          .map(({ name }) => `${type.name}.${name}`)
      : [],
  );
  expect(leading).toEqual(expect.arrayContaining(Object.keys(INSTANCE_FIELDS)));
  return leading.filter((name) => !((INSTANCE_FIELDS[name] ?? '') in INSTANCE_WAYS));
}

const TO_INSTANCES = new Set(['LabletInstance', 'LabletInstanceConnection', 'LabletInstanceEdge', 'Node']);
