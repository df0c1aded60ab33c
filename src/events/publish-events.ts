import type { Outbox } from '../db/aggregate-repository.js';
import type { Collection } from '../db/document-store.js';
import type { AggregateDocument, OutboxEntry } from '../db/stored-document.js';
import type { Recorded } from '../lib/aggregate.js';
import type { Closable } from '../lib/closing.js';
import type { Logger } from '../logger.js';
import type { DomainEventDocument } from './event-model.js';

export interface PublisherParts {
  readonly log: Collection<DomainEventDocument>;
  /** The collections whose documents carry an outbox. */
  readonly sources: readonly Collection<AggregateDocument>[];
  readonly sweepMs: number;
  readonly logger: Logger;
  readonly onPublished: (count: number) => void;
  /** What a sweep found in outboxes: how many documents, and since when the oldest of their events waits. */
  readonly onSwept: (documents: number, oldestAt: string | null) => void;
}

export interface EventPublisher extends Outbox, Closable {
  /** Copies the events of one document now; for whom waiting is not enough. */
  copy(collection: string, id: string): Promise<void>;
  idle(): Promise<void>;
}

const SWEEP_PAGE = 200;

/** How many documents' events are copied at a time; stores put the writes of many together. */
const AT_ONCE = 16;

interface Waiting {
  readonly source: Collection<AggregateDocument>;
  readonly id: string;
  /** The outbox where it is known: a commit hands over all that waits, and more may only have been copied since. */
  readonly events?: readonly OutboxEntry[] | undefined;
}

/**
 * Copies the events of outboxes to the event log, in number order under their stable ids, then pulls them
 * out. Prompt when woken; a sweep by index finds what an ended process left. At least once, in order.
 */
export function eventPublisher(parts: PublisherParts): EventPublisher {
  const { log, sources, logger } = parts;
  const byName = new Map(sources.map((source) => [source.name, source]));
  const waiting = new Map<string, Waiting>();
  const busy = new Set<string>();
  const running = new Set<Promise<void>>();
  let closed = false;
  const timer = setInterval(() => void sweep(), parts.sweepMs);
  timer.unref();

  async function publish({ source, id, events: known }: Waiting): Promise<void> {
    const events = (known ?? (await outboxOf(source, id))) as Recorded[] | null;
    if (!events) return;
    // With one call, however many: a document that is changed again and again would gain events faster than it loses them.
    if (events.length > 0) await log.insertMissing(events.map(loggedEvent));
    await source.pullEvents(
      id,
      events.map((event) => event.id),
    );
    parts.onPublished(events.length);
  }

  /** Copies what waits, one document after the other, but none that is being copied already. */
  async function drain(): Promise<void> {
    for (let key = nextKey(); key !== null && !closed; key = nextKey()) {
      const next = waiting.get(key) as Waiting;
      waiting.delete(key);
      busy.add(key);
      try {
        await publish(next);
      } catch (error) {
        // The event stays in its outbox; the sweep comes back to it.
        logger.warn(
          { err: error, collection: next.source.name, id: next.id },
          'events could not be copied yet',
        );
      } finally {
        busy.delete(key);
      }
    }
  }

  function nextKey(): string | null {
    for (const key of waiting.keys()) if (!busy.has(key)) return key;
    return null;
  }

  function start(): void {
    const idle = AT_ONCE - running.size;
    for (let n = 0; n < Math.min(idle, waiting.size); n++) {
      const done = drain().finally(() => running.delete(done));
      running.add(done);
    }
  }

  async function sweep(): Promise<void> {
    try {
      const times: string[] = [];
      for (const source of sources) {
        const left = await source.find({ hasOutbox: true }, { index: 'hasOutbox', limit: SWEEP_PAGE });
        for (const { id, outbox } of left) {
          waiting.set(`${source.name}/${id}`, { source, id });
          times.push((outbox[0] as Recorded | undefined)?.at ?? '');
        }
      }
      parts.onSwept(times.length, times.filter((at) => at !== '').sort()[0] ?? null);
      start();
    } catch (error) {
      logger.debug({ err: error }, 'the sweep for events has to wait for the store');
    }
  }

  function sourceOf(collection: string): Collection<AggregateDocument> {
    const source = byName.get(collection);
    if (!source) throw new Error(`no outbox in ${collection}`);
    return source;
  }

  return {
    copy: (collection, id) => publish({ source: sourceOf(collection), id }),
    wake(collection, id, events) {
      const source = sourceOf(collection);
      const key = `${collection}/${id}`;
      // The answer of an earlier commit may come after that of a later one, which had its events too.
      if (events && lastNumber(events) < lastNumber(waiting.get(key)?.events ?? [])) return;
      waiting.set(key, { source, id, events });
      start();
    },
    holds: async (eventId) => (await log.get(eventId)) !== null,
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
    async close() {
      clearInterval(timer);
      closed = true;
      await Promise.all(running);
    },
  };
}

/** Null for a document that has none to be copied, or is not there. */
async function outboxOf(
  source: Collection<AggregateDocument>,
  id: string,
): Promise<readonly OutboxEntry[] | null> {
  const document = await source.get(id);
  return document?.hasOutbox ? document.outbox : null;
}

function lastNumber(events: readonly OutboxEntry[]): number {
  return events.at(-1)?.number ?? 0;
}

/** An event as the log keeps it, with the worker that it is about. */
function loggedEvent(event: Recorded): DomainEventDocument {
  const { workerId } = event.payload as { workerId?: string | null };
  const ownWorker = event.aggregateType === 'Worker' ? event.aggregateId : null;
  const { operation = null, payload } = event;
  return { ...event, operation, payload: { ...payload }, workerId: workerId ?? ownWorker };
}
