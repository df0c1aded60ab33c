import type { IncomingHttpHeaders } from 'node:http';
import { LabletError } from '../errors.js';
import { ProtocolError } from './protocol-faults.js';

/** The names of UTF-8, and of its part that is ASCII. */
const CHARSETS = ['utf-8', 'utf8', 'us-ascii'];
const NAME = /^[\w.:-]{1,40}$/;

/**
 * What the headers say of a body that cannot be read as UTF-8 text; null for one that can. What they say is never
 * passed over: a text in UTF-16 may be good UTF-8 with another meaning.
 */
export function encodingFault(headers: IncomingHttpHeaders): ProtocolError | null {
  const { 'content-encoding': encoding, 'content-type': type } = headers;
  // What nearly all send.
  if (encoding === undefined && type === 'application/json') return null;
  const codings = (encoding ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  const coding = codings.find((name) => name !== '' && name !== 'identity');
  if (coding !== undefined) {
    const message = `Bodies are not unpacked${named(coding)}: send it without Content-Encoding.`;
    // So a client learns what would be taken (RFC 9110, section 15.5.16).
    return new ProtocolError(415, message, { 'accept-encoding': 'identity' });
  }
  const [, charset] = /;\s*charset\s*=\s*"?([^";\s]*)/i.exec(type ?? '') ?? [];
  if (charset === undefined || CHARSETS.includes(charset.toLowerCase())) return null;
  return new ProtocolError(415, `JSON is sent in UTF-8, not in another charset${named(charset)}.`);
}

const named = (name: string): string => (NAME.test(name) ? ` (${name})` : '');

export const notUtf8 = (): LabletError => bodyFault('NOT_UTF_8', 'The body is not UTF-8.');

/** Why a text was refused by the parser of JSON, without a word of it. */
export function jsonFault(text: string): LabletError {
  let reason: string;
  try {
    JSON.parse(text);
    const message =
      'A key of the body is not taken anywhere: __proto__, or constructor with an object in it.';
    return bodyFault('FORBIDDEN_KEY', message);
  } catch (error) {
    reason = (error as Error).message;
  }
  // V8 names the position for most faults; for the others it quotes the text.
  const [, position] = /at position (\d+)/.exec(reason) ?? [];
  if (/end of JSON input|unterminated/i.test(reason) || position === String(text.length))
    return bodyFault('NOT_JSON', 'Invalid JSON in the body: it ends too early.');
  const place = position === undefined ? '' : ` at position ${position}`;
  return bodyFault('NOT_JSON', `Invalid JSON in the body${place}.`);
}

function bodyFault(rule: string, message: string): LabletError {
  return new LabletError('VALIDATION_FAILED', message, { fields: [{ path: '', rule, message }] });
}
