/**
 * CPU of the server for each request, beside mercurius with JIT and Apollo Server with type-graphql as they come, in
 * the same run: a list of 100 instances with 12 fields, and a small query. All read the same objects from an embedded
 * store. Ours also checks the token, rights and limits, and makes cursors.
 */
import autocannon from 'autocannon';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { Kind, Ready } from './graphql-child.js';

const KINDS: readonly Kind[] = ['ours', 'mercurius', 'apollo'];
const ROUNDS = Number(process.env['BENCH_ROUNDS'] ?? 7);
/** Rounds before the first that counts: all of them are faster once V8 has seen enough. */
const WARM_UP = 8;
/** Of the requests in a round; a part tells little more than that it works. */
const SHARE = Number(process.env['BENCH_SHARE'] ?? 1);
const FIELDS =
  'id definitionId definitionName definitionVersion ownerId state timeslotStart timeslotEnd createdAt updatedAt revision retryCount';
const CASES = [
  {
    name: 'list of 100 x 12 fields',
    requests: 250,
    goal: 1,
    body: {
      query: `query ($first: Int!) { instances(first: $first) { nodes { ${FIELDS} } } }`,
      variables: { first: 100 },
    },
  },
  { name: 'small query', requests: 1500, goal: 2, body: { query: '{ viewer { subject roles } }' } },
] as const;

interface Peer extends Ready {
  readonly kind: Kind;
  readonly child: ChildProcess;
}

async function start(kind: Kind): Promise<Peer> {
  const execArgv = process.env['BENCH_PROFILE']
    ? [...process.execArgv, '--cpu-prof', '--cpu-prof-dir', process.env['BENCH_PROFILE']]
    : process.execArgv;
  const env = { ...process.env, NODE_ENV: 'production' };
  const child = fork(join(import.meta.dirname, 'graphql-child.ts'), [kind], { execArgv, env });
  const [ready] = (await once(child, 'message')) as [Ready];
  return { ...ready, kind, child };
}

async function cpuOf({ child }: Peer): Promise<number> {
  child.send('cpu');
  const [{ user, system }] = (await once(child, 'message')) as [NodeJS.CpuUsage];
  return user + system;
}

/** Microseconds of CPU for each request. */
async function round(peer: Peer, { requests: most, body }: (typeof CASES)[number]): Promise<number> {
  const requests = Math.ceil(most * SHARE);
  const before = await cpuOf(peer);
  const result = await autocannon({
    url: `${peer.url}/graphql`,
    method: 'POST',
    connections: 4,
    amount: requests,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${peer.token}` },
    body: JSON.stringify(body),
  });
  const spent = (await cpuOf(peer)) - before;
  if (result['2xx'] !== requests) throw new Error(`${peer.kind} answered ${result['2xx']} of ${requests}`);
  return spent / requests;
}

/** A benchmark of wrong answers is none. */
async function check(peers: readonly Peer[], { body }: (typeof CASES)[number]): Promise<void> {
  for (const { url, token, kind } of peers) {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify(body) });
    const { data, errors } = (await response.json()) as {
      data: { instances?: { nodes: object[] }; viewer?: object };
      errors?: unknown;
    };
    const nodes = data.instances?.nodes;
    const isRight = nodes ? nodes.length === 100 && Object.keys(nodes[0] ?? {}).length === 12 : data.viewer;
    if (errors || !isRight) throw new Error(`${kind} is wrong: ${JSON.stringify({ errors }).slice(0, 500)}`);
  }
}

export async function run(): Promise<void> {
  const peers = await Promise.all(KINDS.map(start));
  try {
    for (const each of CASES) {
      await check(peers, each);
      const spent = new Map(peers.map(({ kind }) => [kind, [] as number[]]));
      for (let n = -WARM_UP; n < ROUNDS; n++) {
        for (const peer of peers) {
          const micros = await round(peer, each);
          if (n >= 0) spent.get(peer.kind)?.push(micros);
        }
      }
      const middle = (kind: Kind) =>
        spent.get(kind)?.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
      const ours = middle('ours');
      console.log(`${each.name}, CPU of the server for each request, load ${loadavg()[0]?.toFixed(1)}`);
      for (const kind of KINDS) {
        const ratio = kind === 'ours' ? '' : `   ours is ${(ours / middle(kind)).toFixed(2)}x`;
        const goal = kind === 'mercurius' ? ` (goal ${each.goal}x)` : '';
        console.log(`  ${kind.padEnd(10)} ${middle(kind).toFixed(0).padStart(6)} us${ratio}${goal}`);
      }
    }
  } finally {
    for (const { child } of peers) {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    }
  }
}
