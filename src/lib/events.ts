import type { Ids } from './ids.js';
import type { DomainEvent, Recorded } from './aggregate.js';

/** What commands are about that change no object of their own; the stored name beside those of the aggregates. */
export const CONTROL_PLANE = 'ControlPlane';

/** Who causes a change, when and from where; the same for all events of one commit. */
export interface Cause {
  readonly by: string;
  readonly at: string;
  readonly requestId: string | null;
  readonly source: string | null;
  /** The operation of the API, where one caused it. */
  readonly operation?: string;
}

export interface StreamPosition {
  readonly aggregateType: string;
  readonly aggregateId: string;
  readonly schemaVersion: number;
  /** Number of the latest event so far, 0 for none. */
  readonly eventNumber: number;
  /** Revision of the commit that will hold the events. */
  readonly revision: number;
}

/** Puts the envelope around the events of one commit. */
export function record<E extends DomainEvent>(
  events: readonly E[],
  position: StreamPosition,
  cause: Cause,
  ids: Ids,
): Recorded<E>[] {
  const { aggregateType, aggregateId, schemaVersion, revision } = position;
  return events.map((event, index) => ({
    ...event,
    id: ids.next('evt'),
    schemaVersion,
    aggregateType,
    aggregateId,
    number: position.eventNumber + index + 1,
    revision,
    ...cause,
  }));
}
