import { expect } from 'vitest';
import type { ClaimLedger, ClaimRequest } from '../../src/claims/ledger.js';
import { systemClock } from '../../src/lib/clock.js';
import type { LiveStore, Transaction, TxnResult } from '../../src/live/live-store.js';
import { overriding } from './by-hand.js';
import { disturbedLedger, keys, LIMITS, NEED, request } from './claim-keys.js';
import { required } from './story.js';
import type { TcpProxy } from './tcp-proxy.js';

/** Room for whatever the numbers of the range allow. */
export const AMPLE = {
  ...LIMITS,
  declared: { cpuCores: 4096, memoryGb: 65_536, storageGb: 1_000_000, nodes: null },
};
const THREE = { ...NEED, portTemplate: ['serial_1', 'vnc_1', 'web_1'].map((name) => ({ name })) };

let workers = 0;

/** A ledger as a process has it, but for its patience. */
export const ledgerOn = (live: LiveStore): ClaimLedger =>
  disturbedLedger(live, { clock: systemClock, attempts: 20, deadlineMs: 30_000, maxWaiting: 2000 }).ledger;

/** A ledger whose transactions pass through `send`. */
export const ledgerThrough = (
  live: LiveStore,
  send: (transaction: Transaction, go: () => Promise<TxnResult>) => Promise<TxnResult>,
): ClaimLedger =>
  ledgerOn(overriding(live, { txn: (transaction) => send(transaction, () => live.txn(transaction)) }));

export interface AmpleWorker {
  readonly workerId: string;
  /** What the instance with this number asks for: three numbers and a little room. */
  readonly asked: (n: number) => ClaimRequest;
}

/** A worker that takes claims, and requests for it under ids of its own. */
export async function openWorker(live: LiveStore, limits: Partial<typeof AMPLE> = {}): Promise<AmpleWorker> {
  const own = ++workers;
  const workerId = `wrk_merge_${own}`;
  await ledgerOn(live).register(workerId, { ...AMPLE, ...limits }, { open: true, seq: 1 });
  const asked = (n: number) => request(workerId, n, { need: THREE, instanceId: `ins_${own}_${n}` });
  return { workerId, asked };
}

/** The claims of a worker, which are in all three places alike: instance, token and numbers, none of them twice. */
export async function recorded(live: LiveStore, workerId: string) {
  const read = async (key: string) =>
    (JSON.parse(required(await live.get(key)).value) as { claims: Record<string, any> }).claims;
  const [capacity, ports] = [
    await read(keys.workerCapacity(workerId)),
    await read(keys.workerPorts(workerId)),
  ];
  const { entries } = await live.list(keys.instances);
  const held = entries
    .filter(({ key }) => key.endsWith('/worker'))
    .map(({ value }) => JSON.parse(value) as { instanceId: string; workerId: string; token: string })
    .filter((value) => value.workerId === workerId);
  const tokens = Object.entries(capacity).map(([id, { token }]) => `${id} ${String(token)}`);
  expect(held.map(({ instanceId, token }) => `${instanceId} ${token}`).sort()).toEqual(tokens.sort());
  expect(Object.keys(ports).sort()).toEqual(Object.keys(capacity).sort());
  const numbers = Object.values(ports).flatMap((each) => Object.values(each as object) as number[]);
  expect(new Set(numbers).size).toBe(numbers.length);
  return { ports, numbers };
}

/**
 * Sends a transaction that writes claims through a proxy, and cuts the connection once the store has decided it and
 * before anybody is told. `direct` is another way to the store.
 */
export async function losingReply(
  { proxy, direct }: { readonly proxy: TcpProxy; readonly direct: LiveStore },
  { when, then }: Transaction,
  send: () => Promise<TxnResult>,
): Promise<TxnResult> {
  const written = then.flatMap((write) => ('put' in write ? [write.put] : []));
  const watched = required(written.find((key) => keys.parse(key)?.kind === 'workerCapacity'));
  const compared = required(when.find(({ key }) => key === watched));
  const after = 'modRevision' in compared ? compared.modRevision : 0;
  const ended = new AbortController();
  proxy.loseReplies();
  const sent = send();
  // Its own write, or one that came before it: then it has failed, or will.
  const decided = async () => {
    for await (const _ of direct.watch(watched, { after, signal: ended.signal })) return;
  };
  await Promise.race([decided(), sent.catch(() => undefined)]);
  ended.abort();
  proxy.cut();
  return sent;
}
