import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { faultPaths, rawDocument, refusal } from './support/answers.js';
import { MARK } from './support/bad-fields.js';
import { startTestServer, type TestServer } from './support/server.js';
import { honestAdmin, workerInput } from './support/stage.js';
import { required, story } from './support/story.js';
import { entry, outcomesOf, templateFile, templateInput, templateNamed } from './support/template-file.js';

const NOBODY = `tpl_${'0'.repeat(26)}`;
const file = templateFile(entry('seeded'));

let server: TestServer;
let admin: api.LabletClient;

beforeAll(async () => {
  server = await startTestServer({ env: file.env });
  admin = await honestAdmin(server);
});

afterAll(async () => {
  await server.close();
  file.remove();
});

const create = async (input: api.CreateTemplateInput) =>
  required((await admin.request(api.CreateTemplateDocument, { input })).createTemplate).template;
const update = async (input: api.UpdateTemplateInput) =>
  required((await admin.request(api.UpdateTemplateDocument, { input })).updateTemplate).template;
const reload = async (idempotencyKey?: string, client = admin) => {
  const input = { idempotencyKey: idempotencyKey ?? null };
  return required((await client.request(api.ReloadTemplatesDocument, { input })).reloadTemplates).report;
};
const unmade = (input: unknown) =>
  refusal(admin.request(api.CreateTemplateDocument, { input: input as api.CreateTemplateInput }));
const unchanged = (input: unknown) =>
  refusal(admin.request(api.UpdateTemplateDocument, { input: input as api.UpdateTemplateInput }));
const eventsOf = async (id: string) => {
  const { outbox, collections } = server.server.context;
  await outbox.idle();
  const found = await collections.events.find(
    { aggregateId: id },
    { index: 'aggregateId_number', limit: 50 },
  );
  return found.map(({ type, payload }) => ({ type, changes: (payload as { changes: object }).changes }));
};

describe('createTemplate', () => {
  it('makes a template with every field that is given', async () => {
    const all: api.CreateTemplateInput = {
      ...templateInput('every-field'),
      description: 'All of it',
      licenseType: 'ENTERPRISE',
      capacity: { cpuCores: 1, memoryGb: 2, storageGb: 10, nodes: null },
      amiPattern: '*',
      regions: ['eu-west-1'],
      portRange: { start: 1024, end: 65_535 },
      excludedPorts: [],
      drainTimeoutHours: 48,
      startupTimeMinutes: 1,
      costPerHourUsd: 0.0001,
      tags: [
        { key: 'Empty', value: '' },
        { key: 'Team', value: 'labs' },
      ],
      enabled: false,
    };
    const made = await create(all);
    expect(made).toMatchObject({ ...all, id: expect.stringMatching(/^tpl_/), seededHash: null, revision: 1 });
    expect(await templateNamed(admin, 'every-field')).toEqual(made);
    const { template } = await admin.request(api.TemplateDocument, { id: made.id });
    expect(template).toEqual(made);
    expect(await eventsOf(made.id)).toMatchObject([{ type: 'TemplateCreated', changes: all }]);
  });

  it('fills in defaults for what is absent or null', async () => {
    const expected = {
      description: '',
      regions: [],
      portRange: { start: 2000, end: 9999 },
      excludedPorts: [9090],
      drainTimeoutHours: 4,
      startupTimeMinutes: 20,
      costPerHourUsd: null,
      tags: [],
      enabled: true,
    };
    expect(await create(templateInput('defaults'))).toMatchObject(expected);
    const nulls = Object.fromEntries(Object.keys(expected).map((field) => [field, null]));
    expect(await create({ ...templateInput('nulls'), ...nulls })).toMatchObject(expected);
  });

  it('is ALREADY_EXISTS for a name in use, and names who has it, also when two calls race', async () => {
    const first = await create(templateInput('unique'));
    const details = { entity: 'WorkerTemplate', key: 'name', existingId: first.id };
    expect(await unmade(templateInput('unique'))).toMatchObject({ code: 'ALREADY_EXISTS', details });
    const racing = Array.from({ length: 5 }, () => create(templateInput('raced')));
    const outcomes = await Promise.allSettled(racing);
    const codes = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(codes).toEqual(Array(4).fill('ALREADY_EXISTS'));
  });

  it('makes what loading the file keeps, also under a name of the file', async () => {
    const made = await create(templateInput('by-hand'));
    file.write(entry('seeded'), entry('by-hand', 'description: from the file'));
    expect(outcomesOf(await reload())).toContain('by-hand KEPT');
    expect(await templateNamed(admin, 'by-hand')).toEqual(made);
  });

  it('makes what a worker can be registered from, until it is retired; the worker keeps its values', async () => {
    const { id } = await create(templateInput('for-workers', { regions: ['eu-west-1'] }));
    const tell = story(admin);
    const worker = await tell.worker({ name: 'from-template', templateName: 'for-workers' });
    expect(worker).toMatchObject({ region: 'eu-west-1', templateName: 'for-workers' });
    await update({ id, enabled: false, capacity: { cpuCores: 1, memoryGb: 1, storageGb: 10 } });
    const refused = tell.worker({ name: 'too-late', templateName: 'for-workers' });
    expect(faultPaths(await refusal(refused))).toEqual(['templateName']);
    const document = rawDocument(
      '{ templateByName(name: "for-workers") { workers { name capacity { declared { cpuCores } } } } }',
    );
    const { templateByName } = await admin.request(document, {});
    expect(templateByName.workers).toEqual([
      { name: 'from-template', capacity: { declared: { cpuCores: 48 } } },
    ]);
    const reader = await server.client('USER', 'alice');
    expect(await reader.request(document, {})).toEqual({ templateByName: { workers: [] } });
  });
});

