import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import {
  DECLARED,
  declared,
  declaredRun,
  definitionRun,
  errorOf,
  extracted,
  extractedRun,
  faultsOf,
  FIELDS,
  HASH,
  OTHER_HASH,
  READING,
  SERIAL,
  SUCCESSOR_ID,
} from '../../tests/support/definition-runs.js';
import { create, type DefinitionState } from './definition.js';
import { recordSync, recordSyncFailure, supersede } from './definition-sync.js';

describe('recordSync', () => {
  const sync = (state: DefinitionState, hash: string, familyVersions: string[] = [state.version]) =>
    recordSync(state, { reading: { ...READING, hash }, successorId: SUCCESSOR_ID, familyVersions });
  const failure = { code: 'ARTIFACT_UNAVAILABLE', message: 'The lab file does not exist.' };

  it('fills an empty hash in place', () => {
    const run = declaredRun();
    const decision = sync(run.state, HASH);
    if (decision.outcome === 'NEW_VERSION') throw new Error('a new version');
    expect(decision.outcome).toBe('FIRST_SYNC');
    const before = run.state;
    expect(run.commit(decision.events, at(1))).toEqual({
      ...before,
      labYamlHash: HASH,
      syncStatus: 'SUCCESS',
      lastSyncedAt: at(1),
      revision: 2,
      updatedAt: at(1),
    });
    expect(run.events.at(-1)?.payload).toEqual({ outcome: 'FIRST_SYNC', oldHash: '', newHash: HASH });
  });

  it('changes only the sync fields when the hash is the same, and clears an error', () => {
    const run = extractedRun();
    const error = { ...failure, secret: 1 };
    const failed = run.commit(recordSyncFailure(run.state, error), at(1));
    expect(failed).toMatchObject({
      syncStatus: 'FAILED',
      lastSyncedAt: null,
      lastSyncError: { ...failure, at: at(1) },
    });
    expect(failed.lastSyncError).not.toHaveProperty('secret');
    const decision = sync(failed, HASH);
    if (decision.outcome !== 'UNCHANGED') throw new Error(decision.outcome);
    expect(run.commit(decision.events, at(2))).toEqual({
      ...failed,
      syncStatus: 'SUCCESS',
      lastSyncedAt: at(2),
      lastSyncError: null,
      revision: 3,
      updatedAt: at(2),
    });
  });

  function newVersion(state: DefinitionState, hash: string, familyVersions?: string[]) {
    const decision = sync(state, hash, familyVersions);
    if (decision.outcome !== 'NEW_VERSION') throw new Error(decision.outcome);
    return decision;
  }

  it('makes a new version of an extracted one with the ports that were read', () => {
    const run = definitionRun(create({ fields: FIELDS, topology: { ...DECLARED, hash: HASH } }));
    const old = run.state;
    const { version, successor, deprecation } = newVersion(old, OTHER_HASH);
    const next = definitionRun(successor, SUCCESSOR_ID);
    expect(version).toBe('1.0.1');
    expect(next.state).toMatchObject({
      ...FIELDS,
      version: '1.0.1',
      topologySource: 'EXTRACTED',
      nodeCount: 3,
      portTemplate: [SERIAL],
      labYamlHash: OTHER_HASH,
      syncStatus: 'SUCCESS',
      lastSyncedAt: at(0),
      previousVersionId: old.id,
      supersedesId: old.id,
      revision: 1,
    });
    expect(next.types()).toEqual(['DefinitionVersionCreated', 'DefinitionSynced']);
    expect(next.events[1]?.payload).toEqual({ outcome: 'NEW_VERSION', oldHash: HASH, newHash: OTHER_HASH });
    const replaced = run.commit(deprecation, at(1));
    expect(replaced).toMatchObject({
      status: 'DEPRECATED',
      replacementId: SUCCESSOR_ID,
      syncStatus: 'NEVER',
    });
    expect(replaced.deprecationReason).toContain(OTHER_HASH);
    expect(supersede(replaced, { id: SUCCESSOR_ID, labYamlHash: OTHER_HASH })).toEqual([]);
  });

  it('keeps the ports of a declared one', () => {
    const old = { ...declared(), labYamlHash: HASH };
    const { successor } = newVersion(old, OTHER_HASH);
    expect(definitionRun(successor, SUCCESSOR_ID).state).toMatchObject({
      ...DECLARED,
      topologySource: 'DECLARED',
    });
  });

  it.each([
    ['1.0.0', ['1.0.0'], '1.0.1'],
    ['1.0.0', ['1.0.0', '1.0.9', '1.0.10', '1.1.44', '2.0.99', '11.0.70'], '1.0.11'],
    ['1.2.3', [], '1.2.4'],
  ])('numbers the version after %s among %j as %s', (version, family, expected) => {
    expect(newVersion({ ...declared(), labYamlHash: HASH, version }, OTHER_HASH, family).version).toBe(
      expected,
    );
  });

  it('refuses when the patch numbers are used up', () => {
    const old = { ...declared(), labYamlHash: HASH };
    expect(faultsOf(() => sync(old, OTHER_HASH, ['1.0.999999']))).toEqual(['version LAST_PATCH']);
  });

  it('refuses a file with more nodes than any licence allows', () => {
    const old = { ...extracted(), licenseAffinity: ['PERSONAL' as const] };
    const command = {
      reading: { ...READING, hash: OTHER_HASH, nodeCount: 21 },
      successorId: SUCCESSOR_ID,
      familyVersions: [],
    };
    expect(faultsOf(() => recordSync(old, command))).toEqual(['nodeCount LICENSE_NODE_LIMIT']);
  });

  it.each(['DEPRECATED', 'ARCHIVED'] as const)('is for active versions, not %s ones', (status) => {
    const state = { ...declared(), status };
    expect(errorOf(() => sync(state, HASH)).code).toBe('DEFINITION_NOT_ACTIVE');
    expect(errorOf(() => recordSyncFailure(state, failure)).code).toBe('DEFINITION_NOT_ACTIVE');
    expect(supersede(state, { id: SUCCESSOR_ID, labYamlHash: HASH })).toEqual([]);
  });
});
