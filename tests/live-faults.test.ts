import { describe, expect, it, onTestFinished } from 'vitest';
import { InstanceChangesDocument, WorkerChangesDocument } from '../src/client/index.js';
import { isHere } from './support/backends.js';
import { startEtcd, startMongoJavaServer } from './support/engines.js';
import { audit, type Change } from './support/live-audit.js';
import { Follower } from './support/followers.js';
import { liveStage, NO_REPAIR } from './support/live-stage.js';
import { madeUp } from './support/live-writer.js';
import { startTestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';
import { chaosOf, watchChaos } from './support/watch-chaos.js';

const LONG = 400_000;
/** Seeds of the random runs; the environment may name another one. */
const SEEDS = (process.env['SEED'] ? [Number(process.env['SEED'])] : [1, 2, 3]).filter(
  (seed) => chaosOf(seed, 0).servers === 1 || isHere('mongo-java-server'),
);

async function stage(env: Record<string, string> = {}) {
  const made = await liveStage(env);
  onTestFinished(() => made.close());
  const client = await made.client();
  return { ...made, client };
}

/** A follower that has its snapshot. */
async function following(...given: ConstructorParameters<typeof Follower>): Promise<Follower> {
  const follower = new Follower(...given);
  onTestFinished(() => follower.end());
  await follower.synced();
  return follower;
}

if (isHere('etcd')) {
  describe('S2 subscribers of a server on etcd', () => {
    it.each(SEEDS)(
      'lose, double and disorder nothing while connections break at random (seed %i)',
      { timeout: LONG },
      async (seed) => {
        const options = chaosOf(seed, 6000);
        const { verdicts, ...run } = await watchChaos(options);
        process.stdout.write(`watch chaos: ${JSON.stringify(run)}\n`);
        expect(run).toMatchObject({ problems: [], differences: 0 });
        expect(run.comparisons).toBeGreaterThan(1);
        expect(run.faults).toBeGreaterThan(3);
        for (const { name, retries, resyncs, events, expected } of verdicts) {
          expect(retries, name).toBeGreaterThan(0);
          // Only compaction takes history away.
          if (!options.isHard) expect([name, resyncs, events]).toEqual([name, 0, expected]);
        }
      },
    );

    it('hear everything that was written around a crash of etcd', { timeout: LONG }, async () => {
      const { etcd, writer, client } = await stage();
      const follower = await following(client);
      const ids = [madeUp(1), madeUp(2)];
      for (let round = 0; round < 3; round++) {
        for (let n = 0; n < 20; n++) await writer.move(ids);
        await etcd.kill();
        await etcd.restart();
        // As soon as it takes a write again.
        while ((await writer.store.health()).state !== 'up') await new Promise(setImmediate);
      }
      await writer.move(ids);
      await follower.reaches(madeUp(2), 61);
      expect(audit(follower.messages, writer.written)).toMatchObject({
        problems: [],
        resyncs: 0,
        events: 122,
      });
    });

    it.each([
      [900, 8000, 100],
      [20_000, 1000, 100],
    ])(
      'catch up on %i moves of %i bytes that they missed',
      { timeout: LONG },
      async (moves, bytes, instances) => {
        const { writer, client, wayToServer } = await stage({ LIVE_RING_CHANGES: '500' });
        const follower = await following(client);
        await writer.move([madeUp(0)]);
        await follower.reaches(madeUp(0), 1);
        await wayToServer.refuse();
        const ids = Array.from({ length: instances }, (_, n) => madeUp(n));
        for (let written = 0; written < moves; written += instances) await writer.move(ids, bytes);
        await wayToServer.accept();
        const { seq, id } = required([...writer.latest.values()].at(-1));
        await follower.reaches(id, seq, 60_000);
        const verdict = audit(follower.messages, writer.written);
        expect(verdict).toMatchObject({ problems: [], resyncs: 0, events: moves + 1 });
      },
    );

    it(
      'are told when history is compacted every 200 ms, connected and away, and see what is there',
      { timeout: LONG },
      async () => {
        const { writer, client, wayToServer, compact, server } = await stage({ LIVE_RING_CHANGES: '50' });
        const [connected, away] = [
          await following(server.clientWith(await server.token('ADMIN'))),
          await following(client),
        ];
        const ids = Array.from({ length: 30 }, (_, n) => madeUp(n));
        for (let round = 0; round < 10; round++) {
          if (round % 3 === 1) await wayToServer.refuse();
          const until = performance.now() + 200;
          while (performance.now() < until) await writer.move(ids.slice(0, 1 + (round % 5)));
          await compact();
          if (round % 3 === 2) await wayToServer.accept();
        }
        await writer.move(ids);
        const { seq, id } = required([...writer.latest.values()].at(-1));
        for (const each of [connected, away]) await each.reaches(id, seq);
        expect(audit(connected.messages, writer.written)).toMatchObject({ problems: [], resyncs: 0 });
        const verdict = audit(away.messages, writer.written);
        expect(verdict.problems).toEqual([]);
        expect(verdict.resyncs).toBeGreaterThan(0);
      },
    );

    it(
      'go on at a process that has just started, with a position of the one before it',
      { timeout: LONG },
      async () => {
        const made = await stage();
        const follower = await following(made.client);
        await made.writer.move([madeUp(1)]);
        await follower.reaches(madeUp(1), 1);
        const after = required(follower.position);
        await follower.end();
        await made.server.stop();
        for (let n = 0; n < 500; n++) await made.writer.move([madeUp(1), madeUp(2)]);
        const env = { ...NO_REPAIR, ETCD_ENDPOINTS: made.etcd.url };
        const next = await startTestServer({ dataDir: made.server.dataDir, env });
        onTestFinished(() => next.stop());
        const later = await following(await next.client('ADMIN', 'watcher'), { after });
        expect(audit([...follower.messages, ...later.messages], made.writer.written)).toMatchObject({
          problems: [],
          resyncs: 0,
          events: 1001,
        });
      },
    );
  });
}

if (isHere('etcd') && isHere('mongo-java-server')) {
  describe('A4 two servers on etcd + mongo-java-server', () => {
    it(
      'each show what happens at the other, and take positions of the other',
      { timeout: LONG },
      async () => {
        const [etcd, mongo] = await Promise.all([startEtcd(), startMongoJavaServer()]);
        onTestFinished(async () => void (await Promise.all([etcd.stop(), mongo.stop()])));
        const env = { ETCD_ENDPOINTS: etcd.url, MONGODB_URI: mongo.url };
        const first = await startTestServer({ env });
        onTestFinished(() => first.close());
        const second = await startTestServer({ env, dataDir: first.dataDir });
        onTestFinished(() => second.stop());
        const [here, there] = [await first.client('ADMIN', 'root'), await second.client('ADMIN', 'root')];
        const tell = story(here);
        const follower = await following(there);
        const { id: definitionId } = await tell.definition(plainDefinition('Shared'));
        const { id: workerId } = await openWorker(here, 'shared');
        const { id } = await tell.instance({ definitionId });
        const steps = [
          () => tell.schedule(id, workerId),
          () => tell.move(id, 'INSTANTIATING'),
          () => tell.move(id, 'RUNNING', { cmlLabId: 'lab' }),
          () => tell.terminate(id),
        ];
        for (const step of steps) {
          const { sequence } = await step();
          // Within the second that the product promises.
          await follower.reaches(id, sequence, 1000);
        }
        const told = follower.messages.filter(({ kind }) => kind === 'CHANGED');
        expect(told.map(({ transition }) => transition?.to)).toEqual([
          ...['PENDING', 'SCHEDULED', 'INSTANTIATING', 'RUNNING', 'STOPPING'],
        ]);
        for (const { instance, transition } of told) {
          expect(required(instance).sequence).toBeGreaterThanOrEqual(required(transition).sequence);
        }
        // Each position of the second server goes on at the first one.
        for (const [n, { liveRevision }] of told.entries()) {
          const seen: Change[] = [];
          for await (const { instanceChanges } of here.subscribe(InstanceChangesDocument, {
            after: liveRevision,
          })) {
            if (instanceChanges.kind === 'SYNCED') break;
            seen.push(instanceChanges);
          }
          expect(seen.map(({ transition }) => transition?.to)).toEqual(
            told.slice(n + 1).map(({ transition }) => transition?.to),
          );
        }
        for await (const { workerChanges } of there.subscribe(WorkerChangesDocument, {})) {
          if (workerChanges.kind === 'SNAPSHOT') expect(workerChanges.worker?.instanceIds).toEqual([id]);
          else break;
        }
      },
    );
  });
}

describe('the audit of what subscribers were told', () => {
  const written = [1, 2, 3, 4].map((seq) => ({
    id: madeUp(1),
    seq,
    from: null,
    to: 'PENDING' as const,
    revision: seq,
  }));
  const told = (kind: Change['kind'], sequence?: number): Change => ({
    kind,
    liveRevision: '',
    instanceId: sequence === undefined ? null : madeUp(1),
    instance: null,
    transition: sequence === undefined ? null : { from: null, to: 'PENDING', at: '', sequence },
  });
  const problemsOf = (...messages: Change[]) => audit(messages, written).problems.length;

  it('finds what was lost, doubled or out of order, and takes what was announced', () => {
    const all = [1, 2, 3, 4].map((seq) => told('CHANGED', seq));
    expect(problemsOf(told('SYNCED'), ...all)).toBe(0);
    expect(problemsOf(...all.slice(0, 2), ...all.slice(3))).toBe(1);
    expect(problemsOf(...all, told('CHANGED', 4))).toBe(1);
    expect(problemsOf(told('CHANGED', 1), told('CHANGED', 3), told('CHANGED', 2), told('CHANGED', 4))).toBe(
      2,
    );
    expect(
      problemsOf(told('CHANGED', 1), told('RESYNC_REQUIRED'), told('SNAPSHOT', 3), told('CHANGED', 4)),
    ).toBe(0);
    expect(problemsOf(...all.slice(0, 3))).toBe(1);
    const anew = (sequence: number) => [told('RESYNC_REQUIRED'), told('SNAPSHOT', sequence), told('SYNCED')];
    // Lost after the snapshot.
    expect(problemsOf(...anew(1), told('CHANGED', 4))).toBe(1);
    // Snapshots that are older than what was told.
    expect(problemsOf(...all.slice(0, 3), ...anew(1), told('CHANGED', 4))).toBe(1);
    expect(problemsOf(...all.slice(0, 3), ...anew(1), ...anew(4))).toBe(1);
    expect(problemsOf(...all.slice(0, 3), ...anew(3), told('CHANGED', 4))).toBe(0);
    expect(problemsOf(...anew(2), told('CHANGED', 3), told('CHANGED', 4), ...anew(4))).toBe(0);
    expect(problemsOf(...all, told('REMOVED', 4))).toBe(2);
  });
});
