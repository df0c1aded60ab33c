/**
 * What a flood on one socket does to everybody else: 50 000 subscriptions that are ended at once, and 200 000 pings.
 * Printed are the longest time that the loop of the server was held up, and its memory, beside graphql-ws alone with a
 * schema of one field, flooded in the same way. `BENCH_SCALE=0.1` sends a tenth.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import { join } from 'node:path';
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { startTestServer } from '../tests/support/server.js';
import type { Flood, Flooded } from './floods-child.js';
import { scaled } from './live-stage.js';

const SUBSCRIPTIONS = scaled(50_000);
const PINGS = scaled(200_000);
const GOAL_MS = 200;
const MEGA = 1e6;

interface Lag {
  readonly longestMs: number;
  /** Bytes. */
  readonly before: number;
  readonly peak: number;
  readonly seconds: number;
}

/** Floods from another process, and watches this one. */
async function flood(order: Flood): Promise<Lag> {
  const child = fork(join(import.meta.dirname, 'floods-child.ts'));
  try {
    await once(child, 'message');
    const before = process.memoryUsage.rss();
    let peak = before;
    const delays = monitorEventLoopDelay({ resolution: 1 });
    const look = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 50);
    const started = performance.now();
    delays.enable();
    child.send(order);
    const [{ fault }] = (await once(child, 'message')) as [Flooded];
    delays.disable();
    clearInterval(look);
    if (fault) throw new Error(fault);
    const seconds = (performance.now() - started) / 1000;
    return { longestMs: delays.max / MEGA, before, peak, seconds };
  } finally {
    child.kill();
  }
}

/** graphql-ws with a subscription that tells one thing and then waits. */
async function startBare() {
  const subscribe = async function* () {
    yield { changes: 'SYNCED' };
    await new Promise<void>(() => undefined);
  };
  const text = { type: GraphQLString };
  const schema = new GraphQLSchema({
    query: new GraphQLObjectType({ name: 'Query', fields: { hello: text } }),
    subscription: new GraphQLObjectType({
      name: 'Subscription',
      fields: { changes: { ...text, subscribe: () => endable(subscribe()) } },
    }),
  });
  const http = createServer().listen(0, '127.0.0.1');
  await once(http, 'listening');
  const wss = new WebSocketServer({ server: http, path: '/graphql' });
  const served = useServer({ schema }, wss);
  const close = async () => {
    await served.dispose();
    http.close();
  };
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, close };
}

/** A generator that waits cannot be ended from outside. */
function endable<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  const ended = { done: true, value: undefined } as const;
  let end: (result: typeof ended) => void = () => undefined;
  const over = new Promise<typeof ended>((resolve) => (end = resolve));
  return Object.assign(Object.create(items) as AsyncGenerator<T>, {
    next: () => Promise.race([items.next(), over]),
    return: async () => {
      end(ended);
      return ended;
    },
    [Symbol.asyncIterator](this: AsyncGenerator<T>) {
      return this;
    },
  });
}

function report(name: string, { longestMs, before, peak, seconds }: Lag, bare: Lag | null): void {
  const beside = bare ? `   ${(longestMs / bare.longestMs).toFixed(2)} x the longest of bare` : '';
  const goal = bare ? `   goal ${GOAL_MS}: ${longestMs < GOAL_MS ? 'met' : 'MISSED'}` : '';
  const memory = `${(before / MEGA).toFixed(0)} MB before, ${(peak / MEGA).toFixed(0)} at most`;
  console.log(
    `  ${name.padEnd(10)} held up for ${longestMs.toFixed(1)} ms at most${goal}; ${memory}; ${seconds.toFixed(1)} s${beside}`,
  );
}

export async function run(): Promise<void> {
  const bare = await startBare();
  const server = await startTestServer({});
  const token = await server.token('ADMIN');
  try {
    const floods = [
      {
        name: `${SUBSCRIPTIONS} subscriptions, each ended at once`,
        kind: 'subscriptions',
        count: SUBSCRIPTIONS,
      },
      { name: `${PINGS} pings`, kind: 'pings', count: PINGS },
    ] as const;
    for (const { name, kind, count } of floods) {
      const query = (field: string) => `subscription { ${field} }`;
      const alone = await flood({ url: bare.url, token, kind, count, query: query('changes') });
      await setTimeout(1000);
      const ours = await flood({
        url: server.url,
        token,
        kind,
        count,
        query: query('instanceChanges { kind }'),
      });
      console.log(`${name} on one socket`);
      report('ours', ours, alone);
      report('graphql-ws', alone, null);
    }
  } finally {
    await server.close();
    await bare.close();
  }
}
