/** The OpenAPI document is well-formed, is what the routes do, and shows objects as GraphQL does. */
import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../src/errors.js';
import type { JsonSchema } from '../src/rest/request-schema.js';
import { rawDocument, send } from './support/answers.js';
import { assertDescribed, DOCUMENT, OPERATIONS, validatorOf } from './support/openapi.js';
import { randomRequests, type KnownIds } from './support/random-requests.js';
import { restOf, typed, type Rest } from './support/rest.js';
import { startTestServer, type TestServer } from './support/server.js';
import { workerInput } from './support/stage.js';
import { exampleDefinition, plainDefinition } from './support/story.js';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);

let server: TestServer;
let rest: Rest;
let ids: KnownIds;

beforeAll(async () => {
  server = await startTestServer();
  rest = restOf(server);
  const made = async (path: string, body: unknown) => (await rest.post(path, body)).json.id as string;
  const definition = await made('/definitions', exampleDefinition());
  const plain = await made('/definitions', plainDefinition('Plain'));
  const input = {
    templateName: 'personal-standard',
    cmlVersion: '2.9.0',
    nodeDefinitions: ['iosv', 'ubuntu'],
  };
  const worker = await made('/workers', { name: 'parity', ...input });
  await rest.post(`/workers/${worker}/transition`, { to: 'PROVISIONING' });
  await rest.post(`/workers/${worker}/transition`, { to: 'RUNNING' });
  const telemetry = { cpuPercent: 1.5, memoryPercent: 2, storagePercent: 3, labs: 4 };
  await rest.post(`/workers/${worker}/report`, { telemetry });
  const instance = await made('/instances', { definitionId: definition, reservationId: 'parity' });
  await rest.post(`/instances/${instance}/schedule`, { workerId: worker });
  const templates = (await rest.get('/templates')).json.items.map(({ id }: { id: string }) => id);
  ids = {
    def: [definition, plain],
    ins: [instance, await made('/instances', { definitionId: plain })],
    wrk: [worker, await made('/workers', workerInput('other'))],
    tpl: templates,
  };
});

afterAll(() => server?.close());

