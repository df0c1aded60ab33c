import { Waits } from '../../src/live/waits.js';
import type { WatchHub } from '../../src/live/watch-hub.js';
import { audit } from './live-audit.js';
import { Follower, liveStage, type LiveStage } from './live-stage.js';
import { madeUp, type Written } from './live-writer.js';
import { seededRandom } from './seeded-random.js';

export interface ChaosOptions {
  readonly seed: number;
  /** How long the faults last. */
  readonly ms: number;
  /** Whether etcd's history is compacted too. */
  readonly isHard: boolean;
}

const INSTANCES = 20;
const LAST = madeUp(99);
/** Long enough for thousands of moves on a busy machine. */
const CATCH_UP_MS = 300_000;
const isRunning = ({ to }: Written) => to === 'RUNNING';

/**
 * Instances move on while the ways to etcd and to the server break at random; two subscribers follow, one of them only
 * what is RUNNING. What they were told is judged by what was written.
 */
export async function watchChaos({ seed, ms, isHard }: ChaosOptions) {
  const random = seededRandom(seed);
  const stage = await liveStage({ LIVE_RING_CHANGES: '400', BOOKMARK_SECONDS: '0.2' });
  const { hub, metrics } = stage.server.server.context;
  const comparisons = comparisonsOf(hub);
  try {
    const client = await stage.client();
    const all = new Follower(client);
    const running = new Follower(client, { filter: { states: ['RUNNING'] } });
    await Promise.all([all.synced(), running.synced()]);
    const end = performance.now() + ms;
    const isOver = () => performance.now() >= end;
    const [, faults] = await Promise.all([
      write(stage, random, isOver),
      disturb(stage, random, isOver, isHard),
    ]);
    // Four moves end in RUNNING, which both subscribers are told of.
    for (let move = 0; move < 4; move++) await stage.writer.move([LAST]);
    await Promise.all([all.reaches(LAST, 4, CATCH_UP_MS), running.reaches(LAST, 4, CATCH_UP_MS)]);
    await Promise.all([all.end(), running.end()]);
    // The first may have begun before the last move; the second leaves nothing out.
    await comparisons.more(2, CATCH_UP_MS);
    const { written } = stage.writer;
    const differences = await metrics.liveDifferences.get();
    return {
      seed,
      faults,
      written: written.length,
      reconnects: all.retries.length + running.retries.length,
      all: audit(all.messages, written),
      running: audit(running.messages, written, isRunning),
      comparisons: comparisons.count(),
      differences: differences.values[0]?.value ?? 0,
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

async function write({ writer }: LiveStage, random: () => number, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const ids = new Set(
      Array.from({ length: 1 + random() * 3 }, () => madeUp(Math.floor(random() * INSTANCES))),
    );
    await writer.move([...ids], random() * 3000);
    await pause(2);
  }
}

async function disturb(
  stage: LiveStage,
  random: () => number,
  isOver: () => boolean,
  isHard: boolean,
): Promise<number> {
  const { wayToEtcd, wayToServer } = stage;
  let faults = 0;
  for (; !isOver(); faults++) {
    await pause(20 + random() * 350);
    const way = random() < 0.5 ? wayToEtcd : wayToServer;
    const kind = random();
    if (isHard && kind < 0.15) await stage.compact(Math.floor(random() * 600)).catch(() => undefined);
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
  for (const way of [wayToEtcd, wayToServer]) way.delay(0);
  return faults;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
