import { AsyncResource } from 'node:async_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../lib/clock.js';
import { LiveOutcomeUnknown, type Condition, type LeaseId, type LiveStore } from '../live/live-store.js';
import type { Logger } from '../logger.js';
import { MAX_MERGED, type ClaimRequest, type ReleaseRequest } from './claim-batch.js';
import { claimQueue, contention, type Waiting } from './claim-queue.js';
import { claimTransactions, jitter, type Request } from './claim-transactions.js';
import { emptyValues, rewrite } from './claim-values.js';
import type { Accepting, Claim, LiveValues, WorkerLimits } from './draft.js';
import { guardedLive } from './guarded-live.js';
import { guessKeeper } from './guesses.js';
import type { LiveKeys } from './keys.js';
import { readClaims, type ClaimsRead } from './read-claims.js';
import { codecs } from './values.js';

export { ClaimHeld, type ClaimRequest } from './claim-batch.js';

export interface LedgerParts {
  readonly live: LiveStore;
  readonly keys: LiveKeys;
  readonly clock: Clock;
  /** Tries of one request, at most this many and this long together. */
  readonly attempts: number;
  readonly deadlineMs: number;
  /**
   * What each transaction compares beside its own keys: that the live store lives the life that claims are in. Asked
   * before a claim value is read and again before it is written; what was remembered under other conditions is of no
   * use. @throws LiveUnavailable while claims have stopped
   */
  readonly guard: () => Promise<readonly Condition[]>;
  /** Requests that may wait for one worker in this process. */
  readonly maxWaiting: number;
  readonly onRetry: () => void;
  readonly onRelease: (result: 'RELEASED' | 'FAILED') => void;
  readonly logger: Logger;
}

/** `scope`: where its caller is in a trace. */
type Ticket = Waiting &
  ((Request & { readonly scope: AsyncResource }) | { readonly kind: 'alone'; run(): Promise<void> });

/**
 * The transactions that decide claims: a worker's `capacity` and `ports` and the instances' `worker` keys change
 * together, comparing what was read. Claims and releases of this process that wait for one worker are merged;
 * each gets its own answer. A refusal comes only from a fresh linearizable read. A lost reply is decided by
 * reading back whose token stands, never by repeating blindly.
 */
