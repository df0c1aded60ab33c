import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import * as api from '../src/client/index.js';
import type { Overrides } from '../src/context.js';
import { purePairs } from './support/backends.js';
import { intercepted, type StoreCall } from './support/intercepted-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { required } from './support/story.js';
import { entry, outcomesOf, templateFile, templateInput, templateNamed } from './support/template-file.js';

const NAMES = ['a', 'b', 'c', 'd'];
const all = (more?: string) => NAMES.map((name) => entry(name, more));

const stored = async (client: api.LabletClient) =>
  required((await client.request(api.TemplatesDocument, {})).templates).nodes.map(({ name }) => name);
const reload = async (client: api.LabletClient) =>
  outcomesOf(
    required((await client.request(api.ReloadTemplatesDocument, { input: {} })).reloadTemplates).report,
  );
const describeAs = async (client: api.LabletClient, name: string, description: string) => {
  const { id } = await templateNamed(client, name);
  await client.request(api.UpdateTemplateDocument, { input: { id, description } });
};

/** Outcomes of several reports at one name, sorted. */
const at = (name: string, ...reports: string[][]) =>
  reports
    .flatMap((report) => report.filter((line) => line.startsWith(`${name} `)))
    .map((line) => line.slice(name.length + 1))
    .sort();

describe.each(purePairs())('the template file on $name', (pair) => {
  // One process at a time can use embedded stores: there the second server is the first one again.
  const isShared = !pair.name.startsWith('embedded stores');
  const file = templateFile(...all());
  let stopEngines: () => Promise<void>;
  let servers: TestServer[];
  let clients: api.LabletClient[];
  /** What happens around the calls that the first server makes of its stores. */
  let around: (call: StoreCall) => Promise<unknown> = ({ go }) => go();

  beforeAll(async () => {
    const { env, stop } = await pair.start();
    stopEngines = stop;
    const disturbed: Overrides = { wrapStores: intercepted((call) => around(call)) };
    const settings = { ...env, ...file.env };
    const first = startTestServer({ env: settings, overrides: disturbed });
    const second = isShared ? startTestServer({ env: settings }) : first;
    servers = await Promise.all([first, second]);
    clients = await Promise.all(servers.map((server) => server.client('MANAGER', 'operator')));
  }, 120_000);

  afterAll(async () => {
    for (const server of new Set(servers)) await server.close();
    await stopEngines?.();
    file.remove();
  });

  const [one, two] = [() => clients[0] as api.LabletClient, () => clients[1] as api.LabletClient];

  beforeEach(() => {
    around = ({ go }) => go();
  });

  it('gives one template for each name when processes start at once, and one of them made it', async () => {
    expect(await stored(one())).toEqual(NAMES);
    const reports = await Promise.all(
      clients.map(async (client) => {
        const { templateReport } = await client.request(api.TemplateReportDocument, {});
        return outcomesOf(required(templateReport));
      }),
    );
    const made = isShared ? ['INSERTED', 'UNCHANGED'] : ['INSERTED', 'INSERTED'];
    for (const name of NAMES) expect(at(name, ...reports)).toEqual(made);
  });

  it('is applied once when several callers load it at once', async () => {
    file.write(...all('description: changed'), entry('late'));
    const reports = await Promise.all([one(), two(), one(), two()].map(reload));
    expect(await stored(two())).toEqual([...NAMES, 'late']);
    for (const name of NAMES) {
      expect(at(name, ...reports)).toEqual(['UNCHANGED', 'UNCHANGED', 'UNCHANGED', 'UPDATED']);
      expect(await templateNamed(one(), name)).toMatchObject({ description: 'changed', revision: 2 });
    }
    expect(at('late', ...reports)).toEqual(['INSERTED', 'UNCHANGED', 'UNCHANGED', 'UNCHANGED']);
  });

  /** Runs `first` before the first call of this name goes on. */
  function before(name: string, first: () => Promise<unknown>) {
    around = async (call) => {
      if (call.name !== name) return call.go();
      around = ({ go }) => go();
      await first();
      return call.go();
    };
    onTestFinished(() => void (around = ({ go }) => go()));
  }

  it('never overwrites an edit that comes between its plan and its save', async () => {
    file.write(...all('description: from the file'));
    before('worker_templates.replace', () => describeAs(two(), 'a', 'by hand'));
    const report = await reload(one());
    expect(report).toEqual(['a KEPT', 'b UPDATED', 'c UPDATED', 'd UPDATED', 'late ABSENT']);
    expect(await templateNamed(one(), 'a')).toMatchObject({ description: 'by hand', revision: 3 });
  });

  it('keeps a template that somebody makes by hand between its plan and its save', async () => {
    file.write(entry('quick', 'description: from the file'));
    before('worker_templates.insert', () => {
      const input = templateInput('quick', { description: 'by hand' });
      return two().request(api.CreateTemplateDocument, { input });
    });
    expect(at('quick', await reload(one()))).toEqual(['KEPT']);
    expect(await templateNamed(two(), 'quick')).toMatchObject({ description: 'by hand', seededHash: null });
  });
});
