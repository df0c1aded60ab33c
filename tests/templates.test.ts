import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import * as api from '../src/client/index.js';
import { refusal, send } from './support/answers.js';
import { startTestServer } from './support/server.js';
import { plainDefinition, required, story } from './support/story.js';
import { entry, outcomesOf, templateFile, templateNamed } from './support/template-file.js';

type Server = Awaited<ReturnType<typeof startTestServer>>;

/** A file of these entries, and servers that load it, all on one folder of data. */
async function loading(...entries: string[]) {
  const file = templateFile(...entries);
  const first = await startTestServer({ env: file.env });
  const { dataDir } = first;
  let server = first;
  onTestFinished(async () => {
    await server.stop();
    await first.close();
    file.remove();
  });
  return {
    file,
    admin: () => server.client('ADMIN', 'root'),
    url: () => server.url,
    async restart(...changed: string[]) {
      await server.stop();
      if (changed.length > 0) file.write(...changed);
      server = await startTestServer({ env: file.env, dataDir });
    },
  };
}

const reportOf = async (client: api.LabletClient) =>
  required((await client.request(api.TemplateReportDocument, {})).templateReport);
const reload = async (client: api.LabletClient) =>
  required((await client.request(api.ReloadTemplatesDocument, { input: {} })).reloadTemplates).report;
const edit = async (client: api.LabletClient, name: string, changes: Partial<api.UpdateTemplateInput>) => {
  const { id } = await templateNamed(client, name);
  const { updateTemplate } = await client.request(api.UpdateTemplateDocument, { input: { id, ...changes } });
  return required(updateTemplate).template;
};
const everyTemplate = async (client: api.LabletClient) => {
  const { nodes } = required((await client.request(api.TemplatesDocument, {})).templates);
  return Promise.all(nodes.map(({ name }) => templateNamed(client, name)));
};

/** What readiness says of the template file; it looks once a second. */
const noteAt = (url: string) =>
  expect.poll(
    async () => {
      const { status, json } = await send(url, { method: 'GET', path: '/readyz' });
      return { status, ...json.checks.find(({ name }: { name: string }) => name === 'templates') };
    },
    { timeout: 10_000 },
  );

