import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { instanceWorkerValue } from '../../src/claims/claim-values.js';
import type { Claim } from '../../src/claims/draft.js';
import { codecs } from '../../src/claims/values.js';
import { RepairReportsDocument, type LabletClient } from '../../src/client/index.js';
import type { Context } from '../../src/context.js';
import { heldClaim } from '../../src/instances/instance-state.js';
import type { RunningEngine } from './engines.js';

/** Intervals of a leader and of the looks at the epoch, short enough for tests. */
export const QUICK = {
  EPOCH_CHECK_MS: '100',
  TICK_SECONDS: '0.2',
  LEADER_TTL_SECONDS: '2',
  REPAIR_SECONDS: '3600',
  REPAIR_CONFIRM_SECONDS: '0.05',
  REPAIR_POLL_MS: '50',
} as const;

type Stores = Pick<Context, 'live' | 'keys' | 'collections' | 'instances'>;

/** Every claim as text: the instance's key, its entry in the room and its numbers. */
export type Claims = Record<string, readonly [holder: string, room: string, ports: string]>;

/** What the documents record. */
export async function recordedClaims({ collections, instances }: Stores): Promise<Claims> {
  const documents = await collections.instances.find(
    { finished: false },
    { index: 'finished_createdAt', limit: 10_000 },
  );
  const claims: Claims = {};
  for (const document of documents) {
    const held = heldClaim(instances.stateOf(document));
    if (held) claims[held.instanceId] = textsOf(held.workerId, held);
  }
  return claims;
}

function textsOf(workerId: string, claim: Claim): [string, string, string] {
  const { token, claimedAt, amounts, ports } = claim;
  const holder = codecs.instanceWorker.encode(instanceWorkerValue(workerId, claim));
  return [holder, JSON.stringify({ token, claimedAt, ...amounts }), JSON.stringify(ports)];
}

/** What the live store holds; a claim that is there in part only has empty texts. */
export async function liveClaims({ live, keys }: Stores): Promise<Claims> {
  const { entries } = await live.list(keys.root);
  const claims: Record<string, [string, string, string]> = {};
  const partsOf = (id: string) => (claims[id] ??= ['', '', '']);
  for (const { key, value } of entries) {
    const parsed = keys.parse(key);
    if (parsed?.kind === 'instanceWorker') partsOf(parsed.id)[0] = value;
    if (parsed?.kind !== 'workerCapacity' && parsed?.kind !== 'workerPorts') continue;
    const part = parsed.kind === 'workerCapacity' ? 1 : 2;
    const held = (JSON.parse(value) as { claims: Record<string, unknown> }).claims;
    for (const [id, claim] of Object.entries(held)) partsOf(id)[part] = JSON.stringify(claim);
  }
  return claims;
}

/** Whether the server says that it is ready, and what each check says. */
export async function readiness(
  url: string,
): Promise<{ ready: boolean; checks: { name: string; ok: boolean; detail: string | null }[] }> {
  return (await (await fetch(`${url}/readyz`)).json()) as Awaited<ReturnType<typeof readiness>>;
}

/** What `/readyz` says of one part; null where that is well. */
export async function detailOf(url: string, name: string): Promise<string | null> {
  const { checks } = await readiness(url);
  const check = checks.find((each) => each.name === name);
  if (!check || check.ok !== (check.detail === null)) throw new Error(JSON.stringify(checks));
  return check.detail;
}

/** Asks until it is so. */
export async function until(what: string, fact: () => Promise<boolean>, ms = 20_000): Promise<void> {
  const end = performance.now() + ms;
  while (!(await fact().catch(() => false))) {
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const ready = (url: string) => until('ready', async () => (await readiness(url)).ready);

/** True once claims go on in another life of the live store. */
export function isInAnotherLife({ guard }: Pick<Context, 'guard'>, former: string | undefined): boolean {
  const life = guard.life();
  return life !== null && life.epoch !== former;
}

export const inAnotherLife = (context: Pick<Context, 'guard'>, former: string | undefined) =>
  until('another life', async () => isInAnotherLife(context, former));

/** Kills etcd, has its data changed and starts it again. */
export async function whileDown(etcd: RunningEngine, change: (data: string) => Promise<void>): Promise<void> {
  await etcd.kill();
  await change(join(etcd.dataDir, 'data'));
  await etcd.restart();
}

/** Copies what etcd holds now, and answers what puts it back. */
export async function snapshot(etcd: RunningEngine): Promise<(data: string) => Promise<void>> {
  const kept = join(etcd.dataDir, 'kept');
  await whileDown(etcd, (data) => cp(data, kept, { recursive: true }));
  return async (data) => {
    await rm(data, { recursive: true });
    await cp(kept, data, { recursive: true });
  };
}

export const emptied = (data: string): Promise<void> => rm(data, { recursive: true });

/** Deletes every key as a careless operator would, in one write, so that nobody sees half of it. */
export async function deleteEverything({ live, keys }: Pick<Context, 'live' | 'keys'>): Promise<void> {
  const { entries } = await live.list(keys.root);
  await live.txn({ when: [], then: entries.map(({ key }) => ({ delete: key })) });
}

/** Kinds of what repair found by itself. */
export async function foundKinds(client: LabletClient): Promise<string[]> {
  const { repairReports } = await client.request(RepairReportsDocument, { first: 50 });
  return (repairReports?.nodes ?? []).flatMap(({ findings }) => findings.map(({ kind }) => kind));
}
