import { isIPv4, isIPv6 } from 'node:net';

/** A host in the one form in which hosts are compared, and its port. */
export interface HostPort {
  /** Lower case, punycode, without a final dot; an IPv6 address without brackets, as short as it can be. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

const AUTHORITY = /^(\[[0-9a-f:.]+\]|[^\s\p{Cc}:/?#@%\\[\]]+)(?::(\d{1,5}))?$/iu;
const NAME = /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

/**
 * Reads `host` or `host:port`; null for anything else, a user part included. An IPv4 address must be written as four
 * decimal numbers: `0x7f.1` and `2130706433` are the same to the system, but hardly ever meant honestly.
 */
export function parseHostPort(text: string, defaultPort: number): HostPort | null {
  const match = AUTHORITY.exec(text);
  if (!match) return null;
  const host = canonicalHost(match[1] as string);
  const port = match[2] === undefined ? defaultPort : Number(match[2]);
  return host === null || port < 1 || port > 65_535 ? null : { host, port };
}

/** `host:port`, with brackets around an IPv6 address. */
export function formatHostPort({ host, port }: HostPort): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function canonicalHost(written: string): string | null {
  const url = `https://${written}/`;
  if (!URL.canParse(url)) return null;
  const host = new URL(url).hostname.replace(/^\[|\]$|\.$/g, '');
  if (isIPv6(host)) return host;
  if (isIPv4(host)) return host === written ? host : null;
  return NAME.test(host) ? host : null;
}
