import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { expect, it, vi } from 'vitest';

import {
  StoreUnavailable,
  WriteOutcomeUnknown,
  type DocumentStore,
  type ModelClass,
} from '../../../src/db/document-store.js';
import type { Bench, Harness, Server } from './harness.js';
import { lossyProxy } from './lossy-proxy.js';
import { collectionOf, idsOf, next, thing, thingModel, type Thing, type Things } from './things.js';

const DEADLINES = { serverSelectionMs: 600, callMs: 600 };
/** Waiting for a server, a connection and an answer, and a margin for a busy machine. */
const LONGEST_MS = 600 + 2 * 600 + 500 + 1_000;

/** What became of each of many writes; the server or the process was killed meanwhile. */
interface Outcomes {
  readonly acknowledged: readonly string[];
  readonly refused: readonly string[];
}

export function crashes(bench: Bench, harness: Harness): void {
  it('has everything again when it is opened anew', async () => {
    const model = thingModel(bench.freshName());
    const first = await bench.open([model]);
    const things = await collectionOf(first, model, [thing('t1', { rank: 1 }), thing('t2', { rank: 2 })]);
    await things.replace(next(thing('t1'), { rank: 3, details: null }), 1);
    await first.close();
    const again = (await bench.open([model])).collection(model);
    expect(await again.find({}, { index: 'rank', limit: 9 })).toStrictEqual([
      thing('t2', { rank: 2 }),
      next(thing('t1'), { rank: 3, details: null }),
    ]);
    await expect(again.insert(thing('t3', { guard: 't1' }))).rejects.toMatchObject({ index: 'guard' });
  });

  it('refuses every call once it is closed', async () => {
    const model = thingModel(bench.freshName());
    const store = await bench.open([model]);
    const things = store.collection(model);
    await store.close();
    await expect(things.get('t1')).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(things.insert(thing('t1'))).rejects.toBeInstanceOf(StoreUnavailable);
    await expect(store.ping()).rejects.toBeInstanceOf(StoreUnavailable);
  });

  if (harness.crash === 'server') {
    survives(bench, (store, model) => writeAndKill(store.collection(model), serverOf(bench)));
    outages(bench);
  } else if (harness.crash === 'process') {
    survives(bench, async (store, model) => {
      const { name } = store.collection(model);
      await store.close();
      return writeInChild(bench.backend().folder as string, name);
    });
  }
}

function serverOf(bench: Bench): Server {
  return bench.backend().server as Server;
}

type Crash = (store: DocumentStore, model: ModelClass<Thing>) => Promise<Outcomes>;

function survives(bench: Bench, crash: Crash): void {
  it('has every acknowledged write and no refused one after a kill -9 in the middle of writes', async () => {
    for (let round = 0; round < 3; round += 1) {
      const model = thingModel(bench.freshName());
      const { acknowledged, refused } = await crash(await bench.open([model]), model);
      expect(acknowledged.length).toBeGreaterThan(20);
      const store = await bench.open([model]);
      const things = store.collection(model);
      const present = new Set(idsOf(await things.getMany([...acknowledged, ...refused])));
      expect(acknowledged.filter((id) => !present.has(id))).toEqual([]);
      expect(refused.filter((id) => present.has(id))).toEqual([]);
      await expectConsistent(things);
      await store.close();
    }
  }, 90_000);
}

/** Every document is found by every index, once. */
async function expectConsistent(things: Things): Promise<void> {
  const all = idsOf(await things.find({}, { index: 'id', limit: 100_000 }));
  for (const index of ['at', 'guard', 'state_rank_at']) {
    expect(idsOf(await things.find({}, { index, limit: 100_000 })).toSorted()).toEqual(all);
    expect(await things.count({}, { index })).toBe(all.length);
  }
}

async function writeAndKill(things: Things, server: Server): Promise<Outcomes> {
  const acknowledged: string[] = [];
  const refused: string[] = [];
  const kill: Promise<void>[] = [];
  const write = async (lane: number): Promise<void> => {
    for (let n = 0; kill.length === 0; n += 1) {
      const id = `t${lane}-${n}`;
      try {
        await things.insert(thing(id));
        acknowledged.push(id);
      } catch (error) {
        if (error instanceof StoreUnavailable) refused.push(id);
        else if (!(error instanceof WriteOutcomeUnknown)) throw error;
      }
      if (acknowledged.length === 60) kill.push(server.kill());
    }
  };
  await Promise.all(Array.from({ length: 12 }, (_, lane) => write(lane)));
  await Promise.all(kill);
  await server.restart();
  return { acknowledged, refused };
}