describe('updateTemplate', () => {
  it('changes what is given, clears what null can clear, and leaves the rest', async () => {
    const before = await create(templateInput('changing', { costPerHourUsd: 1.5, regions: ['a'] }));
    const changes = {
      description: 'new',
      capacity: { cpuCores: 2, memoryGb: 2, storageGb: 20 },
      costPerHourUsd: null,
      regions: [],
    };
    const after = await update({ id: before.id, expectedRevision: 1, ...changes });
    const { updatedAt } = after;
    const capacity = { ...changes.capacity, nodes: null };
    expect(after).toEqual({ ...before, ...changes, capacity, revision: 2, updatedAt });
    expect((await eventsOf(before.id))[1]).toEqual({
      type: 'TemplateUpdated',
      changes: { ...changes, capacity },
    });
  });

  it('that changes nothing raises no event and keeps the revision', async () => {
    const { id, capacity } = await create(templateInput('same'));
    const { cpuCores, memoryGb, storageGb, nodes } = capacity;
    const same = { capacity: { nodes, storageGb, memoryGb, cpuCores }, excludedPorts: [9090], enabled: true };
    expect(await update({ id })).toMatchObject({ revision: 1 });
    expect(await update({ id, ...same })).toMatchObject({ revision: 1 });
    expect(await eventsOf(id)).toHaveLength(1);
  });

  it('is REVISION_CONFLICT for a stale revision and NOT_FOUND for what is not there', async () => {
    const { id } = await create(templateInput('stale'));
    await update({ id, description: 'one' });
    const stale = { code: 'REVISION_CONFLICT', retryable: true, details: { expected: 1, actual: 2 } };
    expect(await unchanged({ id, expectedRevision: 1, description: 'two' })).toMatchObject(stale);
    expect(await templateNamed(admin, 'stale')).toMatchObject({ description: 'one', revision: 2 });
    const missing = { code: 'NOT_FOUND', details: { entity: 'WorkerTemplate', id: NOBODY } };
    expect(await unchanged({ id: NOBODY, enabled: false })).toMatchObject(missing);
  });

  it('loses none of several changes at once', async () => {
    const { id } = await create(templateInput('busy'));
    await Promise.all([
      update({ id, description: 'one' }),
      update({ id, drainTimeoutHours: 7 }),
      update({ id, startupTimeMinutes: 7 }),
    ]);
    const all = { description: 'one', drainTimeoutHours: 7, startupTimeMinutes: 7, revision: 4 };
    expect(await templateNamed(admin, 'busy')).toMatchObject(all);
  });
});

