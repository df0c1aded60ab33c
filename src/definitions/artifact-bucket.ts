import { fetchArtifact } from './artifact-exchange.js';
import { notAllowed } from './artifact-faults.js';
import { assertListed, type ArtifactNetwork } from './artifact-network.js';
import { pathSegments } from './artifact-path.js';
import { getObject, type S3Access } from './artifact-object.js';

export interface S3Source {
  /** Null switches `s3:` off. */
  readonly access: S3Access | null;
  readonly buckets: readonly string[];
}

/**
 * Reads `s3://bucket/key` from the configured endpoint; `%` in a key is written `%25`.
 * @throws LabletError ARTIFACT_NOT_ALLOWED, ARTIFACT_UNAVAILABLE, ARTIFACT_TOO_LARGE
 */
export async function readS3Artifact(
  network: ArtifactNetwork,
  source: S3Source,
  uri: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const { bucket, key } = partsOf(uri);
  if (!source.buckets.includes(bucket))
    throw notAllowed('BUCKET_NOT_LISTED', 'The bucket is not listed for lab files.');
  const { access } = source;
  if (access === null) throw notAllowed('NO_S3_ENDPOINT', 'Lab files from S3 are switched off.');
  assertListed(network, access.endpoint);
  return await getObject(access, bucket, key, (path, headers) =>
    fetchArtifact(
      network,
      { ...access.endpoint, tls: access.tls, path, headers, missing: 'NOT_FOUND' },
      maxBytes,
      signal,
    ),
  );
}

/** A query, a fragment and steps that a server may resolve differently than this one are refused. */
function partsOf(uri: string): { bucket: string; key: string } {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/?#]+)\/([^?#]+)$/i.exec(uri) ?? [];
  if (bucket.includes('@')) throw notAllowed('USER_PART', 'The URI must not name a user.');
  const segments = pathSegments(path);
  if (!/^[a-z0-9][a-z0-9.-]+$/i.test(bucket) || segments === null || segments.includes('..')) {
    throw notAllowed('URI_MALFORMED', 'The URI has not the form s3://bucket/labs/x.yaml.');
  }
  return { bucket, key: segments.join('/') };
}
