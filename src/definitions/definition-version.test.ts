import { describe, expect, it } from 'vitest';
import { at } from '../../tests/support/aggregate-run.js';
import {
  DECLARED,
  declared,
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
  WEB,
} from '../../tests/support/definition-runs.js';
import {
  createVersion,
  mustReadArtifact,
  type DefinitionChanges,
  type DefinitionState,
} from './definition.js';
import type { ArtifactReading } from './definition-events.js';
import { fieldsOf } from './definition-state.js';
import { recordSyncFailure } from './definition-sync.js';

describe('createVersion', () => {
  const next = (
    base: DefinitionState,
    changes: DefinitionChanges = {},
    read: ArtifactReading | null = null,
  ) => definitionRun(createVersion(base, { version: '1.10.0', changes, reading: read }), SUCCESSOR_ID).state;

  it('inherits every field that is not given, sync fields and hash included', () => {
    const run = extractedRun();
    const failure = { code: 'ARTIFACT_UNAVAILABLE', message: 'gone' };
    const base = run.commit(recordSyncFailure(run.state, failure), at(1));
    const version = next(base, { gradingRulesUri: undefined });
    expect(fieldsOf(version)).toEqual({ ...fieldsOf(base), version: '1.10.0' });
    expect(version).toMatchObject({
      previousVersionId: base.id,
      supersedesId: null,
      status: 'ACTIVE',
      revision: 1,
    });
    expect(version.syncStatus).toBe('FAILED');
  });

  it('names its origin in the event', () => {
    const base = declared();
    const [event] = createVersion(base, { version: '1.0.1', changes: {}, reading: null });
    expect(event).toMatchObject({
      type: 'DefinitionVersionCreated',
      payload: { version: '1.0.1', previousVersionId: base.id, previousVersion: '1.0.0', supersedesId: null },
    });
  });

  it('changes what is given and clears with null', () => {
    const version = next(declared(), {
      maxDurationMinutes: 30,
      gradingRulesUri: null,
      ownerNotification: null,
    });
    expect(version).toMatchObject({ maxDurationMinutes: 30, gradingRulesUri: null, ownerNotification: null });
    expect(version.resourceRequirements).toEqual(FIELDS.resourceRequirements);
  });

  it('starts without hash under a new URI', () => {
    const base = {
      ...declared(),
      labYamlHash: HASH,
      syncStatus: 'SUCCESS' as const,
      lastSyncedAt: '2027-01-01T00:00:00.000Z',
    };
    expect(next(base, { labArtifactUri: base.labArtifactUri }).labYamlHash).toBe(HASH);
    expect(next(base, { labArtifactUri: 'file:///labs/new.yaml' })).toMatchObject({
      topologySource: 'DECLARED',
      labYamlHash: '',
      syncStatus: 'NEVER',
      lastSyncedAt: null,
      portTemplate: DECLARED.portTemplate,
    });
  });

  it('becomes declared by a node count or ports', () => {
    expect(next(extracted(), { nodeCount: 7 })).toMatchObject({
      topologySource: 'DECLARED',
      nodeCount: 7,
      portTemplate: [SERIAL],
      labYamlHash: HASH,
    });
    expect(next(extracted(), { portTemplate: [] })).toMatchObject({
      topologySource: 'DECLARED',
      nodeCount: 3,
    });
  });

  it('takes the topology of a lab file that was read', () => {
    const read = { hash: OTHER_HASH, nodeCount: 9, portTemplate: [WEB] };
    expect(next(declared(), { labArtifactUri: 'file:///labs/new.yaml' }, read)).toMatchObject({
      topologySource: 'EXTRACTED',
      labArtifactUri: 'file:///labs/new.yaml',
      labYamlHash: OTHER_HASH,
      nodeCount: 9,
      portTemplate: [WEB],
    });
  });

  it('knows when the lab file must be read', () => {
    const uri = 'file:///labs/new.yaml';
    expect(mustReadArtifact(declared(), { labArtifactUri: uri }, false)).toBe(false);
    expect(mustReadArtifact(declared(), {}, true)).toBe(true);
    expect(mustReadArtifact(extracted(), {}, false)).toBe(false);
    expect(mustReadArtifact(extracted(), { labArtifactUri: uri }, false)).toBe(true);
    expect(mustReadArtifact(extracted(), { labArtifactUri: uri, nodeCount: 2 }, false)).toBe(false);
    expect(() => next(extracted(), { labArtifactUri: uri })).toThrow(TypeError);
  });

  it('refuses a declared topology beside one that is read', () => {
    const changes = { nodeCount: 2, portTemplate: [] };
    expect(faultsOf(() => next(declared(), changes, READING))).toEqual([
      'nodeCount NOT_ALLOWED',
      'portTemplate NOT_ALLOWED',
    ]);
  });

  it.each(['1.0.0', '0.9.9', '0.999999.0'])('refuses %s above 1.0.0', (version) => {
    expect(errorOf(() => createVersion(declared(), { version, changes: {}, reading: null }))).toMatchObject({
      code: 'VERSION_NOT_HIGHER',
      details: { base: '1.0.0', given: version },
    });
  });

  it('compares numbers, not text', () => {
    const base = { ...declared(), version: '1.9.0' };
    expect(next(base).version).toBe('1.10.0');
  });

  it('refuses an archived base and takes a deprecated one', () => {
    const base = declared();
    expect(next({ ...base, status: 'DEPRECATED' }).status).toBe('ACTIVE');
    expect(errorOf(() => next({ ...base, status: 'ARCHIVED', replacementId: 'def_x' }))).toMatchObject({
      code: 'DEFINITION_NOT_ACTIVE',
      details: { status: 'ARCHIVED', replacementId: 'def_x' },
    });
  });

  it('checks the result as a whole', () => {
    expect(faultsOf(() => next(declared(), { nodeCount: 6, licenseAffinity: ['EVALUATION'] }))).toEqual([
      'nodeCount LICENSE_NODE_LIMIT',
    ]);
    expect(faultsOf(() => next(declared(), { portTemplate: [SERIAL, SERIAL] }))).toEqual([
      'portTemplate.1.name UNIQUE',
    ]);
  });
});