export function claimLedger(parts: LedgerParts) {
  const { keys, clock, attempts, deadlineMs, onRetry } = parts;
  const guesses = guessKeeper(clock);
  const live = guardedLive(parts.live, parts.guard, () => guesses.forget());
  const transactions = claimTransactions({ live, keys, clock, guesses, attempts, onRetry });
  const bounds = { limit: parts.maxWaiting, together: MAX_MERGED, deadlineMs };
  const queue = claimQueue<Ticket>({ clock, ...bounds, work });
  const read = (workerId: string, instanceId?: string) => readClaims(live, keys, workerId, instanceId);

  async function work(workerId: string, tickets: readonly Ticket[]): Promise<void> {
    const merged = tickets.filter((ticket) => ticket.kind !== 'alone');
    const [first] = merged;
    // What a transaction of several does is told of in the trace of the first.
    if (first) return first.scope.runInAsyncScope(() => transactions.decide(workerId, merged));
    for (const ticket of tickets) if (ticket.kind === 'alone') await ticket.run();
  }

  /**
   * Repeats `attempt`, a transaction of its own between the merged ones, until it has an answer; undefined
   * means that another write came first. It is let in however many wait, and has its time from its turn on.
   * @throws CLAIM_CONTENTION; LiveOutcomeUnknown when the reply of the last try was lost
   */
  function alone<T>(workerId: string, attempt: () => Promise<T | undefined>): Promise<T> {
    return new Promise((resolve, refuse) => {
      const run = async () => {
        // Whatever it writes, the next merged transaction must not start from before it.
        guesses.take(workerId);
        await repeated(attempt).then(resolve, refuse);
      };
      queue.add(workerId, { kind: 'alone', key: null, always: true, deadline: 0, refuse, run });
    });
  }

  async function repeated<T>(attempt: () => Promise<T | undefined>): Promise<T> {
    const deadline = clock.monotonic() + deadlineMs;
    let unknown: LiveOutcomeUnknown | null = null;
    for (let tries = 1; ; tries++) {
      try {
        const answer = await attempt();
        if (answer !== undefined) return answer;
        unknown = null;
      } catch (error) {
        guesses.forget();
        if (!(error instanceof LiveOutcomeUnknown)) throw error;
        unknown = error;
      }
      if (tries >= attempts || clock.monotonic() >= deadline) throw unknown ?? contention(tries);
      onRetry();
      await delay(jitter(tries));
    }
  }

  /** The revision of the write; undefined when another one came first. */
  async function write(
    { guards }: ClaimsRead,
    { capacity, ports }: LiveValues,
    lapsing: { readonly lease?: LeaseId } = {},
  ): Promise<number | undefined> {
    const { workerId } = capacity;
    const { succeeded, revision } = await live.txn({
      when: guards,
      then: [
        { put: keys.workerCapacity(workerId), value: codecs.workerCapacity.encode(capacity), ...lapsing },
        { put: keys.workerPorts(workerId), value: codecs.workerPorts.encode(ports), ...lapsing },
      ],
    });
    return succeeded ? revision : undefined;
  }

  /**
   * Takes the room and the port numbers of one instance, or nothing. Waits for its turn until its deadline.
   * @throws ClaimHeld; WORKER_NOT_ACCEPTING, WORKER_NOT_ELIGIBLE, CAPACITY_EXCEEDED, PORTS_EXHAUSTED,
   * CLAIM_CONTENTION; LiveOutcomeUnknown when it cannot be learned whether the claim stands
   */
  function claim(request: ClaimRequest): Promise<Claim> {
    return new Promise((resolve, refuse) => {
      const { workerId, instanceId: key } = request;
      const scope = new AsyncResource('claim');
      queue.add(workerId, {
        kind: 'claim',
        request,
        key,
        always: false,
        deadline: 0,
        scope,
        grant: resolve,
        refuse,
      });
    });
  }

  /**
   * Gives everything back that the instance holds under this token. Finding nothing is a success, and the
   * rewritten values make a late arrival of that claim fail; closed ones without claims do so as they are. Answers
   * the revision.
   * @throws CLAIM_NOT_OWNED when another token holds it
   */
  function release(request: ReleaseRequest): Promise<number> {
    return new Promise((grant, refuse) => {
      const { workerId, instanceId: key } = request;
      const scope = new AsyncResource('release');
      queue.add(workerId, { kind: 'release', request, key, always: true, deadline: 0, scope, grant, refuse });
    });
  }

  /** {@link release} where the caller's own work is done: a failure is logged and left to repair. */
  async function giveBack(claimed: ReleaseRequest): Promise<void> {
    try {
      await release(claimed);
      parts.onRelease('RELEASED');
    } catch (error) {
      parts.onRelease('FAILED');
      const { instanceId, workerId } = claimed;
      parts.logger.warn({ err: error, instanceId, workerId }, 'a claim could not be released; repair will');
    }
  }

  /** Creates the claim keys of a new worker, only where they are absent. */
  async function register(workerId: string, limits: WorkerLimits, accepting: Accepting): Promise<void> {
    const { capacity, ports } = emptyValues(workerId, limits, accepting);
    const [capacityKey, portsKey] = [keys.workerCapacity(workerId), keys.workerPorts(workerId)];
    await alone(workerId, async () => {
      await live.txn({
        when: [
          { key: capacityKey, absent: true },
          { key: portsKey, absent: true },
        ],
        then: [
          { put: capacityKey, value: codecs.workerCapacity.encode(capacity) },
          { put: portsKey, value: codecs.workerPorts.encode(ports) },
        ],
      });
      return true;
    });
  }

  /**
   * Stops claims on a worker before its document leaves RUNNING, and answers which instances hold claims in
   * exactly the value that was closed. `refuse` decides from them and throws to leave the worker open.
   */
  function close(workerId: string, seq: number, refuse: (holders: string[]) => void): Promise<string[]> {
    return alone(workerId, async () => {
      const found = await read(workerId);
      const holders = Object.keys(found.values.capacity.claims);
      refuse(holders);
      const next = rewrite(found.values, { accepting: { open: false, seq } });
      return (await write(found, next)) === undefined ? undefined : holders;
    });
  }

  /** Opens a worker after its document is RUNNING, with the document's limits, unless a later closing stands. */
  function open(workerId: string, limits: WorkerLimits, seq: number): Promise<boolean> {
    return alone(workerId, async () => {
      const found = await read(workerId);
      if (found.values.capacity.accepting.seq > seq) return false;
      // Limits that another process raised since then stay.
      const newer = found.values.capacity.configRevision > limits.configRevision;
      const accepting = { open: true, seq };
      const next = rewrite(found.values, newer ? { accepting } : { accepting, limits });
      return (await write(found, next)) === undefined ? undefined : true;
    });
  }

  /**
   * Writes the limits of a document into both claim values, claims untouched, unless the same or later ones stand
   * there; the revision of the write, or null where there was nothing to do. `mayBeOpen` is false where limits were
   * lowered: a worker that was opened since then carries them, so an open one with older limits is left to repair.
   */
  function limit(
    workerId: string,
    limits: WorkerLimits,
    { mayBeOpen }: { readonly mayBeOpen: boolean },
  ): Promise<number | null> {
    return alone(workerId, async () => {
      const found = await read(workerId);
      const { accepting, configRevision } = found.values.capacity;
      if (configRevision >= limits.configRevision || (accepting.open && !mayBeOpen)) return null;
      return write(found, rewrite(found.values, { limits }));
    });
  }

  /**
   * Lets the claim keys of a terminated worker lapse with the lease; false while claims are held. They carry the
   * limits of its document, so that {@link limit} finds nothing to write that would take the lease away.
   */
  function lapse(workerId: string, limits: WorkerLimits, seq: number, lease: LeaseId): Promise<boolean> {
    return alone(workerId, async () => {
      const found = await read(workerId);
      if (Object.keys(found.values.capacity.claims).length > 0) return false;
      const next = rewrite(found.values, { accepting: { open: false, seq }, limits });
      return (await write(found, next, { lease })) === undefined ? undefined : true;
    });
  }

  return {
    claim,
    release,
    giveBack,
    register,
    close,
    open,
    limit,
    lapse,
    read,
    alone,
    waiting: queue.waiting,
  };
}

export type ClaimLedger = ReturnType<typeof claimLedger>;
