import { randomFillSync } from 'node:crypto';
import { monotonicFactory, isValid } from 'ulid';

/** Prefixes of public ids; an id is `<prefix>_<ULID>` and never changes its form. */
export const ID_PREFIXES = ['def', 'ins', 'wrk', 'tpl', 'evt', 'rep'] as const;
export type IdPrefix = (typeof ID_PREFIXES)[number];

/** Source of ids. An argument wherever ids are made, so that tests can fix them. */
export interface Ids {
  /** A public id with its prefix. */
  next(prefix: IdPrefix): string;
  /** A bare ULID for tokens, epochs, request ids and records. */
  ulid(): string;
}

/** Ids that sort by creation time, also within one millisecond of one process. */
export function systemIds(): Ids {
  const ulid = monotonicFactory(pooledRandom());
  return { next: (prefix) => `${prefix}_${ulid()}`, ulid: () => ulid() };
}

/** Secure random numbers from 0 to below 1 in steps of 1/256, filled many at a time: ulid asks for one character. */
function pooledRandom(): () => number {
  const pool = new Uint8Array(4096);
  let next = pool.length;
  return () => {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    return (pool[next++] as number) / 256;
  };
}

/** True for `<prefix>_` and an upper-case ULID of 26 characters. */
export function isId(prefix: IdPrefix, text: string): boolean {
  if (!text.startsWith(`${prefix}_`)) return false;
  const rest = text.slice(prefix.length + 1);
  return rest === rest.toUpperCase() && isValid(rest);
}
