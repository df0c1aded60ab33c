import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../lib/clock.js';
import { LiveOutcomeUnknown, LiveStorageFull, LiveUnavailable, type Entry } from '../live/live-store.js';
import {
  isWritten,
  keysOf,
  planBatch,
  type Basis,
  type ClaimRequest,
  type Plan,
  type ReadBasis,
  type ReleaseRequest,
  type Verdict,
} from './claim-batch.js';
import { contention } from './claim-queue.js';
import { draftOf, type Claim } from './draft.js';
import type { GuessKeeper } from './guesses.js';
import type { GuardedLive } from './guarded-live.js';
import type { LiveKeys } from './keys.js';
import { readTogether, valuesFrom, type Guard } from './read-claims.js';

export interface TransactionParts {
  readonly live: GuardedLive;
  readonly keys: LiveKeys;
  readonly clock: Clock;
  readonly guesses: GuessKeeper;
  /** Transactions for one batch, at most. */
  readonly attempts: number;
  readonly onRetry: () => void;
}

interface Asked {
  /** Monotonic ms after which it is not tried again. */
  readonly deadline: number;
  refuse(error: unknown): void;
}

/** A request whose caller waits for exactly one of the two calls. */
export type Request = Asked &
  (
    | { readonly kind: 'claim'; readonly request: ClaimRequest; grant(claim: Claim): void }
    | { readonly kind: 'release'; readonly request: ReleaseRequest; grant(revision: number): void }
  );

interface Batch {
  readonly workerId: string;
  /** Not answered yet, in the order they came. */
  readonly open: Set<Request>;
  /** The latest transaction without a reply. Until the values it compares have changed it may still arrive. */
  lost: { readonly error: Error; readonly guards: readonly Guard[] } | null;
}

const MAX_JITTER_MS = 25;
const MAX_READ_PAUSE_MS = 250;

/**
 * Answers requests for one worker by as few transactions as possible. All of a transaction is done or nothing;
 * when one request's own key speaks against it, that one is answered and the others go on.
 */
