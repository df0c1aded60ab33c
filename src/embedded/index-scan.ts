import type { Database, Transaction } from 'lmdb';

import type { IndexKey } from '../db/document-store.js';
import { decodeEntry, encodeEntry, encodePosition, endOf, type DecodedEntry } from './index-keys.js';
import type { KeyRange, Narrowed } from './index-ranges.js';

/** The entries of one index: keys without values. */
export type Entries = Database<unknown, Buffer>;

export interface ScanOptions {
  readonly narrowed: Narrowed;
  readonly reverse: boolean;
  readonly after: IndexKey | undefined;
  readonly transaction: Transaction;
  /** The uncut key of a document. */
  readonly keyOf: (id: string) => IndexKey;
}

/**
 * Reads the entries of the ranges in the order of the index, from where `after` says. Entries that share a cut
 * text lie together, in the order of what follows it; such a run is put in order by the documents' keys.
 */
export function* scan(entries: Entries, options: ScanOptions): Generator<DecodedEntry> {
  const { narrowed, reverse, after } = options;
  const beyond = after && encodeEntry(after);
  for (const range of reverse ? narrowed.ranges.toReversed() : narrowed.ranges) {
    let run: DecodedEntry[] = [];
    let shared: Buffer | null = null;
    for (const bytes of read(entries, beyond ? clip(range, beyond, options) : range, options)) {
      if (shared && !bytes.subarray(0, shared.length).equals(shared)) {
        yield* ordered(run, options);
        run = [];
        shared = null;
      }
      const entry = decodeEntry(bytes, narrowed.fixed);
      if (entry.cutLength > 0) {
        shared ??= bytes.subarray(0, entry.cutLength);
        run.push(entry);
      } else if (!beyond || comesAfter(bytes, beyond, reverse)) {
        yield entry;
      }
    }
    yield* ordered(run, options);
  }
}

/** The part of a range that can hold entries after the given one. */
function clip(range: KeyRange, beyond: Buffer, { narrowed, reverse }: ScanOptions): KeyRange {
  const { cutLength } = decodeEntry(beyond, narrowed.fixed);
  const shared = beyond.subarray(0, cutLength);
  if (reverse) {
    const end = cutLength > 0 ? endOf(shared) : beyond;
    return end.compare(range.end) < 0 ? { start: range.start, end } : range;
  }
  const start = cutLength > 0 ? shared : beyond;
  return start.compare(range.start) > 0 ? { start, end: range.end } : range;
}

function read(entries: Entries, range: KeyRange, { reverse, transaction }: ScanOptions): Iterable<Buffer> {
  if (range.start.compare(range.end) >= 0) return [];
  const bounds = reverse
    ? { start: range.end, end: range.start, exclusiveStart: true, inclusiveEnd: true }
    : range;
  return entries.getKeys({ ...bounds, reverse, transaction });
}

function* ordered(run: readonly DecodedEntry[], options: ScanOptions): Generator<DecodedEntry> {
  if (run.length === 0) return;
  const { reverse, after, keyOf } = options;
  const placed = run.map((entry) => ({ entry, position: encodePosition(keyOf(entry.id)) }));
  placed.sort((a, b) => (reverse ? b.position.compare(a.position) : a.position.compare(b.position)));
  const beyond = after && encodePosition(after);
  for (const { entry, position } of placed) {
    if (!beyond || comesAfter(position, beyond, reverse)) yield entry;
  }
}

function comesAfter(key: Buffer, other: Buffer, reverse: boolean): boolean {
  return reverse ? key.compare(other) < 0 : key.compare(other) > 0;
}
