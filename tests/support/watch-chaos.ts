import { Waits } from '../../src/live/waits.js';
import type { WatchHub } from '../../src/live/watch-hub.js';
import { EventFollower, Follower, WorkerFollower } from './followers.js';
import { audit } from './live-audit.js';
import { liveStage, portOf, type LiveStage } from './live-stage.js';
import { LiveWriter, madeUp, madeUpWorker, workers, type Written } from './live-writer.js';
import { seededRandom } from './seeded-random.js';

export interface ChaosOptions {
  readonly seed: number;
  /** How long the faults last. */
  readonly ms: number;
  /** Whether etcd's history is compacted too. */
  readonly isHard: boolean;
  /** With two, every new connection of a subscriber may lead to the other one. */
  readonly servers: 1 | 2;
}

const THINGS = 20;
const LAST = 99;
/** Long enough for thousands of moves on a busy machine. */
const CATCH_UP_MS = 300_000;
const isRunning = ({ to }: Written) => to === 'RUNNING';

type Random = () => number;

/** Every other seed is hard, and every other two have two servers. */
export const chaosOf = (seed: number, ms: number): ChaosOptions => ({
  ...{ seed, ms, isHard: seed % 2 === 0 },
  servers: seed % 4 < 2 ? 1 : 2,
});

/**
 * Instances and workers move on while the ways to etcd and to the servers break at random. Subscribers of either
 * follow, on sockets and on an event stream, two of them with the same feed on sockets of their own, one of them only
 * what is RUNNING. What they were told is judged by what was written.
 */
export async function watchChaos({ seed, ms, isHard, servers }: ChaosOptions) {
  const random = seededRandom(seed);
  const stage = await liveStage({ LIVE_RING_CHANGES: '400', BOOKMARK_SECONDS: '0.2' }, { servers });
  const contexts = [stage.server, ...(stage.second ? [stage.second.server] : [])].map(
    ({ server }) => server.context,
  );
  const comparisons = contexts.map(({ hub }) => comparisonsOf(hub));
  const { writer } = stage;
  const workerWriter = new LiveWriter(writer.store, writer.keys, workers);
  try {
    const [client, other] = [await stage.client(), await stage.client()];
    const all = new Follower(client);
    const followers = [
      { name: 'all', by: all, writer, shows: () => true },
      { name: 'all again', by: new Follower(other), writer, shows: () => true },
      {
        ...{ name: 'running', writer, shows: isRunning },
        by: new Follower(client, { filter: { states: ['RUNNING'] } }),
      },
      {
        ...{ name: 'event stream', writer, shows: () => true },
        by: new EventFollower(stage.wayToServer.url, stage.token),
      },
      { name: 'workers', by: new WorkerFollower(other), writer: workerWriter, shows: () => true },
    ];
    await Promise.all(followers.map(({ by }) => by.synced()));
    // Whatever else chance has in store, each of them is cut off once.
    stage.wayToServer.cut();
    const end = performance.now() + ms;
    const isOver = () => performance.now() >= end;
    const [, faults] = await Promise.all([
      write([writer, workerWriter], random, isOver),
      disturb(stage, random, isOver, isHard),
    ]);
    // Four moves end in RUNNING, which all of them are told of.
    for (let move = 0; move < 4; move++) {
      await writer.move([madeUp(LAST)]);
      await workerWriter.move([madeUpWorker(LAST)]);
    }
    const last = { ins: madeUp(LAST), wrk: madeUpWorker(LAST) };
    await Promise.all(
      followers.map(({ by, writer: of }) => by.reaches(of === writer ? last.ins : last.wrk, 4, CATCH_UP_MS)),
    );
    await Promise.all(followers.map(({ by }) => by.end()));
    // The first may have begun before the last move; the second leaves nothing out.
    await Promise.all(comparisons.map((made) => made.more(2, CATCH_UP_MS)));
    const differences = await Promise.all(contexts.map(({ metrics }) => metrics.liveDifferences.get()));
    const verdicts = followers.map(({ name, by, writer: of, shows }) => ({
      ...audit(by.messages, of.written, shows),
      name,
      retries: by.retries.length,
    }));
    return {
      ...{ seed, servers, faults, verdicts },
      written: writer.written.length + workerWriter.written.length,
      reconnects: verdicts.reduce((sum, { retries }) => sum + retries, 0),
      resyncs: verdicts.reduce((sum, { resyncs }) => sum + resyncs, 0),
      problems: verdicts.flatMap(({ name, problems }) => problems.map((problem) => `${name}: ${problem}`)),
      comparisons: Math.min(...comparisons.map(({ count }) => count())),
      differences: differences.reduce((sum, { values }) => sum + (values[0]?.value ?? 0), 0),
    };
  } finally {
    await stage.close();
  }
}

/** The comparisons of the live values with the store that came to a result, from now on. */
function comparisonsOf(hub: WatchHub) {
  const compare = hub.compare;
  const waits = new Waits();
  let count = 0;
  hub.compare = async () => {
    const different = await compare();
    if (different !== null) count++;
    waits.check();
    return different;
  };
  return {
    count: () => count,
    more(wanted: number, ms: number): Promise<boolean> {
      const target = count + wanted;
      return waits.until(() => count >= target, ms);
    },
  };
}

async function write(
  [instances, ofWorkers]: readonly [LiveWriter, LiveWriter<any>],
  random: Random,
  isOver: () => boolean,
): Promise<void> {
  const some = (id: (n: number) => string) => [
    ...new Set(Array.from({ length: 1 + random() * 3 }, () => id(Math.floor(random() * THINGS)))),
  ];
  while (!isOver()) {
    if (random() < 0.7) await instances.move(some(madeUp), random() * 3000);
    else await ofWorkers.move(some(madeUpWorker), random() * 3000);
    await pause(2);
  }
}

async function disturb(
  { wayToServer, compact, ...stage }: LiveStage,
  random: Random,
  isOver: () => boolean,
  isHard: boolean,
): Promise<number> {
  const servers = [stage, ...(stage.second ? [stage.second] : [])];
  const ways = servers.map(({ wayToEtcd }) => wayToEtcd);
  const oneOf = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  let faults = 0;
  for (; !isOver(); faults++) {
    await pause(20 + random() * 350);
    const way = random() < 0.5 ? oneOf(ways) : wayToServer;
    wayToServer.lead(portOf(oneOf(servers).server));
    const kind = random();
    if (isHard && kind < 0.15) await compact(Math.floor(random() * 600)).catch(() => undefined);
    else if (kind < 0.5) way.cut();
    else if (kind < 0.7) {
      await way.refuse();
      await pause(random() * 300);
      await way.accept();
    } else if (kind < 0.85) {
      way.blackHole();
      await pause(random() * 400);
      way.cut();
    } else way.delay(Math.floor(random() * 3) * 15);
  }
  for (const way of [...ways, wayToServer]) way.delay(0);
  return faults;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
