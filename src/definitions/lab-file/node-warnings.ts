import { isMap, isSeq, type ParsedNode } from 'yaml';
import { LICENSE_NODE_LIMITS } from '../../claims/license.js';
import { usualConsole } from './console-kinds.js';
import { quoted, type Warn } from './lab-warnings.js';
import type { LabNode } from './node-tags.js';
import { freeName, labelPart, placeholderOf } from './port-tags.js';
import type { LabParts } from './read-lab-file.js';
import { scalarText } from './scalar-text.js';
import { fieldOf, isText, resolve, type TextScalar } from './yaml-fields.js';

const IN_CONFIGURATION = /\$\{PORT_[A-Za-z0-9_]+\}/g;

/** Labels that two nodes share, nodes without a console, limits of licences, placeholders in configurations. */
export function warnOfNodes(parts: LabParts, warn: Warn): void {
  warnOfLabels(parts, warn);
  warnOfConsoles(parts, warn);
  warnOfLicenses(parts, warn);
  warnOfConfigurations(parts, warn);
}

function warnOfLabels({ yaml, nodes }: LabParts, warn: Warn): void {
  const first = new Map<string, number>();
  for (const node of nodes) {
    const at = first.get(node.label);
    if (at === undefined) first.set(node.label, labelOffset(node));
    else {
      warn('LABEL_REPEATED', labelOffset(node), `${node.path}.label`, () => ({
        message: `The label ${quoted(node.label)} is that of another node already (line ${yaml.lineAt(at)}).`,
        fix: 'Give every node a label of its own: ports are told apart by it.',
      }));
    }
  }
}

/** A label that comes from an alias stands elsewhere; then it is the node that is meant. */
function labelOffset({ item, labelText }: LabNode): number {
  const [start, end] = item.range;
  const offset = labelText.range[0];
  return offset >= start && offset < end ? offset : start;
}

function warnOfConsoles({ nodes, tags, names }: LabParts, warn: Warn): void {
  const reached = new Set(tags.map(({ path }) => path.slice(0, path.indexOf('.tags'))));
  const taken = new Set(names);
  for (const { item, kind, label, path } of nodes) {
    const usual = usualConsole(kind);
    if (usual === null || reached.has(path)) continue;
    warn('CONSOLE_MISSING', item.range[0], path, () => {
      const name = freeName(`${labelPart(label)}_${usual}`, taken);
      taken.add(name);
      return {
        message: `No tag of ${quoted(label)} (${kind}) names a port, so nobody reaches its console from outside.`,
        fix: `Add the tag ${quoted(`${usual}:${placeholderOf(name)}`)} if somebody is to work on it.`,
      };
    });
  }
}

function warnOfLicenses({ nodes, nodeCount }: LabParts, warn: Warn): void {
  const counted = nodes.filter(({ counts }) => counts);
  for (const [license, limit] of Object.entries(LICENSE_NODE_LIMITS)) {
    const beyond = limit === null ? undefined : counted[limit];
    if (limit === null || beyond === undefined) continue;
    warn('LICENSE_LIMIT', beyond.item.range[0], beyond.path, () => ({
      message: `${nodeCount} nodes count; a worker with a licence of type ${license} takes ${limit} in all.`,
      fix: `Leave ${license} out of licenseAffinity, or use ${nodeCount - limit} fewer nodes.`,
    }));
  }
}

function warnOfConfigurations(parts: LabParts, warn: Warn): void {
  const seen = new Set<ParsedNode>();
  for (const node of parts.nodes) {
    for (const { scalar, path } of configurationTexts(parts, node, seen)) {
      if (!scalar.value.includes('${PORT_')) continue;
      const characters = scalarText(parts.yaml.text, scalar);
      for (const { 0: found, index } of characters.text.matchAll(IN_CONFIGURATION)) {
        warn('CONFIGURATION_STAYS', characters.range(index, found.length).start, path, () => ({
          message: `${quoted(found)} stays as it is: configurations get no numbers.`,
          fix: 'Write the port that the node itself uses; leave it if a program in the node fills it in.',
        }));
      }
    }
  }
}

/** A configuration is a text, or a list of files with a text each. Each is given once, however many nodes share it. */
function configurationTexts(
  { yaml }: LabParts,
  { map, path }: LabNode,
  seen: Set<ParsedNode>,
): { scalar: TextScalar; path: string }[] {
  const configuration = fieldOf(yaml, map, 'configuration');
  if (configuration === null || seen.has(configuration)) return [];
  seen.add(configuration);
  if (isText(configuration)) return [{ scalar: configuration, path: `${path}.configuration` }];
  if (!isSeq(configuration)) return [];
  return configuration.items.flatMap((item, index) => {
    const file = resolve(yaml, item);
    const content = isMap(file) ? fieldOf(yaml, file, 'content') : null;
    if (!isText(content) || seen.has(content)) return [];
    seen.add(content);
    return [{ scalar: content, path: `${path}.configuration.${index}.content` }];
  });
}
