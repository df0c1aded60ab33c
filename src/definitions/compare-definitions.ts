import type { DefinitionState } from './definition-events.js';
import type { PortDefinition } from './definition-model.js';

/** A field that differs; values as JSON text, null where one of them has no such field. */
export interface FieldChange {
  /** Dotted, as `resourceRequirements.cpuCores`; lists are compared as a whole. */
  readonly path: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface PortChange {
  readonly name: string;
  readonly from: PortDefinition;
  readonly to: PortDefinition;
  /** Names of its fields that differ. */
  readonly fields: readonly string[];
}

export interface DefinitionComparison {
  /** What authors write and what was read, without node count, ports and hash, which are told apart below. */
  readonly fields: readonly FieldChange[];
  /** In the order of the version they are in. */
  readonly portsAdded: readonly PortDefinition[];
  readonly portsRemoved: readonly PortDefinition[];
  readonly portsChanged: readonly PortChange[];
  /** True when ports of both versions stand in another order: numbers are given in this order. */
  readonly portsReordered: boolean;
  readonly nodeCountFrom: number;
  readonly nodeCountTo: number;
  /** Empty where no lab file was read yet. */
  readonly labYamlHashFrom: string;
  readonly labYamlHashTo: string;
}

const COMPARED = [
  'labArtifactUri',
  'topologySource',
  'resourceRequirements',
  'licenseAffinity',
  'gradingRulesUri',
  'maxDurationMinutes',
  'warmPoolDepth',
  'ownerNotification',
] as const satisfies readonly (keyof DefinitionState)[];

/** Fields whose order says nothing. */
const SETS: ReadonlySet<string> = new Set(['licenseAffinity']);

/** What an author changed between two versions. */
export function compareDefinitions(from: DefinitionState, to: DefinitionState): DefinitionComparison {
  const [before, after] = [leavesOf(from), leavesOf(to)];
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return {
    fields: paths
      .map((path) => ({ path, from: before.get(path) ?? null, to: after.get(path) ?? null }))
      .filter((change) => change.from !== change.to),
    ...comparePorts(from.portTemplate, to.portTemplate),
    nodeCountFrom: from.nodeCount,
    nodeCountTo: to.nodeCount,
    labYamlHashFrom: from.labYamlHash,
    labYamlHashTo: to.labYamlHash,
  };
}

function comparePorts(from: readonly PortDefinition[], to: readonly PortDefinition[]) {
  const before = new Map(from.map((port) => [port.name, port]));
  const after = new Map(to.map((port) => [port.name, port]));
  const shared = from.filter(({ name }) => after.has(name));
  const order = to.filter(({ name }) => before.has(name));
  return {
    portsAdded: to.filter(({ name }) => !before.has(name)),
    portsRemoved: from.filter(({ name }) => !after.has(name)),
    portsChanged: shared.flatMap((port) => changeOf(port, after.get(port.name) as PortDefinition)),
    portsReordered: shared.some(({ name }, index) => order[index]?.name !== name),
  };
}

function changeOf(from: PortDefinition, to: PortDefinition): PortChange[] {
  const names = Object.keys(from) as (keyof PortDefinition)[];
  const fields = names.filter((name) => from[name] !== to[name]);
  return fields.length === 0 ? [] : [{ name: from.name, from, to, fields }];
}

/** Every value by its path; an object that is null is a value too. */
function leavesOf(definition: DefinitionState): Map<string, string> {
  const leaves = new Map<string, string>();
  const visit = (path: string, value: unknown) => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [name, part] of Object.entries(value)) visit(`${path}.${name}`, part);
      return;
    }
    const compared = SETS.has(path) && Array.isArray(value) ? [...(value as string[])].sort() : value;
    leaves.set(path, JSON.stringify(compared));
  };
  for (const field of COMPARED) visit(field, definition[field]);
  return leaves;
}
