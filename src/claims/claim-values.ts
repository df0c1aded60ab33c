import { amountsOf } from './capacity.js';
import {
  draftOf,
  place,
  release,
  valuesOf,
  type Accepting,
  type Claim,
  type LiveValues,
  type Release,
  type WorkerLimits,
} from './draft.js';
import { VALUE_VERSION, type InstanceWorkerValue } from './values.js';

/** The first claim values of a worker, without claims; `seq` is the counter of both. */
export function emptyValues(
  workerId: string,
  limits: WorkerLimits,
  accepting: Accepting,
  seq = 1,
): LiveValues {
  const { declared, range, excluded, configRevision } = limits;
  const head = { v: VALUE_VERSION, workerId, seq, configRevision } as const;
  const { cpuCores, memoryGb, storageGb, nodes } = declared;
  return {
    capacity: {
      ...head,
      accepting: { ...accepting },
      declared: { cpuCores, memoryGb, storageGb, nodes },
      claims: {},
    },
    ports: { ...head, range: { start: range.start, end: range.end }, excluded: [...excluded], claims: {} },
  };
}

/** Claim values made anew from what documents record. */
export function rebuiltValues(
  workerId: string,
  limits: WorkerLimits,
  accepting: Accepting,
  claims: readonly Claim[],
): LiveValues {
  const draft = draftOf(emptyValues(workerId, limits, accepting));
  for (const claim of claims) place(draft, claim);
  return valuesOf(draft);
}

/** The values with the claim added; both counters +1. */
export function addClaim(live: LiveValues, claim: Claim): LiveValues {
  const draft = draftOf(live);
  place(draft, claim);
  return valuesOf(draft);
}

/** The values after {@link release}; unchanged when FOREIGN, else both counters +1. */
export function removeClaim(
  live: LiveValues,
  instanceId: string,
  token: string,
): { readonly outcome: Release; readonly live: LiveValues } {
  const draft = draftOf(live);
  const outcome = release(draft, instanceId, token);
  return { outcome, live: outcome === 'FOREIGN' ? live : valuesOf(draft) };
}

/** The values with the flag that says whether the worker takes claims; both counters +1. */
export function setAccepting(live: LiveValues, accepting: Accepting): LiveValues {
  return rewrite(live, { accepting });
}

/** The values under other limits, claims untouched; both counters +1. */
export function setLimits(live: LiveValues, limits: WorkerLimits): LiveValues {
  return rewrite(live, { limits });
}

/** Limits and flag in one write, as opening a worker needs it; both counters +1. */
export function rewrite(
  live: LiveValues,
  change: { readonly accepting?: Accepting; readonly limits?: WorkerLimits },
): LiveValues {
  const { capacity, ports } = live;
  const seq = Math.max(capacity.seq, ports.seq) + 1;
  const limits = change.limits ?? {
    declared: capacity.declared,
    range: ports.range,
    excluded: ports.excluded,
    configRevision: capacity.configRevision,
  };
  const accepting = change.accepting ?? capacity.accepting;
  const empty = emptyValues(capacity.workerId, limits, accepting, seq);
  return {
    capacity: { ...empty.capacity, claims: capacity.claims },
    ports: { ...empty.ports, claims: ports.claims },
  };
}

/** The value of the instance's own claim key. */
export function instanceWorkerValue(workerId: string, claim: Claim): InstanceWorkerValue {
  const { instanceId, token, claimedAt } = claim;
  return { v: VALUE_VERSION, instanceId, workerId, token, claimedAt };
}

/** The claim an instance holds in these values; null unless it is in both. */
export function claimIn(live: LiveValues, instanceId: string): Claim | null {
  const entry = live.capacity.claims[instanceId];
  const ports = live.ports.claims[instanceId];
  if (!entry || !ports) return null;
  const { token, claimedAt } = entry;
  return { instanceId, token, claimedAt, amounts: amountsOf(entry), ports };
}
