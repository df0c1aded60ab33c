import { isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { isWellFormed } from '../../lib/fields.js';
import { MAX_NODE_LABEL, MAX_NODES, MAX_PORTS, MIN_NODES } from '../definition-rules.js';
import type { LabYaml } from './lab-yaml.js';
import { parsePortTag, rightForms, type PortTag } from './port-tags.js';
import { faultAt, fieldOf, isText, resolve, type Mapping, type TextScalar } from './yaml-fields.js';

/** A node tag that names a port, with its place. */
export interface NodeTag {
  readonly tag: PortTag;
  readonly text: string;
  readonly label: string;
  readonly scalar: TextScalar;
  readonly path: string;
}

/** A node of the lab. */
export interface LabNode {
  /** What stands in the list of nodes; an alias perhaps. */
  readonly item: ParsedNode;
  readonly map: Mapping;
  readonly label: string;
  readonly labelText: TextScalar;
  readonly kind: string;
  /** Whether it counts against a licence. */
  readonly counts: boolean;
  /** `nodes.0`. */
  readonly path: string;
}

export interface LabNodes {
  readonly nodeCount: number;
  readonly nodes: readonly LabNode[];
  readonly tags: readonly NodeTag[];
}

interface NodeCounting {
  readonly ignoredKinds: readonly string[];
  /** Nodes are counted, but not judged by their number. */
  readonly anyNodeCount: boolean;
}

/**
 * Counts the nodes of a lab and collects their port tags in file order.
 * @throws LabletError LAB_YAML_INVALID
 */
export function readNodes(yaml: LabYaml, { ignoredKinds, anyNodeCount }: NodeCounting): LabNodes {
  if (!isMap(yaml.root)) throw faultAt(yaml, yaml.root, 'ROOT_NOT_MAPPING', 'is not a mapping', null);
  const list = fieldOf(yaml, yaml.root, 'nodes');
  if (!isSeq(list) || list.items.length === 0) {
    throw faultAt(yaml, list ?? yaml.root, 'NODES_MISSING', 'has no list of nodes', 'nodes');
  }
  const tags = tagCollector(yaml);
  const nodes: LabNode[] = [];
  let nodeCount = 0;
  list.items.forEach((item, index) => {
    const node = readNode(yaml, item, `nodes.${index}`, ignoredKinds);
    nodes.push(node);
    if (node.counts) nodeCount++;
    if (nodeCount > MAX_NODES && !anyNodeCount) throw nodeCountFault(yaml, list as ParsedNode);
    tags.add(fieldOf(yaml, node.map, 'tags'), node.label, node.path);
  });
  if (nodeCount < MIN_NODES && !anyNodeCount) throw nodeCountFault(yaml, list as ParsedNode);
  return { nodeCount, nodes, tags: tags.found };
}

function nodeCountFault(yaml: LabYaml, nodes: ParsedNode) {
  const message = `must have ${MIN_NODES} to ${MAX_NODES} nodes that count`;
  return faultAt(yaml, nodes, 'NODE_COUNT_OUT_OF_RANGE', message, 'nodes');
}

function readNode(yaml: LabYaml, item: ParsedNode, path: string, ignoredKinds: readonly string[]): LabNode {
  const map = resolve(yaml, item);
  if (!isMap(map)) throw faultAt(yaml, item, 'NODE_NOT_MAPPING', 'has a node that is not a mapping', path);
  const label = fieldOf(yaml, map, 'label');
  if (!isText(label)) {
    throw faultAt(yaml, label ?? item, 'LABEL_MISSING', 'has a node without a text label', `${path}.label`);
  }
  if (label.value.length > MAX_NODE_LABEL) {
    const message = `has a node label above ${MAX_NODE_LABEL} characters`;
    throw faultAt(yaml, label, 'LABEL_TOO_LONG', message, `${path}.label`);
  }
  // The file itself is UTF-8, but an escape such as \ud800 in it is taken as it is written.
  if (!isWellFormed(label.value)) {
    const message = 'has a node label with half of a surrogate pair';
    throw faultAt(yaml, label, 'LABEL_MALFORMED', message, `${path}.label`);
  }
  const kind = fieldOf(yaml, map, 'node_definition');
  if (!isText(kind)) {
    const message = 'has a node without a text node_definition';
    throw faultAt(yaml, kind ?? item, 'NODE_DEFINITION_MISSING', message, `${path}.node_definition`);
  }
  const counts = !ignoredKinds.includes(kind.value);
  return { item, map, label: label.value, labelText: label, kind: kind.value, counts, path };
}

function tagCollector(yaml: LabYaml) {
  const found: NodeTag[] = [];
  const outs = new Set<string>();
  const screens = new Set<string>();
  /** Lists without a port tag, so that many aliases of a long one cost nothing. */
  const silent = new Set<ParsedNode>();

  function add(list: ParsedNode | null, label: string, nodePath: string): void {
    if (list === null || silent.has(list)) return;
    if (!isSeq(list))
      throw faultAt(yaml, list, 'TAGS_NOT_LIST', 'has tags that are no list', `${nodePath}.tags`);
    const before = found.length;
    list.items.forEach((item, index) => addTag(resolve(yaml, item), label, `${nodePath}.tags.${index}`));
    if (found.length === before) silent.add(list);
  }

  function addTag(scalar: ParsedNode | null, label: string, path: string): void {
    if (!isText(scalar)) {
      if (isScalar(scalar)) return;
      const message = 'has a tag that is a mapping or a list: write it in quotes, without a blank inside';
      throw faultAt(yaml, scalar, 'TAG_NOT_TEXT', message, path);
    }
    const tag = parsePortTag(scalar.value);
    if (tag === null) return;
    if (tag === 'MALFORMED') {
      const written = JSON.stringify(scalar.value.slice(0, 80));
      const message = `has the port tag ${written}, which does not parse: write ${rightForms(scalar.value)}`;
      throw faultAt(yaml, scalar, 'TAG_MALFORMED', message, path);
    }
    accept({ tag, text: scalar.value, label, scalar, path });
  }

  function accept(entry: NodeTag): void {
    const { tag, label, scalar, path } = entry;
    if (outs.has(tag.out))
      throw faultAt(yaml, scalar, 'OUT_REPEATED', `uses ${tag.out} in two node tags`, path);
    outs.add(tag.out);
    if (tag.kind === 'VNC') {
      if (screens.has(label))
        throw faultAt(yaml, scalar, 'VNC_REPEATED', `has two VNC ports for ${label}`, path);
      screens.add(label);
    }
    found.push(entry);
    if (found.length > MAX_PORTS) {
      throw faultAt(yaml, scalar, 'TOO_MANY_PORTS', `has more than ${MAX_PORTS} ports`, path);
    }
  }

  return { found, add };
}
