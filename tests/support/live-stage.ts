import { Etcd3 } from 'etcd3';
import { WebSocket } from 'ws';
import {
  createClient,
  InstanceChangesDocument,
  type InstanceChangesSubscriptionVariables,
  type LabletClient,
} from '../../src/client/index.js';
import { openEtcdLiveStore } from '../../src/live/etcd-live-store.js';
import type { RunningEngine } from './engine-process.js';
import { startEtcd } from './engines.js';
import type { Change } from './live-audit.js';
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
  /** A client that goes through the proxy. */
  client(): Promise<LabletClient>;
  /** Drops etcd's history up to now, but for the latest `kept` revisions. */
  compact(kept?: number): Promise<void>;
  close(): Promise<void>;
}

export async function liveStage(env: Readonly<Record<string, string>> = {}): Promise<LiveStage> {
  const etcd = await startEtcd();
  const wayToEtcd = await startTcpProxy(etcd.port);
  // Often enough that the live values of a short run are compared with the store too.
  const ownEnv = { ...NO_REPAIR, LIVE_COMPARE_SECONDS: '1', ...env, ETCD_ENDPOINTS: wayToEtcd.url };
  const server = await startTestServer({ env: ownEnv });
  const wayToServer = await startTcpProxy(Number(new URL(server.url).port));
  const direct = await openEtcdLiveStore({ endpoints: [etcd.url], callMs: 10_000 });
  const operator = new Etcd3({ hosts: etcd.url });
  const clients: LabletClient[] = [];
  return {
    etcd,
    server,
    wayToEtcd,
    wayToServer,
    writer: new LiveWriter(direct, server.server.context.keys),
    async client() {
      const token = await server.token('ADMIN', 'watcher');
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
      await server.close();
      await Promise.all([wayToServer.close(), wayToEtcd.close()]);
      await etcd.stop();
    },
  };
}

/** A subscriber that follows across everything, and keeps what it is told. */
export class Follower {
  readonly messages: Change[] = [];
  readonly retries: Error[] = [];
  readonly #end = new AbortController();
  readonly #running: Promise<void>;
  #failure: Error | null = null;
  #look: () => void = () => undefined;

  constructor(client: LabletClient, variables: InstanceChangesSubscriptionVariables = {}) {
    const options = {
      signal: this.#end.signal,
      onRetry: (failure: Error) => void this.retries.push(failure),
    };
    this.#running = this.#read(client.follow(InstanceChangesDocument, variables, options));
  }

  /** Position of the latest message. */
  get position(): string | null {
    return this.messages.at(-1)?.liveRevision ?? null;
  }

  /** Waits until the latest message satisfies `wanted`. */
  async until(wanted: (message: Change) => boolean, ms = 15_000): Promise<void> {
    const seen = () => this.messages.some(wanted);
    if (seen()) return;
    await new Promise<void>((resolve, reject) => {
      const late = `not seen in ${ms} ms after ${this.messages.length} messages`;
      const timer = setTimeout(() => reject(new Error(late, { cause: this.retries.at(-1) })), ms);
      this.#look = () => {
        const latest = this.messages.at(-1);
        if (!this.#failure && !(latest && wanted(latest))) return;
        clearTimeout(timer);
        if (this.#failure) reject(this.#failure);
        else resolve();
      };
    });
  }

  /** Waits until it was told of the latest move of this instance, by a change or a snapshot. */
  reaches(id: string, sequence: number, ms?: number): Promise<void> {
    return this.until(
      ({ instanceId, transition }) => instanceId === id && transition?.sequence === sequence,
      ms,
    );
  }

  synced(): Promise<void> {
    return this.until(({ kind }) => kind === 'SYNCED');
  }

  async end(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #read(stream: AsyncIterable<{ readonly instanceChanges: Change }>): Promise<void> {
    try {
      for await (const { instanceChanges } of stream) {
        this.messages.push(instanceChanges);
        this.#look();
      }
    } catch (error) {
      this.#failure = error as Error;
      this.#look();
    }
  }
}
