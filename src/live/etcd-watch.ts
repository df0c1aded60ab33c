import type { IEvent, ITxnResponse, IWatchRequest, IWatchResponse } from 'etcd3';
import { delay } from './delay.js';
import type { EtcdCluster } from './etcd-cluster.js';
import { GRPC, isGrpcFailure } from './etcd-errors.js';
import type { EtcdMember, EtcdStream } from './etcd-member.js';
import { FIRST_KEY, keyRange } from './etcd-requests.js';
import { HistoryGone, HistoryReset, LiveUnavailable, type Change, type ChangeBatch } from './live-store.js';

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;

export interface WatchParts {
  readonly cluster: EtcdCluster;
  /** Key whose value names the life of the store; null when there is none. */
  readonly epochKey: string | null;
}

/**
 * The changes below `prefix` above revision `after`, across lost connections. The resume revision is that of
 * the last batch handed over and nothing else: neither the revision in the header of an answer nor a progress
 * answer says that all events up to it have arrived.
 */
export async function* watchEtcd(
  { cluster, epochKey }: WatchParts,
  prefix: string,
  after: number,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, void, undefined> {
  let delivered = after;
  let known: Found | null = null;
  let pause = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    const member = cluster.member();
    try {
      const found = await standing(member, cluster.callMs, epochKey, delivered);
      if (known && found && known.epoch !== found.epoch)
        throw new HistoryReset('the store has another epoch');
      if (known && found && known.raftTerm > found.raftTerm)
        throw new HistoryReset('the raft term went back');
      known = found ?? known;
      // Where history is gone, the watch is created all the same: only its refusal names the revision.
      const start = found ? delivered + 1 : delivered;
      for await (const batch of changesFrom(member, cluster.callMs, prefix, start, signal)) {
        if (batch.revision <= delivered) continue;
        delivered = batch.revision;
        pause = FIRST_PAUSE_MS;
        yield batch;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!isGrpcFailure(error) && !(error instanceof LiveUnavailable)) throw error;
      member.forgetToken();
      cluster.leave(member);
    }
    await delay(pause, signal);
    pause = Math.min(LONGEST_PAUSE_MS, pause * 2);
  }
}

interface Found {
  readonly epoch: string | null;
  readonly raftTerm: number;
}

/** A linearizable read before going on after revision `delivered`; null where that is compacted. @throws HistoryReset */
async function standing(
  member: EtcdMember,
  callMs: number,
  epochKey: string | null,
  delivered: number,
): Promise<Found | null> {
  const key = Buffer.from(epochKey ?? FIRST_KEY);
  const read = (revision: number) => ({ request_range: { key, revision, keys_only: !epochKey } });
  const ask = (revisions: number[]) =>
    member.call<ITxnResponse>('KV', 'txn', { success: revisions.map(read) }, callMs);
  const foundIn = ({ header, responses }: ITxnResponse): Found => ({
    epoch: (epochKey && responses[0]?.response_range.kvs[0]?.value.toString()) || null,
    raftTerm: Number(header.raft_term),
  });
  try {
    // Revision 0 stands for the present. A read at `delivered` is refused when it lies in the future, and
    // also where compaction went past it: etcd itself lets a watch start on the compacted revision and then
    // may leave out a deletion.
    return foundIn(await ask(delivered > 0 ? [0, delivered] : [0]));
  } catch (error) {
    if (!isGrpcFailure(error) || error.code !== GRPC.OUT_OF_RANGE) throw error;
    if (error.details.includes('future')) throw new HistoryReset('the revision of the store went back');
    return null;
  }
}

async function* changesFrom(
  member: EtcdMember,
  callMs: number,
  prefix: string,
  start: number,
  signal: AbortSignal,
): AsyncGenerator<ChangeBatch, void, undefined> {
  const stream: EtcdStream<IWatchRequest, IWatchResponse> = await member.stream('Watch', 'watch', callMs);
  const cancel = () => stream.cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    if (signal.aborted) return;
    stream.write({
      create_request: { ...keyRange(prefix), start_revision: start, prev_kv: true, fragment: true },
    });
    yield* batches(stream);
  } finally {
    signal.removeEventListener('abort', cancel);
    stream.cancel();
  }
}

/** Groups events by revision. One answer ends with a whole revision, unless it is followed by its next fragment. */
async function* batches(
  answers: AsyncIterable<IWatchResponse>,
): AsyncGenerator<ChangeBatch, void, undefined> {
  let revision = 0;
  let changes: Change[] = [];
  for await (const answer of answers) {
    if (answer.canceled) throw refusal(answer);
    for (const event of answer.events) {
      const at = Number(event.kv.mod_revision);
      if (at !== revision && changes.length > 0) {
        yield { revision, changes };
        changes = [];
      }
      revision = at;
      changes.push(changeOf(event));
    }
    if (!answer.fragment && changes.length > 0) {
      yield { revision, changes };
      changes = [];
    }
  }
}

function refusal({ compact_revision, cancel_reason }: IWatchResponse): Error {
  const compacted = Number(compact_revision);
  return compacted > 0 ? new HistoryGone(compacted) : new LiveUnavailable(cancel_reason);
}

function changeOf({ type, kv, prev_kv: before }: IEvent): Change {
  const isDelete = type === 'Delete' || (type as string) === 'DELETE';
  return {
    key: kv.key.toString(),
    value: isDelete ? null : kv.value.toString(),
    createRevision: Number(isDelete ? (before?.create_revision ?? 0) : kv.create_revision),
    previous: before ? before.value.toString() : null,
  };
}
