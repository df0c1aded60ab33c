/** What the live benchmarks share: etcd, a server and subscribers in processes of their own, and a writer in this one. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { liveKeys } from '../src/claims/keys.js';
import { codecs } from '../src/claims/values.js';
import { openEtcdLiveStore } from '../src/live/etcd-live-store.js';
import type { RunningEngine } from '../tests/support/engines.js';
import { NO_REPAIR } from '../tests/support/live-stage.js';
import { ROUND } from '../tests/support/live-writer.js';
import type { Order, Usage } from './fan-out-child.js';
import type { Crowd, Told } from './subscribers-child.js';

/** Part of the numbers that are called for; below 1 on a machine that is shared or small. */
export const SCALE = Number(process.env['BENCH_SCALE'] ?? 1);
export const scaled = (count: number) => Math.max(1, Math.round(count * SCALE));

/** Milliseconds since 1970 with their fractions; the same in all processes of a machine. */
export const moment = () => performance.timeOrigin + performance.now();
export const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
export const quantile = (sorted: readonly number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
export const ascending = (numbers: readonly number[]) => [...numbers].sort((a, b) => a - b);

function child(file: string, env: NodeJS.ProcessEnv = {}): ChildProcess {
  const path = new URL(file, import.meta.url).pathname;
  return fork(path, { execArgv: [...process.execArgv, '--expose-gc'], env: { ...process.env, ...env } });
}

async function ask<Answer>(process: ChildProcess, order: object | string): Promise<Answer> {
  const ended = new AbortController();
  const { signal } = ended;
  const answer = once(process, 'message', { signal }) as Promise<[Answer]>;
  const exit = once(process, 'exit', { signal }).then(([code]) => {
    throw new Error(`a process of the benchmark ended with ${code}`);
  });
  process.send(order);
  try {
    return (await Promise.race([answer, exit]))[0];
  } finally {
    exit.catch(() => undefined);
    answer.catch(() => undefined);
    ended.abort();
  }
}

/** The server in its own process, measured alone. */
export async function startMeasured(env: Record<string, string>) {
  const process = child('fan-out-child.ts', {
    BENCH_ENV: JSON.stringify({ ...NO_REPAIR, MAX_SOCKETS_PER_USER: '20000', ...env }),
  });
  const [at] = (await once(process, 'message')) as [{ url: string; bare: string; token: string }];
  return {
    ...at,
    socketUrl: `${at.url.replace(/^http/, 'ws')}/graphql`,
    usage: (collect = false) => ask<Usage>(process, { ask: 'usage', collect } satisfies Order),
    broadcast: (text: string) => ask<object>(process, { ask: 'broadcast', text } satisfies Order),
    async close() {
      process.disconnect();
      await once(process, 'exit');
    },
  };
}

export type Measured = Awaited<ReturnType<typeof startMeasured>>;

/** Subscribers in one process. */
export function startSubscribers() {
  const process = child('subscribers-child.ts');
  const told = () => ask<Told>(process, 'told');
  return {
    open: (crowd: Crowd) => ask<'ready'>(process, crowd),
    /** Lets those that are paused or slow read on. */
    resume: () => ask<'resumed'>(process, 'resume'),
    told,
    /** Milliseconds from the moment that a message names to its arrival, since this was last asked for. */
    delays: () => ask<readonly number[]>(process, 'delays'),
    /** Waits until they have got so many messages in all. */
    async got(messages: number, ms = 120_000): Promise<Told> {
      const end = moment() + ms;
      for (;;) {
        const now = await told();
        if (now.messages >= messages) return now;
        if (moment() > end) throw new Error(`${now.messages} of ${messages} messages came`);
        await pause(5);
      }
    },
    async close() {
      process.disconnect();
      await once(process, 'exit');
    },
  };
}

/** Writes moves of an instance past the server, each naming the moment at which its write began. */
export async function startWriter(etcd: RunningEngine) {
  const store = await openEtcdLiveStore({ endpoints: [etcd.url], callMs: 10_000 });
  const key = liveKeys().instanceState;
  let seq = 10;
  return {
    /** How long the write took. */
    async move(id: string): Promise<number> {
      seq++;
      const begun = moment();
      const value = codecs.instanceState.encode({
        ...{ v: 1, id, state: ROUND[seq % ROUND.length] ?? 'PENDING', from: null, seq, revision: seq },
        ...{ ownerId: 'bench', workerId: null, definitionId: `def_${'0'.repeat(26)}`, at: String(begun) },
      });
      await store.put(key(id), value);
      return moment() - begun;
    },
    close: () => store.close(),
  };
}