export function claimTransactions(parts: TransactionParts) {
  const { live, keys, clock, guesses } = parts;

  /** Answers every request; they name different instances. Never fails. */
  async function decide(workerId: string, requests: readonly Request[]): Promise<void> {
    const batch: Batch = { workerId, open: new Set(requests), lost: null };
    try {
      await settle(batch);
    } catch (error) {
      guesses.forget();
      for (const request of batch.open) request.refuse(batch.lost?.error ?? error);
    }
  }

  async function settle(batch: Batch): Promise<void> {
    await live.look();
    let basis = guesses.take(batch.workerId);
    for (let tries = 1; ; tries++) {
      let plan = basis && planBatch(keys, batch.workerId, basis, [...batch.open]);
      if (!basis || !plan) {
        const fresh = await read(batch);
        plan = planBatch(keys, batch.workerId, fresh, [...batch.open]);
        basis = fresh;
      }
      basis = await carryOut(batch, basis, plan);
      await giveUp(batch, tries);
      if (batch.open.size === 0) return;
      parts.onRetry();
      // What the failed comparison has read is fresh only now: later it would lose again, to whoever won.
      if (tries === 1) continue;
      await delay(jitter(tries));
      basis = null;
    }
  }

  /** Answers what can be answered now. For the rest: what the lost race has read, null after a lost reply. */
  async function carryOut(
    batch: Batch,
    basis: Basis,
    { verdicts, transaction }: Plan,
  ): Promise<Basis | null> {
    let isBehindClaim = false;
    const decided = [...batch.open].map((request, index) => {
      const verdict = verdicts[index] as Verdict;
      isBehindClaim ||= verdict.outcome === 'CLAIMS';
      // A refusal behind a claim counts on that claim, so it is true only once the transaction is done.
      const waits = isWritten(verdict) || (isBehindClaim && verdict.outcome === 'REFUSED');
      return { request, verdict, waits };
    });
    const answerAll = (waiting: boolean, revision: number) => {
      for (const { request, verdict, waits } of decided) {
        if (waits === waiting) answer(batch, request, verdict, revision);
      }
    };
    answerAll(false, 0);
    if (!transaction) return null;
    try {
      const { succeeded, revision, reads } = await live.txn(transaction);
      if (!succeeded) return basisOf(batch, reads);
      // An earlier one whose reply was lost compares values that are now gone, or closed ones: it makes no claim.
      batch.lost = null;
      keepGuess(batch.workerId, basis, revision);
      answerAll(true, revision);
    } catch (error) {
      if (!(error instanceof LiveOutcomeUnknown || error instanceof LiveStorageFull)) throw error;
      guesses.forget();
      batch.lost = { error, guards: basis.guards };
    }
    return null;
  }

  /** Closed values grant nothing, so only open ones are of use to the next transaction. */
  function keepGuess(workerId: string, { draft, guards }: Basis, modRevision: number): void {
    if (!draft.origin.capacity.accepting.open) return;
    const written = guards.map(({ key }) => ({ key, modRevision }));
    guesses.keep(workerId, { draft, guards: written, holders: null });
  }

  function answer(batch: Batch, request: Request, verdict: Verdict, revision: number): void {
    batch.open.delete(request);
    // As long as a lost transaction may still arrive, no refusal is the truth.
    if (verdict.outcome === 'REFUSED') request.refuse(batch.lost?.error ?? verdict.error);
    else if (request.kind === 'release') request.grant(revision);
    else if ('claim' in verdict) request.grant(verdict.claim);
  }

  /** Answers those that may not try again; after a lost reply the keys say which of their claims stand, or are gone. */
  async function giveUp(batch: Batch, tries: number): Promise<void> {
    const now = clock.monotonic();
    const full = batch.lost?.error instanceof LiveStorageFull ? batch.lost.error : null;
    const isLast = full !== null || tries >= parts.attempts;
    const late = [...batch.open].filter(({ deadline }) => isLast || now >= deadline);
    if (late.length === 0) return;
    const basis = batch.lost && (await read(batch));
    const verdicts = basis ? planBatch(keys, batch.workerId, basis, late).verdicts : [];
    // Once the values have changed, a claim that is not there cannot arrive any more.
    const isGone = (verdict: Verdict) => verdict.outcome === 'RELEASES' && !verdict.holds && !batch.lost;
    const revision = Math.max(0, ...(basis?.guards ?? []).map(({ modRevision }) => modRevision));
    for (const [index, request] of late.entries()) {
      const verdict = verdicts[index];
      if (verdict && (verdict.outcome === 'STANDS' || isGone(verdict)))
        answer(batch, request, verdict, revision);
      else answer(batch, request, { outcome: 'REFUSED', error: full ?? contention(tries) }, 0);
    }
  }

  /** Reads what decides the batch; again and again as long as a lost transaction is to be decided. */
  async function read(batch: Batch): Promise<ReadBasis> {
    for (let attempt = 1; ; attempt++) {
      try {
        return basisOf(batch, await readTogether(live, keysOf(keys, batch.workerId, [...batch.open])));
      } catch (error) {
        const isUnknown = error instanceof LiveOutcomeUnknown;
        const isOver = [...batch.open].every(({ deadline }) => clock.monotonic() >= deadline);
        if ((!isUnknown && !batch.lost) || isOver || attempt >= parts.attempts) {
          throw isUnknown ? new LiveUnavailable(error.message, { cause: error }) : error;
        }
        await delay(Math.min(MAX_READ_PAUSE_MS, attempt * MAX_JITTER_MS));
      }
    }
  }

  function basisOf(batch: Batch, reads: ReadonlyMap<string, Entry>): ReadBasis {
    const { values, texts, guards } = valuesFrom(reads, keys, batch.workerId);
    const isSame = ({ key, modRevision }: Guard) => reads.get(key)?.modRevision === modRevision;
    if (!batch.lost?.guards.every(isSame)) batch.lost = null;
    return { draft: draftOf(values, texts), guards, holders: reads };
  }

  return { decide };
}

/** Time to wait after so many lost races, in ms. */
export function jitter(tries: number): number {
  return Math.random() * Math.min(MAX_JITTER_MS, tries * 5);
}
