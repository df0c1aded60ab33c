/** What one process does in the benchmark of claims; alone it is a process that waits to be told. */
import { claimLedger, type ClaimLedger, type ClaimRequest } from '../src/claims/ledger.js';
import { liveKeys } from '../src/claims/keys.js';
import { systemClock } from '../src/lib/clock.js';
import { openEtcdLiveStore } from '../src/live/etcd-live-store.js';
import type { LiveStore } from '../src/live/live-store.js';
import { keptLog } from '../tests/support/by-hand.js';

export const keys = liveKeys();

/** A ledger with the defaults of the settings. */
export function ledgerOn(live: LiveStore, retried: () => void = () => undefined): ClaimLedger {
  return claimLedger({
    live,
    keys,
    clock: systemClock,
    logger: keptLog().logger,
    attempts: 20,
    deadlineMs: 5000,
    guard: async () => [],
    maxWaiting: 2000,
    onRetry: retried,
    onRelease: () => undefined,
  });
}

const padded = (n: number) => String(n).padStart(26, '0');
const NEED = {
  nodeCount: 1,
  resourceRequirements: { cpuCores: 1, memoryGb: 1, storageGb: 1, amiRequirements: [] },
  licenseAffinity: ['ENTERPRISE' as const],
  portTemplate: ['serial_1', 'vnc_1', 'web_1'].map((name) => ({ name })),
};

/** A claim of three ports; `n` differs from claim to claim. */
export function request(workerId: string, n: number): ClaimRequest {
  return {
    ...{ workerId, instanceId: `ins_${padded(n)}`, token: padded(n), need: NEED },
    worker: {
      status: 'RUNNING',
      licenseType: 'ENTERPRISE',
      amiName: null,
      cmlVersion: null,
      nodeDefinitions: null,
    },
    claimedAt: systemClock.now(),
  };
}

/** Asks for `count` claims at once and waits for all. */
export async function claimAtOnce(ledger: ClaimLedger, workerId: string, first: number, count: number) {
  await Promise.all(Array.from({ length: count }, (_, n) => ledger.claim(request(workerId, first + n))));
}

export interface Order {
  readonly workerId: string;
  readonly first: number;
  readonly count: number;
}

async function serve(endpoint: string): Promise<void> {
  let retries = 0;
  const live = await openEtcdLiveStore({ endpoints: [endpoint] });
  const ledger = ledgerOn(live, () => retries++);
  await live.get('/warm');
  process.on('message', ({ workerId, first, count }: Order) => {
    claimAtOnce(ledger, workerId, first, count).then(
      () => process.send?.({ retries }),
      (error: unknown) => process.send?.({ failed: String(error) }),
    );
  });
  process.on('disconnect', () => void live.close());
  process.send?.('ready');
}

const [mode, endpoint] = process.argv.slice(2);
if (mode === '--serve' && endpoint) await serve(endpoint);
