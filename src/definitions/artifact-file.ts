import { constants } from 'node:fs';
import { lstat, open, readlink, realpath, stat, type FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { assertLabFileSize } from './lab-file/lab-text.js';
import { notAllowed, unavailable } from './artifact-faults.js';
import { pathSegments } from './artifact-path.js';

const CHUNK_BYTES = 64 * 1024;
/** Asked for beyond the size that the system names, so that the end shows in the same read. */
const BEYOND_BYTES = 1024;

/**
 * Reads `file:///labs/x.yaml` below `root`. Links may lead anywhere inside the root. Only what proves to be a
 * regular file inside it after it was opened is read, so swapping a link meanwhile gains nothing.
 * @throws LabletError ARTIFACT_NOT_ALLOWED, ARTIFACT_UNAVAILABLE, ARTIFACT_TOO_LARGE
 */
export async function readFileArtifact(
  root: string | null,
  uri: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  if (root === null) throw notAllowed('NO_FILE_ROOT', 'Lab files from the file system are switched off.');
  const steps = stepsBelowRoot(uri);
  try {
    const [realRoot, path] = await Promise.all([realpath(root), realpath(join(root, ...steps))]);
    assertInside(realRoot, path);
    // A device may act on being opened.
    if (!(await lstat(path)).isFile()) throw notAFile();
    return await readOpened(realRoot, path, maxBytes, signal);
  } catch (error) {
    throw systemFault(error);
  }
}

async function readOpened(
  root: string,
  path: string,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  // A pipe put in the file's place meanwhile must not block, nor a link be followed.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const [found, place] = await Promise.all([handle.stat(), placeOf(handle, path)]);
    if (!found.isFile()) throw notAFile();
    assertInside(root, place);
    return await readAll(handle, found.size, maxBytes, signal);
  } finally {
    // Nobody waits for it: what was read is read.
    void handle.close().catch(() => undefined);
  }
}

/**
 * Where the opened file is. Linux knows it; elsewhere the path is resolved once more and must lead to the very
 * file that is open.
 */
async function placeOf(handle: FileHandle, path: string): Promise<string> {
  const known = await readlink(`/proc/self/fd/${handle.fd}`).catch(() => null);
  if (known !== null) return known;
  const place = await realpath(path);
  const [there, here] = await Promise.all([stat(place, { bigint: true }), handle.stat({ bigint: true })]);
  if (there.ino !== here.ino || there.dev !== here.dev) throw outside();
  return place;
}

/** Counts while it reads: the size in the file's metadata may be wrong or change. */
async function readAll(
  handle: FileHandle,
  size: number,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  for (;;) {
    signal.throwIfAborted();
    const left = Math.max(size - total, 0) + BEYOND_BYTES;
    const chunk = Buffer.allocUnsafe(Math.min(CHUNK_BYTES, left, maxBytes + 1 - total));
    const { bytesRead } = await handle.read(chunk, 0, chunk.length, total);
    chunks.push(chunk.subarray(0, bytesRead));
    total += bytesRead;
    assertLabFileSize(total, maxBytes);
    const isWhole = total === size && bytesRead < chunk.length;
    if (isWhole || bytesRead === 0) return Buffer.concat(chunks, total);
  }
}

function stepsBelowRoot(uri: string): string[] {
  const match = /^file:\/\/([^/?#]*)\/([^?#]*)$/i.exec(uri);
  if (!match) throw malformed();
  if (match[1] !== '')
    throw notAllowed('HOST_NOT_ALLOWED', 'A file: URI names no host: file:///labs/x.yaml.');
  const segments = pathSegments(match[2] as string);
  if (segments === null) throw malformed();
  if (segments.includes('..')) throw outside();
  return segments;
}

function assertInside(root: string, path: string): void {
  const folder = root.endsWith(sep) ? root : root + sep;
  if (!path.startsWith(folder)) throw outside();
}

function malformed() {
  return notAllowed('URI_MALFORMED', 'The URI has not the form file:///labs/x.yaml.');
}

function outside() {
  return notAllowed('OUTSIDE_ROOT', 'The path leads out of the folder for lab files.');
}

function notAFile() {
  return notAllowed('NOT_A_FILE', 'The path does not lead to a regular file.');
}

/** What the system's error means for the caller; everything else passes. */
function systemFault(error: unknown): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      return unavailable('NOT_FOUND', 'The lab file does not exist.', error);
    case 'EACCES':
    case 'EPERM':
      return unavailable('DENIED', 'The lab file may not be read.', error);
    case 'ELOOP':
      return notAllowed('NOT_A_FILE', 'The path is a link that leads nowhere.');
    default:
      return error;
  }
}
