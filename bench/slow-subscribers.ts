/**
 * Subscribers that read slowly or not at all beside others that keep up: what the fast ones notice, how the slow ones
 * end, and the memory of the server before, during and after. `BENCH_SCALE=0.1` takes a tenth of them.
 */
import { createClient } from '../src/client/index.js';
import { WebSocket } from 'ws';
import { findEngine, startEtcd, type RunningEngine } from '../tests/support/engines.js';
import { story } from '../tests/support/story.js';
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

const FAST = scaled(8000);
const PAUSED = scaled(1000);
const SLOW = scaled(1000);
const BASE_EVENTS = 40;
/** At most; by then the buffers of every connection are full. */
const EVENTS = 400;
const BETWEEN_MS = 50;

const MEBI = 1024 * 1024;

/** An instance with a long text, so that some messages may be large. */
async function heavyInstance({ url, token }: Measured): Promise<string> {
  const client = createClient({ url, token, webSocketImpl: WebSocket });
  try {
    const tell = story(client);
    const resourceRequirements = { cpuCores: 1, memoryGb: 1, storageGb: 1 };
    const labArtifactUri = `file:///${'x'.repeat(2000)}`;
    const { id: definitionId } = await tell.definition({
      ...{ name: 'Heavy', version: '1.0.0', resourceRequirements, labArtifactUri },
    });
    return (await tell.instance({ definitionId })).id;
  } finally {
    await client.close();
  }
}

async function measure(etcd: RunningEngine): Promise<void> {
  const env = { ETCD_ENDPOINTS: etcd.url, READER_QUEUE_CHANGES: '50', MAX_QUERY_ALIASES: '100' };
  const server = await startMeasured(env);
  const [fast, others] = [startSubscribers(), startSubscribers()];
  const writer = await startWriter(etcd);
  const memory = async (when: string) => {
    const { rss, heap, readers } = await server.usage(true);
    const text = `${(rss / MEBI).toFixed(0)} MiB resident, ${(heap / MEBI).toFixed(0)} MiB of it heap and buffers`;
    console.log(`  ${when.padEnd(34)} ${text}, ${readers} subscriptions`);
    return { rss, heap };
  };
  try {
    const id = await heavyInstance(server);
    const filter = `(filter: { ids: ["${id}"] })`;
    const texts = Array.from({ length: 40 }, (_, n) => `a${n}: labArtifactUri`).join(' ');
    const light = `subscription { instanceChanges${filter} { kind liveRevision transition { at } } }`;
    const heavy = `subscription { instanceChanges${filter} { kind liveRevision instance { definition { ${texts} } } } }`;
    const { socketUrl: url, token } = server;
    await fast.open({ url, token, query: light, count: FAST, mode: 'fast' });
    let written = 0;
    const write = async () => {
      const begun = moment();
      await writer.move(id);
      await fast.got(++written * FAST);
      await pause(Math.max(0, begun + BETWEEN_MS - moment()));
    };
    for (let n = 0; n < BASE_EVENTS; n++) await write();
    await fast.delays();
    const alone: number[] = [];
    for (let n = 0; n < BASE_EVENTS; n++) {
      await write();
      alone.push(...(await fast.delays()));
    }
    const before = await memory('before, fast ones alone');

    await others.open({ url, token, query: heavy, count: PAUSED, mode: 'paused' });
    await others.open({ url, token, query: heavy, count: SLOW, mode: 'slow' });
    const beside: number[] = [];
    let slow = 0;
    for (let n = 0; n < EVENTS && slow < PAUSED + SLOW; n++) {
      await write();
      beside.push(...(await fast.delays()));
      slow = (await server.usage()).slowReaders;
    }
    await memory('during, slow ones ended');
    await others.resume();
    const end = moment() + 60_000;
    let told = await others.told();
    while (told.ended < slow && told.connected > 0 && moment() < end) {
      await pause(200);
      told = await others.told();
    }
    await others.close();
    for (let n = 0; n < 10; n++) await write();
    await pause(2000);
    const after = await memory('after, slow ones gone');

    const [one, other] = [quantile(ascending(alone), 0.99), quantile(ascending(beside), 0.99)];
    const isSame = other <= 2 * one;
    const growth = (after.rss / before.rss - 1) * 100;
    console.log(
      `  ${FAST} fast ones, p99: ${one.toFixed(1)} ms alone, ${other.toFixed(1)} ms beside slow ones`,
    );
    console.log(`    ratio ${(other / one).toFixed(2)}   goal 2: ${isSame ? 'met' : 'MISSED'}`);
    console.log(
      `  ${PAUSED} paused and ${SLOW} at 1 kB/s: ${slow} ended by the server; ${told.resumable} of ${told.ended} that ` +
        'read on were told SLOW_READER with their position',
    );
    console.log(`  memory after: ${growth.toFixed(0)} % more   goal 20: ${growth <= 20 ? 'met' : 'MISSED'}`);
  } finally {
    await fast.close();
    await writer.close();
    await server.close();
  }
}

export async function run(): Promise<void> {
  if (!findEngine('etcd').path) return console.log('slow-subscribers NOT RUN: there is no etcd');
  console.log(`${FAST + PAUSED + SLOW} subscribers, of which ${PAUSED} paused and ${SLOW} reading 1 kB/s`);
  const etcd = await startEtcd();
  try {
    await measure(etcd);
  } finally {
    await etcd.stop();
  }
}
