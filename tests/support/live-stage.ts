import { Etcd3 } from 'etcd3';
import { WebSocket } from 'ws';
import { createClient, type LabletClient } from '../../src/client/index.js';
import { openEtcdLiveStore } from '../../src/live/etcd-live-store.js';
import type { RunningEngine } from './engine-process.js';
import { startEtcd, startMongoJavaServer } from './engines.js';
import { LiveWriter } from './live-writer.js';
import { startTestServer, type TestServer } from './server.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

/** Made-up instances have no documents, so repair must not look at them. */
export const NO_REPAIR = { REPAIR_SECONDS: '86400', TICK_SECONDS: '1' };

/** A server whose ways to etcd and to its clients can be broken, and a writer past all of it. */
export interface LiveStage {
  readonly etcd: RunningEngine;
  readonly server: TestServer;
  readonly wayToEtcd: TcpProxy;
  readonly wayToServer: TcpProxy;
  readonly writer: LiveWriter;
  /** A second server of the same deployment, with a way of its own to etcd. */
  readonly second: { readonly server: TestServer; readonly wayToEtcd: TcpProxy } | null;
  /** A client that goes through the proxy. */
  client(): Promise<LabletClient>;
  /** What that client proves itself with. */
  readonly token: string;
  /** Drops etcd's history up to now, but for the latest `kept` revisions. */
  compact(kept?: number): Promise<void>;
  close(): Promise<void>;
}

export async function liveStage(
  env: Readonly<Record<string, string>> = {},
  { servers = 1 }: { readonly servers?: 1 | 2 } = {},
): Promise<LiveStage> {
  const etcd = await startEtcd();
  const mongo = servers === 2 ? await startMongoJavaServer() : null;
  // Often enough that the live values of a short run are compared with the store too.
  const documents: Record<string, string> = mongo ? { MONGODB_URI: mongo.url } : {};
  const ownEnv = { ...NO_REPAIR, LIVE_COMPARE_SECONDS: '1', ...documents, ...env };
  async function start(dataDir?: string) {
    const wayToEtcd = await startTcpProxy(etcd.port);
    const given = { ...ownEnv, ETCD_ENDPOINTS: wayToEtcd.url };
    return { wayToEtcd, server: await startTestServer({ env: given, ...(dataDir ? { dataDir } : {}) }) };
  }
  const first = await start();
  const { server } = first;
  const second = mongo && (await start(server.dataDir));
  const wayToServer = await startTcpProxy(portOf(server));
  const direct = await openEtcdLiveStore({ endpoints: [etcd.url], callMs: 10_000 });
  const operator = new Etcd3({ hosts: etcd.url });
  const token = await server.token('ADMIN', 'watcher');
  const clients: LabletClient[] = [];
  return {
    ...{ ...first, etcd, second, wayToServer, token },
    writer: new LiveWriter(direct, server.server.context.keys),
    async client() {
      const client = createClient({ url: wayToServer.url, token, webSocketImpl: WebSocket });
      clients.push(client);
      return client;
    },
    async compact(kept = 0) {
      const { revision } = await direct.list('/none');
      await operator.kv.compact({ revision: revision - kept, physical: true });
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      operator.close();
      await direct.close();
      await second?.server.stop();
      await server.close();
      await Promise.all([wayToServer.close(), first.wayToEtcd.close(), second?.wayToEtcd.close()]);
      await Promise.all([etcd.stop(), mongo?.stop()]);
    },
  };
}

/** The port that a server listens on. */
export const portOf = ({ url }: TestServer): number => Number(new URL(url).port);
