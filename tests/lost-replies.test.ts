import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ClaimLedger, ClaimRequest } from '../src/claims/ledger.js';
import { openEtcdLiveStore } from '../src/live/etcd-live-store.js';
import {
  LiveOutcomeUnknown,
  type LiveStore,
  type Transaction,
  type TxnResult,
} from '../src/live/live-store.js';
import { ledgerThrough, losingReply, openWorker, recorded } from './support/ample-workers.js';
import { isHere } from './support/backends.js';
import { writes } from './support/claim-keys.js';
import { startEtcd, type RunningEngine } from './support/engines.js';
import { seededRandom } from './support/seeded-random.js';
import { startTcpProxy } from './support/tcp-proxy.js';

const PROCESSES = 10;
const WORKERS = 20;
/** Claims for which a worker has numbers, and those that ask for them. */
const [FITTING, ASKING] = [50, 55];
const RANGE = { start: 2000, end: 2000 + 3 * FITTING - 1 };

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

/** A ledger on a bad way to etcd; how many replies to writes are still to be lost, and what became of the others. */
interface BadProcess {
  readonly ledger: ClaimLedger;
  toLose: number;
  readonly replies: { came: number; lost: number; lostReadingBack: number };
}

describe.runIf(isHere('etcd'))('processes that do not hear of what they write', () => {
  let engine: RunningEngine;
  let direct: LiveStore;

  beforeAll(async () => {
    engine = await startEtcd();
    direct = await openEtcdLiveStore({ endpoints: [engine.url] });
  });

  afterAll(async () => {
    await direct?.close();
    await engine?.stop();
  });

  /** After a lost reply it often does not hear of what it reads back either. */
  async function badProcess(random: () => number): Promise<BadProcess> {
    const proxy = await startTcpProxy(engine.port);
    const through = await openEtcdLiveStore({ endpoints: [proxy.url] });
    onTestFinished(async () => {
      await through.close();
      await proxy.close();
    });
    const replies = { came: 0, lost: 0, lostReadingBack: 0 };
    const process: BadProcess = { ledger: ledgerThrough(through, send), toLose: Infinity, replies };
    let isReadingBack = false;
    async function send(transaction: Transaction, go: () => Promise<TxnResult>): Promise<TxnResult> {
      if (writes(transaction)) {
        try {
          const isLost = process.toLose-- > 0;
          const reply = await (isLost ? losingReply({ proxy, direct }, transaction, go) : go());
          replies.came++;
          return reply;
        } catch (error) {
          if (error instanceof LiveOutcomeUnknown) replies.lost++;
          isReadingBack = true;
          throw error;
        }
      }
      const sent = go();
      if (isReadingBack && random() < 0.3) {
        setImmediate(() => proxy.cut());
        sent.catch(() => replies.lostReadingBack++);
      }
      const read = await sent;
      isReadingBack = false;
      return read;
    }
    return process;
  }

  it('P2 decide each claim right, 1000 of 1000, and each release', { timeout: 100_000 }, async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
    console.log(`SEED=${seed}`);
    const random = seededRandom(seed);
    const workers = await Promise.all(upTo(WORKERS).map(() => openWorker(direct, { range: RANGE })));
    const processes = await Promise.all(upTo(PROCESSES).map(() => badProcess(random)));

    /** Every process does the next one that waits, so that they meet at the workers. */
    async function all(
      requests: readonly ClaimRequest[],
      act: (by: BadProcess, next: ClaimRequest) => Promise<void>,
    ) {
      const order = requests.map((request) => ({ request, at: random() })).sort((a, b) => a.at - b.at);
      const lanes = processes.map(async (by) => {
        for (let next = order.pop(); next; next = order.pop()) await act(by, next.request);
      });
      await Promise.all(lanes);
    }
    const total = (what: keyof BadProcess['replies']) =>
      processes.reduce((sum, { replies }) => sum + replies[what], 0);

    /** What each caller was told that its instance holds. */
    const told = new Map<string, object>();
    async function expectAsTold(): Promise<void> {
      for (const { workerId, asked } of workers) {
        const ids = upTo(ASKING).map((n) => asked(n).instanceId);
        const expected = ids.flatMap((id) => (told.has(id) ? [[id, told.get(id)] as const] : []));
        expect((await recorded(direct, workerId)).ports).toEqual(Object.fromEntries(expected));
      }
    }

    const requests = workers.flatMap(({ asked }) => upTo(ASKING).map(asked));
    const refusals: unknown[] = [];
    await all(requests, (by, next) =>
      by.ledger.claim(next).then(
        ({ ports }) => void told.set(next.instanceId, ports),
        (error: unknown) => void refusals.push(error),
      ),
    );
    expect(told.size).toBe(WORKERS * FITTING);
    for (const error of refusals) expect(error).toMatchObject({ code: 'PORTS_EXHAUSTED' });
    // So the reply of each of these claims was lost after it was committed, or it would not stand.
    expect(total('came')).toBe(0);
    expect(total('lost')).toBeGreaterThanOrEqual(WORKERS * FITTING);
    expect(total('lostReadingBack')).toBeGreaterThan(100);
    await expectAsTold();

    const given = requests.filter(({ instanceId }) => told.has(instanceId) && random() < 0.5);
    await all(given, async (by, next) => {
      by.toLose = 1;
      await by.ledger.release(next);
      told.delete(next.instanceId);
    });
    expect(total('lost')).toBeGreaterThanOrEqual(requests.length - refusals.length + given.length);
    await expectAsTold();
  });
});
