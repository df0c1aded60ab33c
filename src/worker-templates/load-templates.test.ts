import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { START } from '../../tests/support/aggregate-run.js';
import { countedIds, handClock, overriding } from '../../tests/support/by-hand.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { StoreUnavailable, type Collection } from '../db/document-store.js';
import { systemIds } from '../lib/ids.js';
import { loadTemplates } from './load-templates.js';
import { WorkerTemplateDocument } from './template-model.js';
import { templateRepository, type TemplateRepository } from './template-repository.js';
import { create, seed, update, type TemplateFields } from './template.js';

const CAUSE = { by: 'u-1', requestId: null, source: null, record: null };
const folder = mkdtempSync(join(tmpdir(), 'lablet-templates-'));
const path = join(folder, 'worker-templates.yaml');
const entry = (name: string, more = '') =>
  `  - {name: ${name}, instanceType: m5zn.metal, licenseType: PERSONAL, amiPattern: 'CML-*', ` +
  `capacity: {cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20}${more}}\n`;
const write = (...entries: string[]) => writeFileSync(path, `version: 1\ntemplates:\n${entries.join('')}`);

let stores: TempStores;
let collection: Collection<WorkerTemplateDocument>;
let replaced: Partial<Collection<WorkerTemplateDocument>>;
let templates: TemplateRepository;

beforeAll(async () => void (stores = await tempStores([WorkerTemplateDocument])));
afterAll(async () => {
  await stores.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  collection = stores.documents.collection(WorkerTemplateDocument);
  replaced = {};
  templates = templateRepository(overriding(collection, replaced), {
    clock: handClock(),
    ids: countedIds(),
    outbox: { wake: () => undefined, holds: async () => false },
    settleRecord: async () => undefined,
    recordKeepMs: 86_400_000,
  });
});
afterEach(async () => {
  for (const { id, revision } of await all()) await collection.remove(id, revision);
});

const all = () => collection.find({}, { index: 'name', limit: 1000 });
const load = (from = path) =>
  loadTemplates(
    {
      templates,
      collections: { templates: overriding(collection, replaced) },
      ids: systemIds(),
      clock: handClock(),
    },
    from,
    { ...CAUSE, by: 'system:templates' },
  );
const outcomes = async () => (await load()).templates.map(({ name, outcome }) => `${name} ${outcome}`);

