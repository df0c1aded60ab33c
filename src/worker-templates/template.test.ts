import { describe, expect, it } from 'vitest';
import { aggregateRun, at } from '../../tests/support/aggregate-run.js';
import { CollectionModel } from '../db/collection-model.js';
import { isLabletError } from '../errors.js';
import { WorkerTemplateDocument } from './template-model.js';
import {
  create,
  entryHash,
  isUnedited,
  planLoad,
  seed,
  templateAggregate,
  update,
  upgradeTemplate,
  type TemplateChanges,
  type TemplateEvent,
  type TemplateFields,
  type TemplateState,
} from './template.js';

const entry: TemplateFields = {
  name: 'personal-standard',
  description: 'Bare metal',
  instanceType: 'm5zn.metal',
  licenseType: 'PERSONAL',
  capacity: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
  amiPattern: 'CML-2.9.*',
  regions: ['us-east-1', 'us-west-2'],
  portRange: { start: 2000, end: 9999 },
  excludedPorts: [9090],
  drainTimeoutHours: 4,
  startupTimeMinutes: 20,
  costPerHourUsd: 3.9641,
  tags: [
    { key: 'Environment', value: 'production' },
    { key: 'ManagedBy', value: 'ccm' },
  ],
  enabled: true,
};
const changed: TemplateFields = { ...entry, drainTimeoutHours: 6, costPerHourUsd: null };

function templateRun(first: readonly TemplateEvent[]) {
  const run = aggregateRun(templateAggregate, 'tpl_01JA0000000000000000000001');
  run.commit(first, at(0));
  return run;
}
const seeded = () => templateRun(seed(null, entry));
const edit = (run: ReturnType<typeof templateRun>, changes: TemplateChanges) =>
  run.commit(update(run.state, changes), at(1), 'manager');

