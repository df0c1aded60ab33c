import type { Transaction } from './live-store.js';

/** Conditions, writes and reads of one transaction, each; etcd's own default (`--max-txn-ops`). */
export const MAX_OPERATIONS = 128;

/** Keys and values of one request together. A little below etcd's 1.5 MiB, which also counts its envelope. */
export const MAX_REQUEST_BYTES = 1.5 * 1024 * 1024 - 16 * 1024;

/** UTF-8 bytes of a key; LMDB ends at 1978. */
export const MAX_KEY_BYTES = 1024;

/**
 * Both stores take the same requests, so that what works on one works on the other.
 * @throws RangeError for a bad key, a key written twice, too many operations or too many bytes.
 */
export function checkTransaction({ when, then, orElse = [] }: Transaction): void {
  for (const [what, { length }] of Object.entries({ conditions: when, writes: then, reads: orElse })) {
    if (length > MAX_OPERATIONS) throw new RangeError(`${length} ${what}, the limit is ${MAX_OPERATIONS}`);
  }
  let bytes = 0;
  for (const key of [...when.map(({ key }) => key), ...orElse]) bytes += checkKey(key);
  const written = new Set<string>();
  for (const write of then) {
    const key = 'put' in write ? write.put : write.delete;
    if (written.has(key)) throw new RangeError(`the key ${key} is written twice in one transaction`);
    written.add(key);
    bytes += checkKey(key) + ('put' in write ? Buffer.byteLength(write.value) : 0);
  }
  if (bytes > MAX_REQUEST_BYTES) {
    throw new RangeError(`a transaction of ${bytes} bytes, the limit is ${MAX_REQUEST_BYTES}`);
  }
}

/** The bytes of a key. @throws RangeError when it is empty or too long. */
export function checkKey(key: string): number {
  const bytes = Buffer.byteLength(key);
  if (bytes === 0 || bytes > MAX_KEY_BYTES) {
    throw new RangeError(`a key has 1 to ${MAX_KEY_BYTES} bytes, not ${bytes}`);
  }
  return bytes;
}

/** @throws RangeError unless the time of a lease is whole seconds from 1 to 30 days. */
export function checkLeaseSeconds(ttlSeconds: number): void {
  const limit = 30 * 24 * 3600;
  if (!Number.isInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > limit) {
    throw new RangeError(`a lease lasts 1 to ${limit} whole seconds, not ${ttlSeconds}`);
  }
}
