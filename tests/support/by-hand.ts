import type { Clock } from '../../src/lib/clock.js';
import { addMs } from '../../src/lib/clock.js';
import type { Ids } from '../../src/lib/ids.js';
import type { Logger } from '../../src/logger.js';
import { START } from './aggregate-run.js';

/** A clock that moves only when told; `set` moves the wall clock alone. */
export function handClock(start: string = START) {
  let now = start;
  let monotonic = 0;
  return {
    now: () => now,
    monotonic: () => monotonic,
    advance(ms: number): void {
      now = addMs(now, ms);
      monotonic += ms;
    },
    set(time: string): void {
      now = time;
    },
  } satisfies Clock & Record<string, unknown>;
}

/** Ids that count from 1 in the form of ULIDs. */
export function countedIds(): Ids {
  let made = 0;
  const ulid = () => String(++made).padStart(26, '0');
  return { ulid, next: (prefix) => `${prefix}_${ulid()}` };
}

export interface LogLine {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

/** A logger that keeps its lines. */
export function keptLog(): { logger: Logger; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: string) =>
    (fields: Readonly<Record<string, unknown>>, message = ''): void =>
      void lines.push({ level, fields, message });
  const levels = ['debug', 'info', 'warn', 'error', 'fatal'];
  return {
    lines,
    logger: Object.fromEntries(levels.map((level) => [level, at(level)])) as unknown as Logger,
  };
}

/** The object with the methods in `replaced` in place of its own; `replaced` may change later. */
export function overriding<T extends object>(target: T, replaced: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const own: unknown = Reflect.get(replaced, name);
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** A promise and what settles it. */
export function gate<T = void>(): { opened: Promise<T>; open: (value: T) => void } {
  let open!: (value: T) => void;
  const opened = new Promise<T>((resolve) => (open = resolve));
  return { opened, open };
}
