import { parseHostPort } from '../lib/host-port.js';
import { fetchArtifact } from './artifact-exchange.js';
import { notAllowed } from './artifact-faults.js';
import type { ArtifactNetwork } from './artifact-network.js';

const HTTPS_PORT = 443;

/**
 * Reads `https://labs.example.org/x.yaml` from a listed host.
 * @throws LabletError ARTIFACT_NOT_ALLOWED, ARTIFACT_UNAVAILABLE, ARTIFACT_TOO_LARGE
 */
export async function readHttpsArtifact(
  network: ArtifactNetwork,
  uri: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const { authority, path } = partsOf(uri);
  if (authority.includes('@')) throw notAllowed('USER_PART', 'The URI must not name a user.');
  const host = parseHostPort(authority, HTTPS_PORT);
  if (!host) throw malformed();
  const wanted = { ...host, tls: true, path, headers: {}, missing: 'HTTP_404' } as const;
  return await fetchArtifact(network, wanted, maxBytes, signal);
}

/**
 * The host is taken from the text, not from a URL parser: what that repairs (backslashes, missing slashes, line
 * breaks) others read differently.
 */
function partsOf(uri: string): { authority: string; path: string } {
  const match = /^https:\/\/([^/?#\\]+)([/?][^#\\\p{Cc}]*)?$/iu.exec(uri);
  const url = match ? `https://host${match[2] ?? ''}` : '';
  if (!match || !URL.canParse(url)) throw malformed();
  const { pathname, search } = new URL(url);
  return { authority: match[1] as string, path: pathname + search };
}

function malformed() {
  return notAllowed('URI_MALFORMED', 'The URI has not the form https://labs.example.org/x.yaml.');
}