describe('the document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const validator = new Validator();
    const { valid, errors } = await validator.validate(structuredClone({ ...DOCUMENT }));
    expect([valid, errors, validator.version]).toEqual([true, undefined, '3.1']);
  });

  it('is not called valid without a title or with a parameter that is nowhere', async () => {
    const { info, paths, ...rest } = structuredClone(DOCUMENT);
    const operation = { parameters: [{ name: 'x', in: 'nowhere' }], responses: {} };
    for (const wrong of [
      { ...rest, info: {}, paths },
      { ...rest, info, paths: { ...paths, '/x': { get: operation } } },
    ])
      expect((await new Validator().validate(wrong)).valid).toBe(false);
  });

  const refs = [...JSON.stringify(DOCUMENT).matchAll(/"\$ref":"([^"]+)"/g)].map(([, ref = '']) => ref);

  it('is OpenAPI 3.1 with all that every part must have', () => {
    expect(DOCUMENT).toMatchObject({
      openapi: expect.stringMatching(/^3\.1\.\d+$/),
      info: { title: expect.any(String), version: expect.any(String) },
    });
    for (const { operation, path } of OPERATIONS) {
      expect(path).toMatch(/^\/api\/v1\//);
      expect(DOCUMENT.tags.map(({ name }) => name)).toEqual(expect.arrayContaining([...operation.tags]));
      expect(operation.description).toMatch(/Roles: [A-Z]/);
      for (const [status, { description, content = {} }] of Object.entries(operation.responses)) {
        expect(status).toMatch(/^[2-5]\d\d$/);
        expect(description).not.toBe('');
        for (const { schema } of Object.values(content)) expect(schema).toHaveProperty('$ref');
      }
    }
    for (const security of DOCUMENT.security) {
      expect(Object.keys(DOCUMENT.components.securitySchemes)).toEqual(
        expect.arrayContaining(Object.keys(security)),
      );
    }
  });

  it('refers to schemas that it has, and has none that nothing refers to', () => {
    const named = [...new Set(refs)].sort();
    expect(named).toEqual(
      Object.keys(DOCUMENT.components.schemas)
        .map((name) => `#/components/schemas/${name}`)
        .sort(),
    );
  });

  it('gives every operation a name of its own', () => {
    const names = OPERATIONS.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toHaveLength(29);
  });

  it('declares every parameter once, and those of the path always', () => {
    for (const { path, operation } of OPERATIONS) {
      const keys = operation.parameters.map(({ in: place, name }) => `${place} ${name}`);
      expect(new Set(keys).size).toBe(keys.length);
      const inPath = operation.parameters.filter((parameter) => parameter.in === 'path');
      expect(inPath.map(({ name }) => `{${name}}`)).toEqual(path.match(/\{\w+\}/g) ?? []);
      expect(inPath.every(({ required }) => required)).toBe(true);
      for (const { description, schema } of operation.parameters) {
        expect(description).not.toBe('');
        expect(schema).not.toEqual({});
      }
    }
  });

  it('describes every field', () => {
    const silent = Object.entries(DOCUMENT.components.schemas).flatMap(([name, { properties = {} }]) =>
      Object.entries(properties)
        .filter(([, part]) => !(part as JsonSchema).description && !(part as JsonSchema).$ref)
        .map(([field]) => `${name}.${field}`),
    );
    expect(silent.filter((field) => !/Page\.items$/.test(field))).toEqual([]);
  });

  it('names no field that holds a secret', () => {
    expect(JSON.stringify(DOCUMENT.components.schemas)).not.toMatch(/"(?:token|\w*Token|secret|password)"/i);
  });

  it('is served as it is committed', async () => {
    const served = await send(server.url, { method: 'GET', path: '/api/v1/openapi.json' });
    expect(served.headers['content-type']).toContain('application/json');
    expect(served.json).toEqual(DOCUMENT);
  });

  it('tells a wrong answer from a right one', () => {
    const schema = { $ref: '#/components/schemas/PageInfo' };
    const right = { hasNextPage: true, hasPreviousPage: false, startCursor: null, endCursor: 'x' };
    expect(validatorOf(schema).safeParse(right).success).toBe(true);
    const { endCursor: _missing, ...less } = right;
    for (const wrong of [less, { ...right, more: 1 }, { ...right, startCursor: 1 }]) {
      expect(validatorOf(schema).safeParse(wrong).success).toBe(false);
    }
  });
});

