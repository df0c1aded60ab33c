import { describe, expect, it, onTestFinished } from 'vitest';
import type { ClaimLedger, ClaimRequest } from '../src/claims/ledger.js';
import { LabletError } from '../src/errors.js';
import { HistoryGone, type LiveStore } from '../src/live/live-store.js';
import { etcdClient } from './contract/live-store/harness.js';
import { ledgerOn, openWorker, recorded } from './support/ample-workers.js';
import { isHere } from './support/backends.js';
import { keys } from './support/claim-keys.js';
import { audit } from './support/live-audit.js';
import { Follower } from './support/followers.js';
import { liveStage, type LiveStage } from './support/live-stage.js';
import { madeUp } from './support/live-writer.js';
import { ready } from './support/lost-stores.js';
import { required } from './support/story.js';

/** Claims, and nearly as many releases; the environment may ask for fewer. */
const CLAIMS = Number(process.env['CLAIMS'] ?? 10_000);
const CALLERS = 40;
/** Claims that stand in the end. */
const KEPT = 30;
const PAUSE_MS = 50;

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

/** Whether each number has one holder, in every pair of values that the worker has from now on. */
function watchNumbers(live: LiveStore, workerId: string, signal: AbortSignal) {
  const found = { revisions: 0, gaps: 0, problems: [] as string[] };
  const claimsIn = (text: string) =>
    (JSON.parse(text) as { claims: Record<string, Record<string, number>> }).claims;
  function look(revision: number, capacity: string, ports: string): void {
    found.revisions++;
    const [rooms, held] = [claimsIn(capacity), claimsIn(ports)];
    const numbers = Object.values(held).flatMap((each) => Object.values(each));
    const ids = [rooms, held].map((each) => Object.keys(each).sort().join());
    if (new Set(numbers).size < numbers.length || ids[0] !== ids[1])
      found.problems.push(`${revision}: ${ids.join(' and ')} with ${numbers.join()}`);
  }
  async function watch(): Promise<void> {
    while (!signal.aborted) {
      const { revision: after } = await live.list('/none');
      try {
        for await (const { revision, changes } of live.watch(keys.workers, { after, signal })) {
          const now = new Map(changes.map(({ key, value }) => [key, value]));
          const values = [now.get(keys.workerCapacity(workerId)), now.get(keys.workerPorts(workerId))];
          if (values[0] && values[1]) look(revision, values[0], values[1]);
        }
      } catch (error) {
        if (!(error instanceof HistoryGone)) throw error;
        found.gaps++;
      }
    }
  }
  return { found, watching: watch() };
}

/** Compacts and defragments etcd all the time, and now and then keeps the server from seeing it happen. */
async function operate({ etcd, writer, wayToEtcd, compact }: LiveStage, signal: AbortSignal) {
  const done = { compactions: 0, defragmentations: 0, absences: 0 };
  for (let round = 0; !signal.aborted; round++) {
    await writer.move([madeUp(round % 3)]);
    if (round % 20 === 10) await wayToEtcd.refuse();
    await compact();
    done.compactions++;
    if (round % 5 === 0) {
      await etcdClient(etcd.url, ({ maintenance }) => maintenance.defragment());
      done.defragmentations++;
    }
    await pause();
    if (round % 20 === 15) {
      await wayToEtcd.accept();
      done.absences++;
    }
  }
  await wayToEtcd.accept();
  return done;
}

/** Callers that claim, and release what they got, through two processes that meet at the worker. */
async function claimAndRelease(live: LiveStore, asked: (n: number) => ClaimRequest) {
  const ledgers = [ledgerOn(live), ledgerOn(live)] as const;
  const holders = new Map<number, string>();
  const standing = new Map<string, Readonly<Record<string, number>>>();
  const outcome = { holders, standing, claims: 0, releases: 0, contentions: 0, doubled: [] as string[] };

  /** A caller who is told that too many were there had nothing done for it, so it may come again. */
  async function patiently<T>(act: (attempt: number) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await act(attempt);
      } catch (error) {
        if (!(error instanceof LabletError && error.code === 'CLAIM_CONTENTION')) throw error;
        outcome.contentions++;
      }
    }
  }
  async function one(ledger: ClaimLedger, n: number): Promise<void> {
    const request = asked(n);
    const { token, ports } = await patiently((attempt) =>
      // A claim of an earlier attempt that stands all the same would speak against this one.
      ledger.claim({ ...request, token: `${request.token}-${attempt}` }),
    );
    outcome.claims++;
    for (const number of Object.values(ports)) {
      const other = holders.get(number);
      if (other !== undefined) outcome.doubled.push(`${number} of ${other} and ${request.instanceId}`);
      holders.set(number, request.instanceId);
    }
    if (n < KEPT) return void standing.set(request.instanceId, ports);
    // Whoever gets one of them from now on gets it rightly.
    for (const number of Object.values(ports)) holders.delete(number);
    await patiently(() => ledger.release({ ...request, token }));
    outcome.releases++;
  }
  let next = 0;
  const callers = Array.from({ length: CALLERS }, async (_, n) => {
    while (next < CLAIMS) await one(required(ledgers[n % 2]), next++);
  });
  await Promise.all(callers);
  return outcome;
}

describe.runIf(isHere('etcd'))('one worker, while the history of etcd is compacted all the time', () => {
  it(
    `P2 loses and doubles none of ${CLAIMS} claims and releases, and watches go on or are told`,
    { timeout: 120_000 },
    async () => {
      const stage = await liveStage({ LIVE_RING_CHANGES: '20' });
      onTestFinished(() => stage.close());
      const { store, latest, written } = stage.writer;
      const follower = new Follower(await stage.client());
      onTestFinished(() => follower.end());
      await follower.synced();
      const { workerId, asked } = await openWorker(store);

      const ended = new AbortController();
      const { found, watching } = watchNumbers(store, workerId, ended.signal);
      const operating = operate(stage, ended.signal);
      const outcome = await claimAndRelease(store, asked).finally(() => ended.abort());
      const [done] = await Promise.all([operating, watching]);
      const { claims, releases, contentions, doubled, standing } = outcome;
      console.log(JSON.stringify({ ...done, contentions, revisions: found.revisions, gaps: found.gaps }));

      expect([claims, releases]).toEqual([CLAIMS, CLAIMS - KEPT]);
      expect([doubled, found.problems]).toEqual([[], []]);
      expect(found.revisions).toBeGreaterThan(CLAIMS / CALLERS);
      expect(Math.min(done.compactions, done.defragmentations, done.absences)).toBeGreaterThan(0);
      expect((await recorded(store, workerId)).ports).toEqual(Object.fromEntries(standing));

      await ready(stage.server.url);
      await stage.writer.move([madeUp(0)]);
      // All of them: a snapshot that goes on may have told the first alone.
      for (const [id, { seq }] of latest) await follower.reaches(id, seq);
      const verdict = audit(follower.messages, written);
      expect(verdict.problems).toEqual([]);
      expect(verdict.resyncs).toBeGreaterThan(0);
    },
  );
});
