/** Time as an argument: wall clock for what people read, monotonic clock for deadlines and leases. */
export interface Clock {
  /** Now as ISO 8601 in UTC with milliseconds, the form all stored times have. */
  now(): string;
  /** Milliseconds that never go back; meaning only in differences. */
  monotonic(): number;
}

export const systemClock: Clock = {
  now: () => new Date().toISOString(),
  monotonic: () => performance.now(),
};

/** `time` plus `ms`, both in the stored form. */
export function addMs(time: string, ms: number): string {
  return new Date(Date.parse(time) + ms).toISOString();
}

/** The later of two stored times; text order is time order. */
export function laterOf(a: string, b: string): string {
  return a >= b ? a : b;
}
