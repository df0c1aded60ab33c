import type { IndexKey, Scalar } from '../db/document-store.js';

/**
 * Index entries as bytes whose order is MongoDB's order of the values: null, numbers, text by its UTF-8 bytes,
 * false, true. lmdb's own key format is not used: it puts booleans before numbers and does not escape zero
 * bytes in longer text.
 *
 * LMDB bounds keys at 1978 bytes, so text above {@link MAX_TEXT_BYTES} is cut. Of whatever shares the kept
 * part, cut text sorts last, as it does uncut; texts with the same kept part have to be told apart by their
 * documents (see `index-scan.ts`). Ids are never cut.
 */

/** Four texts of this length, all zeros and thus doubled, and the longest id fit in a key. */
export const MAX_TEXT_BYTES = 180;

const NULL = 0x10;
const NUMBER = 0x20;
const TEXT = 0x30;
const FALSE = 0x40;
const TRUE = 0x41;

/** Ends text; a zero byte in it is followed by {@link HIGH}, which no part begins with. */
const END = 0x00;
/** Above every byte of UTF-8 and every type: marks the cut, and ends ranges. */
const HIGH = 0xff;

const AFTER = Buffer.of(HIGH);

/** One encoded value. */
export interface Part {
  readonly bytes: Buffer;
  readonly cut: boolean;
}

/** Encodes one value of an index field. */
export function encodeField(value: Scalar): Part {
  return typeof value === 'string'
    ? encodeText(value, MAX_TEXT_BYTES)
    : { bytes: encodeOther(value), cut: false };
}

/** Encodes an id, uncut. */
export function encodeId(id: string): Buffer {
  return encodeText(id, Infinity).bytes;
}

/** The entry of a document in an index. */
export function encodeEntry(key: IndexKey): Buffer {
  const parts = key.slice(0, -1).map((value) => encodeField(value).bytes);
  return Buffer.concat([...parts, encodeId(key.at(-1) as string)]);
}

/** The key without any cut: too long for an entry, but its order is the true one. */
export function encodePosition(key: IndexKey): Buffer {
  return Buffer.concat(
    key.map((value) => (typeof value === 'string' ? encodeId(value) : encodeOther(value))),
  );
}

/** The end (exclusive) of all keys that begin with these whole parts. */
export function endOf(parts: Buffer): Buffer {
  return Buffer.concat([parts, AFTER]);
}

/** Start (inclusive) and end (exclusive) of all parts of the value's type. */
export function typeRange(value: string | number): [Buffer, Buffer] {
  const type = typeof value === 'string' ? TEXT : NUMBER;
  return [Buffer.of(type), Buffer.of(type + 1)];
}

/** Start and end of all text that begins with `prefix`; wider when that is longer than what is kept. */
export function prefixRange(prefix: string): { start: Buffer; end: Buffer; exact: boolean } {
  const { bytes, cut } = encodeText(prefix, MAX_TEXT_BYTES);
  const start = bytes.subarray(0, bytes.length - (cut ? 2 : 1));
  return { start, end: Buffer.concat([start, AFTER, AFTER]), exact: !cut };
}

export interface DecodedEntry {
  readonly id: string;
  /** The key, or null when a text in it is cut. */
  readonly key: IndexKey | null;
  /** Bytes of the entry up to the end of the first cut text at field `from` or later; 0 when there is none. */
  readonly cutLength: number;
}

/** Reads an entry; its bytes are not to change. */
export function decodeEntry(bytes: Buffer, from: number): DecodedEntry {
  let cutLength = 0;
  let whole = true;
  let last = 0;
  for (let [at, end, position] = [0, 0, 0]; at < bytes.length; at = end, position++) {
    last = at;
    end = partEnd(bytes, at);
    const cut = bytes[at] === TEXT && bytes[end - 2] === HIGH && bytes[end - 3] !== END;
    if (cut) whole = false;
    if (cut && cutLength === 0 && position >= from) cutLength = end;
  }
  return new ReadEntry(decodePart(bytes, last, bytes.length) as string, cutLength, whole ? bytes : null);
}

