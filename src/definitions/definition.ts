import { LabletError, validationFailed, type FieldFault } from '../errors.js';
import { compareVersions } from '../lib/version.js';
import type {
  ArtifactReading,
  AuthoredFields,
  DefinitionEvent,
  DefinitionFields,
  DefinitionState,
} from './definition-events.js';
import { nodeCountFaults, portTemplateFaults, type Topology } from './definition-rules.js';
import { fieldsOf } from './definition-state.js';

export type { DefinitionEvent, DefinitionState } from './definition-events.js';

export interface CreateDefinition {
  readonly fields: AuthoredFields;
  /** What the author declares, or what was read from the lab file. */
  readonly topology: Topology | ArtifactReading;
}

/** What a new version changes; a field that is absent is inherited. */
export type DefinitionChanges = Partial<Omit<AuthoredFields, 'name' | 'version'> & Topology>;

export interface CreateDefinitionVersion {
  readonly version: string;
  readonly changes: DefinitionChanges;
  /** The lab file, exactly when {@link mustReadArtifact} asks for it. */
  readonly reading: ArtifactReading | null;
}

export interface DeprecateDefinition {
  /** 1-500 characters. */
  readonly reason: string;
  /** The version to use instead. */
  readonly replacement: Pick<DefinitionState, 'id' | 'status'> | null;
}

const NEVER_SYNCED = { syncStatus: 'NEVER', lastSyncedAt: null, lastSyncError: null } as const;

/**
 * The first version of a new name.
 * @throws LabletError VALIDATION_FAILED
 */
export function create({ fields, topology }: CreateDefinition): readonly DefinitionEvent[] {
  const payload = fieldsOf({ ...fields, ...NEVER_SYNCED, labYamlHash: '', ...topologyFields(topology) });
  assertFields(payload);
  return [{ type: 'DefinitionCreated', payload }];
}

/** True when a new version cannot be made without reading its lab file. */
export function mustReadArtifact(
  base: DefinitionState,
  changes: DefinitionChanges,
  extractTopology: boolean,
): boolean {
  const keepsExtracting = base.topologySource === 'EXTRACTED' && !declaresTopology(changes);
  return extractTopology || (keepsExtracting && !keepsArtifact(base, changes));
}

/**
 * A version above `base`, which stays as it is; every field not given is inherited. The events are those of
 * the new version.
 * @throws LabletError DEFINITION_NOT_ACTIVE for an archived base, VERSION_NOT_HIGHER, VALIDATION_FAILED
 */
export function createVersion(
  base: DefinitionState,
  { version, changes, reading }: CreateDefinitionVersion,
): readonly DefinitionEvent[] {
  assertNext(base, version);
  if (reading) assertUndeclared(changes);
  else if (mustReadArtifact(base, changes, false)) throw new TypeError('the lab file was not read');
  const fields = fieldsOf({
    ...inherited(base, changes),
    ...given(changes),
    ...(reading && topologyFields(reading)),
    version,
  });
  assertFields(fields);
  const origin = { previousVersionId: base.id, previousVersion: base.version, supersedesId: null };
  return [{ type: 'DefinitionVersionCreated', payload: { ...fields, ...origin } }];
}

/**
 * No new instances from now on; existing ones go on. A deprecated version stays as it is.
 * @throws LabletError DEFINITION_NOT_ACTIVE (archived), VALIDATION_FAILED for a wrong replacement
 */
export function deprecate(
  state: DefinitionState,
  { reason, replacement }: DeprecateDefinition,
): readonly DefinitionEvent[] {
  if (state.status === 'ARCHIVED') throw notActive(state);
  if (state.status === 'DEPRECATED') return [];
  if (replacement && (replacement.id === state.id || replacement.status === 'ARCHIVED')) {
    const message = 'must be another version that is not archived';
    throw validationFailed([{ path: 'replacementId', rule: 'OTHER_VERSION', message }]);
  }
  return [{ type: 'DefinitionDeprecated', payload: { reason, replacementId: replacement?.id ?? null } }];
}

/**
 * The end of a deprecated version. An archived one stays as it is.
 * @param openInstances number of its instances that are not TERMINATED
 * @throws LabletError DEFINITION_NOT_DEPRECATED, DEFINITION_IN_USE
 */
export function archive(state: DefinitionState, openInstances: number): readonly DefinitionEvent[] {
  const { status, deprecationReason: reason, replacementId } = state;
  if (status === 'ARCHIVED') return [];
  if (status === 'ACTIVE') {
    throw new LabletError('DEFINITION_NOT_DEPRECATED', 'The definition is active; deprecate it first.', {
      status,
    });
  }
  if (openInstances > 0) {
    const message = `${openInstances} instance(s) of the definition are not terminated yet.`;
    throw new LabletError('DEFINITION_IN_USE', message, { count: openInstances });
  }
  return [{ type: 'DefinitionArchived', payload: { reason, replacementId } }];
}

/** The error for a definition that should be ACTIVE. */
export function notActive(state: DefinitionState): LabletError<'DEFINITION_NOT_ACTIVE'> {
  const { name, version, status, replacementId } = state;
  const message = `${name} ${version} is ${status.toLowerCase()}.`;
  return new LabletError('DEFINITION_NOT_ACTIVE', message, { status, replacementId });
}

/**
 * Rules that concern several fields together.
 * @throws LabletError VALIDATION_FAILED with each broken one
 */
export function assertFields(fields: DefinitionFields): void {
  const faults: FieldFault[] = [
    ...portTemplateFaults(fields.portTemplate),
    ...nodeCountFaults(fields.nodeCount, fields.licenseAffinity),
  ];
  if (faults.length > 0) throw validationFailed(faults);
}

/** The fields that a topology fills in; one that was read brings its hash. */
export function topologyFields(topology: Topology | ArtifactReading) {
  const { nodeCount, portTemplate } = topology;
  const parts = { nodeCount, portTemplate: [...portTemplate] };
  if (!('hash' in topology)) return { ...parts, topologySource: 'DECLARED' as const };
  return { ...parts, topologySource: 'EXTRACTED' as const, labYamlHash: topology.hash };
}

function assertNext(base: DefinitionState, version: string): void {
  if (base.status === 'ARCHIVED') throw notActive(base);
  if (compareVersions(version, base.version) > 0) return;
  const message = `${version} is not above ${base.version}, the version it is based on.`;
  throw new LabletError('VERSION_NOT_HIGHER', message, { base: base.version, given: version });
}

function assertUndeclared(changes: DefinitionChanges): void {
  const message = 'must be absent when the topology is read from the lab file';
  const faults = (['nodeCount', 'portTemplate'] as const)
    .filter((path) => changes[path] !== undefined)
    .map((path) => ({ path, rule: 'NOT_ALLOWED', message }));
  if (faults.length > 0) throw validationFailed(faults);
}

function keepsArtifact(base: DefinitionState, { labArtifactUri }: DefinitionChanges): boolean {
  return labArtifactUri === undefined || labArtifactUri === base.labArtifactUri;
}

function declaresTopology({ nodeCount, portTemplate }: DefinitionChanges): boolean {
  return nodeCount !== undefined || portTemplate !== undefined;
}

function inherited(base: DefinitionState, changes: DefinitionChanges): DefinitionFields {
  return {
    ...base,
    ...(!keepsArtifact(base, changes) && { ...NEVER_SYNCED, labYamlHash: '' }),
    ...(declaresTopology(changes) && { topologySource: 'DECLARED' as const }),
  };
}

/** The changes that are there: `undefined` must not hide what is inherited. */
function given(changes: DefinitionChanges): Partial<DefinitionFields> {
  return Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined));
}
