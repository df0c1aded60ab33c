import { describe, expect, it, onTestFinished } from 'vitest';
import { openEmbeddedLiveStore } from '../../src/embedded/embedded-live-store.js';
import { systemClock } from '../../src/lib/clock.js';
import { openEtcdLiveStore } from '../../src/live/etcd-live-store.js';
import { lead, type LeadOptions, type Term } from '../../src/live/leader.js';
import type { LiveStore } from '../../src/live/live-store.js';
import { Cleanup } from './live-store/cleanup.js';
import { openEnvironment } from './live-store/environment.js';
import { Recorder, timed, until } from './live-store/facts.js';
import { freshFolder, withEtcd } from './live-store/harness.js';

const KEY = '/ccm/control-plane/leader';
const cleanup = new Cleanup();

/** A candidate that stays in its term until told otherwise. */
class Candidate {
  readonly terms: Term[] = [];
  readonly errors: unknown[] = [];
  readonly #controller = new AbortController();
  readonly #running: Promise<void>;
  #leave: () => void = () => undefined;

  constructor(
    readonly store: LiveStore,
    value: LeadOptions['value'],
    options: Partial<LeadOptions> = {},
  ) {
    const { signal } = this.#controller;
    const onError = (error: unknown) => this.errors.push(error);
    this.#running = lead(store, { key: KEY, value, ttlSeconds: 3, signal, onError, ...options }, (term) => {
      this.terms.push(term);
      return new Promise((resolve) => {
        this.#leave = resolve;
        term.signal.addEventListener('abort', () => resolve(), { once: true });
      });
    });
    onTestFinished(() => this.stop());
  }

  /** The current or latest term. */
  get term(): Term {
    const term = this.terms.at(-1);
    if (!term) throw new Error('it never led');
    return term;
  }

  get leads(): boolean {
    return this.terms.length > 0 && !this.term.signal.aborted;
  }

  elected(withinMs?: number): Promise<void> {
    return until('the candidate leads', () => this.leads, withinMs);
  }

  /** Ends the term from inside, as a task does that has finished. */
  finishTerm(): void {
    this.#leave();
  }

  async stop(): Promise<void> {
    this.#controller.abort();
    await this.#running;
  }
}

/** Writes as the leader of `term`; false when a later term has begun. */
async function fencedWrite(store: LiveStore, { fence }: Term, value: string): Promise<boolean> {
  return (await store.txn({ when: [fence], then: [{ put: '/ccm/work', value }] })).succeeded;
}

interface Ground {
  /** For the first candidate; what {@link lose} does happens to it alone where the store allows that. */
  readonly first: LiveStore;
  readonly second: LiveStore;
  /** Keeps the first candidate from renewing until its lease is gone. */
  lose(): Promise<void>;
  heal(): Promise<void>;
}

