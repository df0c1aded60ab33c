/**
 * The live side, every figure beside a bare partner of the same run: processor time per subscriber and event against a
 * `ws` broadcast of the same bytes, memory of idle subscribers, the time from a write to its subscribers against one put
 * of etcd, and how soon they go on once etcd is back. `BENCH_SCALE=0.1` takes a tenth of the subscribers, `BENCH_PART=memory` one part.
 */
import { findEngine, startEtcd, type RunningEngine } from '../tests/support/engines.js';
import { madeUp } from '../tests/support/live-writer.js';
import {
  ascending,
  moment,
  pause,
  quantile,
  scaled,
  startMeasured,
  startSubscribers,
  startWriter,
  type Measured,
} from './live-stage.js';

const QUERY =
  'subscription { instanceChanges { kind liveRevision instanceId transition { from to at sequence } instance { id state } } }';
const SUBSCRIBERS = scaled(5000);
const IDLE = scaled(10_000);
const WAITING = scaled(1000);
const ROUNDS = 3;
const EVENTS = 10;
/** Of what follows the moment in a bare message, to be as long as ours. */
const MESSAGE_BYTES = 290;
const LATENCIES = 250;

const verdict = (isMet: boolean) => (isMet ? 'met' : 'MISSED');
const micros = (cpu: number) => `${cpu.toFixed(2)} us`;

/** Processor time of the server for each message, ours and bare in turn. */
async function fanOut(etcd: RunningEngine, shared: boolean, events: number): Promise<void> {
  const server = await startMeasured({ ETCD_ENDPOINTS: etcd.url, LIVE_SHARED: String(shared) });
  const [subscribers, listeners] = [startSubscribers(), startSubscribers()];
  const writer = await startWriter(etcd);
  try {
    const { socketUrl, bare, token } = server;
    const crowd = { query: QUERY, count: SUBSCRIBERS, mode: 'fast' as const };
    await subscribers.open({ ...crowd, url: socketUrl, token });
    await listeners.open({ ...crowd, url: bare, token: null });
    let messages = 0;
    const ours: number[] = [];
    const theirs: number[] = [];
    async function measure(each: () => Promise<unknown>, from: typeof subscribers): Promise<number> {
      const before = await server.usage();
      for (let n = 0; n < events; n++) {
        await each();
        await from.got(messages + (n + 1) * SUBSCRIBERS);
      }
      const after = await server.usage();
      return (after.cpu - before.cpu) / (events * SUBSCRIBERS);
    }
    for (let round = 0; round <= ROUNDS; round++) {
      const one = await measure(() => writer.move(madeUp(1)), subscribers);
      const { sample } = await subscribers.told();
      const other = await measure(() => server.broadcast(sample ?? ''), listeners);
      messages += events * SUBSCRIBERS;
      // The first round warms both up.
      if (round > 0) [ours, theirs].forEach((list, index) => list.push(index === 0 ? one : other));
    }
    const { sample } = await subscribers.told();
    const ratios = ascending(ours.map((each, index) => each / (theirs[index] ?? Number.NaN)));
    const ratio = quantile(ratios, 0.5);
    const name = shared ? 'executed and encoded once' : 'each by itself (LIVE_SHARED=false)';
    console.log(
      `  ${name}, ${SUBSCRIBERS} subscribers, ${sample?.length} bytes, ${ROUNDS} x ${events} events`,
    );
    console.log(
      `    ours ${micros(quantile(ascending(ours), 0.5))}   bare ${micros(quantile(ascending(theirs), 0.5))}   ` +
        `ratio ${ratio.toFixed(2)} (${ratios.map((each) => each.toFixed(2)).join(' ')})` +
        (shared ? `   goal 1.2: ${verdict(ratio <= 1.2)}` : ''),
    );
  } finally {
    await Promise.all([subscribers.close(), listeners.close()]);
    await writer.close();
    await server.close();
  }
}

/** What an idle subscriber keeps of the server's memory. */
async function idle(etcd: RunningEngine): Promise<void> {
  const server = await startMeasured({ ETCD_ENDPOINTS: etcd.url });
  const crowds = [startSubscribers(), startSubscribers()];
  try {
    const { socketUrl: url, token } = server;
    const open = (count: number) =>
      Promise.all(crowds.map((each) => each.open({ url, token, query: QUERY, count, mode: 'fast' })));
    // What the first ones make once is no part of what each costs.
    await open(Math.ceil(IDLE / 20));
    await pause(1000);
    const before = await server.usage(true);
    await open(Math.ceil(IDLE / 2));
    await pause(1000);
    const after = await server.usage(true);
    const count = after.readers - before.readers;
    const each = (name: 'rss' | 'heap') => (after[name] - before[name]) / count / 1024;
    console.log(
      `  ${count} idle subscribers: ${each('heap').toFixed(1)} KiB each on the heap and beside it,`,
    );
    console.log(
      `    ${each('rss').toFixed(1)} KiB each of resident memory   goal 20: ${verdict(each('rss') <= 20)}`,
    );
  } finally {
    await Promise.all(crowds.map((each) => each.close()));
    await server.close();
  }
}

