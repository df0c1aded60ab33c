import type { Outbox } from '../db/aggregate-repository.js';
import { DuplicateKey, type Collection } from '../db/document-store.js';
import type { AggregateDocument } from '../db/stored-document.js';
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

/**
 * Copies the events of outboxes to the event log, in number order under their stable ids, then pulls them
 * out. Prompt when woken; a sweep by index finds what an ended process left. At least once, in order.
 */
export function eventPublisher(parts: PublisherParts): EventPublisher {
  const { log, sources, logger } = parts;
  const byName = new Map(sources.map((source) => [source.name, source]));
  const waiting = new Map<string, { source: Collection<AggregateDocument>; id: string }>();
  let running: Promise<void> | null = null;
  let closed = false;
  const timer = setInterval(() => void sweep(), parts.sweepMs);
  timer.unref();

  async function publish(source: Collection<AggregateDocument>, id: string): Promise<void> {
    const document = await source.get(id);
    if (!document?.hasOutbox) return;
    const events = document.outbox as Recorded[];
    for (const event of events) await append(event);
    await source.pullEvents(
      id,
      events.map((event) => event.id),
    );
    parts.onPublished(events.length);
  }

  async function append(event: Recorded): Promise<void> {
    const { workerId } = event.payload as { workerId?: string | null };
    const ownWorker = event.aggregateType === 'Worker' ? event.aggregateId : null;
    try {
      const { operation = null, payload } = event;
      await log.insert({ ...event, operation, payload: { ...payload }, workerId: workerId ?? ownWorker });
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
    }
  }

  async function drain(): Promise<void> {
    for (let next = waiting.entries().next(); !next.done && !closed; next = waiting.entries().next()) {
      const [key, { source, id }] = next.value;
      waiting.delete(key);
      try {
        await publish(source, id);
      } catch (error) {
        // The event stays in its outbox; the sweep comes back to it.
        logger.warn({ err: error, collection: source.name, id }, 'events could not be copied yet');
      }
    }
  }

  function start(): void {
    running ??= drain().finally(() => {
      running = null;
      if (waiting.size > 0 && !closed) start();
    });
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
    copy: (collection, id) => publish(sourceOf(collection), id),
    wake(collection, id) {
      const source = sourceOf(collection);
      waiting.set(`${collection}/${id}`, { source, id });
      start();
    },
    holds: async (eventId) => (await log.get(eventId)) !== null,
    async idle() {
      while (running) await running;
    },
    async close() {
      clearInterval(timer);
      closed = true;
      await running;
    },
  };
}
