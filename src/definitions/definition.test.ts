import { describe, expect, it } from 'vitest';
import {
  DECLARED,
  declared,
  DEFINITION_ID,
  extracted,
  faultsOf,
  FIELDS,
  OTHER,
  HASH,
  SERIAL,
  WEB,
} from '../../tests/support/definition-runs.js';
import { at } from '../../tests/support/aggregate-run.js';
import { create } from './definition.js';
import type { AuthoredFields } from './definition-events.js';
import type { PortDefinition } from './definition-model.js';

describe('create', () => {
  it('starts a declared definition without hash', () => {
    expect(declared()).toEqual({
      ...FIELDS,
      ...DECLARED,
      id: DEFINITION_ID,
      revision: 1,
      labYamlHash: '',
      topologySource: 'DECLARED',
      status: 'ACTIVE',
      previousVersionId: null,
      supersedesId: null,
      deprecatedAt: null,
      deprecatedBy: null,
      deprecationReason: null,
      replacementId: null,
      syncStatus: 'NEVER',
      lastSyncedAt: null,
      lastSyncError: null,
      createdAt: at(0),
      createdBy: 'author',
      updatedAt: at(0),
    });
  });

  it('takes hash, node count and ports from a lab file that was read', () => {
    expect(extracted()).toMatchObject({
      labYamlHash: HASH,
      topologySource: 'EXTRACTED',
      nodeCount: 3,
      portTemplate: [SERIAL],
      syncStatus: 'NEVER',
    });
  });

  it('carries all fields in its event and nothing else', () => {
    const [event] = create({ fields: { ...FIELDS, extra: 1 } as AuthoredFields, topology: DECLARED });
    expect(event?.type).toBe('DefinitionCreated');
    expect(event?.payload).not.toHaveProperty('extra');
    expect(event?.payload).toMatchObject({ ...FIELDS, ...DECLARED });
  });

  it.each([
    [['PERSONAL'], 20, 21],
    [['EVALUATION'], 5, 6],
    [['EVALUATION', 'PERSONAL'], 20, 21],
  ] as const)('accepts under %j up to %i nodes, not %i', (licenses, most, tooMany) => {
    const make = (nodeCount: number) =>
      create({
        fields: { ...FIELDS, licenseAffinity: [...licenses] },
        topology: { nodeCount, portTemplate: [] },
      });
    expect(make(most)).toHaveLength(1);
    expect(faultsOf(() => make(tooMany))).toEqual(['nodeCount LICENSE_NODE_LIMIT']);
  });

  it('has no limit under an enterprise licence', () => {
    expect(create({ fields: FIELDS, topology: { nodeCount: 500, portTemplate: [] } })).toHaveLength(1);
  });

  it('names every broken rule of the port template at once', () => {
    const ports: PortDefinition[] = [
      { ...SERIAL, protocol: 'UDP' },
      { ...SERIAL, nodeLabel: null },
      { ...SERIAL, name: 'a', line: null },
      { ...WEB, name: 'b', nodeLabel: null },
      { ...WEB, name: 'c', insidePort: null, line: 0 },
      { ...OTHER, name: 'd', insidePort: 80 },
      { ...SERIAL, name: 'e', kind: 'VNC', line: null },
      { ...SERIAL, name: 'f', kind: 'VNC', line: null },
      { ...SERIAL, name: 'g', kind: 'VNC', line: null, nodeLabel: null },
    ];
    const topology = { nodeCount: 21, portTemplate: ports };
    expect(
      faultsOf(() => create({ fields: { ...FIELDS, licenseAffinity: ['PERSONAL'] }, topology })),
    ).toEqual([
      'portTemplate.0.protocol TCP_ONLY',
      'portTemplate.1.nodeLabel REQUIRED',
      'portTemplate.1.name UNIQUE',
      'portTemplate.2.line REQUIRED',
      'portTemplate.3.nodeLabel REQUIRED',
      'portTemplate.4.line NOT_ALLOWED',
      'portTemplate.4.insidePort REQUIRED',
      'portTemplate.5.insidePort NOT_ALLOWED',
      'portTemplate.7.nodeLabel ONE_VNC',
      'portTemplate.8.nodeLabel REQUIRED',
      'nodeCount LICENSE_NODE_LIMIT',
    ]);
  });
});
