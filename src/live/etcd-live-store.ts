import { setMaxListeners } from 'node:events';
import type { IDeleteRangeResponse, IPutResponse, IRangeResponse, ITxnResponse } from 'etcd3';
import { systemClock, type Clock } from '../lib/clock.js';
import { closableWatch } from './closable-watch.js';
import { EtcdCluster } from './etcd-cluster.js';
import { grantLease } from './etcd-lease.js';
import type { EtcdAccess } from './etcd-member.js';
import { entryOf, keyRange, txnRequest, txnResult } from './etcd-requests.js';
import { watchEtcd } from './etcd-watch.js';
import type { HeldLease } from './lease.js';
import { checkKey, checkLeaseSeconds, checkTransaction } from './live-limits.js';
import type { LiveStore } from './live-store.js';

export interface EtcdOptions extends EtcdAccess {
  /** `http://host:port` or `https://host:port`, the first one preferred. */
  readonly endpoints: readonly string[];
  /** Deadline of a call in ms. */
  readonly callMs?: number;
  /**
   * Key whose value names the life of the store (`/ccm/epoch`). A watch that finds another value when it
   * connects again ends with HistoryReset; without it only a revision that went back tells.
   */
  readonly epochKey?: string;
  readonly clock?: Clock;
}

const HEALTH_MS = 1000;

/** Opens the store without waiting for a server; while none answers, calls fail with LiveUnavailable. */
export async function openEtcdLiveStore(options: EtcdOptions): Promise<LiveStore> {
  const { endpoints, callMs = 2000, epochKey = null, clock = systemClock } = options;
  const cluster = new EtcdCluster(endpoints, options, callMs);
  const leases = new Set<HeldLease>();
  const closing = new AbortController();
  // Every watch listens to it.
  setMaxListeners(0, closing.signal);

  return {
    async get(key) {
      checkKey(key);
      const { kvs } = await cluster.read<IRangeResponse>('KV', 'range', { key: Buffer.from(key) });
      return kvs[0] ? entryOf(kvs[0]) : null;
    },

    async standing(key) {
      checkKey(key);
      const { kvs, header } = await cluster.read<IRangeResponse>('KV', 'range', { key: Buffer.from(key) });
      const { revision, raft_term: raftTerm } = header;
      const entry = kvs[0] ? entryOf(kvs[0]) : null;
      return { entry, revision: Number(revision), raftTerm: Number(raftTerm) };
    },

    interruptions: () => cluster.interruptions(),

    async list(prefix) {
      const { kvs, header } = await cluster.read<IRangeResponse>('KV', 'range', keyRange(prefix));
      return { entries: kvs.map(entryOf), revision: Number(header.revision) };
    },

    async txn(transaction) {
      checkTransaction(transaction);
      return txnResult(await cluster.write<ITxnResponse>('KV', 'txn', txnRequest(transaction)));
    },

    async put(key, value, { lease = '0' } = {}) {
      checkTransaction({ when: [], then: [{ put: key, value }] });
      const request = { key: Buffer.from(key), value: Buffer.from(value), lease };
      const { header } = await cluster.write<IPutResponse>('KV', 'put', request);
      return { revision: Number(header.revision) };
    },

    async delete(key) {
      checkKey(key);
      const request = { key: Buffer.from(key) };
      const { header, deleted } = await cluster.write<IDeleteRangeResponse>('KV', 'deleteRange', request);
      return { existed: deleted !== '0', revision: Number(header.revision) };
    },

    watch(prefix, { after, signal }) {
      return closableWatch(closing.signal, signal, (ended) =>
        watchEtcd({ cluster, epochKey }, prefix, after, ended),
      );
    },

    async lease(ttlSeconds, { keepAlive = true } = {}) {
      checkLeaseSeconds(ttlSeconds);
      const lease = await grantLease(cluster, { ttlSeconds, keepAlive }, clock);
      leases.add(lease);
      lease.lost.addEventListener('abort', () => leases.delete(lease), { once: true });
      return lease;
    },

    async health() {
      try {
        const { version, dbSize, errors } = await cluster.status(HEALTH_MS);
        const usedBytes = Number(dbSize);
        const isFull = errors.some((alarm) => alarm.includes('NOSPACE'));
        return { state: 'up', version, usedBytes, quotaBytes: isFull ? usedBytes : null };
      } catch (error) {
        return { state: 'down', reason: error instanceof Error ? error.message : String(error) };
      }
    },

    async close() {
      closing.abort();
      for (const lease of leases) lease.end('the live store is closed');
      cluster.close();
    },
  };
}
