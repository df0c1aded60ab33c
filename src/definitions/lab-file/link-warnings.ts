import { isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { quoted, type Warn } from './lab-warnings.js';
import type { LabParts } from './read-lab-file.js';
import { fieldOf, resolve, type Mapping } from './yaml-fields.js';

const ENDS = [
  ['n1', 'i1'],
  ['n2', 'i2'],
] as const;

/** Links whose ends are not there. Ends that are not named at all belong to older forms of the format. */
export function warnOfLinks(parts: LabParts, warn: Warn): void {
  const { yaml } = parts;
  const links = fieldOf(yaml, yaml.root as Mapping, 'links');
  if (!isSeq(links)) return;
  const interfaces = interfacesByNode(parts);
  links.items.forEach((item, index) => {
    const link = resolve(yaml, item);
    if (!isMap(link)) return;
    for (const [nodeField, interfaceField] of ENDS) {
      const [node, end] = [fieldOf(yaml, link, nodeField), fieldOf(yaml, link, interfaceField)];
      const [nodeId, endId] = [idOf(node), idOf(end)];
      if (node === null || nodeId === null) continue;
      const ends = interfaces.get(nodeId);
      if (ends === undefined) {
        warn('LINK_BROKEN', node.range[0], `links.${index}.${nodeField}`, () => ({
          message: `The link leads to the node ${quoted(nodeId)}, which is not in the list of nodes.`,
          fix: 'Name the id of a node, or remove the link.',
        }));
      } else if (end !== null && endId !== null && !ends.has(endId)) {
        warn('LINK_BROKEN', end.range[0], `links.${index}.${interfaceField}`, () => ({
          message: `The link leads to the interface ${quoted(endId)}, which the node ${quoted(nodeId)} does not have.`,
          fix: 'Name the id of an interface of this node, or remove the link.',
        }));
      }
    }
  });
}

function interfacesByNode({ yaml, nodes }: LabParts): ReadonlyMap<string, ReadonlySet<string>> {
  /** What was read already: aliases may share a list. */
  const known = new Map<ParsedNode | null, ReadonlySet<string>>();
  const idsIn = (list: ParsedNode | null): ReadonlySet<string> => {
    const found = known.get(list);
    if (found) return found;
    const ids = new Set<string>();
    for (const item of isSeq(list) ? list.items : []) {
      const entry = resolve(yaml, item);
      const id = isMap(entry) ? idOf(fieldOf(yaml, entry, 'id')) : null;
      if (id !== null) ids.add(id);
    }
    known.set(list, ids);
    return ids;
  };
  return new Map(
    nodes.flatMap(({ map }) => {
      const id = idOf(fieldOf(yaml, map, 'id'));
      return id === null ? [] : [[id, idsIn(fieldOf(yaml, map, 'interfaces'))] as const];
    }),
  );
}

/** Ids are texts or numbers; `0` and `'0'` are one. */
function idOf(node: ParsedNode | null): string | null {
  if (!isScalar(node)) return null;
  const { value } = node;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
}
