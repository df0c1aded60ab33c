import { LabletError } from '../errors.js';
import { notAllowed, unavailable } from './artifact-faults.js';
import { readFileArtifact } from './artifact-file.js';
import { decodeLabFile, labFileHash, MAX_LAB_FILE_BYTES } from './lab-file/lab-text.js';

export interface ArtifactReaderOptions {
  /** Folder that `file:` URIs are read below; null switches them off. */
  readonly fileRoot: string | null;
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

export function createArtifactReader(options: ArtifactReaderOptions): ArtifactReader {
  const { fileRoot, maxBytes = MAX_LAB_FILE_BYTES, timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  const sources: Readonly<Record<string, ArtifactSource>> = {
    file: (uri, limit, signal) => readFileArtifact(fileRoot, uri, limit, signal),
    https: () => Promise.reject(notAllowed('HOST_NOT_LISTED', 'No host is listed for lab files.')),
    s3: () => Promise.reject(notAllowed('BUCKET_NOT_LISTED', 'No bucket is listed for lab files.')),
  };

  async function read(uri: string, signal: AbortSignal): Promise<Artifact> {
    signal.throwIfAborted();
    const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(uri)?.[1]?.toLowerCase() ?? '';
    const source = Object.hasOwn(sources, scheme) ? sources[scheme] : undefined;
    if (!source) throw notAllowed('SCHEME_NOT_ALLOWED', 'A lab file has a file:, https: or s3: URI.');
    const timeout = AbortSignal.timeout(timeoutMs);
    const both = AbortSignal.any([signal, timeout]);
    try {
      const bytes = await untilAborted(source(uri, maxBytes, both), both);
      return { bytes, hash: labFileHash(bytes), text: decodeLabFile(bytes) };
    } catch (error) {
      throw faultOf(error, signal, timeout, timeoutMs);
    }
  }

  return { read };
}

/** Ends with the signal, even while the system does not answer; the read then finishes unheard. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const stop = new AbortController();
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), {
      once: true,
      signal: stop.signal,
    });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stop.abort();
  }
}

function faultOf(error: unknown, caller: AbortSignal, timeout: AbortSignal, timeoutMs: number): unknown {
  if (error instanceof LabletError || (caller.aborted && error === caller.reason)) return error;
  if (timeout.aborted)
    return unavailable('TIMEOUT', `The lab file was not read within ${timeoutMs} ms.`, error);
  return unavailable('READ_FAILED', 'The lab file could not be read.', error);
}
