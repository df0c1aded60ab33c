import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { countedIds, gate, handClock, keptLog, overriding } from '../../tests/support/by-hand.js';
import { tempStores, type TempStores } from '../../tests/support/temp-stores.js';
import { StoreUnavailable, type Collection } from '../db/document-store.js';
import { systemIds } from '../lib/ids.js';
import { loadAtStart } from './load-reports.js';
import { WorkerTemplateDocument } from './template-model.js';
import { templateRepository } from './template-repository.js';

const CAUSE = { by: 'manager-1', requestId: 'r-1', source: null, record: null };
const folder = mkdtempSync(join(tmpdir(), 'lablet-loads-'));
const path = join(folder, 'kinds.yaml');
const write = (...names: string[]) => {
  const rest = 'instanceType: m5, licenseType: PERSONAL, amiPattern: "*"';
  const room = 'capacity: {cpuCores: 1, memoryGb: 1, storageGb: 10}';
  const entries = names.map((name) => `  - {name: ${name}, ${rest}, ${room}}\n`);
  writeFileSync(path, `version: 1\ntemplates:${names.length ? '\n' : ' []\n'}${entries.join('')}`);
};

let stores: TempStores;
let collection: Collection<WorkerTemplateDocument>;
let replaced: Partial<Collection<WorkerTemplateDocument>>;

beforeAll(async () => {
  stores = await tempStores([WorkerTemplateDocument]);
  collection = stores.documents.collection(WorkerTemplateDocument);
});
afterAll(async () => {
  await stores.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  replaced = {};
  for (const { id, revision } of await collection.find({}, { index: 'name', limit: 100 }))
    await collection.remove(id, revision);
});

async function started() {
  const { logger, lines } = keptLog();
  const clock = handClock();
  const templates = overriding(collection, replaced);
  const services = {
    clock,
    ids: countedIds(),
    outbox: { wake: () => undefined, holds: async () => false },
    settleRecord: async () => undefined,
    recordKeepMs: 86_400_000,
  };
  const deps = { templates: templateRepository(templates, services), collections: { templates } };
  const loads = await loadAtStart({ ...deps, ids: systemIds(), clock, logger }, path);
  return { loads, lines, clock };
}

describe('loads of the template file', () => {
  it('begin at the start, and the latest report is kept', async () => {
    write('a');
    const { loads, clock } = await started();
    const first = loads.latest();
    expect(first).toMatchObject({ file: 'kinds.yaml', templates: [{ name: 'a', outcome: 'INSERTED' }] });
    write('a', 'b');
    clock.advance(1000);
    const second = await loads.load(CAUSE);
    expect(loads.latest()).toBe(second);
    expect(second.templates.map(({ outcome }) => outcome)).toEqual(['UNCHANGED', 'INSERTED']);
    expect(second.at > first.at).toBe(true);
  });

  it('are changes by who asked for them', async () => {
    write('a');
    const { loads } = await started();
    write('a', 'b');
    await loads.load(CAUSE);
    const stored = await collection.find({}, { index: 'name', limit: 10 });
    expect(stored.map(({ outbox }) => outbox[0])).toMatchObject([
      { by: 'system:templates' },
      { by: 'manager-1' },
    ]);
  });

  it('that find a fault are logged and told, and the next good one replaces the report', async () => {
    write('a', 'a');
    const { loads, lines } = await started();
    expect(loads.latest()).toMatchObject({ templates: [], fault: { code: 'TEMPLATE_FILE_INVALID' } });
    expect(lines).toMatchObject([{ level: 'error', fields: { entry: 'a', rule: 'NAME_REPEATED', line: 4 } }]);
    write('a');
    expect((await loads.load(CAUSE)).fault).toBeNull();
    expect(lines[1]).toMatchObject({ level: 'info', fields: { file: 'kinds.yaml' } });
    rmSync(path);
    await loads.load(CAUSE);
    expect(loads.latest().fault?.details).toMatchObject({ rule: 'FILE_MISSING' });
  });

  it('come one after the other', async () => {
    write('a');
    const { loads } = await started();
    const slow = gate();
    const order: string[] = [];
    replaced.find = async (...query) => {
      order.push('find');
      if (order.length === 1) await slow.opened;
      return collection.find(...query);
    };
    const [first, second] = [loads.load(CAUSE), loads.load(CAUSE)];
    void first.then(() => order.push('first ended'));
    // Time enough for the second to read the file, if it did not wait.
    for (let turn = 0; turn < 50; turn++) await readFile(path);
    slow.open();
    expect(await second).toBe(loads.latest());
    expect(order).toEqual(['find', 'first ended', 'find']);
  });

  it('that a store refuses leave the report as it was, and do not stop the next', async () => {
    write('a');
    const { loads } = await started();
    const before = loads.latest();
    replaced.find = async () => Promise.reject(new StoreUnavailable('down'));
    await expect(loads.load(CAUSE)).rejects.toBeInstanceOf(StoreUnavailable);
    expect(loads.latest()).toBe(before);
    delete replaced.find;
    expect(await loads.load(CAUSE)).toMatchObject({ templates: [{ outcome: 'UNCHANGED' }] });
  });
});
