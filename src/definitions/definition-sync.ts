import { validationFailed } from '../errors.js';
import { parseVersion, type VersionNumbers } from '../lib/version.js';
import { assertFields, notActive, topologyFields } from './definition.js';
import type { ArtifactReading, DefinitionEvent, DefinitionState } from './definition-events.js';
import { fieldsOf } from './definition-state.js';
import type { SyncError } from './definition-model.js';
import type { SyncOutcome } from './definition-terms.js';

export interface RecordSync {
  readonly reading: ArtifactReading;
  /** Id that a new version will get. */
  readonly successorId: string;
  /** Version numbers of all versions of the name, whatever their status. */
  readonly familyVersions: readonly string[];
}

/**
 * How a sync ends. NEW_VERSION changes two documents: first the new version is inserted with `successor`, then
 * `deprecation` is saved on the old one.
 */
export type SyncDecision =
  | { readonly outcome: 'FIRST_SYNC' | 'UNCHANGED'; readonly events: readonly DefinitionEvent[] }
  | {
      readonly outcome: 'NEW_VERSION';
      readonly version: string;
      readonly successor: readonly DefinitionEvent[];
      readonly deprecation: readonly DefinitionEvent[];
    };

const HIGHEST_NUMBER = 999_999;

/**
 * What a lab file that was read means for a definition.
 * @throws LabletError DEFINITION_NOT_ACTIVE; VALIDATION_FAILED when what was read cannot become a version
 */
export function recordSync(state: DefinitionState, command: RecordSync): SyncDecision {
  const { reading, successorId, familyVersions } = command;
  const outcome = syncOutcome(state, reading.hash);
  if (outcome !== 'NEW_VERSION') return { outcome, events: [synced(outcome, state, reading)] };
  const version = nextPatch(state.version, familyVersions);
  return {
    outcome,
    version,
    successor: createSyncedVersion(state, version, reading),
    deprecation: supersede(state, { id: successorId, labYamlHash: reading.hash }),
  };
}

/**
 * Deprecates a version that a sync replaced, also when only repair gets to it; none when it is no longer ACTIVE.
 */
export function supersede(
  state: DefinitionState,
  successor: Pick<DefinitionState, 'id' | 'labYamlHash'>,
): readonly DefinitionEvent[] {
  if (state.status !== 'ACTIVE') return [];
  const reason = `Replaced by a sync that found lab file ${successor.labYamlHash}`;
  return [{ type: 'DefinitionDeprecated', payload: { reason, replacementId: successor.id } }];
}

/**
 * A sync that failed: nothing but the sync fields changes.
 * @throws LabletError DEFINITION_NOT_ACTIVE
 */
export function recordSyncFailure(
  state: DefinitionState,
  { code, message }: Pick<SyncError, 'code' | 'message'>,
): readonly DefinitionEvent[] {
  if (state.status !== 'ACTIVE') throw notActive(state);
  return [{ type: 'DefinitionSyncFailed', payload: { error: { code, message } } }];
}

/** What a lab file with this hash would mean. @throws LabletError DEFINITION_NOT_ACTIVE */
export function syncOutcome(state: DefinitionState, hash: string): SyncOutcome {
  if (state.status !== 'ACTIVE') throw notActive(state);
  if (state.labYamlHash === '') return 'FIRST_SYNC';
  return state.labYamlHash === hash ? 'UNCHANGED' : 'NEW_VERSION';
}

function synced(outcome: SyncOutcome, state: DefinitionState, { hash }: ArtifactReading): DefinitionEvent {
  return { type: 'DefinitionSynced', payload: { outcome, oldHash: state.labYamlHash, newHash: hash } };
}

function createSyncedVersion(
  state: DefinitionState,
  version: string,
  reading: ArtifactReading,
): readonly DefinitionEvent[] {
  const topology = state.topologySource === 'EXTRACTED' ? topologyFields(reading) : {};
  const fields = fieldsOf({ ...state, ...topology, labYamlHash: reading.hash, version });
  assertFields(fields);
  const origin = { previousVersionId: state.id, previousVersion: state.version, supersedesId: state.id };
  return [
    { type: 'DefinitionVersionCreated', payload: { ...fields, ...origin } },
    synced('NEW_VERSION', state, reading),
  ];
}

/** A port name that only the author declares, or only the lab file has. */
export interface PortNameWarning {
  readonly rule: 'NOT_IN_FILE' | 'NOT_DECLARED';
  readonly port: string;
  readonly message: string;
}

/** Where the ports of a DECLARED definition and of its lab file differ in names; no error. */
export function portNameWarnings(
  { topologySource, portTemplate }: Pick<DefinitionState, 'topologySource' | 'portTemplate'>,
  inFile: readonly { readonly name: string }[],
): readonly PortNameWarning[] {
  if (topologySource !== 'DECLARED') return [];
  const missingIn = (others: readonly { readonly name: string }[]) => {
    const names = new Set(others.map(({ name }) => name));
    return ({ name }: { readonly name: string }) => !names.has(name);
  };
  return [
    ...portTemplate.filter(missingIn(inFile)).map(({ name: port }) => ({
      rule: 'NOT_IN_FILE' as const,
      port,
      message: `Port ${port} is declared, but no tag of the lab file has it: nothing will listen there.`,
    })),
    ...inFile.filter(missingIn(portTemplate)).map(({ name: port }) => ({
      rule: 'NOT_DECLARED' as const,
      port,
      message: `The lab file has port ${port}, but it is not declared: an instance cannot be rendered.`,
    })),
  ];
}

/** The highest patch of the same MAJOR.MINOR plus 1. */
function nextPatch(version: string, familyVersions: readonly string[]): string {
  const [major, minor] = parseVersion(version) as VersionNumbers;
  const prefix = `${major}.${minor}.`;
  const patches = [version, ...familyVersions]
    .filter((each) => each.startsWith(prefix))
    .map((each) => Number(each.slice(prefix.length)));
  const next = Math.max(...patches) + 1;
  if (next > HIGHEST_NUMBER) {
    const message = `${prefix}${HIGHEST_NUMBER} is the last patch; create a version with a higher minor number`;
    throw validationFailed([{ path: 'version', rule: 'LAST_PATCH', message }]);
  }
  return `${prefix}${next}`;
}
