import type { PortKind, PortProtocol } from '../definition-terms.js';

/**
 * Node tags of a lab file that name an outside port: `serial:OUT[:LINE]`, `vnc:OUT`, `pat:[tcp:|udp:]OUT:IN`.
 * OUT is a number or a placeholder `${PORT_NAME}`.
 */
export interface PortTag {
  readonly kind: PortKind;
  readonly protocol: PortProtocol;
  /** OUT as written. */
  readonly out: string;
  /** Where OUT begins in the tag. */
  readonly outAt: number;
  /** The port that a placeholder names; null when OUT is a number. */
  readonly placeholder: string | null;
  /** Line of a serial console, else null. */
  readonly line: number | null;
  /** Port inside the lab of a PAT entry, else null. */
  readonly insidePort: number | null;
}

const OUT = String.raw`(?<out>[1-9]\d{0,4}|\$\{PORT_[A-Z][A-Z0-9_]{0,62}\})`;
const FORMS: Readonly<Record<string, RegExp>> = {
  serial: new RegExp(`^serial:${OUT}(?::(?<line>0|[1-9]\\d?))?$`),
  vnc: new RegExp(`^vnc:${OUT}$`),
  pat: new RegExp(`^pat:(?:(?<protocol>tcp|udp):)?${OUT}:(?<inside>[1-9]\\d{0,4})$`),
};
const HIGHEST_PORT = 65_535;
const LABEL_PART = 40;

/** Every placeholder in a text; the first group is what {@link placeholderPort} takes. */
export const PLACEHOLDER = /\$\{PORT_([A-Z][A-Z0-9_]{0,62})\}/g;

/** Name of the port that `${PORT_<written>}` stands for: `SERIAL_1` is `serial_1`. */
export function placeholderPort(written: string): string {
  return written.toLowerCase();
}

/** The placeholder that names a port: `serial_1` is `${PORT_SERIAL_1}`. */
export function placeholderOf(port: string): string {
  return `\${PORT_${port.toUpperCase()}}`;
}

const RIGHT_FORMS: Readonly<Record<string, string>> = {
  serial: 'serial:OUT or serial:OUT:LINE, with LINE 0-99',
  vnc: 'vnc:OUT',
  pat: 'pat:OUT:IN, pat:tcp:OUT:IN or pat:udp:OUT:IN, with IN 1-65535',
};

/** How a tag that begins like this one may be written. */
export function rightForms(text: string): string {
  const prefix = text.slice(0, text.indexOf(':'));
  return `${RIGHT_FORMS[prefix]}; OUT is a number 1-65535 or \${PORT_NAME} in capitals`;
}

/** What a node tag says: a port, nothing about ports (null), or a port in a form that does not parse. */
export function parsePortTag(text: string): PortTag | null | 'MALFORMED' {
  const prefix = /^(serial|vnc|pat):/.exec(text)?.[1];
  if (prefix === undefined) return null;
  const parts = FORMS[prefix]?.exec(text)?.groups;
  const out = parts?.['out'];
  if (!parts || out === undefined) return 'MALFORMED';
  const insidePort = parts['inside'] === undefined ? null : Number(parts['inside']);
  const named = out.startsWith('$');
  if ((insidePort ?? 0) > HIGHEST_PORT || (!named && Number(out) > HIGHEST_PORT)) return 'MALFORMED';
  return {
    kind: prefix.toUpperCase() as PortKind,
    protocol: parts['protocol'] === 'udp' ? 'UDP' : 'TCP',
    out,
    outAt: text.indexOf(out, prefix.length),
    placeholder: named ? placeholderPort(out.slice('${PORT_'.length, -1)) : null,
    line: prefix === 'serial' ? Number(parts['line'] ?? 0) : null,
    insidePort,
  };
}

/**
 * The part of a port name that stands for a node: lower case, runs of other characters than `a-z0-9` as `_`,
 * none outside, beginning with a letter, at most 40 characters; `node` when nothing is left.
 */
export function labelPart(label: string): string {
  return wholeLabelPart(label).slice(0, LABEL_PART);
}

/** Whether the name of a node's ports begins with a part of its label only. */
export function isLabelCut(label: string): boolean {
  return wholeLabelPart(label).length > LABEL_PART;
}

function wholeLabelPart(label: string): string {
  const cleaned = label
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_|_$/g, '');
  if (cleaned === '') return 'node';
  return /^[a-z]/.test(cleaned) ? cleaned : `n${cleaned}`;
}

/** Name of a port whose OUT is a number, before it is told apart from equal ones: `branch_r2_serial`. */
export function derivedName(label: string, tag: PortTag): string {
  const node = labelPart(label);
  if (tag.kind === 'SERIAL') return tag.line ? `${node}_serial_${tag.line}` : `${node}_serial`;
  if (tag.kind === 'VNC') return `${node}_vnc`;
  return `${node}_${tag.protocol.toLowerCase()}_${tag.insidePort}`;
}

/** `name`, or `name_2`, `name_3` when it is taken. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let count = 2; taken.has(free); count++) free = `${name}_${count}`;
  return free;
}