/** Another process writes into the folder and says what was acknowledged, until it is killed. */
async function writeInChild(folder: string, collection: string): Promise<Outcomes> {
  const script = fileURLToPath(new URL('writer.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, folder, collection], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const acknowledged: string[] = [];
  for await (const id of createInterface(child.stdout)) {
    acknowledged.push(id);
    if (acknowledged.length === 100) child.kill('SIGKILL');
  }
  return { acknowledged, refused: [] };
}

function outages(bench: Bench): void {
  const timed = async (call: Promise<unknown>): Promise<unknown> => {
    const start = performance.now();
    const reason: unknown = await call.then(
      () => null,
      (error: unknown) => error,
    );
    expect(performance.now() - start).toBeLessThan(LONGEST_MS);
    return reason;
  };
  const down = async (store: DocumentStore, things: Things): Promise<void> => {
    // A signal to freeze takes effect in its own time.
    await vi.waitFor(() => expect(store.ping()).rejects.toThrow(), { timeout: 5_000 });
    expect(await timed(store.ping())).toBeInstanceOf(StoreUnavailable);
    expect(await timed(things.get('t1'))).toBeInstanceOf(StoreUnavailable);
    expect(await timed(things.find({}, { index: 'at', limit: 1 }))).toBeInstanceOf(StoreUnavailable);
    const write = await timed(things.amend('t1', { rank: 2 }));
    expect(write instanceof StoreUnavailable || write instanceof WriteOutcomeUnknown).toBe(true);
  };
  const up = async (store: DocumentStore, things: Things): Promise<void> => {
    await vi.waitFor(() => store.ping(), { timeout: 8_000, interval: 50 });
    const found = await things.get('t1');
    expect([1, 2]).toContain(found?.rank);
    await things.amend('t1', { rank: 1 });
  };

  it('says within its deadlines that the server is gone, and works again after its return', async () => {
    const model = thingModel(bench.freshName());
    const store = await bench.open([model], DEADLINES);
    const things = await collectionOf(store, model, [thing('t1', { rank: 1 })]);
    const server = serverOf(bench);
    await server.kill();
    try {
      await down(store, things);
    } finally {
      await server.restart();
    }
    await up(store, things);
  }, 60_000);

  it('says within its deadlines that the server hangs, and works again when it goes on', async () => {
    const model = thingModel(bench.freshName());
    const store = await bench.open([model], DEADLINES);
    const things = await collectionOf(store, model, [thing('t1', { rank: 1 })]);
    const server = serverOf(bench);
    server.pause();
    try {
      await down(store, things);
    } finally {
      server.resume();
    }
    await up(store, things);
  }, 60_000);

  it('cannot be opened while the server is gone', async () => {
    const server = serverOf(bench);
    await server.kill();
    try {
      const opening = timed(bench.open([thingModel(bench.freshName())], DEADLINES));
      expect(await opening).toBeInstanceOf(StoreUnavailable);
    } finally {
      await server.restart();
    }
  }, 60_000);

  it('calls the outcome unknown when an answer is lost, does not repeat the write, and reads back what it was', async () => {
    const model = thingModel(bench.freshName());
    const proxy = await lossyProxy(serverOf(bench).port);
    const through = await bench.open([model], DEADLINES, `mongodb://127.0.0.1:${proxy.port}`);
    const things = through.collection(model);
    const direct = (await bench.open([model])).collection(model);
    const loseAnswer = async (write: () => Promise<unknown>): Promise<void> => {
      for (let reason: unknown; !(reason instanceof WriteOutcomeUnknown);) {
        await vi.waitFor(() => through.ping(), { timeout: 5_000 });
        proxy.loseAnswers(true);
        reason = await write().catch((error: unknown) => error);
        proxy.loseAnswers(false);
        // The driver's own look at the server may have lost its answer first; then nothing was sent.
        if (!(reason instanceof WriteOutcomeUnknown)) expect(reason).toBeInstanceOf(StoreUnavailable);
      }
    };
    try {
      for (let round = 1; round <= 5; round += 1) {
        const stored = thing(`t${round}`);
        await loseAnswer(() => things.insert(stored));
        expect(await direct.get(stored.id)).toStrictEqual(stored);
        await loseAnswer(() => things.replace(next(stored), 1));
        expect(await direct.get(stored.id)).toStrictEqual(next(stored));
      }
    } finally {
      await through.close();
      await proxy.close();
    }
  }, 60_000);
}
