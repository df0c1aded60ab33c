import { setTimeout as delay } from 'node:timers/promises';
import { LabletError } from '../errors.js';
import type { Clock } from '../lib/clock.js';
import {
  LiveOutcomeUnknown,
  type Condition,
  type Entry,
  type LiveStore,
  type Write,
} from '../live/live-store.js';
import type { Logger } from '../logger.js';
import { emptyValues, instanceWorkerValue, rewrite } from './claim-values.js';
import {
  draftOf,
  place,
  release as releaseFrom,
  valuesOf,
  type Accepting,
  type Claim,
  type LiveValues,
  type WorkerLimits,
} from './draft.js';
import { fitsIn, refusal, type Candidate, type Need } from './fits.js';
import type { LiveKeys } from './keys.js';
import { claimsUnreadable, readClaims, type ClaimsRead } from './read-claims.js';
import { codecs } from './values.js';
import { LineFull, workerLine } from './worker-line.js';

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
  readonly onResult: (result: 'granted' | 'released' | 'release_failed') => void;
  readonly logger: Logger;
}

export interface ClaimRequest {
  readonly instanceId: string;
  readonly workerId: string;
  readonly worker: Candidate;
  readonly need: Need;
  /** Belongs to one pass of scheduling; decides whose claim it is. */
  readonly token: string;
  readonly claimedAt: string;
}

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

const MAX_JITTER_MS = 25;

/**
 * The transactions that decide claims: a worker's `capacity` and `ports` and the instance's `worker` key change
 * together, comparing what was read. A refusal comes only from a fresh linearizable read. A lost reply is
 * decided by reading back whose token stands, never by repeating blindly.
 */
