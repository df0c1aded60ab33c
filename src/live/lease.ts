import type { Clock } from '../lib/clock.js';
import type { Lease, LeaseId } from './live-store.js';

/** What a store does for a lease. */
export interface LeaseCalls {
  /** Asks the store once; false when it no longer has the lease. Bounded by `deadlineMs`. */
  renew(deadlineMs: number): Promise<boolean>;
  revoke(): Promise<void>;
}

export interface LeaseTerms {
  readonly id: LeaseId;
  readonly ttlSeconds: number;
  readonly keepAlive: boolean;
  /** Monotonic time at which the grant was sent, not when it was answered. */
  readonly sentAt: number;
  readonly clock: Clock;
}

/** Above this, Node's timers overflow and fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const RETRY_MS = 500;

/**
 * The holder's side of a lease: renews it every third of its time and stops believing in it by its own
 * monotonic clock, since the store's word that it is gone can arrive seconds late.
 */
export class HeldLease implements Lease {
  readonly id: LeaseId;
  readonly #terms: LeaseTerms;
  readonly #calls: LeaseCalls;
  readonly #lost = new AbortController();
  readonly #thirdMs: number;
  #lostAt: number;
  #lossTimer: NodeJS.Timeout | undefined;
  #renewalTimer: NodeJS.Timeout | undefined;

  constructor(terms: LeaseTerms, calls: LeaseCalls) {
    this.id = terms.id;
    this.#terms = terms;
    this.#calls = calls;
    this.#thirdMs = (terms.ttlSeconds * 1000) / 3;
    this.#lostAt = terms.sentAt + 2 * this.#thirdMs;
    this.#armLoss();
    if (terms.keepAlive) this.#renewAfter(terms.sentAt + this.#thirdMs - terms.clock.monotonic());
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async revoke(): Promise<void> {
    this.end('the lease was revoked');
    await this.#calls.revoke();
  }

  /** Stops renewing and tells whoever relies on it; leaves the store's side alone. */
  end(reason: string): void {
    clearTimeout(this.#lossTimer);
    clearTimeout(this.#renewalTimer);
    if (!this.#lost.signal.aborted) this.#lost.abort(new Error(reason));
  }

  #armLoss(): void {
    clearTimeout(this.#lossTimer);
    const wait = Math.min(LONGEST_TIMER_MS, this.#lostAt - this.#terms.clock.monotonic());
    this.#lossTimer = setTimeout(() => {
      if (this.#isOver()) this.end('the lease was not renewed in time');
      else this.#armLoss();
    }, wait);
    this.#lossTimer.unref();
  }

  #isOver(): boolean {
    return this.#terms.clock.monotonic() >= this.#lostAt;
  }

  #renewAfter(ms: number): void {
    this.#renewalTimer = setTimeout(() => void this.#renew(), ms);
    this.#renewalTimer.unref();
  }

  async #renew(): Promise<void> {
    const sentAt = this.#terms.clock.monotonic();
    // Half of a third leaves room for a second attempt at another server before the lease counts as lost.
    const renewed = await this.#calls.renew(this.#thirdMs / 2).catch(() => null);
    if (this.#lost.signal.aborted) return;
    if (renewed === false) return this.end('the store no longer has the lease');
    if (this.#isOver()) return this.end('the lease was not renewed in time');
    if (renewed === null) return this.#renewAfter(Math.min(RETRY_MS, this.#thirdMs / 6));
    this.#lostAt = sentAt + 2 * this.#thirdMs;
    this.#armLoss();
    this.#renewAfter(sentAt + this.#thirdMs - this.#terms.clock.monotonic());
  }
}
