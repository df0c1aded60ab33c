import { LICENSE_NODE_LIMITS, type LicenseType } from '../claims/license.js';
import type { FieldFault } from '../errors.js';
import type { PortDefinition } from './definition-model.js';

/** Limits and rules of definitions that the aggregate, lab files and inputs share. */

export const MIN_NODES = 1;
export const MAX_NODES = 500;
export const MAX_PORTS = 64;
/** Longest label of a node that ports name, in characters. */
export const MAX_NODE_LABEL = 255;
export const PORT_NAME_PATTERN = /^[a-z][a-z0-9_]{0,62}$/;

/** What a lab file or an author says of a lab: its nodes that count against a licence, and its ports. */
export interface Topology {
  /** 1-500. */
  readonly nodeCount: number;
  readonly portTemplate: readonly PortDefinition[];
}

/**
 * Rules of a port template that concern several of its fields or entries: names are told apart, the fields of
 * each kind are there and no others, SERIAL and VNC are TCP, a node has one VNC at most. Ranges of single
 * fields are the input's.
 */
export function portTemplateFaults(ports: readonly PortDefinition[]): FieldFault[] {
  const names = new Set<string>();
  const screens = new Set<string>();
  return ports.flatMap((port, index) => {
    const faults = kindFaults(port);
    if (names.has(port.name)) faults.push(['name', 'UNIQUE', `the name ${port.name} is used twice`]);
    names.add(port.name);
    if (port.kind === 'VNC' && port.nodeLabel !== null) {
      if (screens.has(port.nodeLabel))
        faults.push(['nodeLabel', 'ONE_VNC', 'a node has one VNC port at most']);
      screens.add(port.nodeLabel);
    }
    return faults.map(([field, rule, message]) => ({
      path: `portTemplate.${index}.${field}`,
      rule,
      message,
    }));
  });
}

type PortFault = [field: keyof PortDefinition, rule: string, message: string];

function kindFaults(port: PortDefinition): PortFault[] {
  const { kind, protocol, nodeLabel, line, insidePort } = port;
  const faults: PortFault[] = [];
  const check = (fine: boolean, ...fault: PortFault) => fine || faults.push(fault);
  const isTcpOnly = kind === 'SERIAL' || kind === 'VNC';
  check(!isTcpOnly || protocol === 'TCP', 'protocol', 'TCP_ONLY', `a ${kind} port is TCP`);
  check(kind === 'OTHER' || nodeLabel !== null, 'nodeLabel', 'REQUIRED', `a ${kind} port names its node`);
  check(kind !== 'SERIAL' || line !== null, 'line', 'REQUIRED', 'a SERIAL port has a line');
  check(kind === 'SERIAL' || line === null, 'line', 'NOT_ALLOWED', 'only a SERIAL port has a line');
  check(kind !== 'PAT' || insidePort !== null, 'insidePort', 'REQUIRED', 'a PAT port names its inside port');
  check(
    kind === 'PAT' || insidePort === null,
    'insidePort',
    'NOT_ALLOWED',
    'only a PAT port has an inside port',
  );
  return faults;
}

/** Refuses a node count above the limit of every licence that may host it. */
export function nodeCountFaults(nodeCount: number, licenseAffinity: readonly LicenseType[]): FieldFault[] {
  const limits = licenseAffinity.map((license) => LICENSE_NODE_LIMITS[license] ?? Infinity);
  const highest = Math.max(...limits);
  if (nodeCount <= highest) return [];
  const message = `${nodeCount} nodes exceed the limit of ${highest} of ${licenseAffinity.join(', ')}`;
  return [{ path: 'nodeCount', rule: 'LICENSE_NODE_LIMIT', message }];
}
