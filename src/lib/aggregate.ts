/**
 * Aggregates are plain state and pure functions. A verb takes the state and a command and returns the
 * events it causes (or throws a typed error); only `evolve` changes state, so replaying stored events
 * and executing a command run the same code.
 */

/** What a verb returns: the fact, without who, when and where. */
export interface DomainEvent<Type extends string = string, Payload extends object = object> {
  readonly type: Type;
  readonly payload: Payload;
}

/** An event as it is stored: the fact plus its envelope. */
export type Recorded<E extends DomainEvent = DomainEvent> = E & {
  readonly id: string;
  readonly schemaVersion: number;
  readonly aggregateType: string;
  readonly aggregateId: string;
  /** Counts the events of the aggregate from 1. */
  readonly number: number;
  /** Revision of the commit; the events of one commit share it. */
  readonly revision: number;
  /** ISO 8601, UTC, milliseconds. */
  readonly at: string;
  /** The caller's subject, or `system:<part>`. */
  readonly by: string;
  readonly requestId: string | null;
  /** Where the command came from: an address or `system:<part>`. */
  readonly source: string | null;
  /** The operation of the API that caused it; null or absent for automatic moves. */
  readonly operation?: string | null;
};

/** Fields that every aggregate's state has and that only {@link apply} sets. */
export interface AggregateState {
  readonly id: string;
  readonly revision: number;
  readonly updatedAt: string;
}

export interface Aggregate<State extends AggregateState, E extends DomainEvent> {
  /** Name in event envelopes and error answers, as in the API (`LabletInstance`). */
  readonly type: string;
  /** Version of the stored format of state and events. */
  readonly schemaVersion: number;
  /** The state after `event`. The first event of an aggregate meets `null`. Sets all but revision and updatedAt. */
  readonly evolve: (state: State | null, event: Recorded<E>) => State;
}

/** The state after `events`, starting from `state`. */
export function apply<State extends AggregateState, E extends DomainEvent>(
  aggregate: Aggregate<State, E>,
  state: State | null,
  events: readonly Recorded<E>[],
): State {
  let current = state;
  for (const event of events) {
    current = { ...aggregate.evolve(current, event), revision: event.revision, updatedAt: event.at };
  }
  if (current === null) throw new Error(`${aggregate.type}: no events to build a state from`);
  return current;
}