function leaderContract(name: string, start: () => Promise<Ground>): void {
  describe(name, () => {
    it('lets one of two candidates lead, under a key that names it', async () => {
      const { first, second } = await start();
      const [a, b] = [new Candidate(first, 'a'), new Candidate(second, 'b')];
      await until('one leads', () => a.leads || b.leads);
      const leader = a.leads ? 'a' : 'b';
      expect(await first.get(KEY)).toMatchObject({ value: leader });
      expect(a.terms.length + b.terms.length).toBe(1);
    });

    it('hands over at once on shutdown, after the work of the term has ended', async () => {
      const { first, second } = await start();
      const a = new Candidate(first, 'a');
      await a.elected();
      const b = new Candidate(second, () => 'b');
      await until('b stands by', async () => (await second.get(KEY))?.value === 'a');
      const before = a.term;
      const { ms } = await timed(() => Promise.all([a.stop(), b.elected()]));
      expect(ms).toBeLessThan(1000);
      expect(before.signal.aborted).toBe(true);
      expect(b.term.createRevision).toBeGreaterThan(before.createRevision);
      expect(await fencedWrite(first, before, 'too late')).toBe(false);
      expect(await fencedWrite(second, b.term, 'in time')).toBe(true);
      await b.stop();
      expect(await second.get(KEY)).toBeNull();
    });

    it('takes over when the lease of the leader is lost, and refuses what the old leader still writes', async () => {
      const { first, second, lose, heal } = await start();
      const a = new Candidate(first, 'a');
      await a.elected();
      const old = a.term;
      expect(await fencedWrite(first, old, 'a')).toBe(true);
      const b = new Candidate(second, 'b');
      const lost = timed(() => until('a counts itself out', () => old.signal.aborted));
      await lose();
      await b.elected(15_000);
      expect((await lost).ms).toBeLessThan(2500);
      expect(await second.get(KEY)).toMatchObject({ value: 'b', createRevision: b.term.createRevision });
      await heal();
      // As a process that was stopped in the middle of its work does when it wakes up.
      await until('a reaches the store', () => first.get(KEY).then(Boolean, () => false));
      expect(await fencedWrite(first, old, 'stale')).toBe(false);
      expect(await fencedWrite(second, b.term, 'b')).toBe(true);
      expect(await second.get('/ccm/work')).toMatchObject({ value: 'b' });
      expect(a.leads).toBe(false);
    });

    it('ends the term when somebody deletes the key, and campaigns again', async () => {
      const { first, second } = await start();
      const a = new Candidate(first, 'a');
      await a.elected();
      const old = a.term;
      await second.delete(KEY);
      await until('the term ends', () => old.signal.aborted, 1000);
      await until('a new one begins', () => a.terms.length === 2 && a.leads, 2000);
      expect(await fencedWrite(first, old, 'old')).toBe(false);
      expect(await fencedWrite(first, a.term, 'new')).toBe(true);
    });

    it('campaigns again when the work of a term ends or fails, and tells of the failure', async () => {
      const { first } = await start();
      const controller = new AbortController();
      const failures: unknown[] = [];
      const revisions: number[] = [];
      const values: (string | undefined)[] = [];
      const options = {
        key: KEY,
        value: () => `term ${revisions.length + 1}`,
        ttlSeconds: 3,
        signal: controller.signal,
        onError: (error: unknown) => failures.push(error),
      };
      await lead(first, options, async ({ createRevision }) => {
        revisions.push(createRevision);
        values.push((await first.get(KEY))?.value);
        if (revisions.length === 2) throw new Error('no luck');
        if (revisions.length === 3) controller.abort();
      });
      expect(values).toEqual(['term 1', 'term 2', 'term 3']);
      expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
      expect(failures).toEqual([new Error('no luck')]);
      expect(await first.get(KEY)).toBeNull();
    });

    it('never accepts writes of two terms in turn, whoever leads', async () => {
      const { first, second } = await start();
      const watch = new Recorder(first, '/ccm/work', 0);
      const candidates = Array.from({ length: 5 }, (_, n) => new Candidate(n % 2 ? first : second, `${n}`));
      let terms = 0;
      for (let round = 0; round < 12; round++) {
        await until('somebody leads', () => candidates.some(({ leads }) => leads));
        const leader = candidates.find(({ leads }) => leads);
        const everyTerm = candidates.flatMap((candidate) => candidate.terms);
        terms = Math.max(terms, everyTerm.length);
        // Everybody who ever led tries at the same time.
        await Promise.all(everyTerm.map((term) => fencedWrite(second, term, `${term.createRevision}`)));
        leader?.finishTerm();
        await until('the term has ended', () => leader?.leads === false);
      }
      const { revision } = await second.put('/ccm/work', 'end');
      await watch.reaches(revision);
      await watch.stop();
      const writers = watch.values.slice(0, -1).map(Number);
      expect(terms).toBeGreaterThanOrEqual(12);
      expect(new Set(writers).size).toBeGreaterThanOrEqual(6);
      expect(writers).toEqual(writers.toSorted((a, b) => a - b));
    });

    it('ends at once when it is told to while it stands by', async () => {
      const { first, second } = await start();
      const a = new Candidate(first, 'a');
      await a.elected();
      const b = new Candidate(second, 'b');
      expect((await timed(() => b.stop())).ms).toBeLessThan(500);
      expect(b.terms).toEqual([]);
      expect(a.leads).toBe(true);
    });
  });
}

leaderContract('leader on the embedded live store', async () => {
  const env = openEnvironment(await freshFolder());
  cleanup.defer(() => env.close());
  let skippedMs = 0;
  const clock = { now: () => systemClock.now(), monotonic: () => systemClock.monotonic() + skippedMs };
  const store = cleanup.store(await openEmbeddedLiveStore(env, { clock }));
  return {
    first: store,
    second: store,
    // The process did nothing for as long as the lease lasts.
    async lose() {
      skippedMs = 3000;
      await store.put('/ccm/tick', '');
    },
    heal: async () => undefined,
  };
});

withEtcd('leader', (version) =>
  leaderContract(`leader on the etcd live store ${version}`, async () => {
    const { store: first, direct: second, proxy } = await cleanup.proxied();
    return { first, second, lose: () => proxy.refuse(), heal: () => proxy.accept() };
  }),
);

it('opens the etcd store for candidates without a server', async () => {
  const store = await openEtcdLiveStore({ endpoints: ['http://127.0.0.1:1'] });
  const a = new Candidate(store, 'a');
  await until('the failure is told', () => a.errors.length > 0);
  await a.stop();
  await store.close();
  expect(a.terms).toEqual([]);
});
