import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Etcd3 } from 'etcd3';
import { expect, it } from 'vitest';
import { openEmbeddedLiveStore, type EmbeddedOptions } from '../../../src/embedded/embedded-live-store.js';
import { openEtcdLiveStore } from '../../../src/live/etcd-live-store.js';
import type { LiveStore } from '../../../src/live/live-store.js';
import { findEngine, startEtcd, type RunningEngine } from '../../support/engines.js';
import { openEnvironment } from './environment.js';
import { until } from './facts.js';

/** One kind of live store, as the contract needs it. */
export interface Backend {
  readonly name: string;
  /** The store that tests use; another one after {@link restart} and {@link crash}. */
  readonly store: LiveStore;
  /** Closes the store and what is behind it in an orderly way, and opens it again on the same data. */
  restart(): Promise<void>;
  /** Lets a process write below `prefix` and kills it with SIGKILL; the keys that were acknowledged. */
  crashWhileWriting(prefix: string): Promise<string[]>;
  /** Drops the history up to now; the store's revision may grow by it. */
  compact(): Promise<void>;
  /** Empties the store, as a lost volume would, and opens it again. */
  wipe(): Promise<void>;
  stop(): Promise<void>;
}

export interface Harness {
  readonly name: string;
  start(): Promise<Backend>;
}

/** Deadline of calls: generous, since these tests are about other things and the machine may be busy. */
const CALL_MS = 10_000;
/** History that the embedded store keeps in these tests. */
const HISTORY = 1200;

export const embedded: Harness = {
  name: 'embedded live store',
  async start() {
    let folder = await freshFolder();
    const options: EmbeddedOptions = { historyLimitRevisions: HISTORY, callMs: CALL_MS };
    let env = openEnvironment(folder);
    let store = await openEmbeddedLiveStore(env, options);
    async function close(): Promise<void> {
      await store.close();
      await env.close();
    }
    async function open(): Promise<void> {
      env = openEnvironment(folder);
      store = await openEmbeddedLiveStore(env, options);
    }
    return {
      name: 'embedded',
      get store() {
        return store;
      },
      async restart() {
        await close();
        await open();
      },
      async crashWhileWriting(prefix) {
        await close();
        const acknowledged = await killedWriter(folder, prefix);
        await open();
        return acknowledged;
      },
      async compact() {
        const writes = Array.from({ length: HISTORY * 1.2 }, () => store.put('/compaction', ''));
        await Promise.all(writes);
      },
      async wipe() {
        await close();
        await rm(folder, { recursive: true });
        folder = await freshFolder();
        await open();
      },
      async stop() {
        await close();
        await rm(folder, { recursive: true });
      },
    };
  },
};

export const etcd: Harness = {
  name: 'etcd live store',
  async start() {
    const server = await startEtcd();
    let store = await openEtcdLiveStore({ endpoints: [server.url], callMs: CALL_MS });
    const reopen = async () => {
      await store.close();
      store = await openEtcdLiveStore({ endpoints: [server.url], callMs: CALL_MS });
    };
    return {
      name: 'etcd',
      get store() {
        return store;
      },
      async restart() {
        await server.restart();
        await reopen();
      },
      async crashWhileWriting(prefix) {
        const acknowledged: string[] = [];
        const lanes = Array.from({ length: 8 }, async (_, lane) => {
          for (let n = 0; ; n++) {
            const key = `${prefix}${lane}/${n}`;
            await store.put(key, 'x'.repeat(200));
            acknowledged.push(key);
          }
        });
        const writing = Promise.allSettled(lanes);
        await until('many writes are acknowledged', () => acknowledged.length > 500);
        await server.kill();
        await writing;
        await server.restart();
        await reopen();
        return acknowledged;
      },
      async compact() {
        const { revision } = await store.list('/compaction');
        await compactEtcd(server.url, revision);
      },
      async wipe() {
        await wipeEtcd(server);
        await reopen();
      },
      async stop() {
        await store.close();
        await server.stop();
      },
    };
  },
};

/** Does something with the package's own client, as an operator would. */
export async function etcdClient<T>(url: string, act: (client: Etcd3) => Promise<T>): Promise<T> {
  const client = new Etcd3({ hosts: url });
  try {
    return await act(client);
  } finally {
    client.close();
  }
}

/** Drops the history up to `revision`. */
export async function compactEtcd(url: string, revision: number): Promise<void> {
  await etcdClient(url, ({ kv }) => kv.compact({ revision, physical: true }));
}

/** Kills the server, removes what it stored and starts it on the same port. */
export async function wipeEtcd(server: RunningEngine): Promise<void> {
  await server.kill();
  await rm(join(server.dataDir, 'data'), { recursive: true });
  await server.restart();
}

/**
 * Runs `suite` where etcd is there. Otherwise says so, and fails if REQUIRE_ENGINES (a list of names, or 1)
 * asks for it.
 */
export function withEtcd(title: string, suite: (version: string) => void): void {
  const { version, path, reason } = findEngine('etcd');
  const isDemanded = ['1', 'etcd'].some((word) =>
    (process.env['REQUIRE_ENGINES'] ?? '').split(',').includes(word),
  );
  process.stdout.write(path ? `${title} on etcd ${version}\n` : `${title} on etcd NOT RUN: ${reason}\n`);
  if (path) suite(version ?? path);
  else it(`${title}: etcd may be missing here`, () => expect(isDemanded, `NOT RUN: ${reason}`).toBe(false));
}

async function killedWriter(folder: string, prefix: string): Promise<string[]> {
  const program = fileURLToPath(new URL('writer.ts', import.meta.url));
  const writer = spawn(process.execPath, ['--import', 'tsx', program, folder, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  writer.stdout.on('data', (text) => (printed += String(text)));
  const ended = once(writer, 'close');
  await until('many writes are acknowledged', () => printed.length > 10_000 || writer.exitCode !== null);
  writer.kill('SIGKILL');
  await ended;
  // The last line may be cut short.
  return printed.split('\n').slice(0, -1);
}

export function freshFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'lablet-live-'));
}
