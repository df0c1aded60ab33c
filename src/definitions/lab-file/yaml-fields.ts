import { isAlias, isMap, isScalar, isSeq, type ParsedNode, type Scalar, type YAMLMap } from 'yaml';
import { labFileFault, type LabFileRule } from './lab-file-fault.js';
import type { LabYaml } from './lab-yaml.js';

/** A mapping of the file; its keys differ. */
export type Mapping = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
/** A scalar whose value is text. */
export type TextScalar = Scalar.Parsed & { value: string };

const MERGE = '<<';

/** The node itself, or the one an alias stands for. */
export function resolve(yaml: LabYaml, node: ParsedNode | null): ParsedNode | null {
  return isAlias(node) ? (yaml.targets.get(node) ?? null) : node;
}

/**
 * The value of a key, aliases resolved; null when it is absent or null. A mapping merged in with `<<` is asked
 * when the mapping itself lacks the key, as CML does.
 */
export function fieldOf(yaml: LabYaml, map: Mapping, name: string): ParsedNode | null {
  const own = ownField(yaml, map, name);
  if (own !== undefined) return own && isNull(own) ? null : own;
  const merged = ownField(yaml, map, MERGE) ?? null;
  for (const part of isSeq(merged) ? merged.items : [merged]) {
    const base = resolve(yaml, part);
    const value = isMap(base) ? fieldOf(yaml, base, name) : null;
    if (value !== null) return value;
  }
  return null;
}

function ownField(yaml: LabYaml, map: Mapping, name: string): ParsedNode | null | undefined {
  const pair = map.items.find(({ key }) => {
    const node = resolve(yaml, key);
    return isScalar(node) && node.value === name;
  });
  return pair && resolve(yaml, pair.value);
}

function isNull(node: ParsedNode): boolean {
  return isScalar(node) && node.value === null;
}

export function isText(node: ParsedNode | null): node is TextScalar {
  return isScalar(node) && typeof node.value === 'string';
}

/** The error for a node that breaks a rule, with its line. */
export function faultAt(
  yaml: LabYaml,
  node: ParsedNode | null,
  rule: LabFileRule,
  message: string,
  path: string | null,
) {
  return labFileFault(rule, message, node && yaml.lineAt(node.range[0]), path);
}