describe('an idempotency key', () => {
  it('of createTemplate gives one template, and its repeats answer it as it is now', async () => {
    const input = templateInput('keyed', { idempotencyKey: 'make-1' });
    const answers = await Promise.all(Array.from({ length: 5 }, () => create(input)));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    const { id } = required(answers[0]);
    await update({ id, description: 'later' });
    expect(await create(input)).toMatchObject({ id, description: 'later', revision: 2 });
    const other = await unmade({ ...input, description: 'other' });
    expect(other).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT', details: { key: 'make-1' } });
  });

  it('of updateTemplate gives one change', async () => {
    const { id } = await create(templateInput('keyed-change'));
    const input = { id, description: 'once', idempotencyKey: 'change-1' };
    for (const answer of await Promise.all([update(input), update(input), update(input)]))
      expect(answer).toMatchObject({ description: 'once', revision: 2 });
    await update({ id, description: 'later' });
    expect(await update(input)).toMatchObject({ description: 'later', revision: 3 });
    const other = await unchanged({ ...input, description: 'other' });
    expect(other).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it('of reloadTemplates loads the file once, and may be sent again after a refusal', async () => {
    file.write(entry('seeded', 'colour: red'));
    const failing = refusal(reload('load-1'));
    expect(await failing).toMatchObject({ code: 'TEMPLATE_FILE_INVALID' });
    file.write(entry('seeded', 'description: first'));
    const first = await reload('load-1');
    expect(outcomesOf(first)).toContain('seeded UPDATED');
    file.write(entry('seeded', 'description: second'));
    expect(await reload('load-1')).toEqual(first);
    expect(await templateNamed(admin, 'seeded')).toMatchObject({ description: 'first' });
    expect(outcomesOf(await reload('load-2'))).toContain('seeded UPDATED');
    expect(await reload('load-1')).toEqual(first);
    file.write(entry('seeded', 'colour: red'));
    await refusal(reload());
    expect(await reload('load-1')).toEqual(first);
  });
});

describe('the list of templates', () => {
  const list = async (args: string) => {
    const fields = 'nodes { name } totalCount edges { cursor } pageInfo { hasNextPage endCursor }';
    const { templates } = await admin.request(rawDocument(`{ templates(${args}) { ${fields} } }`), {});
    return { ...templates, names: templates.nodes.map(({ name }: { name: string }) => name) as string[] };
  };

  it('is by name, in pages, of all or of those in use or retired', async () => {
    await create(templateInput('list-2', { enabled: false }));
    for (const name of ['list-3', 'list-1']) await create(templateInput(name));
    const { names, totalCount } = await list('first: 200');
    expect(names).toEqual(names.toSorted((a: string, b: string) => (a < b ? -1 : 1)));
    expect(totalCount).toBe(names.length);
    const paged: string[] = [];
    for (let after: string | null = ''; after !== null;) {
      const page = await list(`first: 2${after && `, after: "${after}"`}`);
      paged.push(...page.names);
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    }
    expect(paged).toEqual(names);
    const [used, retired] = [await list('enabled: true, first: 200'), await list('enabled: false')];
    expect(used.names).toEqual(expect.arrayContaining(['list-1', 'list-3']));
    expect(retired.names).toContain('list-2');
    expect(new Set([...used.names, ...retired.names])).toEqual(new Set(names));
    expect(used.totalCount + retired.totalCount).toBe(totalCount);
  });
});

describe('input that breaks rules', () => {
  const wrong = (text: string) => `${text}${MARK}`;
  const OUT_OF_RANGE = {
    description: wrong('x'.repeat(200)),
    instanceType: '',
    licenseType: wrong('FREE'),
    amiPattern: wrong('x'.repeat(100)),
    capacity: { cpuCores: 4097, memoryGb: 0, storageGb: 9, nodes: 10_001 },
    regions: ['', wrong('x'.repeat(40))],
    portRange: { start: 0, end: 65_536 },
    excludedPorts: [70_000],
    drainTimeoutHours: 49,
    startupTimeMinutes: 121,
    costPerHourUsd: 1.23456,
    tags: [{ key: '', value: wrong('x'.repeat(256)) }],
    seededHash: wrong(''),
  };
  const OUT_OF_RANGE_PATHS = [
    ...['amiPattern', 'capacity.cpuCores', 'capacity.memoryGb', 'capacity.nodes', 'capacity.storageGb'],
    ...[
      'costPerHourUsd',
      'description',
      'drainTimeoutHours',
      'excludedPorts.0',
      'instanceType',
      'licenseType',
    ],
    ...['portRange.end', 'portRange.start', 'regions.0', 'regions.1', 'seededHash', 'startupTimeMinutes'],
    ...['tags.0.key', 'tags.0.value'],
  ];
  const twice = [
    { key: 'a', value: '1' },
    { key: 'b', value: '1' },
    { key: ' a ', value: '2' },
  ];

  it.each<[string, unknown, string[]]>([
    ['nothing', {}, ['amiPattern', 'capacity', 'instanceType', 'licenseType', 'name']],
    [
      'null where a value is required',
      { name: null, instanceType: null, licenseType: null, capacity: null, amiPattern: null },
      ['amiPattern', 'capacity', 'instanceType', 'licenseType', 'name'],
    ],
    [
      'every field out of its range',
      { ...OUT_OF_RANGE, name: wrong('Upper_') },
      [...OUT_OF_RANGE_PATHS, 'name'].sort(),
    ],
    [
      'a key that is there twice, beside another fault',
      { ...templateInput('twice', { tags: twice }), drainTimeoutHours: 0 },
      ['drainTimeoutHours', 'tags.2.key'],
    ],
    [
      'more than there may be',
      {
        ...templateInput('many'),
        regions: Array.from({ length: 21 }, (_, n) => `r${n}`),
        tags: Array.from({ length: 21 }, (_, n) => ({ key: `k${n}`, value: '' })),
      },
      ['regions', 'tags'],
    ],
    ['a cost below nothing', templateInput('negative', { costPerHourUsd: -0.0001 }), ['costPerHourUsd']],
    [
      'another type',
      { ...templateInput('typed'), tags: wrong(''), enabled: wrong('yes') },
      ['enabled', 'tags'],
    ],
  ])('of createTemplate is refused with every fault and no value: %s', async (_what, input, paths) => {
    const error = await unmade(input);
    expect(faultPaths(error)).toEqual(paths);
    expect(JSON.stringify(error.errors)).not.toContain(MARK);
  });

  it.each<[string, object, string[]]>([
    ['the name', { name: 'other' }, ['name']],
    [
      'null where it means nothing',
      {
        ...{ description: null, instanceType: null, licenseType: null, capacity: null, amiPattern: null },
        ...{ regions: null, portRange: null, excludedPorts: null, drainTimeoutHours: null },
        ...{ startupTimeMinutes: null, tags: null, enabled: null },
      },
      [
        ...['amiPattern', 'capacity', 'description', 'drainTimeoutHours', 'enabled', 'excludedPorts'],
        ...['instanceType', 'licenseType', 'portRange', 'regions', 'startupTimeMinutes', 'tags'],
      ],
    ],
    ['every field out of its range', OUT_OF_RANGE, OUT_OF_RANGE_PATHS],
    ['a key that is there twice', { tags: twice }, ['tags.2.key']],
  ])('of updateTemplate is refused with every fault and no value: %s', async (_what, changes, paths) => {
    const { id, ...before } = await templateNamed(admin, 'seeded');
    const error = await unchanged({ id, ...changes });
    expect(faultPaths(error)).toEqual(paths);
    expect(JSON.stringify(error.errors)).not.toContain(MARK);
    expect(await templateNamed(admin, 'seeded')).toEqual({ id, ...before });
  });

  it('of updateTemplate is refused for what is no id', async () => {
    expect(faultPaths(await unchanged({ id: 'seeded' }))).toEqual(['id']);
    expect(faultPaths(await unchanged({}))).toEqual(['id']);
  });

  it.each([
    { start: 1023, end: 2000 },
    { start: 3000, end: 2999 },
  ])('of both is PORT_OUT_OF_RANGE for the range %j', async (portRange) => {
    const { id } = await templateNamed(admin, 'seeded');
    const error = { code: 'PORT_OUT_OF_RANGE', retryable: false };
    const details = { number: null, range: portRange, excluded: [9090] };
    const made = await unmade(templateInput('no-range', { portRange }));
    const changed = await unchanged({ id, portRange });
    for (const refused of [made, changed]) expect(refused).toMatchObject({ ...error, details });
    const absent = admin.request(api.TemplateByNameDocument, { name: 'no-range' });
    expect((await refusal(absent)).code).toBe('NOT_FOUND');
  });

  it('of reloadTemplates is refused for any field but the key', async () => {
    const input = { path: wrong('/etc/'), idempotencyKey: '' } as api.ReloadTemplatesInput;
    const error = await refusal(admin.request(api.ReloadTemplatesDocument, { input }));
    expect(faultPaths(error)).toEqual(['idempotencyKey', 'path']);
    expect(JSON.stringify(error.errors)).not.toContain(MARK);
  });

  const SMALL = { cpuCores: 1, memoryGb: 1, storageGb: 1 };

  it.each<[string, api.SelectTemplateQueryVariables, string[]]>([
    ['nothing to select for', {}, ['definitionId']],
    ['a region alone', { region: 'eu' }, ['definitionId']],
    ['two things', { definitionName: 'Lab', requirements: SMALL }, ['definitionId']],
    ['a version without a name', { requirements: SMALL, definitionVersion: '1.0.0' }, ['definitionVersion']],
    [
      'requirements out of range',
      {
        region: '',
        requirements: {
          ...{ cpuCores: 0, memoryGb: 257, storageGb: 1001, nodeCount: 501, portCount: 65 },
          ...{ licenseAffinity: [], amiRequirements: [{ minVersion: 'new' }, {}] },
        },
      },
      [
        'region',
        'requirements.amiRequirements.0.minVersion',
        'requirements.amiRequirements.1',
        ...['cpuCores', 'licenseAffinity', 'memoryGb', 'nodeCount', 'portCount', 'storageGb'].map(
          (field) => `requirements.${field}`,
        ),
      ],
    ],
  ])('of selectTemplate is refused: %s', async (_what, variables, paths) => {
    expect(faultPaths(await refusal(admin.request(api.SelectTemplateDocument, variables)))).toEqual(paths);
  });
});

describe('a worker', () => {
  it('leads to its template and back', async () => {
    const { id } = await create(templateInput('edges', { regions: ['eu'] }));
    await story(admin).worker(workerInput('with-template', { templateName: 'edges' }));
    await story(admin).worker(workerInput('without-template'));
    const document = rawDocument('{ workers { nodes { name template { id workers { name } } } } }');
    const { workers } = await admin.request(document, {});
    const byName = Object.fromEntries(workers.nodes.map((worker: { name: string }) => [worker.name, worker]));
    expect(byName['with-template'].template).toEqual({ id, workers: [{ name: 'with-template' }] });
    expect(byName['without-template'].template).toBeNull();
  });
});
