import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEtcdLiveStore } from '../src/live/etcd-live-store.js';
import {
  LiveOutcomeUnknown,
  LiveUnavailable,
  type LiveStore,
  type Transaction,
  type TxnResult,
} from '../src/live/live-store.js';
import {
  AMPLE,
  ledgerOn,
  ledgerThrough,
  losingReply,
  openWorker,
  recorded,
} from './support/ample-workers.js';
import { isHere } from './support/backends.js';
import { writes } from './support/claim-keys.js';
import { startEtcd, type RunningEngine } from './support/engines.js';
import { seededRandom } from './support/seeded-random.js';
import { required } from './support/story.js';
import { startTcpProxy, type TcpProxy } from './support/tcp-proxy.js';
import { tempStores } from './support/temp-stores.js';

async function texts(live: LiveStore): Promise<Record<string, string>> {
  const { entries } = await live.list('');
  return Object.fromEntries(entries.map(({ key, value, modRevision }) => [key, `${modRevision} ${value}`]));
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n);

const stores = [
  { name: 'the embedded store', start: async () => required(await tempStores()) },
  {
    name: 'etcd',
    async start() {
      const engine = await startEtcd();
      const live = await openEtcdLiveStore({ endpoints: [engine.url] });
      const close = async () => {
        await live.close();
        await engine.stop();
      };
      return { live, close };
    },
  },
].filter(({ name }) => name !== 'etcd' || isHere('etcd'));

describe.each(stores)('merged claims on $name', ({ start }) => {
  let live: LiveStore;
  let close: () => Promise<void>;
  beforeAll(async () => void ({ live, close } = await start()));
  afterAll(() => close?.());

  it('take 1000 at once, each recorded exactly once in all three keys', async () => {
    const { workerId, asked } = await openWorker(live);
    const ledger = ledgerOn(live);
    const claims = await Promise.all(upTo(1000).map((n) => ledger.claim(asked(n))));
    const { ports, numbers } = await recorded(live, workerId);
    expect(ports).toEqual(Object.fromEntries(claims.map((claim) => [claim.instanceId, claim.ports])));
    expect(numbers.sort((a, b) => a - b)).toEqual(upTo(3000).map((n) => 2000 + n));
    await Promise.all(upTo(1000).map((n) => ledger.release(asked(n))));
    expect((await recorded(live, workerId)).ports).toEqual({});
  });

  it.each([
    [
      'PORTS_EXHAUSTED',
      { range: { start: 2000, end: 2304 } },
      { need: 3, free: 2, range: { start: 2000, end: 2304 } },
    ],
    [
      'CAPACITY_EXCEEDED',
      { declared: { ...AMPLE.declared, cpuCores: 304 } },
      { shortfalls: [{ dimension: 'CPU_CORES', need: 3, free: 1 }] },
    ],
  ])('fill a worker up exactly; the rest get %s and write nothing', async (code, limits, details) => {
    const { workerId, asked } = await openWorker(live, limits);
    const ledger = ledgerOn(live);
    const results = await Promise.allSettled(upTo(300).map((n) => ledger.claim(asked(n))));
    // First come, first served.
    expect(results.map(({ status }) => status === 'fulfilled')).toEqual(upTo(300).map((n) => n < 101));
    for (const result of results.slice(101)) expect(result).toMatchObject({ reason: { code, details } });
    expect((await recorded(live, workerId)).numbers).toHaveLength(303);
    const before = await texts(live);
    const late = await Promise.allSettled(upTo(300).map((n) => ledger.claim(asked(1000 + n))));
    for (const result of late) expect(result).toMatchObject({ reason: { code, details } });
    expect(await texts(live)).toEqual(before);
  });

  it('of four ledgers never meet', async () => {
    const { workerId, asked } = await openWorker(live);
    const ledgers = upTo(4).map(() => ledgerOn(live));
    const claims = await Promise.all(upTo(600).map((n) => required(ledgers[n % 4]).claim(asked(n))));
    const { ports } = await recorded(live, workerId);
    expect(ports).toEqual(Object.fromEntries(claims.map((claim) => [claim.instanceId, claim.ports])));
    await Promise.all(upTo(600).map((n) => required(ledgers[(n + 1) % 4]).release(asked(n))));
    expect((await recorded(live, workerId)).ports).toEqual({});
  });
});

