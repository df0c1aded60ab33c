import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { RootDatabase } from 'lmdb';
import { describe, expect, it } from 'vitest';
import { openEmbeddedLiveStore, type EmbeddedOptions } from '../../src/embedded/embedded-live-store.js';
import { HistoryGone, LiveUnavailable, type LiveStore } from '../../src/live/live-store.js';
import { Cleanup } from './live-store/cleanup.js';
import { openEnvironment } from './live-store/environment.js';
import { Recorder, timed, until } from './live-store/facts.js';
import { freshFolder } from './live-store/harness.js';

const cleanup = new Cleanup();

/** A clock that stands still until it is told to move. */
class StandingClock {
  ms = Date.parse('2027-02-10T08:00:00.000Z');
  #monotonic = 0;

  now(): string {
    return new Date(this.ms).toISOString();
  }

  monotonic(): number {
    return this.#monotonic;
  }

  pass(ms: number): void {
    this.ms += ms;
    this.#monotonic += ms;
  }
}

describe('embedded live store', () => {
  /** Closes the store and opens it anew, as a new process would. */
  async function folder(options: EmbeddedOptions = {}) {
    const path = await freshFolder();
    let env: RootDatabase = openEnvironment(path);
    let store = await openEmbeddedLiveStore(env, options);
    const close = async () => {
      await store.close();
      await env.close();
    };
    cleanup.defer(close);
    return {
      path,
      store: () => store,
      async reopen(meanwhile: () => void = () => undefined): Promise<LiveStore> {
        await close();
        meanwhile();
        env = openEnvironment(path);
        store = await openEmbeddedLiveStore(env, options);
        return store;
      },
    };
  }

  it('drops at open what a process held that is gone, as deletions with revisions', async () => {
    const { store, reopen } = await folder();
    const [leader, owner] = [await store().lease(15), await store().lease(15)];
    await store().put('/ccm/a/leader', 'a', { lease: leader.id });
    await store().put('/ccm/b/leader', 'b', { lease: leader.id });
    await store().put('/ccm/owner', 'c', { lease: owner.id });
    const { revision } = await store().put('/ccm/kept', 'd');
    const again = await reopen();
    const list = await again.list('/ccm/');
    expect(list.entries.map(({ key }) => key)).toEqual(['/ccm/kept']);
    expect(list.revision).toBe(revision + 2);
    const watch = new Recorder(again, '/ccm/', revision);
    await watch.reaches(list.revision);
    await watch.stop();
    expect(
      watch.batches.map(({ changes }) => changes.map(({ key, value, previous }) => [key, value, previous])),
    ).toEqual([
      [
        ['/ccm/a/leader', null, 'a'],
        ['/ccm/b/leader', null, 'b'],
      ],
      [['/ccm/owner', null, 'c']],
    ]);
    expect((await again.lease(15)).id).not.toBe(leader.id);
  });

  it('lets long leases lapse in time across restarts, also after the clock was set back', async () => {
    const clock = new StandingClock();
    const { store, reopen } = await folder({ clock });
    const hour = await store().lease(3600, { keepAlive: false });
    await store().put('/hour', '1', { lease: hour.id });
    const minute = await store().lease(60, { keepAlive: false });
    await store().put('/minute', '1', { lease: minute.id });
    const second = await reopen(() => clock.pass(61_000));
    expect((await second.list('/')).entries.map(({ key }) => key)).toEqual(['/hour']);
    const third = await reopen(() => (clock.ms -= 48 * 3_600_000));
    clock.pass(3_599_000);
    await third.put('/tick', '1');
    expect(await third.get('/hour')).not.toBeNull();
    clock.pass(1000);
    await third.put('/tick', '2');
    expect(await third.get('/hour')).toBeNull();
  });

  it('shows nobody a key whose lease ran out while the process stood still', async () => {
    const clock = new StandingClock();
    const { store } = await folder({ clock });
    const lease = await store().lease(15);
    const { revision } = await store().put('/leader', 'me', { lease: lease.id });
    clock.pass(15_000);
    const fenced = await store().txn({
      when: [{ key: '/leader', createRevision: revision }],
      then: [{ put: '/work', value: 'stale' }],
      orElse: ['/leader'],
    });
    expect(fenced).toEqual({ succeeded: false, revision: revision + 1, reads: new Map() });
  });

  it('keeps the stated number of revisions and drops the rest', async () => {
    const { store, reopen } = await folder({ historyLimitRevisions: 100 });
    await Promise.all(Array.from({ length: 500 }, (_, n) => store().put('/a', `${n}`)));
    const { revision } = await store().list('/');
    for (const open of [store, await reopen().then((again) => () => again)]) {
      const kept = new Recorder(open(), '/', revision - 100);
      await kept.reaches(revision);
      await kept.stop();
      expect(kept.revisions).toHaveLength(100);
      const gone = await new Recorder(open(), '/', revision - 101).ended();
      expect(gone).toBeInstanceOf(HistoryGone);
      expect((gone as HistoryGone).compactRevision).toBe(revision - 100);
    }
  });

  it('drops history by age, and keeps what is younger', async () => {
    const clock = new StandingClock();
    const { store } = await folder({ clock, historyKeepMs: 60_000 });
    const old = await store().put('/a', '1');
    clock.pass(50_000);
    const young = await store().put('/a', '2');
    clock.pass(11_000);
    const last = await store().put('/a', '3');
    expect(await new Recorder(store(), '/', old.revision - 1).ended()).toBeInstanceOf(HistoryGone);
    const watch = new Recorder(store(), '/', young.revision - 1);
    await watch.reaches(last.revision);
    await watch.stop();
    expect(watch.changes).toMatchObject([
      { value: '2', previous: '1' },
      { value: '3', previous: '2' },
    ]);
  });

  it('ends a reader that falls behind what is kept', async () => {
    const { store } = await folder({ historyLimitRevisions: 100 });
    const { revision } = await store().put('/a', '0');
    const controller = new AbortController();
    const reader = store().watch('/', { after: revision, signal: controller.signal })[Symbol.asyncIterator]();
    await store().put('/a', '1');
    await reader.next();
    await Promise.all(Array.from({ length: 500 }, (_, n) => store().put('/a', `${n}`)));
    await expect(reader.next()).rejects.toBeInstanceOf(HistoryGone);
  });

  it('fails within its deadline while the disk does not answer, and then does nothing late', async () => {
    const { path, store } = await folder({ callMs: 300 });
    await store().put('/a', '1');
    const free = await holdWriteLock(path);
    const writing = timed(() => store().put('/a', '2'));
    const idle = { get: timed(() => store().get('/a')), health: timed(() => store().health()) };
    // Once the write has begun, what LMDB shows may not be on disk.
    await Promise.resolve();
    const [put, get, health] = await Promise.all([
      writing,
      timed(() => store().get('/a')),
      timed(() => store().health()),
    ]);
    expect((await idle.get).value).toMatchObject({ value: '1' });
    expect((await idle.health).value?.state).toBe('up');
    for (const { error, ms } of [put, get]) {
      expect(error).toBeInstanceOf(LiveUnavailable);
      expect(ms).toBeLessThan(800);
    }
    expect(health.value?.state).toBe('down');
    free();
    await until('it answers again', async () => (await store().health()).state === 'up');
    await store().put('/b', '1');
    expect(await store().get('/a')).toMatchObject({ value: '1' });
  });
});

/** Another process takes the write lock of the environment; the result lets it go. */
async function holdWriteLock(path: string): Promise<() => void> {
  const program = `
    import { readSync } from 'node:fs';
    import { open } from 'lmdb';
    const env = open({ path: ${JSON.stringify(path)}, noSubdir: false, overlappingSync: false });
    env.transactionSync(() => {
      process.stdout.write('held');
      readSync(0, Buffer.alloc(1));
    });
    await env.close();
  `;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(holder.stdout, 'data');
  const free = () => void holder.stdin.end('x');
  cleanup.defer(free);
  return free;
}
