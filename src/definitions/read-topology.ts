import type { Collection } from '../db/document-store.js';
import type { Clock } from '../lib/clock.js';
import type { ArtifactReader } from './artifact-reader.js';
import type { ArtifactReading } from './definition-events.js';
import type { LabFileCache } from './lab-file-cache.js';
import type { LabFileDocument } from './lab-file-model.js';
import { storeLabFile } from './store-lab-file.js';

export interface TopologyDeps {
  readonly collections: { readonly labFiles: Collection<LabFileDocument> };
  readonly artifacts: ArtifactReader;
  readonly labFiles: LabFileCache;
  readonly nodeCountIgnored: readonly string[];
  readonly clock: Clock;
}

/**
 * Reads a lab file, keeps its text, and answers what it says of nodes and ports.
 * @throws ARTIFACT_*, LAB_YAML_INVALID
 */
export async function readTopology(
  deps: TopologyDeps,
  uri: string,
  signal: AbortSignal,
): Promise<ArtifactReading> {
  const { hash, text } = await deps.artifacts.read(uri, signal);
  const { nodeCount, portTemplate } = deps.labFiles.accept(hash, text, deps.nodeCountIgnored);
  await storeLabFile(deps.collections.labFiles, { hash, text }, deps.clock.now());
  return { nodeCount, portTemplate, hash };
}
