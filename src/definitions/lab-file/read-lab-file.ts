import type { PortDefinition } from '../definition-model.js';
import type { Topology } from '../definition-rules.js';
import { parseLabYaml, type LabYaml } from './lab-yaml.js';
import { assertLabFileSize, decodeLabFile, MAX_LAB_FILE_BYTES } from './lab-text.js';
import { readNodes, type LabNodes, type NodeTag } from './node-tags.js';
import { portPlaces, type PortPlace } from './port-places.js';
import { derivedName, freeName } from './port-tags.js';

/** Kinds of nodes that need no licence, by `node_definition`. */
export const DEFAULT_IGNORED_KINDS: readonly string[] = ['external_connector', 'unmanaged_switch'];

/** What a lab file says. It exists only for files that keep every rule of the format. */
export interface LabFile extends Topology {
  readonly text: string;
  /** Where port numbers belong, in the order of the text. */
  readonly places: readonly PortPlace[];
  /** What its author may want to know; no errors. */
  readonly warnings: readonly string[];
}

export interface ReadLabFileOptions {
  /** Kinds of nodes that do not count. */
  readonly ignoredKinds?: readonly string[];
  /** For a text that was accepted before: which kinds count is a setting, and may have changed since. */
  readonly anyNodeCount?: boolean;
  readonly maxBytes?: number;
}

/**
 * Reads a lab file in CML's format: nodes that count against a licence, ports in file order, and the places
 * of their numbers. Nothing is expanded, and time and memory are bounded whatever the file holds.
 * @throws LabletError ARTIFACT_TOO_LARGE; LAB_YAML_INVALID with rule, line and path
 */
export function readLabFile(source: Uint8Array | string, options: ReadLabFileOptions = {}): LabFile {
  const { yaml, nodeCount, portTemplate, places, names } = readLabParts(source, options);
  const warnings = strayPlaceholders(places, new Set(names));
  return { text: yaml.text, nodeCount, portTemplate, places, warnings };
}

/** What a lab file says, with the YAML nodes that say it. */
export interface LabParts extends LabNodes, Topology {
  readonly yaml: LabYaml;
  /** Names of the ports, in the order of `tags`. */
  readonly names: readonly string[];
  readonly places: readonly PortPlace[];
}

/** Reads a lab file like {@link readLabFile}, for who has more to ask of it. */
export function readLabParts(source: Uint8Array | string, options: ReadLabFileOptions): LabParts {
  const {
    ignoredKinds = DEFAULT_IGNORED_KINDS,
    maxBytes = MAX_LAB_FILE_BYTES,
    anyNodeCount = false,
  } = options;
  assertLabFileSize(Buffer.byteLength(source), maxBytes);
  const yaml = parseLabYaml(typeof source === 'string' ? source : decodeLabFile(source));
  const read = readNodes(yaml, { ignoredKinds, anyNodeCount });
  const names = portNames(read.tags);
  const portTemplate = read.tags.map((entry, index) => portOf(entry, names[index] as string));
  return { yaml, ...read, names, portTemplate, places: portPlaces(yaml, read.tags, names) };
}

/** Placeholders name their ports; derived names then take what is free, in file order. */
function portNames(tags: readonly NodeTag[]): string[] {
  const taken = new Set(tags.flatMap(({ tag }) => tag.placeholder ?? []));
  return tags.map(({ tag, label }) => {
    if (tag.placeholder !== null) return tag.placeholder;
    const name = freeName(derivedName(label, tag), taken);
    taken.add(name);
    return name;
  });
}

function portOf({ tag, label }: NodeTag, name: string): PortDefinition {
  const { protocol, kind, line, insidePort } = tag;
  return { name, protocol, kind, nodeLabel: label, line, insidePort, description: null };
}

function strayPlaceholders(places: readonly PortPlace[], names: ReadonlySet<string>): string[] {
  const stray = new Map(places.filter(({ port }) => !names.has(port)).map((place) => [place.port, place]));
  return [...stray.values()].map(
    ({ port, path, line }) => `${path} (line ${line}) names the port ${port}, which no node tag names.`,
  );
}
