import type { Collection } from '../db/document-store.js';
import type { AggregateDocument } from '../db/stored-document.js';
import type { DomainEventDocument } from '../events/event-model.js';
import {
  apply,
  type Aggregate,
  type AggregateState,
  type DomainEvent,
  type Recorded,
} from '../lib/aggregate.js';
import { pages } from './pages.js';
import type { Violation } from './violations.js';

/** Fields of a state that no event carries. */
const WITHOUT_EVENTS = new Set(['telemetry', 'lastReportedAt']);

/** The events of one object, from the log and from its outbox, by number; one that is in both counts once. */
export type Stream = ReadonlyMap<number, Recorded>;

/** The stored events of these documents, from the log and from their outboxes. Read after the documents. */
export async function readStreams(
  log: Collection<DomainEventDocument>,
  documents: readonly AggregateDocument[],
): Promise<ReadonlyMap<string, Map<number, Recorded>>> {
  const streams = new Map(documents.map(({ id }) => [id, new Map<number, Recorded>()]));
  const filter = { aggregateId: { $in: [...streams.keys()] } };
  for await (const page of pages(log, filter, 'aggregateId_number')) {
    for (const event of page) {
      streams.get(event.aggregateId)?.set(event.number, event);
    }
  }
  for (const { id, outbox } of documents) {
    for (const event of outbox) streams.get(id)?.set(event.number, event as Recorded);
  }
  return streams;
}

/**
 * LOG: numbers from 1 to the document's without a gap, and a replay that ends at the stored state. A stream whose
 * beginning is no longer kept is looked at from its first event on, and not replayed.
 */
export function streamViolations<State extends AggregateState, E extends DomainEvent>(
  aggregate: Aggregate<State, E>,
  state: State,
  { eventNumber, outbox }: Pick<AggregateDocument, 'eventNumber' | 'outbox'>,
  stream: Stream,
  { isKept }: { readonly isKept: (at: string) => boolean },
): Violation[] {
  const { id, updatedAt: since } = state;
  const about = { invariant: 'LOG', entityId: id, since } as const;
  const broken = (detail: string): Violation => ({ ...about, rule: 'EVENTS_BROKEN', detail });
  const numbers = [...stream.keys()].sort((a, b) => a - b);
  const first = numbers[0] ?? 1;
  const last = Math.max(eventNumber, numbers.at(-1) ?? 0);
  const isCut = first > 1 && !isKept((state as { createdAt?: string }).createdAt ?? since);
  const missing = range(isCut ? first : 1, eventNumber).filter((number) => !stream.has(number));
  const faults: Violation[] = [];
  if (missing.length > 0) faults.push(broken(`events ${missing.join(', ')} are missing`));
  if (last > eventNumber)
    faults.push(broken(`the log has event ${last}, the document ends at ${eventNumber}`));
  const waiting = outbox.map(({ number }) => number);
  if (waiting.some((number, index) => number !== eventNumber - waiting.length + 1 + index)) {
    faults.push(broken(`the outbox holds ${waiting.join(', ')} of ${eventNumber}`));
  }
  if (faults.length > 0 || isCut) return faults;
  const events = range(1, eventNumber).map((number) => stream.get(number) as unknown as Recorded<E>);
  const detail = replayFault(aggregate, state, events);
  return detail === null ? [] : [{ ...about, rule: 'REPLAY_DIFFERS', detail }];
}

function replayFault<State extends AggregateState, E extends DomainEvent>(
  aggregate: Aggregate<State, E>,
  state: State,
  events: readonly Recorded<E>[],
): string | null {
  let replayed: State;
  try {
    replayed = apply(aggregate, null, events);
  } catch (error) {
    return `its events cannot be replayed: ${(error as Error).message}`;
  }
  const [stored, told] = [fieldsOf(state), fieldsOf(replayed)];
  const fields = [...new Set([...stored.keys(), ...told.keys()])];
  const wrong = fields.filter((field) => stored.get(field) !== told.get(field)).sort();
  return wrong.length === 0 ? null : `its events say otherwise of ${wrong.join(', ')}`;
}

/** Each field as text that does not depend on the order of keys. */
function fieldsOf(state: object): ReadonlyMap<string, string> {
  const fields = Object.entries(state).filter(
    ([name, value]) => value !== undefined && !WITHOUT_EVENTS.has(name),
  );
  return new Map(fields.map(([name, value]) => [name, JSON.stringify(value, sorted)]));
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
