import { DIMENSIONS, sum, type Amounts, type Capacity } from '../claims/capacity.js';
import type { Claim } from '../claims/draft.js';
import { valueOf, type LiveView } from './live-view.js';
import type { Violation } from './violations.js';

/** A claim that a document or a key says is held on a worker. */
export type HeldClaim = Pick<Claim, 'instanceId' | 'claimedAt' | 'amounts' | 'ports'>;

/** Claims by the worker they are on. */
export type ClaimsByWorker = ReadonlyMap<string, readonly HeldClaim[]>;

/** I1 and I2, of the keys and of the documents each by themselves and of both together. */
export function claimViolations(
  workerIds: readonly string[],
  recorded: ClaimsByWorker,
  view: LiveView,
  updatedAt: (id: string) => string | null,
): Violation[] {
  const ids = new Set([...workerIds, ...recorded.keys(), ...view.workerIds]);
  return [...ids].flatMap((id) => {
    const inDocuments = recorded.get(id) ?? [];
    const { capacity, ports } = view.worker(id);
    const [room, numbers] = [valueOf(capacity), valueOf(ports)];
    const entries = Object.entries(room?.claims ?? {}).map(([instanceId, entry]): HeldClaim => ({
      instanceId,
      claimedAt: entry.claimedAt,
      amounts: entry,
      ports: {},
    }));
    const held = Object.entries(numbers?.claims ?? {}).map(([instanceId, own]) => ({
      instanceId,
      claimedAt: room?.claims[instanceId]?.claimedAt ?? null,
      ports: own,
    }));
    return [
      ...twice(id, held, 'keys'),
      ...twice(id, inDocuments, 'documents'),
      ...(room ? overdrawn(id, entries, room.declared) : []),
      ...(room ? differing(id, entries, inDocuments, updatedAt) : []),
    ];
  });
}

interface Numbers {
  readonly instanceId: string;
  readonly claimedAt: string | null;
  readonly ports: Readonly<Record<string, number>>;
}

/** I1 */
function twice(workerId: string, claims: readonly Numbers[], where: string): Violation[] {
  const holders = new Map<number, Numbers>();
  const found: Violation[] = [];
  for (const claim of claims) {
    for (const number of Object.values(claim.ports)) {
      const other = holders.get(number);
      if (!other) holders.set(number, claim);
      else {
        found.push({
          invariant: 'I1',
          rule: 'PORT_HELD_TWICE',
          entityId: workerId,
          detail: `port ${number} is held by ${other.instanceId} and ${claim.instanceId} in ${where}`,
          since: latest([other.claimedAt, claim.claimedAt]),
        });
      }
    }
  }
  return found;
}

/** I2: keys against their own limits; where a limit was lowered the command refused to go below what is held. */
function overdrawn(workerId: string, claims: readonly HeldClaim[], declared: Capacity): Violation[] {
  const allocated = sum(claims.map(({ amounts }) => amounts));
  return DIMENSIONS.map(([each]) => each)
    .filter((each) => allocated[each] > (declared[each] ?? Infinity))
    .map((each) => ({
      invariant: 'I2',
      rule: 'ROOM_OVERDRAWN',
      entityId: workerId,
      detail: `${each}: ${allocated[each]} allocated, ${declared[each]} declared`,
      since: latest(claims.map(({ claimedAt }) => claimedAt)),
    }));
}

/** I2: the sum in the keys is what the documents' claims add up to. */
function differing(
  workerId: string,
  claims: readonly HeldClaim[],
  recorded: readonly HeldClaim[],
  updatedAt: (id: string) => string | null,
): Violation[] {
  const [keys, documents] = [claims, recorded].map((each) => sum(each.map(({ amounts }) => amounts))) as [
    Amounts,
    Amounts,
  ];
  const wrong = DIMENSIONS.map(([each]) => each).filter((each) => keys[each] !== documents[each]);
  if (wrong.length === 0) return [];
  const detail = wrong.map((each) => `${each}: ${keys[each]} in keys, ${documents[each]} in documents`);
  const times = [...claims, ...recorded].flatMap((each) => [each.claimedAt, updatedAt(each.instanceId)]);
  const since = latest([...times, updatedAt(workerId)]);
  return [{ invariant: 'I2', rule: 'ROOM_DIFFERS', entityId: workerId, detail: detail.join('; '), since }];
}

/** The latest of these times; null where there is none. */
export function latest(times: readonly (string | null | undefined)[]): string | null {
  return times.reduce<string | null>((a, b) => (b != null && (a === null || b > a) ? b : a), null);
}
