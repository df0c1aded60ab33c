import { claimLedger, type ClaimRequest, type LedgerParts } from '../../src/claims/ledger.js';
import type { Candidate, Need } from '../../src/claims/fits.js';
import { liveKeys } from '../../src/claims/keys.js';
import { codecs } from '../../src/claims/values.js';
import { LiveOutcomeUnknown, type LiveStore, type Transaction } from '../../src/live/live-store.js';
import { START } from './aggregate-run.js';
import { handClock, keptLog, overriding } from './by-hand.js';

export const keys = liveKeys();
export const LIMITS = {
  declared: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
  range: { start: 2000, end: 9999 },
  excluded: [9090],
  configRevision: 1,
};
export const WORKER: Candidate = {
  status: 'RUNNING',
  licenseType: 'PERSONAL',
  amiName: null,
  cmlVersion: null,
  nodeDefinitions: null,
};
export const NEED: Need = {
  nodeCount: 2,
  resourceRequirements: { cpuCores: 3, memoryGb: 5, storageGb: 50, amiRequirements: [] },
  licenseAffinity: ['PERSONAL'],
  portTemplate: [{ name: 'serial_1' }, { name: 'vnc_1' }],
};
export const AMOUNTS = { cpuCores: 3, memoryGb: 5, storageGb: 50, nodes: 2 };

let workers = 0;
/** A worker id that nobody used. */
export const newWorker = (): string => `wrk_${String(++workers).padStart(26, '0')}`;
export const instance = (workerId: string, n: number): string => `ins_${workerId.slice(-4)}_${n}`;

export function request(workerId: string, n: number, more: Partial<ClaimRequest> = {}): ClaimRequest {
  const ids = { instanceId: instance(workerId, n), token: `token-${n}` };
  return { workerId, worker: WORKER, need: NEED, claimedAt: START, ...ids, ...more };
}

/** A ledger, what it told, and a store under it whose transactions can be disturbed. */
export function disturbedLedger(store: LiveStore, parts: Partial<LedgerParts> = {}) {
  const replaced: Partial<LiveStore> = {};
  const live = overriding(store, replaced);
  const told = { retries: 0, released: [] as string[] };
  const clock = handClock();
  const { logger, lines } = keptLog();
  const ledger = claimLedger({
    live,
    keys,
    clock,
    logger,
    attempts: 5,
    deadlineMs: 5000,
    guard: async () => [],
    maxWaiting: 1000,
    onRetry: () => told.retries++,
    onRelease: (result) => told.released.push(result),
    ...parts,
  });
  return { ledger, live, replaced, told, clock, lines };
}

/** True for a transaction that writes; reading is done by one that never succeeds. */
export const writes = ({ then }: Transaction): boolean => then.length > 0;

/** Commits writing transactions but loses the reply of the first `times`. */
export function losingReplies(store: LiveStore, times: number): LiveStore['txn'] {
  let left = times;
  return async (transaction) => {
    const result = await store.txn(transaction);
    if (writes(transaction) && left-- > 0) throw new LiveOutcomeUnknown('the reply was lost');
    return result;
  };
}

/** Loses the first `times` writing transactions on their way. */
export function losingRequests(store: LiveStore, times: number): LiveStore['txn'] {
  let left = times;
  return async (transaction) => {
    if (writes(transaction) && left-- > 0) throw new LiveOutcomeUnknown('nobody knows');
    return store.txn(transaction);
  };
}

/** Both claim values and the instance's key as they are stored. */
export async function stored(store: LiveStore, workerId: string, n = 1) {
  const [capacity, ports, holder] = await Promise.all([
    store.get(keys.workerCapacity(workerId)),
    store.get(keys.workerPorts(workerId)),
    store.get(keys.instanceWorker(instance(workerId, n))),
  ]);
  const read = <T>(codec: { decode(text: string): { ok: boolean; value?: T } }, text: string | undefined) =>
    text === undefined ? null : (codec.decode(text).value as T);
  return {
    capacity: read(codecs.workerCapacity, capacity?.value),
    ports: read(codecs.workerPorts, ports?.value),
    holder: read(codecs.instanceWorker, holder?.value),
    revisions: [capacity, ports, holder].map((entry) => entry?.modRevision ?? 0),
  };
}
