/** Sends the load of the benchmark of operations, from a process of its own. */
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { createClient } from '../src/client/index.js';
import { eightOperations, type Stock } from '../tests/support/eight-operations.js';

/** Either so many a second, whether or not the earlier ones are done, or as many callers that wait for each answer. */
export type Load = { readonly seconds: number } & (
  { readonly perSecond: number } | { readonly callers: number }
);

export interface Order {
  readonly url: string;
  readonly token: string;
  readonly stock: Stock;
  readonly load: Load;
}

/** Milliseconds of each call, by operation, and how many calls failed. */
export interface Outcome {
  readonly took: Readonly<Record<string, readonly number[]>>;
  readonly seconds: number;
  readonly failed: readonly string[];
}

async function serve({ url, token, stock, load }: Order): Promise<Outcome> {
  const client = createClient({ url, token, webSocketImpl: WebSocket });
  const operations = Object.entries(eightOperations(client, stock));
  const took: Record<string, number[]> = Object.fromEntries(operations.map(([name]) => [name, []]));
  const failed: string[] = [];
  let next = 0;
  async function one(due: number): Promise<void> {
    const [name, call] = operations[next++ % operations.length] as (typeof operations)[number];
    try {
      await call();
      // From when it was due, so that a server that is behind does not hide it.
      took[name]?.push(performance.now() - due);
    } catch (error) {
      failed.push(`${name}: ${String(error)}`);
    }
  }
  const started = performance.now();
  if ('perSecond' in load) {
    const under: Promise<void>[] = [];
    for (let n = 0; n < load.perSecond * load.seconds; n++) {
      const due = started + (n * 1000) / load.perSecond;
      if (due > performance.now()) await delay(due - performance.now());
      under.push(one(due));
    }
    await Promise.all(under);
  } else {
    const until = started + load.seconds * 1000;
    const caller = async () => {
      while (performance.now() < until) await one(performance.now());
    };
    await Promise.all(Array.from({ length: load.callers }, caller));
  }
  const seconds = (performance.now() - started) / 1000;
  await client.close();
  return { took, seconds, failed };
}

process.on('message', (order: Order) => {
  serve(order).then(
    (outcome) => process.send?.(outcome),
    (error: unknown) => process.send?.({ took: {}, seconds: 0, failed: [String(error)] }),
  );
});
process.send?.('ready');