describe('the page', () => {
  it('shows every operation, schema and code, without script or anything from elsewhere', async () => {
    const { status, headers, text } = await send(server.url, { method: 'GET', path: '/api/v1/docs' });
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(text).not.toMatch(/<script|<link|<img|src=|url\(|\son\w+=/);
    const named = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    const anchors = new Set(named);
    expect(named).toHaveLength(anchors.size);
    for (const { operation } of OPERATIONS) expect(anchors).toContain(operation.operationId);
    for (const name of Object.keys(DOCUMENT.components.schemas)) expect(anchors).toContain(`schema-${name}`);
    for (const code of Object.keys(ERROR_CODES)) expect(anchors).toContain(code);
    const links = [...text.matchAll(/href="([^"]+)"/g)].map(([, target = '']) => target);
    expect(links.filter((target) => target !== 'openapi.json' && !anchors.has(target.slice(1)))).toEqual([]);
  });
});

describe('what REST shows', () => {
  /** Every field that the document says of an object, as a selection of GraphQL. */
  function selectionOf(name: string): string {
    const { properties = {} } = DOCUMENT.components.schemas[name] as JsonSchema;
    const fields = Object.entries(properties).map(([field, part]) => {
      const [, inner] = /"#\/components\/schemas\/(\w+)"/.exec(JSON.stringify(part)) ?? [];
      const isObject = inner !== undefined && DOCUMENT.components.schemas[inner]?.type === 'object';
      return isObject ? `${field} ${selectionOf(inner)}` : field;
    });
    return `{ ${fields.join(' ')} }`;
  }

  it.each([
    ['definitions', 'definition', 'LabletDefinition', 'def'],
    ['instances', 'instance', 'LabletInstance', 'ins'],
    ['workers', 'worker', 'Worker', 'wrk'],
    ['templates', 'template', 'WorkerTemplate', 'tpl'],
  ])('of %s is what GraphQL shows', async (path, field, type, prefix) => {
    const admin = await server.client('ADMIN');
    for (const id of ids[prefix] ?? []) {
      const query = rawDocument(`query ($id: ID!) { ${field}(id: $id) ${selectionOf(type)} }`);
      const answer = await admin.request(query, { id });
      expect((await rest.get(`/${path}/${id}`)).json).toEqual(answer[field]);
    }
  });

  it('of a selected template is what GraphQL shows', async () => {
    const requirements = { cpuCores: 8, memoryGb: 16, storageGb: 50 };
    const query = rawDocument(
      `query ($r: TemplateRequirementsInput) { selectTemplate(requirements: $r) ${selectionOf('TemplateSelection')} }`,
    );
    const answer = await (await server.client('USER')).request(query, { r: requirements });
    expect((await rest.post('/templates/select', { requirements })).json).toEqual(answer.selectTemplate);
  });

  it('of loading the templates is what GraphQL shows', async () => {
    const reloaded = await rest.post('/templates/reload', {});
    const query = rawDocument(`{ templateReport ${selectionOf('TemplateReport')} }`);
    expect(await (await server.client('ADMIN')).request(query, {})).toEqual({
      templateReport: reloaded.json,
    });
  });

  it('is every own field of the types, but no edge', () => {
    const schema = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
    const fieldsOf = (type: string) => {
      const [, body = ''] = new RegExp(`^type ${type} [^{]*\\{([^}]*)\\}`, 'm').exec(schema) ?? [];
      return [...body.matchAll(/^ {2}(\w+)(?:\(|:)/gm)].map(([, name]) => name);
    };
    const shown = (type: string) => Object.keys(DOCUMENT.components.schemas[type]?.properties ?? {});
    const hidden = (type: string) =>
      new Set(fieldsOf(type).filter((name) => !shown(type).includes(name ?? '')));
    const edges = ['definition', 'endpoint', 'nextStates', 'renderedLabYaml', 'worker'];
    expect(hidden('LabletInstance')).toEqual(new Set(edges));
    expect(hidden('WorkerTemplate')).toEqual(new Set(['workers']));
  });
});

/** Ids of the operations that were granted at least once. */
const granted = new Set<string>();

describe('no request of the described form, right or wrong, makes the server fail', () => {
  it.each(OPERATIONS)(
    'at $method $path',
    async (described) => {
      const { method, operation } = described;
      const authorization = `Bearer ${await server.token('ADMIN')}`;
      let asked = 0;
      const property = fc.asyncProperty(randomRequests(ids, described), async ({ path, headers, body }) => {
        const text = body === undefined ? null : JSON.stringify(body);
        const answer = await send(server.url, {
          method,
          path,
          headers: { authorization, ...headers, ...(text === null ? {} : typed(text)) },
          ...(text === null ? {} : { body: text }),
        });
        // The lab file of a random address is not there, which is no failure of this server.
        if (answer.status >= 500) expect(answer.fault.code).toBe('ARTIFACT_UNAVAILABLE');
        assertDescribed(described, answer);
        asked++;
        if (answer.status < 300) granted.add(operation.operationId);
      });
      await fc.assert(property, { seed: SEED, numRuns: 12, interruptAfterTimeLimit: 5000 });
      expect(asked).toBeGreaterThan(0);
    },
    60_000,
  );

  // Random input that is never right would show little.
  it('and some of them are granted', () => {
    expect(granted.size, `seed ${SEED}`).toBeGreaterThan(5);
  });
});
