import { buildSchema } from '@typegoose/typegoose';
import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import {
  declared,
  declaredRun,
  definitionRun,
  errorOf,
  faultsOf,
  HASH,
  READING,
  SUCCESSOR_ID,
} from '../../tests/support/definition-runs.js';
import { CollectionModel } from '../db/collection-model.js';
import { archive, createVersion, deprecate, type DefinitionEvent } from './definition.js';
import { LabletDefinitionDocument } from './definition-model.js';
import { definitionKeys } from './definition-state.js';
import { LabFileDocument } from './lab-file-model.js';
import { recordSync, recordSyncFailure } from './definition-sync.js';

describe('deprecate and archive', () => {
  const replacement = { id: SUCCESSOR_ID, status: 'ACTIVE' } as const;

  it('sets who, when, why and what to use instead', () => {
    const run = declaredRun();
    const state = run.commit(deprecate(run.state, { reason: 'old', replacement }), at(1), 'someone');
    expect(state).toMatchObject({
      status: 'DEPRECATED',
      deprecatedAt: at(1),
      deprecatedBy: 'someone',
      deprecationReason: 'old',
      replacementId: SUCCESSOR_ID,
      revision: 2,
      updatedAt: at(1),
    });
    expect(deprecate(state, { reason: 'again', replacement: null })).toEqual([]);
  });

  it('keeps the deprecation of what it archives', () => {
    const run = declaredRun();
    const state = run.commit(deprecate(run.state, { reason: 'old', replacement }), at(1));
    const archived = run.commit(archive(state, 0), at(2));
    expect(archived).toEqual({ ...state, status: 'ARCHIVED', revision: 3, updatedAt: at(2) });
    expect(run.events.at(-1)?.payload).toEqual({ reason: 'old', replacementId: SUCCESSOR_ID });
    expect(archive(archived, 5)).toEqual([]);
    const again = () => deprecate(archived, { reason: 'x', replacement: null });
    expect(errorOf(again).code).toBe('DEFINITION_NOT_ACTIVE');
  });

  it('needs no replacement, but another version that is not archived', () => {
    const state = declared();
    expect(deprecate(state, { reason: 'old', replacement: null })[0]?.payload).toEqual({
      reason: 'old',
      replacementId: null,
    });
    for (const wrong of [state, { ...replacement, status: 'ARCHIVED' as const }]) {
      expect(faultsOf(() => deprecate(state, { reason: 'old', replacement: wrong }))).toEqual([
        'replacementId OTHER_VERSION',
      ]);
    }
  });

  it('archives only what is deprecated and out of use', () => {
    const state = declared();
    expect(errorOf(() => archive(state, 0))).toMatchObject({
      code: 'DEFINITION_NOT_DEPRECATED',
      details: { status: 'ACTIVE' },
    });
    expect(errorOf(() => archive({ ...state, status: 'DEPRECATED' }, 2))).toMatchObject({
      code: 'DEFINITION_IN_USE',
      details: { count: 2 },
    });
  });
});

describe('replay and storage', () => {
  it('replaying the events gives the state', () => {
    const run = declaredRun();
    const first = recordSync(run.state, { reading: READING, successorId: SUCCESSOR_ID, familyVersions: [] });
    if (first.outcome === 'NEW_VERSION') throw new Error('a new version');
    run.commit(first.events, at(1));
    run.commit(recordSyncFailure(run.state, { code: 'TIMEOUT', message: 'late' }), at(2));
    run.commit(deprecate(run.state, { reason: 'old', replacement: null }), at(3));
    const version = createVersion(run.state, { version: '2.0.0', changes: {}, reading: null });
    run.commit(archive(run.state, 0), at(4));
    expect(run.replay()).toEqual(run.state);
    const next = definitionRun(version, SUCCESSOR_ID);
    expect(next.replay()).toEqual(next.state);
  });

  it('refuses a stream that does not begin with a creation', () => {
    const [event] = deprecate(declared(), { reason: 'old', replacement: null });
    expect(() => definitionRun([event as DefinitionEvent])).toThrow(
      'DefinitionDeprecated cannot be the first event',
    );
  });

  it('derives what tells families, syncs and versions apart, and what is searched', () => {
    const base = declared();
    const version = { ...base, id: SUCCESSOR_ID, version: '1.10.0', previousVersionId: base.id };
    expect(definitionKeys(base)).toEqual({
      familyGuard: 'f:Branch VPN',
      versionRank: '999998.999999.999999',
      searchText: 'branch vpn',
    });
    expect(definitionKeys(version).familyGuard).toBe(`v:${SUCCESSOR_ID}`);
    expect(definitionKeys({ ...version, supersedesId: base.id }).familyGuard).toBe(`s:${base.id}`);
    expect(definitionKeys(version).versionRank < definitionKeys(base).versionRank).toBe(true);
  });

  it('is stored as it is, with an empty hash and null fields', () => {
    const model = new CollectionModel(LabletDefinitionDocument);
    const storage = { schemaVersion: 1, eventNumber: 1, outbox: [], hasOutbox: false, appliedRecords: [] };
    const state = declared();
    const bare = {
      ...state,
      gradingRulesUri: null,
      ownerNotification: null,
      portTemplate: [],
      lastSyncError: null,
    };
    for (const each of [state, bare]) {
      expect(() => model.assertDocument({ ...each, ...definitionKeys(each), ...storage })).not.toThrow();
    }
    expect(() =>
      model.assertDocument({ ...state, ...storage } as unknown as LabletDefinitionDocument),
    ).toThrow('familyGuard');
    expect(model.name).toBe('lablet_definitions');
    expect(model.indexes.map(({ name, unique }) => `${name}${unique ? ' unique' : ''}`).sort()).toEqual([
      'familyGuard unique',
      'hasOutbox',
      'name_status_createdAt',
      'name_status_versionRank',
      'name_version unique',
      'name_versionRank',
      'status_createdAt_versionRank_searchText',
      'status_name_versionRank_searchText',
      'status_versionRank_name_searchText',
      'supersedesId',
    ]);
  });

  it('keeps the text of lab files in a collection of its own', () => {
    const model = new CollectionModel(LabFileDocument);
    const file = { id: HASH, revision: 1, schemaVersion: 1, text: 'nodes: []', createdAt: at(0) };
    expect(model.name).toBe('lab_files');
    expect(() => model.assertDocument(file)).not.toThrow();
    expect(Object.keys(buildSchema(LabletDefinitionDocument).paths)).not.toContain('labYamlCached');
  });
});
