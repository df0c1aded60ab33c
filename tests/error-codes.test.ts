/** Every code of the table is provoked here, or by the test that is named, with its status and its details. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CreateDefinitionInput, LabletClient, RegisterWorkerInput } from '../src/client/index.js';
import { StoreUnavailable } from '../src/db/document-store.js';
import { ERROR_CODES, type ErrorCode } from '../src/errors.js';
import type { Transaction } from '../src/live/live-store.js';
import { ERROR_GUIDE } from '../src/rest/error-guide.js';
import { send, sendGraphql } from './support/answers.js';
import { gate } from './support/by-hand.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { openWorker, workerInput } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';
import { entry, templateFile } from './support/template-file.js';

const MIB = 1024 * 1024;
const ULID = '0'.repeat(26);
const HOUR = 3_600_000;

let server: TestServer;
let small: TestServer;
let admin: LabletClient;
let tell: ReturnType<typeof story>;
let disturb: ((call: StoreCall) => Promise<unknown>) | null = null;
const folder = mkdtempSync(join(tmpdir(), 'lablet-codes-'));
const templates = templateFile(entry('seeded'));
let made = 0;

beforeAll(async () => {
  mkdirSync(join(folder, 'labs'));
  writeFileSync(join(folder, 'labs', 'large.yaml'), `# ${'x'.repeat(5 * MIB)}`);
  const wrapStores = intercepted((call) => disturb?.(call) ?? call.go());
  const env = { AT_LEAST_WAIT_MS: '100', CLAIM_ATTEMPTS: '1', ARTIFACT_FILE_ROOT: join(folder, 'labs') };
  server = await startTestServer({ env: { ...env, ...templates.env }, overrides: { wrapStores } });
  small = await startTestServer({ env: { MAX_WORK_IN_FLIGHT: '1' }, overrides: { wrapStores } });
  admin = await server.client('ADMIN', 'root');
  tell = story(admin);
});

afterAll(async () => {
  await Promise.all([server?.close(), small?.close()]);
  templates.remove();
  rmSync(folder, { recursive: true });
});

/** `extensions` of the first error. */
async function ask(
  query: string,
  variables: object = {},
  by: { roles?: 'USER' | null; at?: TestServer } = {},
) {
  const { roles = 'ADMIN', at = server } = by;
  const headers = roles === null ? {} : { authorization: `Bearer ${await at.token(roles, 'root')}` };
  return (await sendGraphql(at.url, { query, variables }, headers)).fault;
}

/** What a command is refused with. */
function command(name: string, input: object, by: { roles?: 'USER' | null } = {}) {
  const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
  return ask(`mutation ($input: ${type}!) { ${name}(input: $input) { liveRevision } }`, { input }, by);
}

const define = (more: Partial<CreateDefinitionInput> = {}, ports = 0) =>
  tell.definition({ ...plainDefinition(`Lab ${++made}`, ports), ...more });
const work = (more: Partial<RegisterWorkerInput> = {}) => openWorker(admin, `worker-${++made}`, more);
const book = async (more: Partial<CreateDefinitionInput> = {}, ports = 0) =>
  tell.instance({ definitionId: (await define(more, ports)).id });

/** An instance that holds a claim on a worker. */
async function claimed(on: Partial<RegisterWorkerInput> = {}, ports = 0) {
  const [worker, { id }] = [await work(on), await book({}, ports)];
  await tell.schedule(id, worker.id);
  return { worker, id };
}

/** What an instance is refused with on a worker. */
const schedule = async (id: string, { id: workerId }: { id: string }) =>
  command('scheduleInstance', { id, workerId });

const inspect = (given: { uri?: string; text?: string }) =>
  ask('query ($uri: String, $text: String) { inspectLabYaml(uri: $uri, text: $text) { hash } }', given);

/** Asks while the stores do what they are told. */
async function under<T>(trouble: (call: StoreCall) => Promise<unknown>, asked: () => Promise<T>): Promise<T> {
  disturb = trouble;
  return asked().finally(() => (disturb = null));
}

const onDefinitions = (act: () => unknown) => async (call: StoreCall) => {
  if (call.name.endsWith('definitions.find')) await act();
  return call.go();
};

