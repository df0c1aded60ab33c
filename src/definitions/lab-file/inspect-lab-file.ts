import type { Topology } from '../definition-rules.js';
import { warnOfAnnotations } from './annotation-warnings.js';
import { warningList, type LabWarning } from './lab-warnings.js';
import { warnOfLinks } from './link-warnings.js';
import { warnOfNodes } from './node-warnings.js';
import { readLabParts, type ReadLabFileOptions } from './read-lab-file.js';
import { warnOfTags } from './tag-warnings.js';

/** What a lab file says, and what its author may want to mend. */
export interface LabInspection extends Topology {
  /** At most 101, those of level WARNING first, each level in the order of the text. */
  readonly warnings: readonly LabWarning[];
}

/**
 * Reads a lab file as extraction does, and looks for what is allowed but probably not meant. Whether a
 * `node_definition` exists is the worker's to know and is not judged.
 * @throws LabletError ARTIFACT_TOO_LARGE; LAB_YAML_INVALID with rule, line and path
 */
export function inspectLabFile(source: Uint8Array | string, options: ReadLabFileOptions = {}): LabInspection {
  const parts = readLabParts(source, options);
  const { warn, shown } = warningList(parts.yaml);
  warnOfTags(parts, warn);
  warnOfNodes(parts, warn);
  warnOfAnnotations(parts, warn);
  warnOfLinks(parts, warn);
  return { nodeCount: parts.nodeCount, portTemplate: parts.portTemplate, warnings: shown() };
}
