import { once } from 'node:events';
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { HostPort } from '../lib/host-port.js';
import { notAllowed, unavailable, type ArtifactCause } from './artifact-faults.js';
import { assertListed, checkedAddresses, pinnedTo, type ArtifactNetwork } from './artifact-network.js';
import { assertLabFileSize } from './lab-file/lab-text.js';

export interface ArtifactRequest extends HostPort {
  readonly tls: boolean;
  /** Path and query, encoded. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What the answer 404 means. */
  readonly missing: ArtifactCause;
}

/** The errors of Node's and OpenSSL's that judge a certificate. */
const CERTIFICATE =
  /CERT|SELF_SIGNED|^UNABLE_TO_|^HOSTNAME_MISMATCH$|^INVALID_(?:CA|PURPOSE)$|^PATH_LENGTH_EXCEEDED$/;

/**
 * Gets a file from a listed host: the only place that connects for a lab file. Only a plain 200 counts; nothing is
 * followed, unpacked or tried again. The connection is this request's own and ends with it.
 * @throws LabletError ARTIFACT_NOT_ALLOWED, ARTIFACT_UNAVAILABLE, ARTIFACT_TOO_LARGE
 */
export async function fetchArtifact(
  network: ArtifactNetwork,
  wanted: ArtifactRequest,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  assertListed(network, wanted);
  const lookup = pinnedTo(await checkedAddresses(network, wanted.host));
  signal.throwIfAborted();
  const { host, port, path, tls } = wanted;
  const request = (tls ? https : http).request({
    ...{ host, port, path, lookup, signal, agent: false },
    headers: { ...wanted.headers, 'accept-encoding': 'identity' },
    ...(tls ? { rejectUnauthorized: true, ca: network.ca as string[] | undefined } : {}),
  });
  // Once the answer is settled nobody listens any more to the error that the connection may end with.
  request.on('error', () => {});
  try {
    const answer = await answerTo(request, signal);
    assertFile(answer, wanted, maxBytes);
    return await bytesOf(answer, maxBytes);
  } finally {
    request.destroy();
  }
}

async function answerTo(request: ClientRequest, signal: AbortSignal): Promise<IncomingMessage> {
  try {
    // An answer that switches the protocol closes the request without an error.
    const closed = once(request, 'close', { signal }).then(() => Promise.reject(new Error('closed')));
    const answered = once(request, 'response', { signal }) as Promise<[IncomingMessage]>;
    request.end();
    const [answer] = await Promise.race([answered, closed]);
    return answer;
  } catch (error) {
    signal.throwIfAborted();
    const { code = '' } = error as NodeJS.ErrnoException;
    if (CERTIFICATE.test(code))
      throw unavailable('CERTIFICATE', 'The certificate of the host is not valid for it.', error);
    throw unavailable('UNREACHABLE', 'The host cannot be reached, or its answer is none.', error);
  }
}

function assertFile(answer: IncomingMessage, { missing }: ArtifactRequest, maxBytes: number): void {
  const { statusCode: status = 0, headers } = answer;
  if (status >= 300 && status < 400)
    throw notAllowed('REDIRECT', 'The host redirects; that is not followed.');
  if (status === 401 || status === 403) throw unavailable('DENIED', 'The host denies the lab file.');
  if (status === 404) throw unavailable(missing, 'The lab file does not exist.');
  if (status !== 200) throw unavailable(`HTTP_${status}`, `The host answers with status ${status}.`);
  // What is packed would have to be counted twice.
  const packed = [
    headers['content-encoding'] ?? 'identity',
    headers['transfer-encoding'] ?? 'chunked',
  ].join();
  if (!/^identity,chunked$/i.test(packed))
    throw unavailable('CONTENT_ENCODING', 'The host sends the lab file packed, which it was asked not to.');
  assertLabFileSize(Number(headers['content-length'] ?? 0), maxBytes);
}

/**
 * Counts while it reads: the length that was announced may be wrong or missing. One buffer grows, because a file in
 * pieces of one byte each would take a hundred times its size to keep.
 */
async function bytesOf(answer: IncomingMessage, maxBytes: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0);
  let total = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    const end = total + chunk.length;
    assertLabFileSize(end, maxBytes);
    if (end > bytes.length) bytes = Buffer.concat([bytes], Math.min(maxBytes, 2 * end));
    chunk.copy(bytes, total);
    total = end;
  }
  return bytes.subarray(0, total);
}