export function claimLedger(parts: LedgerParts) {
  const { live, keys, clock } = parts;
  const inLine = workerLine(parts.maxWaiting);
  const read = async (workerId: string, instanceId?: string) => {
    await parts.guard();
    return readClaims(live, keys, workerId, instanceId);
  };

  /**
   * Repeats `attempt` until it has an answer; undefined means that another write came first. Requests of this
   * process for one worker wait in line, so that only other processes can come first.
   * What gives room back or decides for a whole worker is `always` let in, and has its time from its turn on.
   */
  async function contend<T>(
    workerId: string,
    attempt: () => Promise<T | undefined>,
    { always = false }: { always?: boolean } = {},
  ): Promise<T> {
    const asked = clock.monotonic();
    try {
      const turn = () => tryUntil((always ? clock.monotonic() : asked) + parts.deadlineMs, attempt);
      return await inLine(workerId, turn, { always });
    } catch (error) {
      throw error instanceof LineFull ? contention(0) : error;
    }
  }

  async function tryUntil<T>(deadline: number, attempt: () => Promise<T | undefined>): Promise<T> {
    if (clock.monotonic() >= deadline) throw contention(0);
    let unknown: LiveOutcomeUnknown | null = null;
    for (let tries = 1; ; tries++) {
      try {
        const answer = await attempt();
        if (answer !== undefined) return answer;
        unknown = null;
      } catch (error) {
        if (!(error instanceof LiveOutcomeUnknown)) throw error;
        unknown = error;
      }
      if (tries >= parts.attempts || clock.monotonic() >= deadline) {
        throw unknown ?? contention(tries);
      }
      parts.onRetry();
      await delay(Math.random() * Math.min(MAX_JITTER_MS, tries * 2));
    }
  }

  async function write(
    found: ClaimsRead,
    next: LiveValues,
    also: { when?: Condition[]; then?: Write[] } = {},
  ) {
    const { workerId } = next.capacity;
    const { succeeded, revision } = await live.txn({
      when: [...found.guards, ...(also.when ?? []), ...(await parts.guard())],
      then: [
        { put: keys.workerCapacity(workerId), value: codecs.workerCapacity.encode(next.capacity) },
        { put: keys.workerPorts(workerId), value: codecs.workerPorts.encode(next.ports) },
        ...(also.then ?? []),
      ],
    });
    return succeeded ? revision : undefined;
  }

  /**
   * Takes the room and the port numbers of one instance, or nothing.
   * @throws ClaimHeld; WORKER_NOT_ACCEPTING, WORKER_NOT_ELIGIBLE, CAPACITY_EXCEEDED, PORTS_EXHAUSTED,
   * CLAIM_CONTENTION; LiveOutcomeUnknown when it cannot be learned whether the claim stands
   */
  async function claim(request: ClaimRequest): Promise<Claim> {
    const { instanceId, workerId, token, claimedAt } = request;
    return contend(workerId, async () => {
      const found = await read(workerId, instanceId);
      if (found.holder) {
        if (found.holder.token !== token) throw new ClaimHeld(found.holder.workerId, found.holder.token);
        const claimed = standing(found, request);
        parts.onResult('granted');
        return claimed;
      }
      const draft = draftOf(found.values);
      const fit = fitsIn(draft, request.worker, request.need);
      if (!fit.fits) throw refusal(fit.reasons);
      const granted: Claim = { instanceId, token, claimedAt, amounts: fit.amounts, ports: fit.ports };
      place(draft, granted);
      const key = keys.instanceWorker(instanceId);
      const value = codecs.instanceWorker.encode(instanceWorkerValue(workerId, granted));
      const revision = await write(found, valuesOf(draft), {
        when: [{ key, absent: true }],
        then: [{ put: key, value }],
      });
      if (revision === undefined) return undefined;
      parts.onResult('granted');
      return granted;
    });
  }

  /** A claim of our own token that an earlier transaction made. */
  function standing({ values }: ClaimsRead, { instanceId, token, claimedAt, workerId }: ClaimRequest): Claim {
    const entry = values.capacity.claims[instanceId];
    const ports = values.ports.claims[instanceId];
    if (!entry || !ports) throw claimsUnreadable(workerId, 'the claim is there in part only');
    const { cpuCores, memoryGb, storageGb, nodes } = entry;
    return { instanceId, token, claimedAt, amounts: { cpuCores, memoryGb, storageGb, nodes }, ports };
  }

  /**
   * Gives everything back that the instance holds under this token. Finding nothing is a success, and the
   * rewritten values make a late arrival of that claim fail.
   * @throws CLAIM_NOT_OWNED when another token holds it
   */
  async function release(claimed: { instanceId: string; workerId: string; token: string }): Promise<number> {
    const { instanceId, workerId, token } = claimed;
    return contend(
      workerId,
      async () => {
        const found = await read(workerId, instanceId);
        const draft = draftOf(found.values);
        if (releaseFrom(draft, instanceId, token) === 'FOREIGN') throw notOwned(instanceId);
        const own = found.holderEntry && found.holder?.token === token ? found.holderEntry : null;
        return write(found, valuesOf(draft), own ? deletion(own) : {});
      },
      { always: true },
    );
  }

  /** {@link release} where the caller's own work is done: a failure is logged and left to repair. */
  async function giveBack(claimed: { instanceId: string; workerId: string; token: string }): Promise<void> {
    try {
      await release(claimed);
      parts.onResult('released');
    } catch (error) {
      parts.onResult('release_failed');
      const { instanceId, workerId } = claimed;
      parts.logger.warn({ err: error, instanceId, workerId }, 'a claim could not be released; repair will');
    }
  }

  /** Creates the claim keys of a new worker, only where they are absent. */
  async function register(workerId: string, limits: WorkerLimits, accepting: Accepting): Promise<void> {
    const { capacity, ports } = emptyValues(workerId, limits, accepting);
    const [capacityKey, portsKey] = [keys.workerCapacity(workerId), keys.workerPorts(workerId)];
    await contend(
      workerId,
      async () => {
        await live.txn({
          when: [
            { key: capacityKey, absent: true },
            { key: portsKey, absent: true },
            ...(await parts.guard()),
          ],
          then: [
            { put: capacityKey, value: codecs.workerCapacity.encode(capacity) },
            { put: portsKey, value: codecs.workerPorts.encode(ports) },
          ],
        });
        return true;
      },
      { always: true },
    );
  }

  /**
   * Stops claims on a worker before its document leaves RUNNING, and answers which instances hold claims in
   * exactly the value that was closed. `refuse` decides from them and throws to leave the worker open.
   */
  async function close(
    workerId: string,
    seq: number,
    refuse: (holders: string[]) => void,
  ): Promise<string[]> {
    return contend(
      workerId,
      async () => {
        const found = await read(workerId);
        const holders = Object.keys(found.values.capacity.claims);
        refuse(holders);
        const revision = await write(found, rewrite(found.values, { accepting: { open: false, seq } }));
        return revision === undefined ? undefined : holders;
      },
      { always: true },
    );
  }

  /** Opens a worker after its document is RUNNING, with the document's limits, unless a later closing stands. */
  async function open(workerId: string, limits: WorkerLimits, seq: number): Promise<boolean> {
    return contend(
      workerId,
      async () => {
        const found = await read(workerId);
        if (found.values.capacity.accepting.seq > seq) return false;
        const next = rewrite(found.values, { accepting: { open: true, seq }, limits });
        return (await write(found, next)) === undefined ? undefined : true;
      },
      { always: true },
    );
  }

  return { claim, release, giveBack, register, close, open, read };
}

export type ClaimLedger = ReturnType<typeof claimLedger>;

function deletion({ key, modRevision }: Entry): { when: Condition[]; then: Write[] } {
  return { when: [{ key, modRevision }], then: [{ delete: key }] };
}

function contention(attempts: number): LabletError<'CLAIM_CONTENTION'> {
  return new LabletError('CLAIM_CONTENTION', 'Too many callers claim on this worker at once; try again.', {
    attempts,
  });
}

function notOwned(instanceId: string): LabletError<'CLAIM_NOT_OWNED'> {
  return new LabletError('CLAIM_NOT_OWNED', 'The claim belongs to another token.', { instanceId });
}
