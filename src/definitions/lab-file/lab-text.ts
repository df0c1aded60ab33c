import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { LabletError } from '../../errors.js';
import { labFileFault } from './lab-file-fault.js';

/** Largest lab file, in bytes. */
export const MAX_LAB_FILE_BYTES = 5 * 1024 * 1024;

const NEWLINE = 0x0a;

/** SHA-256 of the exact bytes (of a text: of its UTF-8 form), 64 lower-case hex characters. */
export function labFileHash(source: Uint8Array | string): string {
  return createHash('sha256').update(source).digest('hex');
}

/**
 * The text of a lab file. A byte order mark stays in it, so that the text encodes to the same bytes again.
 * @throws LabletError LAB_YAML_INVALID with rule NOT_UTF8 and the first line that is not UTF-8
 */
export function decodeLabFile(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw labFileFault('NOT_UTF8', 'is not valid UTF-8', invalidLine(bytes));
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

/** @throws LabletError ARTIFACT_TOO_LARGE when `bytes` is above `limitBytes` */
export function assertLabFileSize(bytes: number, limitBytes: number): void {
  if (bytes <= limitBytes) return;
  throw new LabletError('ARTIFACT_TOO_LARGE', `The lab file is larger than ${limitBytes} bytes.`, {
    limitBytes,
  });
}

/** A line break is never part of a longer UTF-8 sequence, so each line can be judged alone. */
function invalidLine(bytes: Uint8Array): number {
  let line = 1;
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    if (!isUtf8(bytes.subarray(start, end))) return line;
    line++;
    start = end + 1;
  }
  return line;
}
