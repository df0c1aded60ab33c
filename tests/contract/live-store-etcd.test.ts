import { describe, expect, it } from 'vitest';
import { openEtcdLiveStore } from '../../src/live/etcd-live-store.js';
import { LiveStorageFull, LiveUnavailable } from '../../src/live/live-store.js';
import { startEtcd } from '../support/engines.js';
import { Cleanup } from './live-store/cleanup.js';
import { Recorder, timed, until } from './live-store/facts.js';
import { compactEtcd, etcdClient, withEtcd } from './live-store/harness.js';

withEtcd('leases, room, sign-in and closing', (version) => {
  describe(`etcd live store ${version}`, () => {
    const cleanup = new Cleanup();

    it('counts a lease as lost two thirds of its time after the last renewal was sent', async () => {
      const { server, store } = await cleanup.etcd();
      const lease = await store.lease(3);
      await store.put('/leader', 'me', { lease: lease.id });
      server.pause();
      const { ms } = await timed(() => until('the lease is lost', () => lease.lost.aborted));
      server.resume();
      expect(ms).toBeLessThan(2200);
      expect(ms).toBeGreaterThan(900);
      // The key may be there for longer: that is why the holder stops by its own clock.
      await until('the key lapses', async () => (await store.get('/leader')) === null);
    });

    it('keeps a lease over cut connections and loses it when somebody revokes it', async () => {
      const { proxy, store, server } = await cleanup.proxied();
      const lease = await store.lease(3);
      for (let n = 0; n < 40; n++) {
        proxy.cut();
        await until('the server answers', async () => (await store.health()).state === 'up');
        await until('some of the time of the lease passes', passes(100));
      }
      expect(lease.lost.aborted).toBe(false);
      await etcdClient(server.url, (client) => client.leaseClient.leaseRevoke({ ID: lease.id }));
      const { ms } = await timed(() => until('the loss is told', () => lease.lost.aborted));
      expect(ms).toBeLessThan(1500);
    });

    it('says when etcd is full, still reads and deletes, and recovers', { timeout: 60_000 }, async () => {
      const { server, store } = await cleanup.etcd(['--quota-backend-bytes', '16000000']);
      const fill = async (n: number) => timed(() => store.put(`/big/${n % 100}`, 'x'.repeat(200_000)));
      let error: Error | undefined;
      for (let n = 0; !error && n < 500; n++) ({ error } = await fill(n));
      expect(error).toBeInstanceOf(LiveStorageFull);
      expect(await store.get('/big/1')).not.toBeNull();
      for (let n = 0; n < 60; n++) expect(await store.delete(`/big/${n}`)).toMatchObject({ existed: true });
      const health = await store.health();
      expect(health.state === 'up' && health.quotaBytes === health.usedBytes).toBe(true);
      await compactEtcd(server.url, (await store.list('/none')).revision);
      const makeRoom = () =>
        etcdClient(server.url, async ({ maintenance }) => {
          await maintenance.defragment();
          const { alarms } = await maintenance.alarm({ action: 'Get' });
          for (const { memberID } of alarms) {
            await maintenance.alarm({ action: 'Deactivate', memberID, alarm: 'Nospace' });
          }
        });
      await until('a write works, without a new start', async () => {
        await makeRoom();
        const { error } = await timed(() => store.put('/big/1', 'room again'));
        return error === undefined;
      });
      expect(await store.health()).toMatchObject({ quotaBytes: null });
    });

    it('signs in, and again when its token is no longer known', async () => {
      const { server } = await cleanup.etcd();
      const auth = { username: 'root', password: 'secret' };
      await etcdClient(server.url, async (client) => {
        await client.auth.userAdd({ name: auth.username, password: auth.password });
        await client.auth.roleAdd({ name: 'root' });
        await client.auth.userGrantRole({ user: 'root', role: 'root' });
        await client.auth.authEnable();
      });
      const endpoints = [server.url];
      const wrong = cleanup.store(
        await openEtcdLiveStore({ endpoints, auth: { ...auth, password: 'guess' } }),
      );
      const none = cleanup.store(await openEtcdLiveStore({ endpoints }));
      for (const store of [wrong, none]) {
        expect((await timed(() => store.put('/a', '1'))).error).toBeInstanceOf(LiveUnavailable);
      }
      const store = cleanup.store(await openEtcdLiveStore({ endpoints, auth }));
      const { revision } = await store.put('/a', '1');
      const watch = new Recorder(store, '/', revision);
      const lease = await store.lease(6);
      await server.kill();
      await server.restart();
      await until('a write works', () =>
        store.put('/a', '2').then(
          () => true,
          () => false,
        ),
      );
      await until('the watch delivers', () => watch.values.includes('2'));
      await until('the lease would be lost without a renewal', passes(4500));
      expect(lease.lost.aborted).toBe(false);
      await watch.stop();
    });

    it('speaks TLS', async () => {
      const { store } = await cleanup.etcdWithTls();
      const { revision } = await store.put('/a', '1');
      const watch = new Recorder(store, '/', revision - 1);
      await watch.reaches(revision);
      await watch.stop();
    });

    it('leaves nothing open when it is closed, whatever it was doing', async () => {
      const open = () =>
        process.getActiveResourcesInfo().filter((kind) => /TCP|Timeout|GetAddr/.test(kind)).length;
      const server = await startEtcd();
      cleanup.defer(() => server.stop());
      const before = open();
      const store = await openEtcdLiveStore({ endpoints: [server.url, 'http://127.0.0.1:1'] });
      const lease = await store.lease(5);
      await store.put('/a', '1', { lease: lease.id });
      const watch = new Recorder(store, '/', 0);
      await until('the watch delivers', () => watch.values.includes('1'));
      server.pause();
      const hanging = timed(() => store.put('/a', '2'));
      await store.close();
      server.resume();
      expect(await watch.ended()).toBeInstanceOf(LiveUnavailable);
      expect((await hanging).error).toBeInstanceOf(Error);
      await until('everything is closed', () => open() <= before, 3000);
    });
  });
});

/** A fact that comes true after some time, for things that only time brings. */
function passes(ms: number): () => boolean {
  const end = performance.now() + ms;
  return () => performance.now() >= end;
}
