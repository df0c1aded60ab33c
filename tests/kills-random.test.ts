import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { describe, expect, it, onTestFinished } from 'vitest';
import * as api from '../src/client/index.js';
import { purePairs } from './support/backends.js';
import { expectSound } from './support/checker.js';
import { faultyStage, listed, outcomesOf } from './support/faulty-run.js';
import { gate } from './support/by-hand.js';
import { lane, type Scene } from './support/kill-load.js';
import { contradictions, revisionsWithDoubles } from './support/kill-verdict.js';
import { seededRandom } from './support/seeded-random.js';
import { startServerProcess, type ServerProcess } from './support/server-process.js';
import { startTestServer } from './support/server.js';
import { openWorker } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
const KILLS = Number(process.env['KILLS'] ?? 20);
const LANES = 6;
const LONGEST_LIFE_MS = 300;
/** Short waits of the leader and of repair, so that a run shows many of both. */
const HASTY = {
  REPAIR_SECONDS: '0.3',
  REPAIR_CONFIRM_SECONDS: '0.1',
  REPAIR_POLL_MS: '50',
  LEADER_TTL_SECONDS: '2',
  CLAIM_DEADLINE_MS: '1000',
};

describe.each(purePairs())('servers on $name', (pair) => {
  const embedded = pair.name === 'embedded stores';

  it(
    `that are killed ${KILLS} times at random lose and double nothing (seed ${SEED})`,
    { timeout: 60_000 + KILLS * 30_000 },
    async () => {
      const random = seededRandom(SEED);
      const { env, dataDir, program } = await faultyStage(pair, HASTY);
      const servers: ServerProcess[] = [];
      const start = async () => void servers.push(await startServerProcess(env, program));
      await Promise.all(embedded ? [start()] : [start(), start()]);

      const { url, token } = required(servers[0]);
      const admin = api.createClient({ url, token, webSocketImpl: WebSocket });
      const { id: definitionId } = await story(admin).definition(plainDefinition('Killed', 3));
      const portRange = { start: 2000, end: 2011 };
      const workers = [
        await openWorker(admin, 'first', { portRange }),
        await openWorker(admin, 'second', { portRange }),
      ];
      const workerIds = workers.map(({ id }) => id);
      const scene: Scene = { random, token, urls: [], definitionId, workerIds, history: [], lost: [] };
      const lanes = Array.from({ length: LANES }, (_, index) => lane(scene, `lane${index}`));

      for (let kill = 1; kill <= KILLS; kill++) {
        scene.urls.push(...servers.map((each) => each.url));
        const over = new AbortController();
        const answered = gate();
        const working = Promise.all(lanes.map((each) => each.run(over.signal, answered.open)));
        await answered.opened;
        await delay(random() * LONGEST_LIFE_MS);
        const [victim] = servers.splice(Math.floor(random() * servers.length), 1);
        const ended = required(victim).kill('SIGKILL');
        over.abort();
        expect(await ended).toMatchObject({ signal: 'SIGKILL' });
        await working;
        scene.urls.length = 0;
        if (kill < KILLS) await start();
      }
      for (const each of servers) await each.kill('SIGKILL');

      const last = await startTestServer({ env, dataDir });
      onTestFinished(() => last.stop());
      const { context } = last.server;
      const client = last.clientWith(token);
      const repair = async () =>
        required((await client.request(api.RunRepairDocument, { input: {} })).runRepair);
      for (let pass = 1; pass <= 5; pass++) if ((await repair()).report.findings.length === 0) break;
      const { history, lost } = scene;
      const outcomes = outcomesOf(history);
      process.stdout.write(
        `kills at random, ${pair.name}: seed ${SEED}, ${KILLS} kills; ${listed(outcomes)}\n`,
      );

      await expectSound(context, `seed ${SEED}`);
      expect(lost).toEqual([]);
      expect(await contradictions(context, history)).toEqual([]);
      if (!embedded) expect(await revisionsWithDoubles(context.live, context.keys.workers)).toEqual([]);
      expect(outcomes.get('OK')).toBeGreaterThan(KILLS);
    },
  );
});