describe('T1 the file of worker templates', () => {
  it('T1 that is shipped has both example entries, loaded with every field', async () => {
    const server = await startTestServer();
    onTestFinished(() => server.close());
    const admin = await server.client('ADMIN');
    const shared = {
      instanceType: 'm5zn.metal',
      amiPattern: 'CML-2.9.*',
      portRange: { start: 2000, end: 9999 },
      excludedPorts: [9090],
      startupTimeMinutes: 20,
      costPerHourUsd: 3.9641,
      enabled: true,
      seededHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      revision: 1,
    };
    const tags = [
      { key: 'Environment', value: 'production' },
      { key: 'ManagedBy', value: 'ccm' },
    ];
    expect(await templateNamed(admin, 'personal-standard')).toMatchObject({
      ...shared,
      description: 'Bare metal for personal licences',
      licenseType: 'PERSONAL',
      capacity: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
      regions: ['us-east-1', 'us-west-2'],
      drainTimeoutHours: 4,
      tags,
    });
    expect(await templateNamed(admin, 'enterprise-large')).toMatchObject({
      ...shared,
      description: 'Bare metal for enterprise licences',
      licenseType: 'ENTERPRISE',
      capacity: { cpuCores: 48, memoryGb: 192, storageGb: 1000, nodes: 500 },
      regions: ['us-east-1'],
      drainTimeoutHours: 6,
      tags: [...tags, { key: 'LicenseType', value: 'enterprise' }],
    });
    const report = await reportOf(admin);
    expect([report.file, report.fault]).toEqual(['worker-templates.yaml', null]);
    expect(outcomesOf(report)).toEqual(['personal-standard INSERTED', 'enterprise-large INSERTED']);
  });

  it('T1 gives one document for each name at two starts', async () => {
    const made = await loading(entry('a'), entry('b'));
    const before = await everyTemplate(await made.admin());
    await made.restart();
    const admin = await made.admin();
    expect(await everyTemplate(admin)).toEqual(before);
    expect(before.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(outcomesOf(await reportOf(admin))).toEqual(['a UNCHANGED', 'b UNCHANGED']);
  });

  it('T1 leaves a description that was edited by hand over a start', async () => {
    const made = await loading(entry('a'), entry('b'));
    await edit(await made.admin(), 'a', { description: 'mine' });
    await made.restart();
    const admin = await made.admin();
    expect(await templateNamed(admin, 'a')).toMatchObject({ description: 'mine', revision: 2 });
    expect(outcomesOf(await reportOf(admin))).toEqual(['a KEPT', 'b UNCHANGED']);
  });

  it('T1 updates what nobody edited when its entry changed, keeps what somebody did, and says so', async () => {
    const made = await loading(entry('edited'), entry('unedited'), entry('gone'));
    const before = await templateNamed(await made.admin(), 'unedited');
    await edit(await made.admin(), 'edited', { description: 'mine' });
    const changed = 'drainTimeoutHours: 9';
    await made.restart(entry('edited', changed), entry('unedited', changed), entry('new'));
    const admin = await made.admin();
    const expected = ['edited KEPT', 'unedited UPDATED', 'new INSERTED', 'gone ABSENT'];
    expect(outcomesOf(await reportOf(admin))).toEqual(expected);
    const after = await templateNamed(admin, 'unedited');
    expect(after).toMatchObject({ id: before.id, drainTimeoutHours: 9, revision: 2 });
    expect(after.seededHash).not.toBe(before.seededHash);
    expect(await templateNamed(admin, 'edited')).toMatchObject({ drainTimeoutHours: 4, description: 'mine' });
    expect(await templateNamed(admin, 'gone')).toMatchObject({ enabled: true, revision: 1 });
    await noteAt(made.url()).toMatchObject({
      status: 200,
      ok: true,
      detail: 'kinds.yaml: 1 KEPT, 1 UPDATED, 1 INSERTED, 1 ABSENT',
    });
  });

  it('T1 takes a template again that was edited back to what the file says', async () => {
    const made = await loading(entry('a'));
    const admin = await made.admin();
    const seeded = await templateNamed(admin, 'a');
    const edited = await edit(admin, 'a', { description: 'mine', costPerHourUsd: 1.5 });
    expect(edited.seededHash).toBe(seeded.seededHash);
    made.file.write(entry('a', 'description: new'));
    expect(outcomesOf(await reload(admin))).toEqual(['a KEPT']);
    await edit(admin, 'a', { description: '', costPerHourUsd: null });
    expect(outcomesOf(await reload(admin))).toEqual(['a UPDATED']);
    expect(outcomesOf(await reload(admin))).toEqual(['a UNCHANGED']);
    expect(await templateNamed(admin, 'a')).toMatchObject({ description: 'new', revision: 4 });
  });
});

describe('T2 a file that is wrong', () => {
  const good = entry('good');
  const faulty: [
    string,
    string[],
    { entry: string | null; field: string | null; rule: string; line: number },
  ][] = [
    [
      'a wrong value',
      [entry('good', 'drainTimeoutHours: 9'), entry('bad', 'drainTimeoutHours: 49')],
      { entry: 'bad', field: 'drainTimeoutHours', rule: 'WRONG_VALUE', line: 14 },
    ],
    [
      'an unknown field',
      [entry('good', 'drainTimeoutHours: 9'), entry('bad', 'colour: red')],
      { entry: 'bad', field: 'colour', rule: 'UNKNOWN_FIELD', line: 14 },
    ],
    [
      'a name that is there twice',
      [entry('good', 'drainTimeoutHours: 9'), entry('bad'), entry('bad')],
      { entry: 'bad', field: 'name', rule: 'NAME_REPEATED', line: 15 },
    ],
    [
      'broken syntax',
      [entry('good', 'drainTimeoutHours: 9'), entry('bad', 'regions: ]')],
      { entry: null, field: null, rule: 'SYNTAX', line: 14 },
    ],
  ];

  it.each(faulty)(
    'T2 in %s is named by file, entry, field and line, and nothing of it is applied',
    async (...row) => {
      const [, entries, place] = row;
      const made = await loading(good);
      const before = await everyTemplate(await made.admin());

      await made.restart(...entries);
      const admin = await made.admin();
      expect(await reportOf(admin)).toMatchObject({ file: 'kinds.yaml', templates: [], fault: place });
      expect(await everyTemplate(admin)).toEqual(before);

      const error = await refusal(reload(admin));
      expect(error).toMatchObject({ code: 'TEMPLATE_FILE_INVALID', retryable: false });
      expect(error.details).toEqual({ file: 'kinds.yaml', ...place });
      expect(await everyTemplate(admin)).toEqual(before);
      const words = ['kinds.yaml', place.entry, place.field, `line ${place.line}`];
      for (const word of words) if (word !== null) expect(error.message).toContain(word);
      await noteAt(made.url()).toMatchObject({
        status: 200,
        ok: false,
        detail: expect.stringContaining(`line ${place.line}`),
      });
    },
  );

  it('T2 is told by readiness and report until a load succeeds', async () => {
    const made = await loading(good);
    const admin = await made.admin();
    made.file.lose();
    expect(await refusal(reload(admin))).toMatchObject({
      code: 'TEMPLATE_FILE_INVALID',
      details: { file: 'kinds.yaml', rule: 'FILE_MISSING', line: null },
    });
    expect((await reportOf(admin)).fault).toMatchObject({ rule: 'FILE_MISSING' });
    await noteAt(made.url()).toMatchObject({ status: 200, ok: false });
    made.file.write(good);
    expect(outcomesOf(await reload(admin))).toEqual(['good UNCHANGED']);
    expect((await reportOf(admin)).fault).toBeNull();
    await noteAt(made.url()).toMatchObject({ ok: true, detail: 'kinds.yaml: 1 UNCHANGED' });
  });
});

describe('T3 a selection among the shipped templates', () => {
  let server: Server;
  let user: api.LabletClient;

  beforeAll(async () => {
    server = await startTestServer();
    user = await server.client('USER', 'alice');
  });

  afterAll(() => server.close());

  const SMALL = { cpuCores: 3, memoryGb: 5, storageGb: 50, nodeCount: 2 };
  const select = async (variables: api.SelectTemplateQueryVariables) =>
    required((await user.request(api.SelectTemplateDocument, variables)).selectTemplate);
  const refused = (variables: api.SelectTemplateQueryVariables) =>
    refusal(user.request(api.SelectTemplateDocument, variables));

  it('T3 of 3/5/50 with 2 nodes and PERSONAL is personal-standard', async () => {
    const answer = await select({ requirements: { ...SMALL, licenseAffinity: ['PERSONAL'] } });
    expect(answer).toMatchObject({
      chosen: {
        template: { name: 'personal-standard' },
        spare: { cpuCores: 45, memoryGb: 187, storageGb: 450, nodes: 18 },
        sparePorts: 7999,
      },
      others: [],
      rejected: [
        {
          template: { name: 'enterprise-large' },
          reasons: [{ kind: 'LICENSE', need: 'PERSONAL', actual: 'ENTERPRISE' }],
        },
      ],
    });
  });

  it('T3 with any licence prefers the smaller one of two that cost the same', async () => {
    const { chosen, others } = await select({ requirements: SMALL });
    expect(chosen.template.name).toBe('personal-standard');
    expect(others).toMatchObject([{ template: { name: 'enterprise-large' }, spare: { nodes: 498 } }]);
  });

  it.each([21, 100, 500])('T3 of %i nodes never selects PERSONAL', async (nodeCount) => {
    const { chosen, others, rejected } = await select({ requirements: { ...SMALL, nodeCount } });
    expect([chosen, ...others].map(({ template }) => template.name)).toEqual(['enterprise-large']);
    expect(rejected[0]?.reasons).toEqual([
      { kind: 'NODE_LIMIT', need: String(nodeCount), actual: '20' },
      { kind: 'NODES', need: String(nodeCount), actual: '20' },
    ]);
  });

  it('T3 for EVALUATION alone is NO_TEMPLATE_FITS with a reason for each template', async () => {
    const error = await refused({ requirements: { ...SMALL, licenseAffinity: ['EVALUATION'] } });
    const reason = (actual: string) => [{ kind: 'LICENSE', need: 'EVALUATION', actual }];
    expect(error).toMatchObject({ code: 'NO_TEMPLATE_FITS', retryable: false });
    expect(error.errors[0]).toMatchObject({ httpStatus: 422 });
    expect(error.details).toEqual({
      rejected: [
        { name: 'enterprise-large', reasons: reason('ENTERPRISE') },
        { name: 'personal-standard', reasons: reason('PERSONAL') },
      ],
    });
  });

  it('T3 with minVersion 2.10.0 rejects CML-2.9.*', async () => {
    const error = await refused({ requirements: { ...SMALL, amiRequirements: [{ minVersion: '2.10.0' }] } });
    const reasons = [{ kind: 'IMAGE_VERSION', need: '>=2.10.0', actual: 'CML-2.9.*' }];
    const rejected = ['enterprise-large', 'personal-standard'].map((name) => ({ name, reasons }));
    expect(error).toMatchObject({ code: 'NO_TEMPLATE_FITS', details: { rejected } });
    const { chosen } = await select({
      requirements: { ...SMALL, amiRequirements: [{ minVersion: '2.9.5' }] },
    });
    expect(chosen.template.name).toBe('personal-standard');
  });

  it('T3 in a region leaves out what may not be used there', async () => {
    const west = await select({ requirements: SMALL, region: 'us-west-2' });
    expect(west).toMatchObject({ chosen: { template: { name: 'personal-standard' } }, others: [] });
    const nowhere = await refused({ requirements: SMALL, region: 'mars' });
    expect(nowhere.details).toMatchObject({
      rejected: [{ reasons: [{ kind: 'REGION', need: 'mars' }] }, {}],
    });
  });

  it('T3 for a definition takes its needs, by id, by name and by version', async () => {
    const author = story(await server.client('AUTHOR', 'author'));
    const { id } = await author.definition();
    const byId = await select({ definitionId: id });
    expect(byId.chosen).toMatchObject({
      template: { name: 'personal-standard' },
      spare: { cpuCores: 45, memoryGb: 187, storageGb: 450, nodes: 17 },
      sparePorts: 7995,
    });
    const definitionName = 'Branch VPN Troubleshooting';
    expect(await select({ definitionName })).toEqual(byId);
    expect(await select({ definitionName, definitionVersion: '1.0.0' })).toEqual(byId);
    const large = await author.definition({ ...plainDefinition('Large'), nodeCount: 100 });
    expect((await select({ definitionId: large.id })).chosen.template.name).toBe('enterprise-large');
    const missing = await refused({ definitionId: `def_${'0'.repeat(26)}` });
    expect(missing).toMatchObject({ code: 'NOT_FOUND', details: { entity: 'LabletDefinition' } });
  });

  it('T3 is of enabled templates only', async () => {
    const admin = await server.client('ADMIN', 'root');
    await edit(admin, 'personal-standard', { enabled: false });
    const { chosen, rejected } = await select({ requirements: SMALL });
    expect(chosen.template.name).toBe('enterprise-large');
    expect(rejected[0]?.reasons).toEqual([{ kind: 'ENABLED', need: 'true', actual: 'false' }]);
    await edit(admin, 'personal-standard', { enabled: true });
  });
});
