import {
  isAlias,
  isCollection,
  isMap,
  isScalar,
  type Alias,
  type Node,
  type Pair,
  type ParsedNode,
} from 'yaml';
import { labFileFault } from './lab-file-fault.js';

export const MAX_DEPTH = 50;
const MAX_ALIASES = 100;

/**
 * Bound on the aliases that a program meets which expands the file. Without it, ten levels of ten aliases
 * each would pass as 90 aliases and cost whoever expands them billions of nodes.
 */
const MAX_EXPANDED_ALIASES = 10_000;

/** The node each alias of a file stands for; never an alias itself. */
export type AliasTargets = ReadonlyMap<Alias, ParsedNode>;

/**
 * Checks depth, aliases and equal keys in the order of the file, without expanding anything.
 * @throws LabletError LAB_YAML_INVALID
 */
export function resolveAliases(root: ParsedNode | null, lineAt: (offset: number) => number): AliasTargets {
  const anchors = new Map<string, ParsedNode>();
  const targets = new Map<Alias, ParsedNode>();
  /** Aliases met when a finished node is expanded; a node that is still open has no entry. */
  const expanded = new Map<ParsedNode, number>();
  const line = (node: Node): number => lineAt(node.range?.[0] ?? 0);

  function visit(node: ParsedNode | null, depth: number): number {
    if (node === null) return 0;
    if (isAlias(node)) return visitAlias(node);
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
    const count = isCollection(node) ? visitItems(node.items, depth + 1, node) : 0;
    if (count > MAX_EXPANDED_ALIASES) {
      const message = `would expand to more than ${MAX_EXPANDED_ALIASES} aliases`;
      throw labFileFault('TOO_MANY_ALIASES', message, line(node));
    }
    if (node.anchor !== undefined) expanded.set(node, count);
    return count;
  }

  function visitAlias(alias: Alias.Parsed): number {
    const target = anchors.get(alias.source);
    if (!target) {
      throw labFileFault('UNKNOWN_ALIAS', `uses the alias *${alias.source} before its anchor`, line(alias));
    }
    const inside = expanded.get(target);
    if (inside === undefined) {
      throw labFileFault(
        'UNKNOWN_ALIAS',
        `uses the alias *${alias.source} inside its own anchor`,
        line(alias),
      );
    }
    targets.set(alias, target);
    if (targets.size > MAX_ALIASES) {
      throw labFileFault('TOO_MANY_ALIASES', `uses more than ${MAX_ALIASES} aliases`, line(alias));
    }
    return inside + 1;
  }

  function visitItems(
    items: readonly (ParsedNode | Pair<ParsedNode, ParsedNode | null>)[],
    depth: number,
    node: ParsedNode,
  ): number {
    if (depth > MAX_DEPTH) throw tooDeep(line(node));
    const keys = isMap(node) ? new Set<string>() : null;
    let count = 0;
    for (const item of items) {
      if ('key' in item) {
        count += visit(item.key, depth);
        if (keys) noteKey(item.key, keys);
        count += visit(item.value, depth);
      } else {
        count += visit(item, depth);
      }
    }
    return count;
  }

  function noteKey(key: ParsedNode, keys: Set<string>): void {
    const node = isAlias(key) ? targets.get(key) : key;
    if (!isScalar(node)) return;
    const identity = `${typeof node.value}:${String(node.value)}`;
    if (keys.has(identity)) {
      throw labFileFault('DUPLICATE_KEY', `has the key ${shown(node.value)} twice in one mapping`, line(key));
    }
    keys.add(identity);
  }

  visit(root, 0);
  return targets;
}

export function tooDeep(line: number) {
  return labFileFault('TOO_DEEP', `is nested deeper than ${MAX_DEPTH} levels`, line);
}

function shown(value: unknown): string {
  return JSON.stringify(String(value).slice(0, 60));
}
