/**
 * The eight basic operations with 1000 instances and 100 workers stored: at a steady 500 a second, and as a closed
 * loop of 32 callers. The load comes from another process; each operation has the same share of it.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { atShare, stockUp } from '../tests/support/eight-operations.js';
import { findEngine, startEtcd, startMongod, startMongoJavaServer } from '../tests/support/engines.js';
import { startTestServer } from '../tests/support/server.js';
import type { Load, Order, Outcome } from './operations-child.js';

const STORED = { instances: 1000, workers: 100 };
const SECONDS = Number(process.env['BENCH_SECONDS'] ?? 10);
const STEADY: Load = { perSecond: 500, seconds: SECONDS };
const CLOSED: Load = { callers: 32, seconds: SECONDS };
/** A server that has run for half a minute: much of its code is compiled only by then. */
const WARM: readonly Load[] = [
  { callers: 8, seconds: SECONDS },
  { perSecond: 500, seconds: SECONDS },
];
/** The room for young objects is the server's; collecting much of it at once would hold up who measures. */
const CHILD = { execArgv: process.execArgv.filter((each) => !each.includes('semi-space')) };

async function measure(name: string, goal: number, env: Record<string, string>): Promise<void> {
  const server = await startTestServer({ env });
  const child = fork(join(import.meta.dirname, 'operations-child.ts'), CHILD);
  try {
    await once(child, 'message');
    const admin = await server.client('ADMIN');
    const token = await server.token('ADMIN');
    const run = async (load: Load): Promise<Outcome & { cpu: number }> => {
      // Each load ends instances of its own.
      const stock = await stockUp(server.server.context, admin, { ...STORED, workers: 0 });
      const answer = once(child, 'message') as Promise<[Outcome]>;
      const before = process.cpuUsage();
      child.send({ url: server.url, token, stock, load } satisfies Order);
      const [outcome] = await answer;
      const { user, system } = process.cpuUsage(before);
      if (outcome.failed.length > 0) console.log(`  FAILED ${outcome.failed.length}: ${outcome.failed[0]}`);
      return { ...outcome, cpu: (user + system) / 1000 };
    };
    await stockUp(server.server.context, admin, { instances: 0, workers: STORED.workers });
    for (const load of WARM) await run(load);
    const steady = await run(STEADY);
    const closed = await run(CLOSED);
    console.log(`${name}, load of the machine ${loadavg()[0]?.toFixed(1)}`);
    report(`500 a second, goal p95 < ${goal} ms`, steady);
    report('32 callers', closed);
  } finally {
    child.kill();
    await server.close();
  }
}

function report(what: string, { took, seconds, cpu }: Outcome & { cpu: number }): void {
  const all = Object.values(took).flat();
  const rate = (all.length / seconds).toFixed(0);
  console.log(`  ${what}: ${rate} operations a second, ${(cpu / all.length).toFixed(2)} ms CPU for each`);
  for (const [name, times] of [...Object.entries(took), ['all', all] as const]) {
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((share) => atShare(times, share).toFixed(1).padStart(7));
    console.log(`    ${name.padEnd(18)} p50 ${p50} ms   p95 ${p95} ms   p99 ${p99} ms`);
  }
}

export async function run(): Promise<void> {
  await measure('embedded stores', 20, {});
  // A mongod where there is one; the other keeps no ordered indexes, and looks at every document for a page.
  const startDocuments = findEngine('mongod').path ? startMongod : startMongoJavaServer;
  if (!findEngine('etcd').path || !(findEngine('mongod').path ?? findEngine('mongo-java-server').path))
    return console.log('engines NOT RUN');
  const [etcd, documents] = [await startEtcd(), await startDocuments()];
  try {
    const env = { ETCD_ENDPOINTS: etcd.url, MONGODB_URI: documents.url };
    await measure(`etcd ${etcd.version} + ${documents.name} ${documents.version}`, 50, env);
  } finally {
    await etcd.stop();
    await documents.stop();
  }
}