/** Whoever goes through an index asks most entries for their id alone. */
class ReadEntry implements DecodedEntry {
  constructor(
    readonly id: string,
    readonly cutLength: number,
    private readonly bytes: Buffer | null,
  ) {}

  get key(): IndexKey | null {
    return this.bytes && decodeKey(this.bytes);
  }
}

function decodeKey(bytes: Buffer): Scalar[] {
  const key: Scalar[] = [];
  for (let [at, end] = [0, 0]; at < bytes.length; at = end) {
    end = partEnd(bytes, at);
    key.push(decodePart(bytes, at, end));
  }
  return key;
}

/** Where the part that begins at `at` ends. */
function partEnd(bytes: Buffer, at: number): number {
  const type = bytes[at];
  if (type === NUMBER) return at + 9;
  if (type !== TEXT) return at + 1;
  let end = at + 1;
  // A loop, as most texts are shorter than a call into the platform takes.
  while (bytes[end] !== END || bytes[end + 1] === HIGH) end++;
  return end + 1;
}

function decodePart(bytes: Buffer, at: number, end: number): Scalar {
  const type = bytes[at];
  if (type === TEXT) return decodeText(bytes, at + 1, end - 1);
  if (type === NUMBER) return decodeNumber(bytes, at + 1);
  return type === NULL ? null : type === TRUE;
}

function encodeText(text: string, maxBytes: number): Part {
  const length = Buffer.byteLength(text);
  if (length > maxBytes || text.includes('\0')) return encodeAwkwardText(text, maxBytes);
  const bytes = Buffer.allocUnsafe(length + 2);
  bytes[0] = TEXT;
  bytes.write(text, 1);
  bytes[length + 1] = END;
  return { bytes, cut: false };
}

/** Text that is cut or has zeros in it. */
function encodeAwkwardText(text: string, maxBytes: number): Part {
  let utf8 = Buffer.from(text);
  const cut = utf8.length > maxBytes;
  if (cut) {
    let length = maxBytes;
    // Cutting within a character would make bytes that are no text.
    while (((utf8[length] as number) & 0xc0) === 0x80) length -= 1;
    utf8 = utf8.subarray(0, length);
  }
  const escaped = utf8.includes(END) ? escapeZeros(utf8) : utf8;
  const bytes = Buffer.allocUnsafe(escaped.length + (cut ? 3 : 2));
  bytes[0] = TEXT;
  escaped.copy(bytes, 1);
  if (cut) bytes[bytes.length - 2] = HIGH;
  bytes[bytes.length - 1] = END;
  return { bytes, cut };
}

function encodeOther(value: number | boolean | null): Buffer {
  if (value === null) return Buffer.of(NULL);
  if (typeof value === 'boolean') return Buffer.of(value ? TRUE : FALSE);
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = NUMBER;
  // Adding zero turns -0 into 0, which equals it.
  bytes.writeDoubleBE(value + 0, 1);
  flip(bytes, 1, (bytes[1] as number) < 0x80);
  return bytes;
}

function decodeNumber(bytes: Buffer, at: number): number {
  const copy = Buffer.from(bytes.subarray(at, at + 8));
  flip(copy, 0, (copy[0] as number) >= 0x80);
  return copy.readDoubleBE(0);
}

/** IEEE 754 sorts like an unsigned integer once the sign bit of positive numbers and all bits of negative ones are flipped. */
function flip(bytes: Buffer, at: number, positive: boolean): void {
  if (positive) bytes[at] = (bytes[at] as number) ^ 0x80;
  else for (let i = at; i < at + 8; i += 1) bytes[i] = ~(bytes[i] as number);
}

function decodeText(bytes: Buffer, from: number, end: number): string {
  const zero = bytes.indexOf(END, from);
  if (zero === -1 || zero >= end) return bytes.toString('utf8', from, end);
  const text = bytes.subarray(from, end);
  return text.filter((byte, at) => !(byte === HIGH && text[at - 1] === END)).toString();
}

function escapeZeros(utf8: Buffer): Buffer {
  return Buffer.from([...utf8].flatMap((byte) => (byte === END ? [END, HIGH] : [byte])));
}
