/**
 * The server of the live benchmarks, alone in its process so that what it uses is its own: the real server, and beside
 * it a bare `ws` server that broadcasts bytes it is given. The parent asks for figures and broadcasts by messages.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { startTestServer } from '../tests/support/server.js';

export interface Usage {
  /** Microseconds of processor time, user and system. */
  readonly cpu: number;
  readonly rss: number;
  readonly heap: number;
  readonly readers: number;
  readonly slowReaders: number;
}

export type Order =
  { readonly ask: 'usage'; readonly collect: boolean } | { readonly ask: 'broadcast'; readonly text: string };

const env = JSON.parse(process.env['BENCH_ENV'] ?? '{}') as Record<string, string>;
const server = await startTestServer({ env });
const http = createServer();
const bare = new WebSocketServer({ server: http });
http.listen(0, '127.0.0.1', () => {
  const port = (http.address() as AddressInfo).port;
  void server.token('ADMIN', 'bench').then((token) => {
    process.send?.({ url: server.url, bare: `ws://127.0.0.1:${port}`, token });
  });
});

const { metrics } = server.server.context;
const valueOf = async (metric: { get: () => Promise<{ values: { value: number }[] }> }) =>
  (await metric.get()).values[0]?.value ?? 0;

async function usage(collect: boolean): Promise<Usage> {
  if (collect) for (let n = 0; n < 4; n++) (globalThis as { gc?: () => void }).gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  return {
    ...{ cpu: user + system, rss, heap: heapUsed + external },
    readers: await valueOf(metrics.readers),
    slowReaders: await valueOf(metrics.slowReaders),
  };
}

process.on('message', (order: Order) => {
  if (order.ask === 'usage') return void usage(order.collect).then((now) => process.send?.(now));
  // What everybody would write who wants no more than a broadcast.
  const bytes = Buffer.from(order.text);
  for (const client of bare.clients) client.send(bytes, { binary: false });
  process.send?.({});
});
process.on('disconnect', () => void server.close().then(() => process.exit()));