describe('a load', () => {
  it('stores new entries once and leaves them alone afterwards', async () => {
    write(entry('a'), entry('b'));
    expect(await load()).toEqual({
      file: 'worker-templates.yaml',
      at: START,
      templates: [
        { name: 'a', outcome: 'INSERTED' },
        { name: 'b', outcome: 'INSERTED' },
      ],
      fault: null,
    });
    const before = await all();
    expect(before).toMatchObject([
      { name: 'a', enabled: true, drainTimeoutHours: 4, seededHash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      { name: 'b' },
    ]);
    expect(before[0]?.outbox).toMatchObject([{ type: 'TemplateSeeded', by: 'system:templates' }]);
    expect(await outcomes()).toEqual(['a UNCHANGED', 'b UNCHANGED']);
    expect(await all()).toEqual(before);
  });

  it('updates what nobody edited, keeps what somebody did, and says so', async () => {
    write(entry('edited'), entry('unedited'), entry('gone'));
    await load();
    const [edited] = await collection.find({ name: 'edited' }, { index: 'name', limit: 1 });
    await templates.update(edited?.id ?? '', CAUSE, (state) => update(state, { description: 'by hand' }));
    write(entry('edited', ', description: new'), entry('unedited', ', description: new'));
    expect(await outcomes()).toEqual(['edited KEPT', 'unedited UPDATED', 'gone ABSENT']);
    const described = (await all()).map(({ name, description }) => `${name}: ${description}`);
    expect(described).toEqual(['edited: by hand', 'gone: ', 'unedited: new']);
  });

  it('never touches what was made by hand', async () => {
    write(entry('a'));
    await load();
    const [stored] = await all();
    await collection.remove(stored?.id ?? '', stored?.revision ?? 0);
    await templates.insert('tpl_hand', create({ ...(stored as TemplateFields), description: 'mine' }), CAUSE);
    expect(await outcomes()).toEqual(['a KEPT']);
    expect(await all()).toMatchObject([{ id: 'tpl_hand', description: 'mine', revision: 1 }]);
  });

  it('knows all stored templates, however many there are', async () => {
    write(...Array.from({ length: 201 }, (_, n) => entry(`t${n}`)));
    expect(new Set((await load()).templates.map(({ outcome }) => outcome))).toEqual(new Set(['INSERTED']));
    expect(new Set((await load()).templates.map(({ outcome }) => outcome))).toEqual(new Set(['UNCHANGED']));
  });
});

describe('two processes that load at once', () => {
  it('give one template per name', async () => {
    write(entry('a'), entry('b'));
    const reports = await Promise.all([load(), load(), load()]);
    const told = reports.flatMap(({ templates }) =>
      templates.map(({ name, outcome }) => `${name} ${outcome}`),
    );
    expect(told.sort()).toEqual([
      ...['a INSERTED', 'a UNCHANGED', 'a UNCHANGED'],
      ...['b INSERTED', 'b UNCHANGED', 'b UNCHANGED'],
    ]);
    expect((await all()).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('update one template once, and never over an edit that came between', async () => {
    write(entry('a'));
    await load();
    write(entry('a', ', description: new'));
    const [stored] = await all();
    replaced.get = async (id) => {
      delete replaced.get;
      await templates.update(id, CAUSE, (state) => update(state, { description: 'by hand' }));
      return collection.get(id);
    };
    expect(await outcomes()).toEqual(['a KEPT']);
    expect(await collection.get(stored?.id ?? '')).toMatchObject({ description: 'by hand', revision: 2 });
  });
});

describe('an entry that another process stored since the plan was made', () => {
  it.each([
    ['UNCHANGED', '', (fields: TemplateFields) => seed(null, fields), ''],
    ['UPDATED', 'older', (fields: TemplateFields) => seed(null, fields), ''],
    ['KEPT', 'by hand', (fields: TemplateFields) => create(fields), 'by hand'],
  ])('is %s when it says "%s"', async (outcome, description, first, after) => {
    write(entry('a'));
    await load();
    const [stored] = await all();
    await collection.remove(stored?.id ?? '', stored?.revision ?? 0);
    replaced.insert = async (document) => {
      delete replaced.insert;
      const other = { ...(stored as TemplateFields), description };
      await templates.insert('tpl_other', first(other), CAUSE);
      return collection.insert(document);
    };
    expect(await outcomes()).toEqual([`a ${outcome}`]);
    expect(await all()).toMatchObject([{ id: 'tpl_other', description: after }]);
  });
});

describe('a file that cannot be used', () => {
  const nothing = async (from: string, details: object) => {
    const before = await all();
    const report = await load(from);
    expect(report).toMatchObject({ templates: [], fault: { code: 'TEMPLATE_FILE_INVALID', details } });
    expect(await all()).toEqual(before);
    return report;
  };

  it('because it is missing changes nothing', async () => {
    const report = await nothing(join(folder, 'none.yaml'), {
      file: 'none.yaml',
      rule: 'FILE_MISSING',
      line: null,
    });
    expect(report.fault?.message).toBe('The template file none.yaml cannot be read.');
    expect(report.fault?.message).not.toContain(folder);
  });

  it('because it cannot be read changes nothing', async () => {
    mkdirSync(join(folder, 'folder.yaml'), { recursive: true });
    await nothing(join(folder, 'folder.yaml'), { file: 'folder.yaml', rule: 'FILE_UNREADABLE' });
  });

  it('because one entry is wrong applies none of it', async () => {
    write(entry('good'));
    await load();
    write(entry('good', ', description: new'), entry('bad', ', hue: red'));
    await nothing(path, { file: 'worker-templates.yaml', entry: 'bad', field: 'hue', line: 4 });
    expect(await all()).toMatchObject([{ name: 'good', description: '' }]);
  });
});

describe('a store that fails', () => {
  it.each(['find', 'insert'] as const)('in %s is told, as it is no fault of the file', async (method) => {
    write(entry('a'));
    const failing = vi.fn(() => Promise.reject(new StoreUnavailable('refused')));
    replaced[method] = failing;
    await expect(load()).rejects.toBeInstanceOf(StoreUnavailable);
    expect(failing).toHaveBeenCalled();
  });
});
