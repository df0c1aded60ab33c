import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Etcd3 } from 'etcd3';
import { open as openLmdb, type RootDatabase } from 'lmdb';
import { expect, it } from 'vitest';
import { openEmbeddedLiveStore, type EmbeddedOptions } from '../../../src/embedded/embedded-live-store.js';
import { openEtcdLiveStore } from '../../../src/live/etcd-live-store.js';
import type { LiveStore } from '../../../src/live/live-store.js';
import { findEngine, startEtcd, type RunningEngine } from '../../support/engines.js';

/** One kind of live store, as the contract needs it. */
export interface Backend {
  readonly name: string;
  /** The store that tests use; another one after {@link restart} and {@link crash}. */
  readonly store: LiveStore;
  /** Closes the store and what is behind it in an orderly way, and opens it again on the same data. */
  restart(): Promise<void>;
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

/** History that the embedded store keeps in these tests. */
const HISTORY = 1200;

/** An LMDB environment as the data folder opens it. */
export function openEnvironment(path: string): RootDatabase {
  return openLmdb({ path, noSubdir: false, overlappingSync: false, eventTurnBatching: false, maxDbs: 20 });
}

export const embedded: Harness = {
  name: 'embedded live store',
  async start() {
    let folder = await freshFolder();
    const options: EmbeddedOptions = { historyLimitRevisions: HISTORY };
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
    let store = await openEtcdLiveStore({ endpoints: [server.url] });
    const reopen = async () => {
      await store.close();
      store = await openEtcdLiveStore({ endpoints: [server.url] });
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

/** Drops the history up to `revision`, by the package's own client. */
export async function compactEtcd(url: string, revision: number): Promise<void> {
  const client = new Etcd3({ hosts: url });
  try {
    await client.kv.compact({ revision, physical: true });
  } finally {
    client.close();
  }
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
  else if (isDemanded) it(`${title} on etcd`, () => expect.fail(`etcd is demanded but NOT RUN: ${reason}`));
}

function freshFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'lablet-live-'));
}
