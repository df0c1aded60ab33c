import { LabletError } from '../errors.js';
import type { Condition, Entry, Transaction, Write } from '../live/live-store.js';
import { amountsOf } from './capacity.js';
import { instanceWorkerValue } from './claim-values.js';
import { encodedValues, place, release, type Claim, type Draft } from './draft.js';
import { fitsIn, refusal, type Candidate, type Need } from './fits.js';
import type { LiveKeys } from './keys.js';
import { claimsUnreadable, type Guard } from './read-claims.js';
import { codecs } from './values.js';

/**
 * Claims and releases in one transaction, at most: each costs a comparison and a write, the worker's two keys
 * cost two of each, and etcd takes 128.
 */
export const MAX_MERGED = 120;

export interface ReleaseRequest {
  readonly instanceId: string;
  readonly workerId: string;
  /** Belongs to one pass of scheduling; decides whose claim it is. */
  readonly token: string;
}

export interface ClaimRequest extends ReleaseRequest {
  readonly worker: Candidate;
  readonly need: Need;
  readonly claimedAt: string;
}

/** What can share a transaction. */
export type Merged =
  | { readonly kind: 'claim'; readonly request: ClaimRequest }
  | { readonly kind: 'release'; readonly request: ReleaseRequest };

/** Another pass holds a claim for this instance; the document decides whose it is. */
export class ClaimHeld extends Error {
  override readonly name = 'ClaimHeld';
  constructor(
    readonly workerId: string,
    readonly token: string,
  ) {
    super(`the instance holds a claim on ${workerId} under another token`);
  }
}

/** What a transaction starts from; planning it uses the draft up. */
export interface Basis {
  readonly draft: Draft;
  /** Hold as long as both claim values are as in the draft. */
  readonly guards: readonly Guard[];
  /** What stands in the instances' own keys, by key; null when nobody looked, as in a guess. */
  readonly holders: ReadonlyMap<string, Entry> | null;
}

/** A basis that was read, linearizably and at one revision. */
export interface ReadBasis extends Basis {
  readonly holders: ReadonlyMap<string, Entry>;
}

/** What a request comes to. */
export type Verdict =
  /** The claim is made by the transaction, or not at all. */
  | { readonly outcome: 'CLAIMS'; readonly claim: Claim }
  /** The same for a release; `own` is the instance's key where it is to go, `holds` false where nothing is left. */
  | { readonly outcome: 'RELEASES'; readonly own: Entry | null; readonly holds: boolean }
  /** An earlier transaction made the claim: it stands under the request's own token. */
  | { readonly outcome: 'STANDS'; readonly claim: Claim }
  | { readonly outcome: 'REFUSED'; readonly error: Error };

export interface Plan {
  /** One for each request, in their order. */
  readonly verdicts: readonly Verdict[];
  /** Null when there is nothing to do; writes nothing where it is only to be seen that the values still stand. */
  readonly transaction: Transaction | null;
}

/**
 * Decides requests that name different instances of one worker, each after the one before, as if each had a
 * transaction of its own, and makes the transaction that does it all. Null when a guess is not enough: what is
 * refused, released or there already is decided only from what was read.
 */
export function planBatch(keys: LiveKeys, workerId: string, basis: ReadBasis, items: readonly Merged[]): Plan;
export function planBatch(
  keys: LiveKeys,
  workerId: string,
  basis: Basis,
  items: readonly Merged[],
): Plan | null;
export function planBatch(
  keys: LiveKeys,
  workerId: string,
  { draft, guards, holders }: Basis,
  items: readonly Merged[],
): Plan | null {
  if (!holders && items.some((item) => item.kind === 'release' || isIn(draft, item.request))) return null;
  const verdicts: Verdict[] = [];
  const when: Condition[] = [...guards];
  const own: Write[] = [];
  for (const item of items) {
    const key = keys.instanceWorker(item.request.instanceId);
    const verdict = decide(draft, holders?.get(key), item);
    if (!holders && verdict.outcome === 'REFUSED') return null;
    verdicts.push(verdict);
    if (verdict.outcome === 'CLAIMS') {
      const value = codecs.instanceWorker.encode(instanceWorkerValue(workerId, verdict.claim));
      when.push({ key, absent: true });
      own.push({ put: key, value });
    } else if (verdict.outcome === 'RELEASES' && verdict.own) {
      when.push({ key, modRevision: verdict.own.modRevision });
      own.push({ delete: key });
    }
  }
  if (!verdicts.some(isWritten)) return { verdicts, transaction: null };
  const then = mayLapse(draft) ? own : [...puts(keys, workerId, draft), ...own];
  return { verdicts, transaction: { when, then, orElse: keysOf(keys, workerId, items) } };
}