function detailsOf(call: () => unknown) {
  try {
    call();
  } catch (error) {
    if (isLabletError(error)) return { code: error.code, ...error.details };
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('a template seeded before a field was added', () => {
  // `enabled` comes last in the list of fields, as a new field does.
  const { enabled: _enabled, ...known } = entry;
  const seededHash = entryHash(known as TemplateFields);
  const { enabled: _stored, ...stored } = seeded().state;
  const older: TemplateState = upgradeTemplate({ ...(stored as TemplateState), seededHash });

  it('is unedited and unchanged while the field has its default', () => {
    expect(seededHash).not.toBe(entryHash(entry));
    expect(isUnedited(older)).toBe(true);
    expect(planLoad([older], [entry])).toMatchObject([{ outcome: 'UNCHANGED' }]);
    expect(planLoad([older], [changed])).toMatchObject([{ outcome: 'UPDATED' }]);
  });

  it('is edited when that field or another one was changed by hand', () => {
    expect(isUnedited({ ...older, enabled: false })).toBe(false);
    expect(isUnedited({ ...older, amiPattern: 'CML-3.*' })).toBe(false);
  });
});

describe('entryHash', () => {
  it('is the same whatever the order of keys and tags, and whatever else the object carries', () => {
    const reversed = Object.fromEntries(Object.entries(entry).reverse()) as unknown as TemplateFields;
    const { capacity, tags } = entry;
    const shuffled = {
      ...reversed,
      capacity: { nodes: capacity.nodes, storageGb: 500, memoryGb: 192, cpuCores: 48 },
      tags: [...tags].reverse(),
      revision: 7,
    };
    expect(entryHash(shuffled)).toBe(entryHash(entry));
    expect(entryHash(entry)).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each<Partial<TemplateFields>>([
    { name: 'other' },
    { description: '' },
    { capacity: { ...entry.capacity, nodes: null } },
    { regions: ['us-west-2', 'us-east-1'] },
    { costPerHourUsd: null },
    { tags: [] },
    { enabled: false },
  ])('differs with %j', (change) => expect(entryHash({ ...entry, ...change })).not.toBe(entryHash(entry)));
});

describe('seed', () => {
  it('inserts a template that is not stored and remembers the hash', () => {
    const { state, events } = seeded();
    expect(state).toEqual({
      ...entry,
      id: 'tpl_01JA0000000000000000000001',
      revision: 1,
      seededHash: entryHash(entry),
      createdAt: at(0),
      updatedAt: at(0),
    });
    expect(events).toMatchObject([
      { type: 'TemplateSeeded', payload: { changes: entry, hash: entryHash(entry) } },
    ]);
    expect(isUnedited(state)).toBe(true);
  });

  it('does nothing for an entry that did not change', () => {
    expect(seed(seeded().state, entry)).toEqual([]);
  });

  it('carries only what changed when it updates', () => {
    const run = seeded();
    const state = run.commit(seed(run.state, changed), at(1));
    expect(state).toMatchObject({
      ...changed,
      seededHash: entryHash(changed),
      revision: 2,
      createdAt: at(0),
    });
    expect(run.events[1]).toMatchObject({
      type: 'TemplateSeeded',
      payload: { changes: { drainTimeoutHours: 6, costPerHourUsd: null }, hash: entryHash(changed) },
    });
    expect(Object.keys(run.events[1]?.payload.changes ?? {})).toHaveLength(2);
  });

  it('never touches what was edited or made by hand', () => {
    const run = seeded();
    const edited = edit(run, { description: 'mine' });
    expect(isUnedited(edited)).toBe(false);
    expect(seed(edited, changed)).toEqual([]);
    expect(seed(edited, { ...entry, description: 'mine' })).toEqual([]);
    const byHand = templateRun(create(entry)).state;
    expect(byHand.seededHash).toBeNull();
    expect(seed(byHand, changed)).toEqual([]);
  });

  it('takes a template again that was edited back', () => {
    const run = seeded();
    edit(run, { description: 'mine' });
    const back = run.commit(update(run.state, { description: entry.description }), at(2));
    expect(isUnedited(back)).toBe(true);
    expect(seed(back, changed)).toHaveLength(1);
  });
});

describe('create and update', () => {
  it('creates with all fields and their hash', () => {
    const [event] = create(entry);
    expect(event).toEqual({ type: 'TemplateCreated', payload: { changes: entry, hash: entryHash(entry) } });
  });

  it('changes what is given and keeps the rest, the seeded hash included', () => {
    const run = seeded();
    const state = edit(run, { enabled: false, regions: [], description: undefined });
    expect(state).toMatchObject({
      ...entry,
      enabled: false,
      regions: [],
      seededHash: entryHash(entry),
      updatedAt: at(1),
    });
    expect(run.events[1]).toMatchObject({
      type: 'TemplateUpdated',
      payload: { changes: { regions: [], enabled: false }, hash: entryHash(state) },
    });
  });

  it('raises no event when nothing differs', () => {
    const { cpuCores, memoryGb, storageGb, nodes } = entry.capacity;
    const same = { capacity: { nodes, storageGb, memoryGb, cpuCores }, regions: [...entry.regions] };
    expect(update(seeded().state, same)).toEqual([]);
  });

  it('keeps the name', () => {
    const changes = { name: 'other', enabled: false } as TemplateChanges;
    expect(update(seeded().state, changes)[0]?.payload.changes).toEqual({ enabled: false });
  });

  it('refuses a port range that is none', () => {
    const portRange = { start: 3000, end: 2000 };
    const details = { code: 'PORT_OUT_OF_RANGE', number: null, range: portRange };
    expect(detailsOf(() => create({ ...entry, portRange }))).toMatchObject(details);
    expect(detailsOf(() => update(seeded().state, { portRange }))).toMatchObject(details);
  });

  it('refuses a tag key that is there twice', () => {
    const tags = [...entry.tags, { key: 'Environment', value: 'x' }];
    expect(detailsOf(() => create({ ...entry, tags }))).toMatchObject({
      code: 'VALIDATION_FAILED',
      fields: [{ path: 'tags.2.key', rule: 'UNIQUE' }],
    });
  });
});

describe('planLoad', () => {
  it('says what happens to every entry and every stored template', () => {
    const named = (name: string) => ({ ...entry, name });
    const stored = (name: string) => templateRun(seed(null, named(name))).state;
    const templates = [
      stored('gone'),
      stored('unchanged'),
      stored('updated'),
      { ...stored('edited'), description: 'mine' },
      templateRun(create(named('by-hand'))).state,
    ];
    const entries = ['updated', 'new', 'unchanged', 'edited', 'by-hand'].map((name) => ({
      ...changed,
      ...(name === 'unchanged' ? entry : {}),
      name,
    }));
    const steps = planLoad(templates, entries);
    expect(steps.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual([
      'updated UPDATED',
      'new INSERTED',
      'unchanged UNCHANGED',
      'edited KEPT',
      'by-hand KEPT',
      'gone ABSENT',
    ]);
    expect(steps[1]).toMatchObject({ id: null, entry: entries[1] });
    expect(steps[5]).toMatchObject({ id: 'tpl_01JA0000000000000000000001', entry: null });
    expect(planLoad([], [])).toEqual([]);
  });
});

describe('replay and storage', () => {
  it('replaying the events gives the state', () => {
    const run = seeded();
    edit(run, { description: 'mine' });
    run.commit(update(run.state, { description: entry.description, tags: [] }), at(2));
    expect(run.replay()).toEqual(run.state);
    const byHand = templateRun(create(entry));
    expect(byHand.replay()).toEqual(byHand.state);
  });

  it('refuses a stream that does not begin with a creation', () => {
    expect(() => templateRun(update(seeded().state, { enabled: false }))).toThrow(
      'TemplateUpdated cannot be',
    );
  });

  it('is stored as it is, with empty texts and null fields', () => {
    const model = new CollectionModel(WorkerTemplateDocument);
    const storage = { schemaVersion: 1, eventNumber: 1, outbox: [], hasOutbox: false, appliedRecords: [] };
    const bare = { ...entry, description: '', costPerHourUsd: null, regions: [], excludedPorts: [] };
    const capacity = { ...entry.capacity, nodes: null };
    const tags = [{ key: 'Empty', value: '' }];
    for (const fields of [entry, { ...bare, capacity, tags }]) {
      const { state } = templateRun(create(fields));
      expect(() => model.assertDocument({ ...state, ...storage })).not.toThrow();
    }
    expect(model.name).toBe('worker_templates');
    expect(model.indexes.map(({ name }) => name).sort()).toEqual(['enabled_name', 'hasOutbox', 'name']);
    expect(model.index('name').unique).toBe(true);
  });
});