const PROVOKED: { readonly [C in ErrorCode]?: () => Promise<any> } = {
  UNAUTHENTICATED: () => ask('{ definitions { totalCount } }', {}, { roles: null }),
  FORBIDDEN: () => command('registerWorker', workerInput('mine'), { roles: 'USER' }),
  NOT_FOUND: () => command('terminateInstance', { id: `ins_${ULID}` }),
  VALIDATION_FAILED: () => command('createDefinition', { ...plainDefinition(''), version: 'one' }),
  ALREADY_EXISTS: async () => {
    const { name } = await define();
    return command('createDefinition', plainDefinition(name));
  },
  REVISION_CONFLICT: async () =>
    command('terminateInstance', { id: (await book()).id, expectedRevision: 99 }),
  IDEMPOTENCY_CONFLICT: async () => {
    const { id: definitionId } = await define();
    await tell.instance({ definitionId, idempotencyKey: 'codes-1' });
    return command('createInstance', { definitionId, idempotencyKey: 'codes-1', reservationId: 'other' });
  },
  INVALID_TRANSITION: async () => command('transitionInstance', { id: (await book()).id, to: 'GRADING' }),
  VERSION_NOT_HIGHER: async () =>
    command('createDefinitionVersion', { fromId: (await define()).id, version: '0.9.0' }),
  DEFINITION_NOT_ACTIVE: async () => {
    const { id } = await define();
    await command('deprecateDefinition', { id, reason: 'old' });
    return command('createInstance', { definitionId: id });
  },
  DEFINITION_NOT_DEPRECATED: async () => command('archiveDefinition', { id: (await define()).id }),
  DEFINITION_IN_USE: async () => {
    const { id } = await define();
    await tell.instance({ definitionId: id });
    await command('deprecateDefinition', { id, reason: 'old' });
    return command('archiveDefinition', { id });
  },
  ARTIFACT_NOT_ALLOWED: () => inspect({ uri: 'https://example.org/lab.yaml' }),
  ARTIFACT_UNAVAILABLE: () => inspect({ uri: 'file:///absent.yaml' }),
  ARTIFACT_TOO_LARGE: () => inspect({ uri: 'file:///large.yaml' }),
  ARTIFACT_NOT_SYNCED: async () => {
    const { id } = await claimed();
    return ask('query ($id: ID!) { instance(id: $id) { renderedLabYaml } }', { id });
  },
  LAB_YAML_INVALID: () => inspect({ text: 'nodes: []\n' }),
  TIMESLOT_INVALID: async () => {
    const timeslotStart = new Date(Date.now() + HOUR).toISOString();
    const { id: definitionId } = await define();
    return command('createInstance', { definitionId, timeslotStart, timeslotEnd: timeslotStart });
  },
  WORKER_NOT_ACCEPTING: async () =>
    schedule((await book()).id, await tell.worker(workerInput(`worker-${++made}`))),
  WORKER_NOT_ELIGIBLE: async () =>
    schedule((await book({ licenseAffinity: ['PERSONAL'] })).id, await work({ licenseType: 'ENTERPRISE' })),
  WORKER_BUSY: async () => {
    const { worker } = await claimed();
    return command('transitionWorker', { id: worker.id, to: 'STOPPING' });
  },
  CAPACITY_EXCEEDED: async () => {
    const declaredCapacity = { cpuCores: 1, memoryGb: 64, storageGb: 500, nodes: null };
    const needs = { cpuCores: 2, memoryGb: 1, storageGb: 1 };
    return schedule((await book({ resourceRequirements: needs })).id, await work({ declaredCapacity }));
  },
  PORTS_EXHAUSTED: async () =>
    schedule((await book({}, 2)).id, await work({ portRange: { start: 3000, end: 3000 } })),
  PORT_OUT_OF_RANGE: () =>
    command('registerWorker', workerInput('backwards', { portRange: { start: 4000, end: 3000 } })),
  PORT_IN_USE: async () => {
    const { worker } = await claimed({ portRange: { start: 3000, end: 3003 } }, 2);
    await command('drainWorker', { id: worker.id });
    return command('updateWorker', { id: worker.id, portRange: { start: 3001, end: 3003 } });
  },
  CLAIM_CONFLICT: async () => schedule((await claimed()).id, await work()),
  CLAIM_CONTENTION: async () => {
    const { live } = server.server.context;
    const [{ id }, worker] = [await book(), await work()];
    // Between reading and claiming somebody else writes the key.
    const overtaken = async (call: StoreCall) => {
      const [{ then }] = call.name === 'live.txn' ? (call.args as [Transaction]) : [{ then: [] }];
      const capacity = then.find((write) => 'put' in write && write.put.endsWith(`${worker.id}/capacity`));
      if (capacity && 'put' in capacity) {
        const held = required(await live.get(capacity.put));
        await live.put(held.key, held.value);
      }
      return call.go();
    };
    return under(overtaken, () => schedule(id, worker));
  },
  NO_TEMPLATE_FITS: () =>
    ask('query ($r: TemplateRequirementsInput) { selectTemplate(requirements: $r) { __typename } }', {
      r: { cpuCores: 1, memoryGb: 1, storageGb: 1, licenseAffinity: ['EVALUATION'] },
    }),
  TEMPLATE_FILE_INVALID: async () => {
    templates.write(entry('seeded', 'colour: red'));
    return command('reloadTemplates', {}).finally(() => templates.write(entry('seeded')));
  },
  RATE_LIMITED: async () => {
    const [asked, answer] = [gate(), gate()];
    const waiting = onDefinitions(async () => {
      asked.open();
      await answer.opened;
    });
    return under(waiting, async () => {
      const first = ask('{ definitions { nodes { id } } }', {}, { at: small });
      await asked.opened;
      const refused = await ask('{ definitions { nodes { id } } }', {}, { at: small });
      answer.open();
      await first;
      return refused;
    });
  },
  QUERY_TOO_COSTLY: () => ask(`{ ${'liveRevision '.repeat(11)} }`),
  PAYLOAD_TOO_LARGE: async () =>
    (await sendGraphql(server.url, { query: '{ liveRevision }', more: 'x'.repeat(2 * MIB) })).fault,
  STORE_UNAVAILABLE: () =>
    under(
      onDefinitions(() => Promise.reject(new StoreUnavailable('secret'))),
      () => ask('{ definitions { nodes { id } } }'),
    ),
  TIMEOUT: async () => {
    const { hub, tokens } = server.server.context;
    const position = { epoch: hub.epoch(), index: null, scope: null, snapshot: false };
    const far = tokens.encode({ ...position, revision: hub.revision() + 1_000_000 });
    return ask('query ($far: LiveRevision) { workers(atLeast: $far) { nodes { id } } }', { far });
  },
  INTERNAL: () =>
    under(
      onDefinitions(() => Promise.reject(new Error('secret'))),
      () => ask('{ definitions { nodes { id } } }'),
    ),
};

