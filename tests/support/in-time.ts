import { Agent, request, type OutgoingHttpHeaders } from 'node:http';

/** A request that is sent again and again over one connection. */
export interface Repeated {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

export interface Stopwatch {
  /** Milliseconds from the first byte sent to the last one received. */
  time(repeated: Repeated): Promise<number>;
  close(): void;
}

/** One connection to a server that is kept, so that what is measured is the work on the request. */
export function stopwatch(url: string): Stopwatch {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    time: ({ method = 'POST', path = '/graphql', headers = {}, body }) =>
      new Promise((resolve, reject) => {
        const started = performance.now();
        const sending = request(new URL(path, url), { method, headers, agent }, (response) => {
          // What a limit of callers refuses takes no time, whatever was asked for.
          if (response.statusCode === 429) reject(new Error('refused: too many requests'));
          response.resume().once('error', reject);
          response.once('end', () => resolve(performance.now() - started));
        });
        sending.once('error', reject).end(body);
      }),
    close: () => agent.destroy(),
  };
}

/**
 * How often a value of the first sample is above one of the second: 0.5 when they are alike, 0 or 1 when they never
 * meet. By ranks, as the test of Mann and Whitney, so outliers weigh no more than any other value.
 */
export function oftenAbove(first: readonly number[], second: readonly number[]): number {
  const all = [...first.map((value) => ({ value, side: 1 })), ...second.map((value) => ({ value, side: 0 }))];
  all.sort((a, b) => a.value - b.value);
  const ranks = all.reduce((sum, { side }, index) => sum + side * (index + 1), 0);
  const [n, m] = [first.length, second.length];
  return (ranks - (n * (n + 1)) / 2) / (n * m);
}

/** Times both in turn, now the one first, now the other, so that whatever else goes on weighs on both alike. */
export async function timedInTurn(
  watch: Stopwatch,
  pair: readonly [first: Repeated, second: Repeated],
  tries: number,
): Promise<{ first: number[]; second: number[] }> {
  const [first, second]: [number[], number[]] = [[], []];
  for (let n = 0; n < tries; n++) {
    if (n % 2 === 0) first.push(await watch.time(pair[0]));
    second.push(await watch.time(pair[1]));
    if (n % 2 === 1) first.push(await watch.time(pair[0]));
  }
  return { first, second };
}
