import fc from 'fast-check';
import { execute, getOperationAST } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compiledQueries } from '../src/graphql/compiled-queries.js';
import { jsonOf } from '../src/graphql/json-parts.js';
import { presentError } from '../src/graphql/present-error.js';
import { requestContext } from '../src/graphql/request-context.js';
import { buildGraphqlSchema } from '../src/graphql/schema.js';
import type { Role } from '../src/lib/actor.js';
import { randomDocument } from './support/random-documents.js';
import { QUIET, startTestServer, type TestServer } from './support/server.js';
import { story } from './support/story.js';

const RUNS = 120;
/** Whose answers depend on the time. */
const WITH_CLOCK = ['approachingInstances'];
const schema = buildGraphqlSchema();
let server: TestServer;
let ids: string[];

beforeAll(async () => {
  server = await startTestServer({ env: QUIET });
  const admin = story(await server.client('ADMIN'));
  const { id: definitionId } = await admin.definition();
  const { id: workerId } = await admin.runningWorker('w1');
  const { id } = await admin.instance({ definitionId });
  const { id: other } = await admin.instance({ definitionId });
  await admin.schedule(id, workerId);
  ids = [definitionId, workerId, id, other];
});

afterAll(() => server.close());

/** The answer as clients see it. */
async function answerOf(
  role: Role,
  run: (contextValue: object) => unknown,
): Promise<Readonly<Record<string, unknown>>> {
  const actor = { subject: 'tester', roles: [role], expiresAt: Number.MAX_SAFE_INTEGER };
  const identity = { actor, refusal: null };
  const context = requestContext(server.server.context, { identity, requestId: 'r', source: null });
  const { data, errors = [] } = (await run(context)) as Awaited<ReturnType<typeof execute>>;
  const shown = errors.map((error) => JSON.stringify(presentError(error, 'r', () => undefined)));
  return { data: jsonOf(data), errors: shown.sort() };
}

async function post(body: object, token?: string) {
  const headers = {
    'content-type': 'application/json',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
  };
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  const { errors, ...rest } = (await response.json()) as {
    errors?: { extensions: { requestId?: string } }[];
  };
  for (const { extensions } of errors ?? []) {
    expect(extensions.requestId).toMatch(/^[0-9A-Z]{26}$/);
    delete extensions.requestId;
  }
  return { status: response.status, errors, ...rest };
}

describe('compiled queries of the API', () => {
  test('answer random documents as graphql-js does', async () => {
    let compiled = 0;
    const scalars = {
      ID: fc.constantFrom(...ids, 'ins_01HZZZZZZZZZZZZZZZZZZZZZZZ', 'nonsense'),
      Int: fc.integer({ min: 1, max: 5 }),
      Float: fc.constant(1.5),
      String: fc.constantFrom('Branch VPN', 'w1', 'tester'),
      Boolean: fc.boolean(),
      DateTime: fc.constant('2027-02-10T08:30:00.000Z'),
      SemVer: fc.constantFrom('1.0.0', '2.1.0'),
      LiveRevision: fc.constant('nonsense'),
      Port: fc.constant(2000),
      Decimal: fc.constant(1.5),
    };
    const property = fc.asyncProperty(
      fc.gen(),
      fc.constantFrom<Role>('ADMIN', 'USER', 'SERVICE'),
      async (g, role) => {
        const random = randomDocument(g, { schema, scalars, without: WITH_CLOCK });
        const operation = random && getOperationAST(random.document);
        if (!operation) return;
        const { document, variables } = random;
        const queries = compiledQueries(schema, 1);
        queries.find(document, operation, variables);
        const query = queries.find(document, operation, variables);
        if (!query) return;
        compiled++;
        const expected = await answerOf(role, (contextValue) =>
          execute({ schema, document, variableValues: variables, contextValue }),
        );
        const written = queries.findWritten(document, operation, variables);
        for (const each of [query, written, written]) {
          const answer = await answerOf(role, (contextValue) => each?.(undefined, contextValue));
          expect(answer, random.text).toEqual(expected);
        }
      },
    );
    const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
    console.log(`SEED=${seed}`);
    await fc.assert(property, { numRuns: RUNS, seed, endOnFailure: true });
    expect(compiled).toBeGreaterThan(RUNS / 5);
  }, 120_000);

  test('answer over HTTP what the first, uncompiled call answered', async () => {
    const token = await server.token('USER');
    const documents: { query: string; variables?: object }[] = [
      { query: '{ viewer { subject roles } }' },
      { query: 'query ($id: ID!) { node(id: $id) { id __typename } }', variables: { id: ids[1] } },
      { query: 'query ($id: ID!) { instance(id: $id) { id } }', variables: { id: ids[2] } },
      {
        query:
          'mutation ($input: TerminateInstanceInput!) { terminateInstance(input: $input) { instance { id } } }',
        variables: { input: { id: ids[2], expectedRevision: 1 } },
      },
    ];
    for (const body of documents) {
      const first = await post(body, token);
      expect(await post(body, token), body.query).toEqual(first);
      expect(await post(body, token), body.query).toEqual(first);
    }
  });

  test('never take texts of a document for code', async () => {
    // The compiler looks for such marks in the code that it makes, and replaces them.
    const mark = '__MAGIC_DATE__33a9e76d_02e0_4128_8e92_3530ad3da74d';
    const text = `${mark}0), globalThis.intruder = new Date(0`;
    const query = `{ instance(id: "${text}") { id } }`;
    const token = await server.token('ADMIN');
    for (let n = 0; n < 4; n++) await post({ query }, token);
    expect(globalThis).not.toHaveProperty('intruder');
  });

  test('find plain fields without a function around them', () => {
    const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
      !type.name.startsWith('__') && 'getInterfaces' in type && 'isTypeOf' in type
        ? Object.values(type.getFields()).map(
            (field) => [`${type.name}.${field.name}`, field.resolve] as const,
          )
        : [],
    );
    const resolved = new Map(fields);
    expect(resolved.get('LabletInstance.state')).toBeUndefined();
    expect(resolved.get('LabletInstance.id')).toBeUndefined();
    expect(resolved.get('LabletInstance.worker')).toBeTypeOf('function');
    expect(resolved.get('LabletInstanceConnection.totalCount')).toBeTypeOf('function');
  });
});
