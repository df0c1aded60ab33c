import { HistoryGone, type ChangeBatch, type LiveStore, type Write } from '../../../src/live/live-store.js';
import type { TcpProxy } from '../../support/tcp-proxy.js';
import { Recorder, until } from './facts.js';

export interface RandomCuts {
  readonly proxy: TcpProxy;
  /** Watches through the proxy. */
  readonly store: LiveStore;
  /** Writes past the proxy. */
  readonly direct: LiveStore;
  readonly seed: number;
  readonly ms: number;
}

type Revisions = { revision: number; keys: string[]; values: (string | null)[] }[];

/** Writes for `ms` while the watcher's connections break at random; what was written and what was delivered. */
export async function randomCuts({ proxy, store, direct, seed, ms }: RandomCuts) {
  const random = randomFrom(seed);
  const { revision: start } = await direct.put('/cuts/start', '');
  const watch = new Recorder(store, '/cuts/', start);
  const end = performance.now() + ms;
  const written: Revisions = [];
  let faults = 0;

  async function write(): Promise<void> {
    for (let n = 0; performance.now() < end; n++) {
      const keys = [...new Set([0, 1, 2].map(() => `/cuts/${Math.floor(random() * 50)}`))];
      const then: Write[] = keys.map((put, index) => ({
        put,
        value: `${n}/${index}`.padEnd(random() * 4000, 'x'),
      }));
      const { revision } = await direct.txn({ when: [], then });
      written.push({ revision, keys, values: then.map((put) => ('value' in put ? put.value : null)) });
      if (random() < 0.1) {
        const removed = await direct.delete(keys[0] as string);
        written.push({ revision: removed.revision, keys: keys.slice(0, 1), values: [null] });
      }
      // A rate that the way back, which keeps breaking, can carry.
      await pause(2);
    }
  }

  async function disturb(): Promise<void> {
    while (performance.now() < end) {
      await pause(20 + random() * 350);
      faults++;
      const kind = random();
      if (kind < 0.5) proxy.cut();
      else if (kind < 0.7) {
        await proxy.refuse();
        await pause(random() * 300);
        await proxy.accept();
      } else if (kind < 0.85) {
        proxy.blackHole();
        await pause(random() * 400);
        proxy.cut();
      } else proxy.delay(Math.floor(random() * 3) * 15);
    }
    proxy.delay(0);
  }

  await Promise.all([write(), disturb()]);
  await watch.reaches(written.at(-1)?.revision ?? start, 15_000);
  await watch.stop();
  return { written, delivered: watch.batches.map(summary), faults };
}

/**
 * Writes for `ms` while connections break and history is compacted again and again; a reader that lists anew
 * whenever history is gone. Its view at the end, the store's own, and how often it had to list.
 */
export async function randomCompaction(
  { proxy, store, direct, seed, ms }: RandomCuts,
  compact: (revision: number) => Promise<void>,
) {
  const random = randomFrom(seed);
  const end = performance.now() + ms;
  const view = new Map<string, string>();
  const controller = new AbortController();
  let reached = 0;
  let listed = 0;

  async function read(): Promise<void> {
    while (!controller.signal.aborted) {
      const list = await store.list('/compaction/').catch(() => null);
      if (!list) continue;
      listed++;
      view.clear();
      for (const { key, value } of list.entries) view.set(key, value);
      reached = list.revision;
      try {
        const watch = store.watch('/compaction/', { after: reached, signal: controller.signal });
        for await (const { revision, changes } of watch) {
          for (const { key, value } of changes) {
            if (value === null) view.delete(key);
            else view.set(key, value);
          }
          reached = revision;
        }
      } catch (error) {
        if (!(error instanceof HistoryGone)) throw error;
      }
    }
  }

  async function write(): Promise<void> {
    for (let n = 0; performance.now() < end; n++) {
      const key = `/compaction/${Math.floor(random() * 200)}`;
      if (random() < 0.4) await direct.delete(key);
      else await direct.put(key, `${n}`);
    }
  }

  /** History goes on and is gone before the reader is back: once for sure, whatever chance has in store. */
  async function outrun(): Promise<void> {
    await proxy.refuse();
    proxy.cut();
    const { revision } = await direct.list('/nothing');
    await until('history has gone on', async () => (await direct.list('/nothing')).revision > revision + 2);
    await compact(revision + 2);
    await proxy.accept();
  }

  async function disturb(): Promise<void> {
    await until('the reader is there', () => listed > 0);
    await outrun();
    while (performance.now() < end) {
      await pause(100 + random() * 100);
      const { revision } = await direct.list('/nothing');
      await compact(revision);
      if (random() < 0.5) proxy.cut();
      if (random() < 0.1) {
        await proxy.refuse();
        await pause(random() * 400);
        await proxy.accept();
      }
    }
  }

  const reading = read();
  await Promise.all([write(), disturb()]);
  const { revision } = await direct.put('/compaction/end', '');
  await until('the reader reaches the end', () => reached >= revision);
  controller.abort();
  await reading;
  const { entries } = await direct.list('/compaction/');
  return { listed, view, truth: new Map(entries.map(({ key, value }) => [key, value])) };
}

function summary({ revision, changes }: ChangeBatch): Revisions[number] {
  return { revision, keys: changes.map(({ key }) => key), values: changes.map(({ value }) => value) };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Mulberry32: the same seed gives the same run of numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
