import type { ArtifactReading, AuthoredFields } from '../../src/definitions/definition-events.js';
import type { PortDefinition } from '../../src/definitions/definition-model.js';
import { definitionAggregate } from '../../src/definitions/definition-state.js';
import { create, type DefinitionEvent, type DefinitionState } from '../../src/definitions/definition.js';
import { LabletError, type FieldFault } from '../../src/errors.js';
import { aggregateRun, at } from './aggregate-run.js';

export const DEFINITION_ID = 'def_01JA0000000000000000000001';
export const SUCCESSOR_ID = 'def_01JA0000000000000000000002';
export const HASH = 'a'.repeat(64);
export const OTHER_HASH = 'b'.repeat(64);

export const SERIAL: PortDefinition = {
  name: 'console',
  protocol: 'TCP',
  kind: 'SERIAL',
  nodeLabel: 'r1',
  line: 0,
  insidePort: null,
  description: 'Console of r1',
};
export const WEB: PortDefinition = {
  ...SERIAL,
  name: 'web',
  kind: 'PAT',
  line: null,
  insidePort: 80,
  description: null,
};
export const OTHER: PortDefinition = {
  ...SERIAL,
  name: 'other',
  protocol: 'UDP',
  kind: 'OTHER',
  nodeLabel: null,
  line: null,
};

export const FIELDS: AuthoredFields = {
  name: 'Branch VPN',
  version: '1.0.0',
  labArtifactUri: 'file:///labs/branch-vpn.yaml',
  resourceRequirements: {
    cpuCores: 3,
    memoryGb: 5,
    storageGb: 50,
    nestedVirt: true,
    amiRequirements: [
      { namePattern: null, minVersion: '2.7.0', maxVersion: null, nodeDefinitions: ['iosv'] },
    ],
  },
  licenseAffinity: ['PERSONAL', 'ENTERPRISE'],
  gradingRulesUri: 'https://example.org/rules',
  maxDurationMinutes: 120,
  warmPoolDepth: 2,
  ownerNotification: {
    email: 'labs@example.org',
    webhookUrl: null,
    notifyOnStart: false,
    notifyOnComplete: true,
    notifyOnError: true,
  },
};

export const DECLARED = { nodeCount: 2, portTemplate: [SERIAL, WEB, OTHER] };
export const READING: ArtifactReading = { hash: HASH, nodeCount: 3, portTemplate: [SERIAL] };

/** A definition that begins with these events, at minute 0. */
export function definitionRun(first: readonly DefinitionEvent[], id = DEFINITION_ID) {
  const run = aggregateRun(definitionAggregate, id);
  run.commit(first, at(0), 'author');
  return run;
}

export const declaredRun = () => definitionRun(create({ fields: FIELDS, topology: DECLARED }));
export const extractedRun = () => definitionRun(create({ fields: FIELDS, topology: READING }));
export const declared = (): DefinitionState => declaredRun().state;
export const extracted = (): DefinitionState => extractedRun().state;

/** The typed error that `call` throws. */
export function errorOf(call: () => unknown): LabletError {
  try {
    call();
  } catch (error) {
    if (error instanceof LabletError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** `path rule` of every fault of the VALIDATION_FAILED that `call` throws. */
export function faultsOf(call: () => unknown): string[] {
  const { code, details } = errorOf(call);
  if (code !== 'VALIDATION_FAILED') throw new Error(`${code} was thrown`);
  return (details as { fields: readonly FieldFault[] }).fields.map(({ path, rule }) => `${path} ${rule}`);
}
