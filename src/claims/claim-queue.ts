import { LabletError } from '../errors.js';
import type { Clock } from '../lib/clock.js';

/** One request for a worker; its caller waits for exactly one answer. */
export interface Waiting {
  /** Of two with the same key only one is taken at a time; null is taken alone. */
  readonly key: string | null;
  /** Let in however many wait, and given its time from its turn on. */
  readonly always: boolean;
  /** Monotonic ms after which it is not tried again; set by the queue. */
  deadline: number;
  refuse(error: unknown): void;
}

export interface QueueParts<Item extends Waiting> {
  readonly clock: Clock;
  /** Requests for one worker that may wait or be under way in this process. */
  readonly limit: number;
  /** Requests taken together, at most. */
  readonly together: number;
  readonly deadlineMs: number;
  /** Answers all items, which came in this order; never fails. */
  readonly work: (workerId: string, items: readonly Item[]) => Promise<void>;
}

interface Line<Item> {
  /** In the order they came, each with the timer that ends its waiting. */
  readonly waiting: Map<Item, NodeJS.Timeout | undefined>;
  underWay: number;
}

/**
 * Lets the requests for one worker inside this process wait while others are under way, and then takes the
 * waiting ones together, in the order they came. Different workers do not wait for each other.
 */
export function claimQueue<Item extends Waiting>(parts: QueueParts<Item>) {
  const { clock, deadlineMs } = parts;
  const lines = new Map<string, Line<Item>>();

  /** Refuses the item with CLAIM_CONTENTION at once when too many wait, and when its time is over before its turn. */
  function add(workerId: string, item: Item): void {
    const line = lines.get(workerId) ?? begun(workerId);
    const isFull = line.waiting.size + line.underWay >= parts.limit;
    if (isFull && !item.always) return item.refuse(contention(0));
    item.deadline = clock.monotonic() + deadlineMs;
    line.waiting.set(item, item.always ? undefined : setTimeout(tooLate, deadlineMs, line, item));
  }

  function begun(workerId: string): Line<Item> {
    const line: Line<Item> = { waiting: new Map(), underWay: 0 };
    lines.set(workerId, line);
    // Not at once, so that requests made in the same moment are taken together.
    queueMicrotask(() => void drain(workerId, line));
    return line;
  }

  function tooLate(line: Line<Item>, item: Item): void {
    line.waiting.delete(item);
    item.refuse(contention(0));
  }

  async function drain(workerId: string, line: Line<Item>): Promise<void> {
    while (line.waiting.size > 0) {
      const items = take(line);
      line.underWay = items.length;
      if (items.length > 0) await parts.work(workerId, items);
      line.underWay = 0;
    }
    lines.delete(workerId);
  }

  function take(line: Line<Item>): Item[] {
    const now = clock.monotonic();
    const items: Item[] = [];
    const keys = new Set<string>();
    for (const [item, timer] of line.waiting) {
      if (item.key === null && items.length > 0) break;
      if (item.key !== null && keys.has(item.key)) continue;
      clearTimeout(timer);
      if (item.always) item.deadline = now + deadlineMs;
      if (now >= item.deadline) {
        tooLate(line, item);
        continue;
      }
      line.waiting.delete(item);
      items.push(item);
      if (item.key === null || items.length === parts.together) break;
      keys.add(item.key);
    }
    return items;
  }

  /** Requests that wait for their turn: all of them, and those for the worker with the longest line. */
  function waiting(): { readonly all: number; readonly most: number } {
    const sizes = [...lines.values()].map((line) => line.waiting.size);
    return { all: sizes.reduce((sum, size) => sum + size, 0), most: Math.max(0, ...sizes) };
  }

  return { add, waiting };
}

/** Every try was overtaken, too many wait, or the time was over before its turn. */
export function contention(attempts: number): LabletError<'CLAIM_CONTENTION'> {
  return new LabletError('CLAIM_CONTENTION', 'Too many callers claim on this worker at once; try again.', {
    attempts,
  });
}
