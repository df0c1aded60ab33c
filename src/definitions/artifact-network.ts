import { lookup, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { promisify } from 'node:util';
import type { HostPort } from '../lib/host-port.js';
import { isPublicAddress } from './artifact-address.js';
import { notAllowed, unavailable } from './artifact-faults.js';

/** Which servers lab files may be read from. */
export interface ArtifactNetwork {
  readonly hosts: readonly HostPort[];
  /** Also private, loopback and link-local addresses. */
  readonly allowPrivate: boolean;
  /** Certificates (PEM) that are trusted; the public ones if not given. */
  readonly ca?: readonly string[] | undefined;
  /** Every address of a host; the system's resolver if not given. */
  readonly resolve?: (host: string) => Promise<readonly LookupAddress[]>;
  /** Whether a connection to this address is allowed; by default only to public ones. */
  readonly permits?: (address: string) => boolean;
}

const resolveBySystem = (host: string): Promise<LookupAddress[]> => promisify(lookup)(host, { all: true });

/** @throws LabletError ARTIFACT_NOT_ALLOWED HOST_NOT_LISTED */
export function assertListed({ hosts }: ArtifactNetwork, { host, port }: HostPort): void {
  if (hosts.some((listed) => listed.host === host && listed.port === port)) return;
  throw notAllowed('HOST_NOT_LISTED', 'The host of the lab file is not listed in ARTIFACT_HOSTS.');
}

/**
 * Resolves a listed host once. A single address that is not allowed refuses them all: who can add one to the answer
 * can also choose which one is taken.
 * @throws LabletError ARTIFACT_NOT_ALLOWED PRIVATE_ADDRESS, ARTIFACT_UNAVAILABLE UNREACHABLE
 */
export async function checkedAddresses(
  network: ArtifactNetwork,
  host: string,
): Promise<readonly LookupAddress[]> {
  const { allowPrivate, resolve = resolveBySystem, permits = isPublicAddress } = network;
  const addresses = await addressesOf(host, resolve);
  if (!allowPrivate && !addresses.every(({ address }) => permits(address))) {
    throw notAllowed('PRIVATE_ADDRESS', 'The host has an address that lab files may not be read from.');
  }
  return addresses;
}

async function addressesOf(
  host: string,
  resolve: NonNullable<ArtifactNetwork['resolve']>,
): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  try {
    const addresses = await resolve(host);
    if (addresses.length > 0) return addresses;
  } catch (error) {
    throw unavailable('UNREACHABLE', 'The name of the host cannot be resolved.', error);
  }
  throw unavailable('UNREACHABLE', 'The name of the host has no address.');
}

/** Answers every question with the addresses that were checked, so that a later answer of the DNS changes nothing. */
export function pinnedTo(addresses: readonly LookupAddress[]): LookupFunction {
  return (_host, { all }, done) => {
    const [{ address, family }] = addresses as [LookupAddress];
    if (all) done(null, [...addresses]);
    else done(null, address, family);
  };
}
