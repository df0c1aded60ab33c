import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSchema } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { purePairs } from './support/backends.js';
import { expectSound } from './support/checker.js';
import { doomed, isWrite, type Death } from './support/doomed.js';
import { KILL_COMMANDS as MAIN_PATH, type KillCommand, type Loaded } from './support/kill-commands.js';
import { KILL_REPORTS } from './support/kill-reports.js';
import { startTestServer, type TestServer } from './support/server.js';
import { required } from './support/story.js';

const KILL_COMMANDS = [...MAIN_PATH, ...KILL_REPORTS];
/** What these do is done at every start, and by the leader alone: other tests end those. */
const ELSEWHERE = ['reloadTemplates', 'runRepair'];

const LEADER_TTL = 15;
/** Repairs when it takes the lead and when it is asked, and looks again after 20 ms. */
const CALM = { REPAIR_SECONDS: '3600', REPAIR_CONFIRM_SECONDS: '0.02', REPAIR_POLL_MS: '10' };

/** What repair leaves in the events of an object beside what the command does. */
const FENCES = ['InstanceClaimRevoked', 'WorkerCloseRevoked'];

interface Case extends Loaded {
  readonly death: Death;
  readonly key: string;
}

/** Set for long runs: each step twice, done and not done. Else no two deaths that leave the same behind. */
const ALL_STEPS = process.env['KILLS'] !== undefined;
const SLOW = ALL_STEPS ? 900_000 : 120_000;
let made = 0;

