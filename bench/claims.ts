/**
 * Claims of three ports through the ledger, with all its checks, beside bare transactions of the `etcd3` package that
 * check nothing. etcd syncs to disk, unless NO_FSYNC=1. `ETCD_ENDPOINTS` names an etcd to use in place of an own one.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Etcd3 } from 'etcd3';
import type { ClaimLedger } from '../src/claims/ledger.js';
import { openEtcdLiveStore } from '../src/live/etcd-live-store.js';
import type { LiveStore } from '../src/live/live-store.js';
import { startEtcd } from '../tests/support/engines.js';
import { tempStores } from '../tests/support/temp-stores.js';
import { claimAtOnce, keys, ledgerOn, request, type Order } from './claims-child.js';

const LIMITS = {
  declared: { cpuCores: 4096, memoryGb: 65_536, storageGb: 1_000_000, nodes: null },
  range: { start: 2000, end: 9999 },
  excluded: [9090],
  configRevision: 1,
};
const RUNS = 7;
const CLAIMS = 1000;
const MERGED = 120;
let made = 0;
const newId = () => `wrk_${String(process.pid).padStart(10, '0')}${String(++made).padStart(16, '0')}`;

export async function run(): Promise<void> {
  const etcd = await etcdToUse();
  try {
    console.log(
      `load ${loadavg()
        .map((each) => each.toFixed(2))
        .join(' ')}, Node ${process.version}, ${etcd.what}`,
    );
    const live = await openEtcdLiveStore({ endpoints: [etcd.url] });
    const bare = bareOn(etcd.url);
    const merged = await median(() => bare.claims(CLAIMS, MERGED));
    const single = await median(() => bare.claims(CLAIMS, 1), 1);
    report('1000 claims at once, bare etcd3 one by one', single);
    report('1000 claims at once, bare etcd3 merged by hand', merged);
    const one = await median(() => oneProcess(live));
    report('1000 claims at once, one process', one, ratios(one, { single, merged }));
    const processes = await startProcesses(etcd.url, 4);
    // Each does a quarter of a run, so it takes four times as many to warm up.
    const four = await median(() => processes.claims(live), RUNS, 4 * RUNS);
    processes.close();
    report('1000 claims at once, four processes', four, ratios(four, { single, merged }));
    report('10 000 claims over 100 workers', await median(() => manyWorkers(live), 3));
    const lone = await steady((n) => bare.lone(n));
    printSteady('200 claims/s for 5 s, bare etcd3', lone);
    printSteady('200 claims/s for 5 s', await steady(await loneClaims(live)));
    bare.close();
    await live.close();
  } finally {
    await etcd.stop();
  }
  const stores = await tempStores();
  report('1000 claims at once, embedded store', await median(() => oneProcess(stores.live)));
  report('10 000 claims over 100 workers, embedded store', await median(() => manyWorkers(stores.live), 3));
  printSteady('200 claims/s for 5 s, embedded store', await steady(await loneClaims(stores.live)));
  await stores.close();
  console.log(
    `load ${loadavg()
      .map((each) => each.toFixed(2))
      .join(' ')}`,
  );
}

async function etcdToUse() {
  const given = process.env['ETCD_ENDPOINTS'];
  if (given) return { url: given, what: `etcd at ${given}`, stop: async () => undefined };
  const isSynced = process.env['NO_FSYNC'] !== '1';
  const engine = await startEtcd({ extraArgs: [`--unsafe-no-fsync=${!isSynced}`] });
  const what = `etcd ${engine.version}, ${isSynced ? 'with' : 'without'} fsync`;
  return { url: engine.url, what, stop: () => engine.stop() };
}

async function openWorkerOn(live: LiveStore): Promise<{ ledger: ClaimLedger; workerId: string }> {
  const ledger = ledgerOn(live);
  const workerId = newId();
  await ledger.register(workerId, LIMITS, { open: true, seq: 3 });
  return { ledger, workerId };
}

async function oneProcess(live: LiveStore): Promise<number> {
  const { ledger, workerId } = await openWorkerOn(live);
  const first = nextNumbers(CLAIMS);
  const started = performance.now();
  await claimAtOnce(ledger, workerId, first, CLAIMS);
  const took = performance.now() - started;
  await check(live, workerId, CLAIMS);
  return took;
}

async function manyWorkers(live: LiveStore): Promise<number> {
  const workers = await Promise.all(Array.from({ length: 100 }, () => openWorkerOn(live)));
  const [{ ledger }] = workers as [(typeof workers)[number]];
  const first = nextNumbers(10_000);
  const started = performance.now();
  await Promise.all(workers.map(({ workerId }, n) => claimAtOnce(ledger, workerId, first + n * 100, 100)));
  const took = performance.now() - started;
  for (const { workerId } of workers) await check(live, workerId, 100);
  return took;
}

/** Processes that stay for all runs, as servers do. */
async function startProcesses(url: string, count: number) {
  const file = join(import.meta.dirname, 'claims-child.ts');
  const children = Array.from({ length: count }, () => fork(file, ['--serve', url]));
  await Promise.all(children.map((child) => once(child, 'message')));

  async function claims(live: LiveStore): Promise<number> {
    const { workerId } = await openWorkerOn(live);
    const answers = children.map((child) => once(child, 'message'));
    const started = performance.now();
    for (const child of children) {
      const order: Order = { workerId, first: nextNumbers(CLAIMS / count), count: CLAIMS / count };
      child.send(order);
    }
    for (const [answer] of (await Promise.all(answers)) as [{ failed?: string }][]) {
      if (answer.failed) throw new Error(answer.failed);
    }
    const took = performance.now() - started;
    await check(live, workerId, CLAIMS);
    return took;
  }
  const close = () => children.forEach((child) => child.disconnect());
  return { claims, close };
}

