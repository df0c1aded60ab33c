import { Readable } from 'node:stream';
import { formatHostPort, type HostPort } from '../lib/host-port.js';

export interface S3Access {
  readonly endpoint: HostPort;
  readonly tls: boolean;
  readonly region: string;
  readonly accessKey: string;
  readonly secretKey: string;
}

/** What the client hands over to be sent. */
interface SignedRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Sends a signed request for this path to the endpoint, and answers the bytes. */
export type S3Fetch = (path: string, headers: Readonly<Record<string, string>>) => Promise<Buffer>;

/**
 * Reads one object. The client of AWS names and signs the request; `fetch` connects, so every limit holds here too.
 * What `fetch` throws passes as it is. Every setting is given, so that nothing comes from the process's environment,
 * files of the user, or the metadata service of a cloud.
 */
export async function getObject(
  access: S3Access,
  bucket: string,
  key: string,
  fetch: S3Fetch,
): Promise<Buffer> {
  const { endpoint, tls, region, accessKey, secretKey } = access;
  // Loading it takes longer than starting the server without it.
  const { S3Client, GetObjectCommand } = await import('@aws-sdk/client-s3');
  const client = new S3Client({
    endpoint: `${tls ? 'https' : 'http'}://${formatHostPort(endpoint)}`,
    region,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
    requestHandler: { handle: (request: SignedRequest) => answerOf(request, fetch) },
    forcePathStyle: true,
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    followRegionRedirects: false,
    useArnRegion: false,
    useAccelerateEndpoint: false,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    disableMultiregionAccessPoints: true,
    disableS3ExpressSessionAuth: true,
    authSchemePreference: ['sigv4'],
    sigv4aSigningRegionSet: [region],
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    userAgentAppId: () => Promise.resolve(undefined),
  });
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Body ? Buffer.from(await Body.transformToByteArray()) : Buffer.alloc(0);
}

async function answerOf({ path, query, headers }: SignedRequest, fetch: S3Fetch) {
  const pairs = Object.entries(query).map((pair) =>
    pair.map((part) => encodeURIComponent(String(part))).join('='),
  );
  const bytes = await fetch(pairs.length === 0 ? path : `${path}?${pairs.join('&')}`, headers);
  return { response: { statusCode: 200, headers: {}, body: Readable.from([bytes]) } };
}
