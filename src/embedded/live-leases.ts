import type { Clock } from '../lib/clock.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const RETRY_MS = 1000;

/** When the leases of this process end, by the monotonic clock, and the timer that says so. */
export class LiveLeases {
  readonly #ends = new Map<string, number>();
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `onDue` is called when leases are due, and every second until they are dropped. */
  constructor(clock: Clock, onDue: () => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  set(lease: string, inMs: number): void {
    this.#ends.set(lease, this.#clock.monotonic() + inMs);
    this.#arm();
  }

  /** False when the lease is gone, also when it is due and only has not been ended yet. */
  renew(lease: string, inMs: number): boolean {
    const end = this.#ends.get(lease);
    if (end === undefined || end <= this.#clock.monotonic()) return false;
    this.set(lease, inMs);
    return true;
  }

  due(): string[] {
    const now = this.#clock.monotonic();
    return [...this.#ends].filter(([, end]) => end <= now).map(([lease]) => lease);
  }

  drop(leases: readonly string[]): void {
    for (const lease of leases) this.#ends.delete(lease);
    this.#arm();
  }

  close(): void {
    this.#ends.clear();
    clearTimeout(this.#timer);
  }

  #arm(): void {
    if (this.#ends.size === 0) return clearTimeout(this.#timer);
    const wait = Math.min(...this.#ends.values()) - this.#clock.monotonic();
    this.#check(Math.max(1, Math.ceil(wait)));
  }

  #check(inMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        if (this.due().length === 0) return this.#arm();
        this.#onDue();
        this.#check(RETRY_MS);
      },
      Math.min(LONGEST_TIMER_MS, inMs),
    );
    this.#timer.unref();
  }
}
