import type { ICompare, IKeyValue, IRequestOp, ITxnRequest, ITxnResponse } from 'etcd3';
import type { Condition, Entry, Transaction, TxnResult, Write } from './live-store.js';

/** The lowest key there can be; as the end of a range it stands for the end of all keys. */
export const FIRST_KEY = '\0';

/** The range of all keys that begin with `prefix`; an empty one means every key. */
export function keyRange(prefix: string): { key: Buffer; range_end: Buffer } {
  const end = Buffer.from(prefix);
  if (end.length === 0) return { key: Buffer.from(FIRST_KEY), range_end: Buffer.from(FIRST_KEY) };
  // UTF-8 holds no byte 0xff, so the last byte can always be counted up.
  end[end.length - 1] = (end[end.length - 1] as number) + 1;
  return { key: Buffer.from(prefix), range_end: end };
}

export function entryOf(kv: IKeyValue): Entry {
  return {
    key: kv.key.toString(),
    value: kv.value.toString(),
    createRevision: Number(kv.create_revision),
    modRevision: Number(kv.mod_revision),
  };
}

export function txnRequest({ when, then, orElse = [] }: Transaction): ITxnRequest {
  return {
    compare: when.map(compareOf),
    success: then.map(writeOf),
    failure: orElse.map((key) => ({ request_range: { key: Buffer.from(key) } })),
  };
}

export function txnResult({ succeeded, header, responses }: ITxnResponse): TxnResult {
  const found = succeeded ? [] : responses.flatMap(({ response_range }) => response_range.kvs.map(entryOf));
  return {
    succeeded,
    revision: Number(header.revision),
    reads: new Map(found.map((entry) => [entry.key, entry])),
  };
}

function compareOf(condition: Condition): ICompare {
  const key = Buffer.from(condition.key);
  if ('modRevision' in condition) {
    return { key, result: 'Equal', target: 'Mod', mod_revision: condition.modRevision };
  }
  const createRevision = 'createRevision' in condition ? condition.createRevision : 0;
  return { key, result: 'Equal', target: 'Create', create_revision: createRevision };
}

function writeOf(write: Write): IRequestOp {
  if ('delete' in write) return { request_delete_range: { key: Buffer.from(write.delete) } };
  const { put, value, lease = 0 } = write;
  return { request_put: { key: Buffer.from(put), value: Buffer.from(value), lease } };
}
