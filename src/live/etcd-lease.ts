import type { ILeaseGrantResponse, ILeaseKeepAliveRequest, ILeaseKeepAliveResponse } from 'etcd3';
import type { Clock } from '../lib/clock.js';
import type { EtcdCluster } from './etcd-cluster.js';
import { liveError } from './etcd-errors.js';
import { HeldLease } from './lease.js';
import { LeaseGone, LiveUnavailable } from './live-store.js';

export interface LeaseWish {
  readonly ttlSeconds: number;
  readonly keepAlive: boolean;
}

/** Asks etcd for a lease and holds it. A grant whose answer is lost lapses unused. */
export async function grantLease(
  cluster: EtcdCluster,
  { ttlSeconds, keepAlive }: LeaseWish,
  clock: Clock,
): Promise<HeldLease> {
  const sentAt = clock.monotonic();
  // etcd may grant more than was asked for; what was asked for counts, which is the safe side.
  const { ID: id } = await cluster.write<ILeaseGrantResponse>('Lease', 'leaseGrant', { TTL: ttlSeconds });
  return new HeldLease(
    { id, ttlSeconds, keepAlive, sentAt, clock },
    {
      renew: (deadlineMs) => renewOnce(cluster, id, Math.min(deadlineMs, cluster.callMs)),
      revoke: () => revoke(cluster, id),
    },
  );
}

/** One stream for one renewal: the next one finds another server when this one fails. */
async function renewOnce(cluster: EtcdCluster, id: string, deadlineMs: number): Promise<boolean> {
  const member = cluster.member();
  try {
    const stream = await member.stream<ILeaseKeepAliveRequest, ILeaseKeepAliveResponse>(
      'Lease',
      'leaseKeepAlive',
      deadlineMs,
    );
    const timer = setTimeout(() => stream.cancel(), deadlineMs);
    try {
      stream.write({ ID: id });
      for await (const { TTL: ttl } of stream) return Number(ttl) > 0;
      throw new LiveUnavailable('etcd closed the stream of a renewal');
    } finally {
      clearTimeout(timer);
      stream.cancel();
    }
  } catch (error) {
    member.forgetToken();
    cluster.leave(member);
    throw liveError(error, 'read');
  }
}

async function revoke(cluster: EtcdCluster, id: string): Promise<void> {
  try {
    await cluster.write('Lease', 'leaseRevoke', { ID: id });
  } catch (error) {
    if (!(error instanceof LeaseGone)) throw error;
  }
}
