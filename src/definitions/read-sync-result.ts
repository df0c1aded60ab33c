import type { Collection } from '../db/document-store.js';
import type { Logger } from '../logger.js';
import type { DefinitionState } from './definition.js';
import type { SyncResult } from './definition-events.js';
import type { LabletDefinitionDocument } from './definition-model.js';
import type { DefinitionRepository } from './definition-repository.js';
import { portNameWarnings, type PortNameWarning } from './definition-sync.js';
import { findDefinition } from './find-definition.js';
import type { TopologyDeps } from './read-topology.js';

export interface SyncDeps extends TopologyDeps {
  readonly definitions: DefinitionRepository;
  readonly collections: TopologyDeps['collections'] & {
    readonly definitions: Collection<LabletDefinitionDocument>;
  };
  readonly logger: Logger;
}

/** What a sync did, short enough to be left for repeats of the command. */
export interface SyncRecord extends SyncResult {
  /** The version that replaces the synced one, for NEW_VERSION. */
  readonly successorId: string | null;
}

export interface SyncAnswer extends SyncResult {
  /** The synced version, as it is now. */
  readonly definition: DefinitionState;
  readonly newVersion: DefinitionState | null;
  /** Where declared ports and the file differ. */
  readonly warnings: readonly PortNameWarning[];
}

/** The answer of a sync, made from its result and the documents as they are now. */
export async function readSyncResult(
  { collections, labFiles }: Pick<SyncDeps, 'collections' | 'labFiles'>,
  id: string,
  { outcome, successorId, oldHash, newHash }: SyncRecord,
): Promise<SyncAnswer> {
  const definition = await findDefinition(collections.definitions, { id });
  const newVersion =
    successorId === null ? null : await findDefinition(collections.definitions, { id: successorId });
  const warned = newVersion ?? definition;
  const isDeclared = warned.topologySource === 'DECLARED';
  const stored = isDeclared ? await collections.labFiles.get(newHash) : null;
  const warnings = stored ? portNameWarnings(warned, labFiles.read(newHash, stored.text).portTemplate) : [];
  return { outcome, definition, newVersion, oldHash, newHash, warnings };
}
