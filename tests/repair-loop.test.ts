import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as api from '../src/client/index.js';
import { codecs } from '../src/claims/values.js';
import type { Context } from '../src/context.js';
import { FINDING_KINDS } from '../src/repair/findings.js';
import { detailOf, readiness, until } from './support/lost-stores.js';
import { startTestServer, type TestServer } from './support/server.js';
import { bookMany } from './support/stage.js';
import { plainDefinition, required, story } from './support/story.js';

const SLOW = 100_000;

describe('the leader, repairing', () => {
  let server: TestServer;
  let admin: api.LabletClient;
  let context: Context;
  let id: string;

  beforeAll(async () => {
    server = await startTestServer({
      env: { REPAIR_SECONDS: '0.2', REPAIR_CONFIRM_SECONDS: '0.05', REPAIR_POLL_MS: '10' },
    });
    context = server.server.context;
    admin = await server.client('ADMIN', 'root');
    const { id: definitionId } = await story(admin).definition(plainDefinition('Lab'));
    id = required((await bookMany(admin, definitionId, 1))[0]).id;
    await context.outbox.idle();
  }, SLOW);

  afterAll(() => server?.close());

  const repair = (input: api.RunRepairInput) => admin.request(api.RunRepairDocument, { input });
  const reports = () =>
    context.collections.reports.find({ status: 'DONE' }, { index: 'status_startedAt', limit: 10_000 });

  /** What the metric says of each kind. */
  async function metric(): Promise<Record<string, number>> {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const lines = text.matchAll(/^lablet_repair_findings\{kind="(\w+)"\} (\d+)$/gm);
    return Object.fromEntries([...lines].map(([, kind, count]) => [kind, Number(count)]));
  }
  /** When the latest pass ended, by the metric. */
  async function lastPass(): Promise<number> {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/^lablet_repair_last_pass_timestamp_seconds (\S+)$/m.exec(text)?.[1]);
  }
  const inPeace = Object.fromEntries(FINDING_KINDS.map((kind) => [kind, 0]));

  /** Live states that no document supports, too many for a pass to delete them by itself. */
  async function ghosts(count = 11): Promise<string[]> {
    const { live, keys, ids } = context;
    const decoded = codecs.instanceState.decode(required(await live.get(keys.instanceState(id))).value);
    if (!decoded.ok) throw new Error(decoded.why);
    const { value } = decoded;
    const puts = Array.from({ length: count }, () => {
      const ghost = ids.next('ins');
      return {
        put: keys.instanceState(ghost),
        value: codecs.instanceState.encode({ ...value, id: ghost }),
      };
    });
    await live.txn({ when: [], then: puts });
    return puts.map(({ put }) => put);
  }

  it(
    'mends by itself, however many ask for looks that mend nothing',
    async () => {
      const asking = new AbortController();
      const lanes = [1, 2, 3].map(async () => {
        while (!asking.signal.aborted) await repair({ dryRun: true });
      });
      try {
        await until('asked', async () => (await reports()).some(({ trigger }) => trigger === 'REQUEST'));
        await context.live.delete(context.keys.instanceState(id));
        const isMended = async () => (await context.live.get(context.keys.instanceState(id))) !== null;
        await until('mended', isMended, SLOW / 2);
      } finally {
        asking.abort();
        await Promise.all(lanes);
      }
      const own = (await reports()).filter(({ trigger }) => trigger === 'SWEEP');
      expect(own.flatMap(({ findings }) => findings)).toContainEqual(
        expect.objectContaining({ kind: 'STALE_STATE', entityId: id, action: 'REPAIRED' }),
      );
    },
    SLOW,
  );

  it(
    'counts what it finds by kind: 0 in peace, and again once another process leads',
    async () => {
      const { live, keys } = context;
      await until('peace', async () => (await metric())['STALE_STATE'] === 0);
      expect(await metric()).toEqual(inPeace);
      await ghosts();
      await until('found', async () => (await metric())['AHEAD_STATE'] === 11);
      expect(await metric()).toEqual({ ...inPeace, AHEAD_STATE: 11 });

      const key = keys.leader('control-plane');
      const value = codecs.leader.encode({
        v: 1,
        service: 'control-plane',
        holder: 'another',
        since: context.clock.now(),
      });
      await until('another process leads', async () => {
        await live.delete(key);
        return (await live.txn({ when: [{ key, absent: true }], then: [{ put: key, value }] })).succeeded;
      });
      await until('peace', async () => (await metric())['AHEAD_STATE'] === 0);
      expect(await metric()).toEqual(inPeace);
      await live.delete(key);
      await repair({ force: true });
    },
    SLOW,
  );

  it(
    'tells once what it may not mend by itself, and again when that changes or comes back',
    async () => {
      const { live } = context;
      const withheld = async () => (await reports()).filter((report) => report.withheld === 'THRESHOLD');
      const told = (await withheld()).length;
      const isTold = (times: number, found: number) => async () => {
        const all = (await withheld()).slice(told);
        return all.length === times && all.at(-1)?.found === found;
      };
      /** Passes end, and each of them finds this many. */
      async function passes(found: number): Promise<void> {
        for (let n = 0; n < 3; n++) {
          const before = await lastPass();
          await until('a pass', async () => (await lastPass()) > before);
          expect((await metric())['AHEAD_STATE']).toBe(found);
        }
      }
      const made = await ghosts();
      await until('told', isTold(1, 11));
      await passes(11);
      expect(await isTold(1, 11)()).toBe(true);
      await until('said', async () => (await detailOf(server.url, 'repair')) !== null);
      expect(await detailOf(server.url, 'repair')).toMatch(/^repair mends nothing: .* runRepair and force$/);
      expect((await readiness(server.url)).ready).toBe(true);

      made.push(...(await ghosts(1)));
      await until('told of one more', isTold(2, 12));
      await passes(12);
      expect(await isTold(2, 12)()).toBe(true);

      const entries = (await live.list(context.keys.root)).entries.filter(({ key }) => made.includes(key));
      await live.txn({ when: [], then: made.map((key) => ({ delete: key })) });
      await until('peace', async () => (await metric())['AHEAD_STATE'] === 0);
      await live.txn({ when: [], then: entries.map(({ key, value }) => ({ put: key, value })) });
      await until('told that they are back', isTold(3, 12));
      await passes(12);
      expect(await isTold(3, 12)()).toBe(true);
      await repair({ force: true });
      await until('nothing waits', async () => (await detailOf(server.url, 'repair')) === null);
    },
    SLOW,
  );
});