/** What takes more than one request, or cannot be asked for from outside, by the test that provokes it. */
const ELSEWHERE: { readonly [C in ErrorCode]?: readonly [file: string, test: RegExp] } = {
  CLAIM_NOT_OWNED: ['src/claims/ledger.test.ts', /foreign token/],
  SLOW_READER: ['tests/slow-readers.test.ts', /ended alone, with the position they go on from/],
};

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

it('every code is provoked, here or elsewhere', () => {
  expect([...Object.keys(PROVOKED), ...Object.keys(ELSEWHERE)].sort()).toEqual([...CODES].sort());
});

describe.each(Object.keys(PROVOKED) as ErrorCode[])('%s', (code) => {
  it('is answered with its status and all of its details', async () => {
    const { http, retryable } = ERROR_CODES[code];
    const fault = await PROVOKED[code]?.();
    expect(fault).toMatchObject({ code, httpStatus: http, retryable, requestId: expect.any(String) });
    expect(Object.keys(fault.details).sort()).toEqual(Object.keys(ERROR_GUIDE[code].details).sort());
  });
});

it.each(Object.entries(ELSEWHERE))('%s is provoked in another file', (code, [file, test]) => {
  const text = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
  const tests = text.split(/\n\s*it\(/).slice(1);
  expect(tests.filter((body) => test.test(body.slice(0, 200)) && body.includes(code))).toHaveLength(1);
});

it('the page of the codes is what a problem leads to', async () => {
  for (const code of CODES) {
    const { status, headers } = await send(server.url, { method: 'GET', path: `/problems/${code}` });
    expect([status, headers.location]).toEqual([302, `/api/v1/docs#${code}`]);
  }
});
