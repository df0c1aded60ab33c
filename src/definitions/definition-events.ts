import type { StorageField } from '../db/stored-fields.js';
import type { DomainEvent } from '../lib/aggregate.js';
import type { LabletDefinitionDocument, SyncError } from './definition-model.js';
import type { Topology } from './definition-rules.js';
import type { SyncOutcome } from './definition-terms.js';

/** Stored fields that indexes need and that follow from the state. */
export type DefinitionKey = 'versionRank' | 'familyGuard' | 'searchText';

/** One version of a lablet definition. */
export type DefinitionState = Omit<LabletDefinitionDocument, StorageField | DefinitionKey>;

const AUTHORED_FIELDS = [
  'name',
  'version',
  'labArtifactUri',
  'resourceRequirements',
  'licenseAffinity',
  'gradingRulesUri',
  'maxDurationMinutes',
  'warmPoolDepth',
  'ownerNotification',
] as const satisfies readonly (keyof DefinitionState)[];

/** What a version starts with and its base hands down. */
export const DEFINITION_FIELDS = [
  ...AUTHORED_FIELDS,
  'labYamlHash',
  'topologySource',
  'nodeCount',
  'portTemplate',
  'syncStatus',
  'lastSyncedAt',
  'lastSyncError',
] as const satisfies readonly (keyof DefinitionState)[];

export type DefinitionFields = Pick<DefinitionState, (typeof DEFINITION_FIELDS)[number]>;

/** What an author writes, with defaults filled in; node count and ports come as a topology. */
export type AuthoredFields = Pick<DefinitionState, (typeof AUTHORED_FIELDS)[number]>;

/** What a lab file that was read says: the hash of its bytes, its nodes and ports. */
export interface ArtifactReading extends Topology {
  /** SHA-256, 64 lower-case hex characters. */
  readonly hash: string;
}

export interface VersionOrigin {
  readonly previousVersionId: string;
  /** Version number of that one. */
  readonly previousVersion: string;
  /** The version a sync replaces by this one, else null. */
  readonly supersedesId: string | null;
}

export interface Deprecation {
  readonly reason: string | null;
  readonly replacementId: string | null;
}

export interface SyncResult {
  readonly outcome: SyncOutcome;
  /** Empty on the first sync. */
  readonly oldHash: string;
  readonly newHash: string;
}

export type DefinitionEvent =
  | DomainEvent<'DefinitionCreated', DefinitionFields>
  | DomainEvent<'DefinitionVersionCreated', DefinitionFields & VersionOrigin>
  | DomainEvent<'DefinitionDeprecated', Deprecation>
  | DomainEvent<'DefinitionArchived', Deprecation>
  | DomainEvent<'DefinitionSynced', SyncResult>
  | DomainEvent<'DefinitionSyncFailed', { readonly error: Pick<SyncError, 'code' | 'message'> }>;