function puts(keys: LiveKeys, workerId: string, draft: Draft): Write[] {
  const { capacity, ports } = encodedValues(draft);
  return [
    { put: keys.workerCapacity(workerId), value: capacity },
    { put: keys.workerPorts(workerId), value: ports },
  ];
}

/**
 * True for values that may be those of a terminated worker: written once more they would lose the lease they lapse
 * with. Nor need they be: a claim is planned on open values only, so one that arrives late fails on closed ones anyway.
 */
function mayLapse({ origin }: Draft): boolean {
  const { accepting, claims } = origin.capacity;
  return !accepting.open && Object.keys({ ...claims, ...origin.ports.claims }).length === 0;
}

/** True for what the transaction does. */
export function isWritten({ outcome }: Verdict): boolean {
  return outcome === 'CLAIMS' || outcome === 'RELEASES';
}

/** The keys that decide these requests. */
export function keysOf(keys: LiveKeys, workerId: string, items: readonly Merged[]): string[] {
  const own = items.map(({ request }) => keys.instanceWorker(request.instanceId));
  return [keys.workerCapacity(workerId), keys.workerPorts(workerId), ...own];
}

function isIn({ capacityClaims, portClaims }: Draft, { instanceId }: ReleaseRequest): boolean {
  return capacityClaims.has(instanceId) || portClaims.has(instanceId);
}

function decide(draft: Draft, entry: Entry | undefined, item: Merged): Verdict {
  const { instanceId, workerId, token } = item.request;
  const holder = entry && codecs.instanceWorker.decode(entry.value);
  if (holder && !holder.ok) return refused(claimsUnreadable(workerId, `${entry.key} is ${holder.why}`));
  const isOwn = holder?.value.token === token;
  if (item.kind === 'release') {
    const released = release(draft, instanceId, token);
    if (released === 'FOREIGN') return refused(notOwned(instanceId));
    return {
      outcome: 'RELEASES',
      own: isOwn ? (entry ?? null) : null,
      holds: isOwn || released === 'RELEASED',
    };
  }
  if (isOwn) return standing(draft, item.request);
  if (holder) return refused(new ClaimHeld(holder.value.workerId, holder.value.token));
  return newClaim(draft, item.request);
}

function standing(draft: Draft, { instanceId, workerId, token, claimedAt }: ClaimRequest): Verdict {
  const entry = draft.capacityClaims.get(instanceId);
  const ports = draft.portClaims.get(instanceId);
  if (!entry || !ports) return refused(claimsUnreadable(workerId, 'the claim is there in part only'));
  return { outcome: 'STANDS', claim: { instanceId, token, claimedAt, amounts: amountsOf(entry), ports } };
}

function newClaim(draft: Draft, { instanceId, worker, need, token, claimedAt }: ClaimRequest): Verdict {
  const fit = fitsIn(draft, worker, need);
  if (!fit.fits) return refused(refusal(fit.reasons));
  const claim = { instanceId, token, claimedAt, amounts: fit.amounts, ports: fit.ports };
  place(draft, claim);
  return { outcome: 'CLAIMS', claim };
}

function refused(error: Error): Verdict {
  return { outcome: 'REFUSED', error };
}

function notOwned(instanceId: string): LabletError<'CLAIM_NOT_OWNED'> {
  return new LabletError('CLAIM_NOT_OWNED', 'The claim belongs to another token.', { instanceId });
}
