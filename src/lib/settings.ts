/** How settings are read from their texts. Each parser throws an Error that says what the text must be. */
import { isIP } from 'node:net';
import { ROLES, type Role } from './actor.js';
import { parseHostPort, type HostPort } from './host-port.js';

/** One setting: where it comes from, what it stands for when absent, how its text is read. */
export interface Setting<T> {
  readonly env: string;
  /** Text of the default; empty means "not set". */
  readonly fallback: string;
  readonly description: string;
  readonly parse: (text: string) => T;
  readonly secret?: true;
}

export const define = <T>(env: string, fallback: string, parse: (value: string) => T, description: string) =>
  ({ env, fallback, parse, description }) satisfies Setting<T>;
export const secret = <T>(env: string, parse: (value: string) => T, description: string) =>
  ({ env, fallback: '', parse, description, secret: true }) satisfies Setting<T>;

export const text = (value: string): string => value;
export const optional = (value: string): string | null => (value === '' ? null : value);
export const list = (value: string): string[] =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

export function whole(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (!/^\d+$/.test(value) || number < min || number > max) {
      throw new Error(`must be a whole number from ${min} to ${max}`);
    }
    return number;
  };
}

export function flag(value: string): boolean {
  if (value !== 'true' && value !== 'false') throw new Error('must be true or false');
  return value === 'true';
}

/** Shorter intervals than a second are for tests. */
export function number(min: number, max: number): (value: string) => number {
  return (value) => {
    const given = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
    if (!(given >= min && given <= max)) throw new Error(`must be a number from ${min} to ${max}`);
    return given;
  };
}

export function oneOf<const T extends string>(...values: T[]): (value: string) => T {
  return (value) => {
    if (!(values as string[]).includes(value)) throw new Error(`must be one of ${values.join(', ')}`);
    return value as T;
  };
}

export function keyPrefix(value: string): string {
  if (!/^(\/[a-z0-9][a-z0-9-]*)+$/.test(value)) throw new Error('must look like /ccm');
  return value;
}

export function mongoUri(value: string): string | null {
  if (value === '') return null;
  if (!/^mongodb(\+srv)?:\/\/\S+$/.test(value))
    throw new Error('must begin with mongodb:// or mongodb+srv://');
  return value;
}

export function webUrl(value: string): string | null {
  if (value === '') return null;
  if (!/^https?:\/\//.test(value) || !URL.canParse(value)) throw new Error('must be an http or https URL');
  return value;
}

export function hosts(value: string): HostPort[] {
  const parsed = list(value).map((entry) => parseHostPort(entry, 443));
  if (parsed.includes(null))
    throw new Error('must list hosts, each with a port or without: labs.example.org, [2001:db8::7]:8443');
  return parsed as HostPort[];
}

/** Addresses, and ranges as CIDR; the whole internet is none. */
export function addresses(value: string): string[] {
  const entries = list(value);
  const isGood = (entry: string) => {
    const [address = '', length, ...more] = entry.split('/');
    const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
    return most > 0 && more.length === 0 && (length === undefined || isWithin(length, most));
  };
  if (!entries.every(isGood)) throw new Error('must list addresses or ranges, as 10.0.0.7, 2001:db8::/32');
  return entries;
}

const isWithin = (text: string, most: number): boolean => /^[1-9]\d*$/.test(text) && Number(text) <= most;

/** The port follows from S3_TLS where it is not given. */
export function s3Endpoint(value: string): string | null {
  if (value === '') return null;
  if (!parseHostPort(value, 443))
    throw new Error('must be a host, with a port or without, as minio.example:9000');
  return value;
}

export function bucketNames(value: string): string[] {
  const names = list(value);
  if (!names.every((name) => /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)))
    throw new Error('must list names of buckets');
  return names;
}

/**
 * What tokens call each role: `ROLE=name`, and one entry more for each further name of a role. All roles must be there,
 * so that a slip of the pen takes none away in silence.
 */
export function roleNames(value: string): ReadonlyMap<string, Role> {
  const names = new Map<string, Role>();
  for (const entry of list(value)) {
    const [, role, name] = /^([A-Z]+)\s*=\s*(.+)$/.exec(entry) ?? [];
    const known = ROLES.find((one) => one === role);
    if (known === undefined || name === undefined)
      throw new Error(`must list ROLE=name, where the roles are ${ROLES.join(', ')}`);
    if (names.has(name)) throw new Error('must not give one name to two roles');
    names.set(name, known);
  }
  const missing = ROLES.filter((role) => ![...names.values()].includes(role));
  if (missing.length > 0) throw new Error(`must name every role; ${missing.join(', ')} not named`);
  return names;
}

export const seconds = number(0.01, 86_400);
export const millis = whole(1, 86_400_000);