/** The same way without a server: a put, and once it is answered a bare broadcast of as many bytes. Milliseconds. */
async function bareDelays(
  server: Measured,
  writer: Awaited<ReturnType<typeof startWriter>>,
): Promise<readonly number[]> {
  const listeners = startSubscribers();
  try {
    await listeners.open({ url: server.bare, token: null, query: '', count: WAITING, mode: 'fast' });
    for (let n = 0; n < LATENCIES; n++) {
      if (n === 50) await listeners.delays();
      const begun = moment();
      await writer.move(madeUp(1));
      await server.broadcast(JSON.stringify({ at: String(begun), rest: 'x'.repeat(MESSAGE_BYTES) }));
      await pause(20);
    }
    await listeners.got(LATENCIES * WAITING);
    return ascending(await listeners.delays());
  } finally {
    await listeners.close();
  }
}

interface Delays {
  /** From the start of a write to its arrival, for each write and subscriber; ascending, in ms. */
  readonly taken: readonly number[];
  readonly puts: readonly number[];
}

async function delaysOf(
  subscribers: ReturnType<typeof startSubscribers>,
  writer: Awaited<ReturnType<typeof startWriter>>,
  count: number,
): Promise<Delays> {
  const puts: number[] = [];
  const { messages } = await subscribers.told();
  for (let n = 0; n < LATENCIES; n++) {
    // The first ones warm everything up.
    if (n === 50) await subscribers.delays();
    const put = await writer.move(madeUp(1));
    if (n >= 50) puts.push(put);
    await pause(20);
  }
  await subscribers.got(messages + LATENCIES * count);
  return { taken: ascending(await subscribers.delays()), puts: ascending(puts) };
}

/** From the start of a write to its arrival at each subscriber, and how soon after etcd's return they go on. */
async function delays(etcd: RunningEngine): Promise<void> {
  const server = await startMeasured({ ETCD_ENDPOINTS: etcd.url });
  const [alone, subscribers] = [startSubscribers(), startSubscribers()];
  const writer = await startWriter(etcd);
  try {
    const bare = await bareDelays(server, writer);
    const crowd = { url: server.socketUrl, token: server.token, query: QUERY, mode: 'fast' as const };
    await alone.open({ ...crowd, count: 1 });
    const single = await delaysOf(alone, writer, 1);
    await alone.close();
    const [one, onePut] = [quantile(single.taken, 0.5), quantile(single.puts, 0.5)];
    console.log(`  from a write's start to its one subscriber, ${single.puts.length} writes:`);
    console.log(
      `    p50 ${one.toFixed(2)} ms   one put of etcd ${onePut.toFixed(2)} ms   ` +
        `ratio ${(one / onePut).toFixed(2)}   goal 2.5: ${verdict(one <= 2.5 * onePut)}`,
    );
    await subscribers.open({ ...crowd, count: WAITING });
    const { taken, puts } = await delaysOf(subscribers, writer, WAITING);
    const [p50, p99, put] = [quantile(taken, 0.5), quantile(taken, 0.99), quantile(puts, 0.5)];
    console.log(`  from a write's start to each of ${WAITING} subscribers, ${puts.length} writes:`);
    console.log(
      `    p50 ${p50.toFixed(2)} ms   one put of etcd ${put.toFixed(2)} ms (p99 ${quantile(puts, 0.99).toFixed(2)})   ` +
        `ratio ${(p50 / put).toFixed(2)}`,
    );
    console.log(`    p99 ${p99.toFixed(2)} ms   goal 50: ${verdict(p99 < 50)}`);
    const [bare50, bare99] = [quantile(bare, 0.5), quantile(bare, 0.99)];
    console.log(
      `    a put and a bare broadcast: p50 ${bare50.toFixed(2)} ms, p99 ${bare99.toFixed(2)} ms   ` +
        `ratio ${(p50 / bare50).toFixed(2)} and ${(p99 / bare99).toFixed(2)}`,
    );

    const times: number[] = [];
    for (let n = 0; n < 5; n++) {
      await etcd.kill();
      await pause(2000 + 1000 * n);
      await etcd.restart();
      const back = moment();
      const { messages } = await subscribers.told();
      while (!(await writer.move(madeUp(1)).catch(() => null))) await pause(5);
      await subscribers.got(messages + WAITING);
      times.push(moment() - back);
    }
    const longest = Math.max(...times);
    console.log(
      `  all go on after etcd's return: ${times.map((each) => each.toFixed(0)).join(', ')} ms   ` +
        `goal 1000: ${verdict(longest <= 1000)}`,
    );
  } finally {
    await subscribers.close();
    await writer.close();
    await server.close();
  }
}

/** Each has an etcd of its own: its data belong to one server. */
async function withEtcd(measure: (etcd: RunningEngine) => Promise<void>): Promise<void> {
  // Puts reach the disk, as they do where it counts.
  const etcd = await startEtcd({ extraArgs: ['--unsafe-no-fsync=false'] });
  try {
    await measure(etcd);
  } finally {
    await etcd.stop();
  }
}

const PARTS: Record<string, (etcd: RunningEngine) => Promise<void>> = {
  'processor time of the server for each message': (etcd) => fanOut(etcd, true, EVENTS),
  'the same, on the plain path': (etcd) => fanOut(etcd, false, Math.ceil(EVENTS / 3)),
  memory: idle,
  delay: delays,
};

export async function run(): Promise<void> {
  if (!findEngine('etcd').path) return console.log('fan-out NOT RUN: there is no etcd');
  for (const [name, measure] of Object.entries(PARTS)) {
    if (!name.includes(process.env['BENCH_PART'] ?? '')) continue;
    console.log(name);
    await withEtcd(measure);
  }
}
