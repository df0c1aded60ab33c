import { LabletError } from '../errors.js';
import { notAllowed, unavailable } from './artifact-faults.js';
import { readFileArtifact } from './artifact-file.js';
import { readHttpsArtifact } from './artifact-https.js';
import type { ArtifactNetwork } from './artifact-network.js';
import { readS3Artifact, type S3Source } from './artifact-bucket.js';
import { decodeLabFile, labFileHash, MAX_LAB_FILE_BYTES } from './lab-file/lab-text.js';

export interface ArtifactReaderOptions {
  /** Folder that `file:` URIs are read below; null switches them off. */
  readonly fileRoot: string | null;
  /** Servers that `https:` and `s3:` may read from; none if not given. */
  readonly network?: ArtifactNetwork;
  /** Where `s3:` reads; no bucket if not given. */
  readonly s3?: S3Source;
  readonly maxBytes?: number;
  /** For the whole read. */
  readonly timeoutMs?: number;
}

/** A lab file as it was found: its exact bytes, their SHA-256 and their text. */
export interface Artifact {
  readonly bytes: Buffer;
  readonly hash: string;
  readonly text: string;
}

export interface ArtifactReader {
  /**
   * Reads a lab file. A disallowed address is refused before anything is opened.
   * @throws LabletError ARTIFACT_NOT_ALLOWED, ARTIFACT_UNAVAILABLE, ARTIFACT_TOO_LARGE, LAB_YAML_INVALID (not
   * UTF-8); the signal's reason when it is aborted
   */
  read(uri: string, signal: AbortSignal): Promise<Artifact>;
}

/** Reads the bytes of a URI of one scheme; stops at `maxBytes` and when the signal is aborted. */
export type ArtifactSource = (uri: string, maxBytes: number, signal: AbortSignal) => Promise<Buffer>;

const DEFAULT_TIMEOUT_MS = 10_000;
const NO_NETWORK: ArtifactNetwork = { hosts: [], allowPrivate: false };
const NO_S3: S3Source = { access: null, buckets: [] };

export function createArtifactReader(options: ArtifactReaderOptions): ArtifactReader {
  const { fileRoot, network = NO_NETWORK, s3 = NO_S3 } = options;
  const { maxBytes = MAX_LAB_FILE_BYTES, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const sources: Readonly<Record<string, ArtifactSource>> = {
    file: (...wanted) => readFileArtifact(fileRoot, ...wanted),
    https: (...wanted) => readHttpsArtifact(network, ...wanted),
    s3: (...wanted) => readS3Artifact(network, s3, ...wanted),
  };

  async function read(uri: string, signal: AbortSignal): Promise<Artifact> {
    signal.throwIfAborted();
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() ?? '';
    const source = Object.hasOwn(sources, scheme) ? sources[scheme] : undefined;
    if (!source) throw notAllowed('SCHEME_NOT_ALLOWED', 'A lab file has a file:, https: or s3: URI.');
    const limit = startLimit(signal, timeoutMs);
    try {
      const bytes = await untilAborted(source(uri, maxBytes, limit.signal), limit.signal);
      return { bytes, hash: labFileHash(bytes), text: decodeLabFile(bytes) };
    } catch (error) {
      throw faultOf(error, limit.signal);
    } finally {
      limit.end();
    }
  }

  return { read };
}

/** Aborts with the caller, or with TIMEOUT. Its timer holds it, as nothing might hold a signal of the platform. */
function startLimit(caller: AbortSignal, timeoutMs: number): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController();
  const leave = () => controller.abort(caller.reason);
  const timer = setTimeout(() => {
    controller.abort(unavailable('TIMEOUT', `The lab file was not read within ${timeoutMs} ms.`));
  }, timeoutMs);
  caller.addEventListener('abort', leave, { once: true });
  return {
    signal: controller.signal,
    end() {
      clearTimeout(timer);
      caller.removeEventListener('abort', leave);
    },
  };
}

/** Ends with the signal, even while the system does not answer; the read then finishes unheard. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let leave: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    leave = () => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}

function faultOf(error: unknown, signal: AbortSignal): unknown {
  if (error instanceof LabletError) return error;
  return signal.aborted
    ? signal.reason
    : unavailable('READ_FAILED', 'The lab file could not be read.', error);
}
