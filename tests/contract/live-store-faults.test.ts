import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openEtcdLiveStore } from '../../src/live/etcd-live-store.js';
import {
  HistoryGone,
  HistoryReset,
  LiveOutcomeUnknown,
  LiveUnavailable,
  type LiveStore,
} from '../../src/live/live-store.js';
import { startEtcd } from '../support/engines.js';
import { Cleanup } from './live-store/cleanup.js';
import { Recorder, timed, until } from './live-store/facts.js';
import { compactEtcd, wipeEtcd, withEtcd } from './live-store/harness.js';
import { randomCompaction, randomCuts } from './live-store/random-cuts.js';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const CUTS_MS = Number(process.env['LIVE_CUTS_MS'] ?? 6000);

const answers = (store: LiveStore): Promise<boolean> =>
  store.get('/').then(
    () => true,
    () => false,
  );

withEtcd('live store under faults', (version) => {
  describe(`etcd live store ${version} under faults`, () => {
    const cleanup = new Cleanup();

    it('fails within its deadline while etcd is frozen: reads as unavailable, writes as unknown', async () => {
      const { server, store } = await cleanup.etcd();
      await store.put('/a', '1');
      server.pause();
      const [read, list, put, txn, remove, health] = await Promise.all([
        timed(() => store.get('/a')),
        timed(() => store.list('/')),
        timed(() => store.put('/a', '2')),
        timed(() => store.txn({ when: [], then: [{ put: '/b', value: '1' }] })),
        timed(() => store.delete('/c')),
        timed(() => store.health()),
      ]);
      server.resume();
      for (const { ms } of [read, list, put, txn, remove]) expect(ms).toBeLessThan(2500);
      for (const { error } of [read, list]) expect(error).toBeInstanceOf(LiveUnavailable);
      for (const { error } of [put, txn, remove]) expect(error).toBeInstanceOf(LiveOutcomeUnknown);
      expect(health.value?.state).toBe('down');
      expect(health.ms).toBeLessThan(1200);
      await until('it is healthy again', async () => (await store.health()).state === 'up', 3000);
    });

    it('says of a write that no server could be reached for that it was not applied', async () => {
      const { server, store } = await cleanup.etcd();
      await store.put('/a', '1');
      await server.kill();
      await until('the loss is noticed', async () => (await store.health()).state === 'down');
      for (const call of [() => store.put('/a', '2'), () => store.delete('/a'), () => store.lease(5)]) {
        const { error, ms } = await timed<unknown>(call);
        expect(error).toBeInstanceOf(LiveUnavailable);
        expect(ms).toBeLessThan(2500);
      }
      await server.restart();
      const { ms } = await timed(() =>
        until('a write works', () =>
          store.put('/a', '3').then(
            () => true,
            () => false,
          ),
        ),
      );
      expect(ms).toBeLessThan(1000);
      expect(await store.get('/a')).toMatchObject({ value: '3' });
    });

    it('can be opened before any server is there', async () => {
      const { server, proxy } = await cleanup.proxied();
      await proxy.refuse();
      const store = cleanup.store(await openEtcdLiveStore({ endpoints: [proxy.url] }));
      expect((await timed(() => store.get('/a'))).error).toBeInstanceOf(LiveUnavailable);
      const watch = new Recorder(store, '/', 0);
      await proxy.accept();
      await until('a write works', () =>
        store.put('/a', '1').then(
          () => true,
          () => false,
        ),
      );
      await until('the watch delivers', () => watch.values.includes('1'), 1500);
      await watch.stop();
      expect(server.pid).not.toBeNull();
    });

    it('reports a lost reply as unknown and does not repeat the write', async () => {
      const { proxy, store: through, direct } = await cleanup.proxied();
      for (let round = 0; round < 20; round++) {
        const key = `/claims/${round}`;
        await through.get(key);
        proxy.loseReplies();
        const claim = timed(() =>
          through.txn({ when: [{ key, absent: true }], then: [{ put: key, value: 'mine' }] }),
        );
        await until('the write is applied', async () => (await direct.get(key)) !== null);
        proxy.cut();
        expect((await claim).error).toBeInstanceOf(LiveOutcomeUnknown);
        expect(await through.get(key)).toMatchObject({ value: 'mine' });
      }
      const { revision } = await direct.list('/');
      expect(revision).toBe(1 + 20);
    });

    it(
      `loses, doubles and disorders nothing over random cuts (seed ${SEED})`,
      { timeout: CUTS_MS + 60_000 },
      async () => {
        const { proxy, store, direct } = await cleanup.proxied();
        const { written, delivered, faults } = await randomCuts({
          proxy,
          store,
          direct,
          seed: SEED,
          ms: CUTS_MS,
        });
        process.stdout.write(`random cuts: seed ${SEED}, ${faults} faults, ${written.length} revisions\n`);
        expect(faults).toBeGreaterThan(CUTS_MS / 500);
        expect(delivered).toEqual(written);
      },
    );

    it(`hides no gap while history is compacted again and again (seed ${SEED})`, async () => {
      const { proxy, store, direct, server } = await cleanup.proxied();
      const run = { proxy, store, direct, seed: SEED, ms: CUTS_MS / 2 };
      const compact = (revision: number) => compactEtcd(server.url, revision);
      const { listed, view, truth } = await randomCompaction(run, compact);
      process.stdout.write(`random compaction: seed ${SEED}, listed ${listed} times\n`);
      expect(listed).toBeGreaterThan(1);
      expect(Object.fromEntries(view)).toEqual(Object.fromEntries(truth));
    });

    it('notices within 10 s that a connection is dead, and goes on', async () => {
      const { proxy, store, direct } = await cleanup.proxied();
      const { revision } = await store.put('/a', '1');
      const watch = new Recorder(store, '/', revision);
      const second = await direct.put('/a', '2');
      await watch.reaches(second.revision);
      proxy.blackHole();
      const third = await direct.put('/a', '3');
      const { ms } = await timed(() => watch.reaches(third.revision, 12_000));
      expect(ms).toBeLessThan(10_000);
      expect(watch.values).toEqual(['2', '3']);
      await watch.stop();
    });

    it('resumes a watch within a second after etcd is back', async () => {
      const { server, store } = await cleanup.etcd();
      const { revision } = await store.put('/a', '1');
      const watch = new Recorder(store, '/', revision);
      await server.kill();
      await until('the loss is noticed', async () => (await store.health()).state === 'down');
      await server.restart();
      const { ms } = await timed(() =>
        until('delivered', async () => {
          await store.put('/a', '2').catch(() => null);
          return watch.values.includes('2');
        }),
      );
      expect(ms).toBeLessThan(1000);
      await watch.stop();
    });

    it('ends a running watch with HistoryReset when etcd comes back empty', async () => {
      const { server, store } = await cleanup.etcd();
      await store.put('/a', '1');
      const watch = new Recorder(store, '/', (await store.put('/a', '2')).revision);
      await until('it is followed', () => store.put('/a', '3').then(() => watch.batches.length > 0));
      await wipeEtcd(server);
      expect(await watch.ended()).toBeInstanceOf(HistoryReset);
    });

    it('calls history that was compacted while it was away gone, and not another epoch', async () => {
      const { server, direct, proxy } = await cleanup.proxied();
      const epochKey = '/ccm/epoch';
      const store = cleanup.store(await openEtcdLiveStore({ endpoints: [proxy.url], epochKey }));
      const { revision: start } = await direct.put(epochKey, 'first');
      const watch = new Recorder(store, '/ccm/', start);
      await watch.reaches((await direct.put('/ccm/a', '1')).revision);
      await proxy.refuse();
      let latest = 0;
      for (const value of ['2', '3', '4']) latest = (await direct.put('/ccm/a', value)).revision;
      await compactEtcd(server.url, latest);
      await proxy.accept();
      expect(await watch.ended()).toBeInstanceOf(HistoryGone);
    });

    it('also when the emptied etcd has grown past what was seen, told by the epoch', async () => {
      const { server, proxy, direct } = await cleanup.proxied();
      const epochKey = '/ccm/epoch';
      const store = cleanup.store(await openEtcdLiveStore({ endpoints: [proxy.url], epochKey }));
      await direct.put(epochKey, 'first');
      const watch = new Recorder(store, '/', 1);
      await until('it is followed', () => watch.batches.length > 0);
      proxy.cut();
      await direct.put('/a', '1');
      await until('the same epoch is no reason to end', () => watch.values.includes('1'));
      await proxy.refuse();
      await wipeEtcd(server);
      await until('a write works', () =>
        direct.put(epochKey, 'second').then(
          () => true,
          () => false,
        ),
      );
      for (let n = 0; n < 20; n++) await direct.put('/a', `${n}`);
      await proxy.accept();
      expect(await watch.ended()).toBeInstanceOf(HistoryReset);
      expect(watch.values).toEqual(['first', '1']);
    });

    it('also when its revision was raised, told by the raft term', async () => {
      const { server, store } = await cleanup.etcd();
      for (let n = 0; n < 3; n++) await server.restart();
      await until('it answers', () => answers(store));
      const { revision, raftTerm } = await store.standing('/a');
      const watch = new Recorder(store, '/', revision);
      await store.put('/a', '1');
      await watch.reaches(revision + 1);
      await server.kill();
      await rm(join(server.dataDir, 'data'), { recursive: true });
      // The watch cannot reach it until its revision is higher than before.
      const raised = await startEtcd({ dataDir: server.dataDir });
      cleanup.defer(() => raised.stop());
      const writer = cleanup.store(await openEtcdLiveStore({ endpoints: [raised.url] }));
      for (let n = 0; n < revision + 5; n++) await writer.put('/b', String(n));
      await raised.kill();
      await server.restart();
      await until('it answers', () => answers(store));
      const now = await store.standing('/a');
      expect([now.revision > revision, now.raftTerm < raftTerm]).toEqual([true, true]);
      expect(await watch.ended()).toBeInstanceOf(HistoryReset);
    });

    it('counts an interruption before a write can pass over the next connection', async () => {
      const { server, store, proxy } = await cleanup.proxied();
      await store.put('/a', '1');
      const before = store.interruptions();
      expect((await timed(() => store.put('/a', '2'))).error).toBeUndefined();
      expect(store.interruptions()).toBe(before);
      proxy.cut();
      let written = false;
      while (!written) written = (await timed(() => store.put('/a', '3'))).error === undefined;
      expect(store.interruptions()).toBeGreaterThan(before);
      const reconnected = store.interruptions();
      await server.kill();
      await server.restart();
      await until('it answers', () => answers(store));
      expect(store.interruptions()).toBeGreaterThan(reconnected);
    });

    it('uses another endpoint when one refuses, hangs or dies, for calls and for watches', async () => {
      const { proxy: first, server, direct } = await cleanup.proxied();
      const second = await cleanup.proxy(server);
      const store = cleanup.store(await openEtcdLiveStore({ endpoints: [first.url, second.url] }));
      const { revision } = await store.put('/a', '1');
      const watch = new Recorder(store, '/', revision);
      await first.refuse();
      // What was under way on a connection may be lost; what could not be sent goes to the other one.
      await until('the loss is noticed', () => store.get('/a').then(() => first.connections === 0));
      await store.put('/a', '2');
      expect(second.connections).toBeGreaterThan(0);
      await first.accept();
      second.blackHole({ alsoNew: true });
      const read = await timed(() => store.get('/a'));
      expect(read.value).toMatchObject({ value: '2' });
      expect(read.ms).toBeLessThan(2000);
      const { revision: last } = await direct.put('/a', '3');
      await watch.reaches(last, 12_000);
      expect(watch.values).toEqual(['2', '3']);
      await watch.stop();
    });
  });
});