describe.runIf(isHere('etcd'))('merged claims on a bad way to etcd', () => {
  let engine: RunningEngine;
  let proxy: TcpProxy;
  let direct: LiveStore;
  let through: LiveStore;

  beforeAll(async () => {
    engine = await startEtcd();
    proxy = await startTcpProxy(engine.port);
    direct = await openEtcdLiveStore({ endpoints: [engine.url] });
    through = await openEtcdLiveStore({ endpoints: [proxy.url] });
  });

  afterAll(async () => {
    await through?.close();
    await direct?.close();
    await proxy?.close();
    await engine?.stop();
  });

  const losing = (transaction: Transaction, go: () => Promise<TxnResult>) =>
    losingReply({ proxy, direct }, transaction, go);

  it('are each exactly one claim, though the reply of every transaction is lost', async () => {
    let lost = 0;
    const ledger = ledgerThrough(through, (transaction, go) =>
      writes(transaction) ? (lost++, losing(transaction, go)) : go(),
    );
    for (const _ of upTo(10)) {
      // Few on each worker: what does not fit into one window of HTTP/2 needs replies to be sent at all.
      const { workerId, asked } = await openWorker(direct);
      const first = await Promise.all(upTo(50).map((n) => ledger.claim(asked(n))));
      const second = await Promise.all(upTo(50).map((n) => ledger.claim(asked(50 + n))));
      const { ports, numbers } = await recorded(direct, workerId);
      const told = [...first, ...second].map((claim) => [claim.instanceId, claim.ports]);
      expect(ports).toEqual(Object.fromEntries(told));
      expect(numbers.sort((a, b) => a - b)).toEqual(upTo(300).map((n) => 2000 + n));
    }
    expect(lost).toBe(20);
  });

  it('are what their callers were told, whatever is lost and whenever', async () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 100_000);
    console.log(`SEED=${seed}`);
    const random = seededRandom(seed);
    const { workerId, asked } = await openWorker(direct);
    const ledger = ledgerThrough(through, async (transaction, go) => {
      const fate = writes(transaction) ? random() : 1;
      if (fate < 0.3) return losing(transaction, go);
      const sent = go();
      if (fate < 0.6) setImmediate(() => proxy.cut());
      return sent;
    });
    const told = new Map<string, object | null>();
    for (const wave of upTo(15)) {
      const all = upTo(20).map((n) => asked(wave * 20 + n));
      const results = await Promise.allSettled(all.map((each) => ledger.claim(each)));
      for (const [n, result] of results.entries()) {
        const each = required(all[n]);
        if (result.status === 'fulfilled') told.set(each.instanceId, result.value.ports);
        else if (result.reason instanceof LiveUnavailable) told.set(each.instanceId, null);
        // Nobody knows; its pass gives up the token, and then it is surely gone.
        else if (result.reason instanceof LiveOutcomeUnknown) await ledgerOn(direct).release(each);
        else throw result.reason;
      }
      const back = all.filter(({ instanceId }) => told.get(instanceId) && random() < 0.3);
      await Promise.all(
        back.map(async (each) => {
          await ledger.release(each).catch(() => ledgerOn(direct).release(each));
          told.set(each.instanceId, null);
        }),
      );
    }
    const { ports } = await recorded(direct, workerId);
    expect(ports).toEqual(Object.fromEntries([...told].filter(([, numbers]) => numbers !== null)));
    expect(Object.keys(ports).length).toBeGreaterThan(100);
  });
});