async function loneClaims(live: LiveStore): Promise<(n: number) => Promise<void>> {
  const { ledger, workerId } = await openWorkerOn(live);
  return async (n) => void (await ledger.claim(request(workerId, n)));
}

/** Latencies in ms, ascending, of one call each 5 ms for 5 s, whether or not the earlier ones are done. */
async function steady(call: (n: number) => Promise<void>): Promise<number[]> {
  const took: Promise<number>[] = [];
  const first = nextNumbers(CLAIMS);
  const started = performance.now();
  for (let n = 0; n < CLAIMS; n++) {
    const due = started + n * 5;
    if (due > performance.now()) await delay(due - performance.now());
    // From when it was due, so that a blocked process does not hide what it delays.
    took.push(call(first + n).then(() => performance.now() - Math.max(due, started)));
  }
  return (await Promise.all(took)).sort((a, b) => a - b);
}

/** The same writes with nothing around them. */
function bareOn(url: string) {
  const client = new Etcd3({ hosts: url });
  const fresh = () => ({
    workerId: newId(),
    capacity: {} as object,
    ports: {} as object,
    revision: '0',
    next: 2000,
  });
  let lone = fresh();
  let last: Promise<unknown> = Promise.resolve();

  async function write(state: ReturnType<typeof fresh>, numbers: number[]): Promise<void> {
    const [capacityKey, portsKey] = [keys.workerCapacity(state.workerId), keys.workerPorts(state.workerId)];
    const transaction = client
      .if(capacityKey, 'Mod', '==', state.revision)
      .and(portsKey, 'Mod', '==', state.revision);
    const puts = numbers.map((n) => {
      const { instanceId, token, claimedAt } = request(state.workerId, n);
      transaction.and(keys.instanceWorker(instanceId), 'Create', '==', 0);
      const [a, b, c] = [state.next++, state.next++, state.next++];
      const amounts = { cpuCores: 1, memoryGb: 1, storageGb: 1, nodes: 1 };
      Object.assign(state.capacity, { [instanceId]: { token, claimedAt, ...amounts } });
      Object.assign(state.ports, { [instanceId]: { serial_1: a, vnc_1: b, web_1: c } });
      const value = { v: 1, instanceId, workerId: state.workerId, token, claimedAt };
      return client.put(keys.instanceWorker(instanceId)).value(JSON.stringify(value));
    });
    const head = { v: 1, workerId: state.workerId, seq: 1, configRevision: 1 };
    const { succeeded, header } = await transaction
      .then(
        client.put(capacityKey).value(JSON.stringify({ ...head, claims: state.capacity })),
        client.put(portsKey).value(JSON.stringify({ ...head, claims: state.ports })),
        ...puts,
      )
      .commit();
    if (!succeeded) throw new Error('the bare transaction failed');
    state.revision = header.revision;
  }

  return {
    async claims(count: number, merged: number): Promise<number> {
      const state = fresh();
      const first = nextNumbers(count);
      const started = performance.now();
      for (let n = 0; n < count; n += merged) {
        const size = Math.min(merged, count - n);
        await write(
          state,
          Array.from({ length: size }, (_, i) => first + n + i),
        );
      }
      return performance.now() - started;
    },
    lone(n: number): Promise<void> {
      const turn = last.then(() => write(lone, [n]));
      last = turn;
      return turn;
    },
    close: () => {
      lone = fresh();
      client.close();
    },
  };
}

let numbers = 0;
function nextNumbers(count: number): number {
  numbers += count;
  return numbers - count;
}

/** A benchmark of wrong results is none. */
async function check(live: LiveStore, workerId: string, count: number): Promise<void> {
  const [capacity, ports] = await Promise.all(
    [keys.workerCapacity(workerId), keys.workerPorts(workerId)].map(async (key) => {
      const { claims } = JSON.parse((await live.get(key))?.value ?? '{}') as {
        claims: Record<string, object>;
      };
      return claims;
    }),
  );
  const held = Object.values(ports ?? {}).flatMap((each) => Object.values(each) as number[]);
  const isRight = Object.keys(capacity ?? {}).length === count && new Set(held).size === 3 * count;
  if (!isRight) throw new Error(`${workerId} does not hold ${count} claims`);
}

/** Of some runs, after as many that warm up. */
async function median(measure: () => Promise<number>, runs = RUNS, warm = runs): Promise<number[]> {
  for (let n = 0; n < warm; n++) await measure();
  const took: number[] = [];
  for (let n = 0; n < runs; n++) took.push(await measure());
  return took.sort((a, b) => a - b);
}

const middle = (sorted: readonly number[]) => sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
const at = (sorted: readonly number[], share: number) =>
  sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;

function ratios(own: number[], { single, merged }: { single: number[]; merged: number[] }): string {
  const faster = (middle(single) / middle(own)).toFixed(1);
  const slower = (middle(own) / middle(merged)).toFixed(2);
  return `; ${faster} times as fast as bare one by one, ${slower} x the time of bare merged`;
}

function report(what: string, took: number[], more = ''): void {
  const range = `${(took[0] ?? 0).toFixed(0)}-${at(took, 1).toFixed(0)}`;
  console.log(`${what.padEnd(50)} ${middle(took).toFixed(0).padStart(5)} ms (${range})${more}`);
}

function printSteady(what: string, took: number[]): void {
  const [p50, p99, most] = [at(took, 0.5), at(took, 0.99), at(took, 1)].map((each) => each.toFixed(2));
  console.log(`${what.padEnd(50)} p50 ${p50} ms, p99 ${p99} ms, most ${most} ms`);
}
