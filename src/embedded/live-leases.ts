import type { Clock } from '../lib/clock.js';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** When the leases of this process end, by the monotonic clock, and the timer that says so. */
export class LiveLeases {
  readonly #ends = new Map<string, number>();
  readonly #clock: Clock;
  readonly #onDue: () => void;
  #timer: NodeJS.Timeout | undefined;

  /** `onDue` is called when leases may be due; it is called again until they are {@link drop}ped. */
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
    clearTimeout(this.#timer);
    if (this.#ends.size === 0) return;
    const wait = Math.min(...this.#ends.values()) - this.#clock.monotonic();
    this.#timer = setTimeout(
      () => {
        if (this.due().length > 0) this.#onDue();
        else this.#arm();
      },
      Math.min(LONGEST_TIMER_MS, Math.max(1, Math.ceil(wait))),
    );
    this.#timer.unref();
  }
}
