import {
  apply,
  type Aggregate,
  type AggregateState,
  type DomainEvent,
  type Recorded,
} from '../../src/lib/aggregate.js';
import { addMs } from '../../src/lib/clock.js';
import { record } from '../../src/lib/events.js';

export const START = '2027-02-10T08:00:00.000Z';

/** `minutes` after {@link START}. */
export const at = (minutes: number): string => addMs(START, minutes * 60_000);

/** Freezes plain data all the way down, so that code which changes its input fails. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

/** One aggregate without a store: commits events as a repository does and keeps the whole stream. */
export function aggregateRun<S extends AggregateState, E extends DomainEvent>(
  aggregate: Aggregate<S, E>,
  id: string,
) {
  let current: S | null = null;
  const events: Recorded<E>[] = [];
  let made = 0;
  const ids = { next: (prefix: string) => `${prefix}_${++made}`, ulid: () => String(++made) };

  return {
    events,
    get state(): S {
      if (current === null) throw new Error('nothing committed yet');
      return current;
    },
    /** The events' types in order. */
    types: () => events.map(({ type }) => type),
    /** Commits the events under the next revision; none change nothing. */
    commit(facts: readonly E[], when: string, by = 'u-1'): S {
      if (facts.length === 0) return this.state;
      const position = {
        aggregateType: aggregate.type,
        aggregateId: id,
        schemaVersion: aggregate.schemaVersion,
        eventNumber: events.length,
        revision: (current?.revision ?? 0) + 1,
      };
      const recorded = deepFreeze(
        record(facts, position, { by, at: when, requestId: null, source: null }, ids),
      );
      current = deepFreeze(apply(aggregate, current, recorded));
      events.push(...recorded);
      return current;
    },
    /** The state made anew from the stream, as it would come back from storage. */
    replay: (): S => apply(aggregate, null, JSON.parse(JSON.stringify(events)) as Recorded<E>[]),
  };
}
