import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openEtcdLiveStore } from '../../../src/live/etcd-live-store.js';
import type { LiveStore } from '../../../src/live/live-store.js';
import { freePort } from '../../support/engine-process.js';
import { startEtcd, type RunningEngine } from '../../support/engines.js';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.js';
import { until } from './facts.js';

/** Starts what a test needs; everything is closed in reverse order when the test ends. */
export class Cleanup {
  defer(close: () => unknown): void {
    onTestFinished(async () => {
      await close();
    });
  }

  store(store: LiveStore): LiveStore {
    this.defer(() => store.close());
    return store;
  }

  async etcd(extraArgs: string[] = []): Promise<{ server: RunningEngine; store: LiveStore }> {
    const server = await startEtcd({ extraArgs });
    this.defer(() => server.stop());
    return { server, store: this.store(await openEtcdLiveStore({ endpoints: [server.url] })) };
  }

  async proxy(server: RunningEngine): Promise<TcpProxy> {
    const proxy = await startTcpProxy(server.port);
    this.defer(() => proxy.close());
    return proxy;
  }

  /** A server, a store that reaches it through a proxy, and one that reaches it directly. */
  async proxied() {
    const { server } = await this.etcd();
    // It stands for the truth, and must not fail because the machine is busy.
    const direct = this.store(await openEtcdLiveStore({ endpoints: [server.url], callMs: 10_000 }));
    const proxy = await this.proxy(server);
    const store = this.store(await openEtcdLiveStore({ endpoints: [proxy.url] }));
    return { server, direct, proxy, store };
  }

  /** A server that makes its own certificate. */
  async etcdWithTls(): Promise<{ store: LiveStore }> {
    const [port, secure] = [await freePort(), await freePort()];
    const urls = `http://127.0.0.1:${port},https://127.0.0.1:${secure}`;
    const server = await startEtcd({
      port,
      extraArgs: ['--auto-tls', '--listen-client-urls', urls, '--advertise-client-urls', urls],
    });
    this.defer(() => server.stop());
    const file = join(server.dataDir, 'data', 'fixtures', 'client', 'cert.pem');
    await until('the certificate is there', () => existsSync(file));
    const tls = { ca: readFileSync(file) };
    return {
      store: this.store(await openEtcdLiveStore({ endpoints: [`https://127.0.0.1:${secure}`], tls })),
    };
  }
}