describe.each(purePairs())('a process that ends on $name', (pair) => {
  let engines: Awaited<ReturnType<typeof pair.start>>;
  let env: Readonly<Record<string, string>>;
  let home: TestServer;
  let admin: api.LabletClient;
  let token: string;
  const total = { kills: 0, violations: 0 };
  const labs = mkdtempSync(join(tmpdir(), 'lablet-kills-'));

  beforeAll(async () => {
    engines = await pair.start();
    env = { ...engines.env, ...CALM, ARTIFACT_FILE_ROOT: labs };
    home = await startTestServer({ env });
    token = await home.token('ADMIN', 'root');
    admin = home.clientWith(token);
  });

  afterAll(async () => {
    const repaired = home && (await repairedKinds());
    const { kills, violations } = total;
    process.stdout.write(
      `kills at steps, ${pair.name}: ${kills} kills, ${violations} violations; repaired: ${repaired}\n`,
    );
    await home?.close();
    await engines?.stop();
    rmSync(labs, { recursive: true, force: true });
  });

  /** What all passes of repair have mended, by kind. */
  async function repairedKinds(): Promise<string> {
    const reports = await home.server.context.collections.reports.find({}, { index: 'id', limit: 1000 });
    const counts = new Map<string, number>();
    for (const { kind, action } of reports.flatMap(({ findings }) => findings)) {
      if (action === 'REPAIRED') counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    return [...counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
  }

  async function restart(): Promise<void> {
    await home.stop();
    home = await startTestServer({ env, dataDir: home.dataDir });
    admin = home.clientWith(token);
  }

  const prepare = (command: KillCommand) => {
    made++;
    return command.prepare({ client: admin, name: `kill-${made}`, labs });
  };
  const send = ({ document }: KillCommand, client: api.LabletClient, input: Record<string, unknown>) =>
    client.request(document, { input });

  /** The steps of a command, as a process makes them that nothing happens to; and the events they leave. */
  async function undisturbed(command: KillCommand) {
    const ready = await prepare(command);
    await home.server.context.outbox.idle();
    await home.stop();
    const stores = doomed(LEADER_TTL);
    const server = await startTestServer({ env, dataDir: home.dataDir, overrides: stores.overrides });
    try {
      stores.expect(null);
      await send(command, server.clientWith(token), { ...ready.input, idempotencyKey: `key-${++made}` });
      await server.server.context.outbox.idle();
      return { calls: [...stores.calls()], effect: await effectOf(ready, server) };
    } finally {
      await server.stop();
      await restart();
    }
  }

  /** A process that does not survive this step of the command; true when it acknowledged the command before. */
  async function die(command: KillCommand, { death, key, input }: Case): Promise<boolean> {
    const stores = doomed(LEADER_TTL);
    const server = await startTestServer({ env, dataDir: home.dataDir, overrides: stores.overrides });
    try {
      stores.expect(death);
      const sent = send(command, server.clientWith(token), { ...input, idempotencyKey: key });
      const acknowledged = await sent.then(
        () => true,
        () => false,
      );
      await server.server.context.outbox.idle();
      expect(stores.died() || acknowledged).toBe(true);
      if (stores.died()) total.kills++;
      return acknowledged;
    } finally {
      await server.stop();
    }
  }

  /** Types of the events of everything that the command touches, without the fences of repair. */
  async function effectOf({ touched }: Loaded, { server: { context } }: TestServer): Promise<string[][]> {
    await context.outbox.idle();
    const ids = await touched(context.collections);
    const streams = ids.map(async (aggregateId) => {
      const options = { index: 'aggregateId_number', limit: 200 };
      const events = await context.collections.events.find({ aggregateId }, options);
      return events.map(({ type }) => type).filter((type) => !FENCES.includes(type));
    });
    return Promise.all(streams);
  }

  const repair = async () =>
    required((await admin.request(api.RunRepairDocument, { input: {} })).runRepair).report;

  it.each(KILL_COMMANDS.filter(({ live }) => live || ALL_STEPS || pair.name === 'embedded stores'))(
    'at any step of $name loses and doubles nothing',
    { timeout: SLOW },
    async (command) => {
      const { calls, effect } = await undisturbed(command);
      const deaths = deathsAt(calls);
      const cases: Case[] = [];
      for (const death of deaths) cases.push({ ...(await prepare(command)), death, key: `key-${++made}` });
      await home.server.context.outbox.idle();
      await home.stop();
      const acknowledged = new Set<Case>();
      for (const each of cases) if (await die(command, each)) acknowledged.add(each);

      await restart();
      const report = await repair();
      expect(report.withheld).toBeNull();
      expect((await repair()).findings).toEqual([]);
      total.violations += (await expectSound(home.server.context)).violations.length;
      for (const each of cases) {
        const { at, performed } = each.death;
        const step = `${command.name}: ended ${performed ? 'after' : 'before'} step ${at}, ${calls[at - 1]}`;
        if (acknowledged.has(each)) expect(await effectOf(each, home), step).toEqual(effect);
        const repeated = send(command, admin, { ...each.input, idempotencyKey: each.key });
        await expect(repeated, step).resolves.toBeTruthy();
        expect(await effectOf(each, home), step).toEqual(effect);
        await send(command, admin, { ...each.input, idempotencyKey: each.key });
        expect(await effectOf(each, home), step).toEqual(effect);
      }
      await expectSound(home.server.context, command.name);
    },
  );
});

it('every command is among those that a process ends in', () => {
  const schema = buildSchema(readFileSync('schema.graphql', 'utf8'));
  const commands = Object.keys(required(schema.getMutationType()).getFields());
  const ended = KILL_COMMANDS.map(({ name }) => required(/^\w+/.exec(name))[0]);
  expect([...new Set([...ended, ...ELSEWHERE])].sort()).toEqual(commands.sort());
});

/**
 * A read leaves nothing behind, what is not done any more is as if the process had ended after the write before, and
 * one copied event is like another.
 */
function deathsAt(calls: readonly string[]): Death[] {
  if (ALL_STEPS) {
    return calls.flatMap((_name, index) => [false, true].map((performed) => ({ at: index + 1, performed })));
  }
  const writes = calls.flatMap((name, index): Death[] => {
    const isRepeated = name === 'domain_events.insertMissing' && calls.indexOf(name) < index;
    return isWrite(name) && !isRepeated ? [{ at: index + 1, performed: true }] : [];
  });
  return [{ at: 1, performed: false }, ...writes];
}
