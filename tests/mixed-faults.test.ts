/**
 * F30: clients work and subscribers follow while a server or a store is killed or frozen every few seconds.
 * `npm run chaos:mixed` takes half an hour of it on each pair of stores.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as api from '../src/client/index.js';
import { purePairs } from './support/backends.js';
import { expectSound } from './support/checker.js';
import { freePort } from './support/engine-process.js';
import { faultyStage, listed, outcomesOf } from './support/faulty-run.js';
import { EventFollower, Follower } from './support/followers.js';
import { lane, type Scene } from './support/kill-load.js';
import { contradictions, revisionsWithDoubles } from './support/kill-verdict.js';
import { faultsOf, LastingServer, wrongs } from './support/mixed-faults.js';
import { seededRandom } from './support/seeded-random.js';
import { startTestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const SECONDS = Number(process.env['FAULT_SECONDS'] ?? 30);
/** From the start of one fault to the start of the next. */
const EVERY_MS = Number(process.env['FAULT_EVERY_MS'] ?? 3000);
const LONGEST_MS = EVERY_MS * 0.4;
const LANES = 6;
const PAUSE_MS = 40;
const CATCH_UP_MS = 120_000;
const HASTY = {
  REPAIR_SECONDS: '2',
  REPAIR_CONFIRM_SECONDS: '0.2',
  LEADER_TTL_SECONDS: '2',
  CLAIM_DEADLINE_MS: '1000',
};
/** What an answer may say while something is down. */
const EXPECTED = ['STORE_UNAVAILABLE', 'TIMEOUT', 'RATE_LIMITED', 'UNREACHABLE'];

describe.each(purePairs())('mixed load on $name', (pair) => {
  it(
    `through ${SECONDS} s of faults loses, doubles and contradicts nothing (seed ${SEED})`,
    { timeout: 300_000 + SECONDS * 3000 },
    async () => {
      const random = seededRandom(SEED);
      const { engines, env, dataDir, program } = await faultyStage(pair, HASTY);
      const names = engines.length === 0 ? ['server'] : ['server 1', 'server 2'];
      const servers: LastingServer[] = [];
      const greetings = [];
      for (const name of names) {
        const server = new LastingServer(name, { ...env, PORT: String(await freePort()) }, program);
        servers.push(server);
        greetings.push(await server.restart());
      }

      const { token } = required(greetings[0]);
      const urls = greetings.map(({ url }) => url);
      const clients = urls.map((url) => api.createClient({ url, token, webSocketImpl: WebSocket }));
      onTestFinished(async () => void (await Promise.all(clients.map((client) => client.close()))));
      const [admin, other = admin] = clients as [api.LabletClient, api.LabletClient?];
      const { id: definitionId } = await story(admin).definition(plainDefinition('Mixed', 3));
      const portRange = { start: 2000, end: 2019 };
      const workerIds = [];
      for (const name of ['first', 'second'])
        workerIds.push((await openWorker(admin, name, { portRange })).id);
      const scene: Scene = { random, token, urls, definitionId, workerIds, history: [], lost: [] };
      const followers = [
        new Follower(admin),
        new Follower(other),
        new EventFollower(required(urls[0]), token),
      ];
      await Promise.all(followers.map((each) => each.synced()));

      const over = new AbortController();
      const rest = () => delay(random() * PAUSE_MS);
      const lanes = Array.from({ length: LANES }, (_, n) => lane(scene, `lane${n}`).run(over.signal, rest));
      const strange: string[] = [];
      const reading = read(clients, over.signal, strange);

      const faults = [...servers, ...engines].flatMap(faultsOf);
      const struck = new Map<string, number>();
      const end = performance.now() + SECONDS * 1000;
      while (performance.now() < end) {
        const next = delay(EVERY_MS);
        const fault = required(faults[Math.floor(random() * faults.length)]);
        struck.set(fault.name, (struck.get(fault.name) ?? 0) + 1);
        await fault.strike(random() * LONGEST_MS);
        await next;
      }
      over.abort();
      await Promise.all([...lanes, reading]);

      const last = (await untilAnswered(() => story(admin).instance({ definitionId }))).id;
      await Promise.all(
        followers.map((each) => each.until(({ instanceId }) => instanceId === last, CATCH_UP_MS)),
      );
      const repaired = async () =>
        required((await admin.request(api.RunRepairDocument, { input: {} })).runRepair).report.findings;
      for (let pass = 1; pass <= 10; pass++) if ((await untilAnswered(repaired)).length === 0) break;
      const states = await statesOf(admin);
      const told = () => followers.map(({ messages }) => wrongs(messages, states).slice(0, 5));
      const sound = followers.map(() => []);
      for (const until = performance.now() + CATCH_UP_MS; performance.now() < until; await delay(100))
        if (JSON.stringify(told()) === JSON.stringify(sound)) break;

      const outcomes = outcomesOf(scene.history);
      process.stdout.write(
        `mixed faults, ${pair.name}: seed ${SEED}; ${listed(struck)}; ${listed(outcomes)}; ` +
          `messages ${followers.map(({ messages }) => messages.length).join(' ')}\n`,
      );
      expect(told()).toEqual(sound);
      expect(scene.lost).toEqual([]);
      await Promise.all(followers.map((each) => each.end()));
      await Promise.all(servers.map((server) => server.kill()));
      const logs = servers.flatMap((server) => server.logs).slice(0, 20);
      expect(strange, logs.join('\n')).toEqual([]);

      const final = await startTestServer({ env, dataDir });
      onTestFinished(() => final.stop());
      const { context } = final.server;
      await expectSound(context, `seed ${SEED}`);
      expect(await contradictions(context, scene.history)).toEqual([]);
      if (engines.length > 0)
        expect(await revisionsWithDoubles(context.live, context.keys.workers)).toEqual([]);
      expect(outcomes.get('OK')).toBeGreaterThan(SECONDS);
    },
  );
});

/** Reads lists until the signal; notes what no caller should be told. */
async function read(
  clients: readonly api.LabletClient[],
  over: AbortSignal,
  strange: string[],
): Promise<void> {
  for (let n = 0; !over.aborted; n++) {
    const client = required(clients[n % clients.length]);
    try {
      await client.request(api.InstancesDocument, { first: 20 });
      await client.request(api.WorkersDocument, {});
    } catch (error) {
      const code = error instanceof api.ApiError ? (error.code ?? 'none') : 'UNREACHABLE';
      if (!EXPECTED.includes(code)) strange.push(`${code}: ${String(error)}`);
    }
    await delay(PAUSE_MS);
  }
}

/** What has just come back refuses for a while. */
async function untilAnswered<T>(ask: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + CATCH_UP_MS; ; await delay(100)) {
    try {
      return await ask();
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}

/** Of every instance, those that have ended among them. */
async function statesOf(client: api.LabletClient): Promise<Map<string, string>> {
  const states = new Map<string, string>();
  const page = async (filter: api.InstanceFilter, after: string | null) =>
    required((await client.request(api.InstancesDocument, { filter, first: 100, after })).instances);
  for (const filter of [{}, { states: ['TERMINATED' as const] }]) {
    let after: string | null = null;
    do {
      const { nodes, pageInfo }: Awaited<ReturnType<typeof page>> = await page(filter, after);
      for (const { id, state } of nodes) states.set(id, state);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
  }
  return states;
}
