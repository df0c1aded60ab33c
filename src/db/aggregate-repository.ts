import {
  apply,
  type Aggregate,
  type AggregateState,
  type DomainEvent,
  type Recorded,
} from '../lib/aggregate.js';
import { addMs, laterOf, type Clock } from '../lib/clock.js';
import { record } from '../lib/events.js';
import type { Ids } from '../lib/ids.js';
import type { Call } from '../lib/operation.js';
import { notFound } from '../errors.js';
import { currentFormat } from './current-format.js';
import {
  DuplicateKey,
  RevisionConflict,
  StoreUnavailable,
  WriteOutcomeUnknown,
  type Collection,
} from './document-store.js';
import type { AggregateDocument, AppliedRecord, OutboxEntry } from './stored-document.js';
import { viewOf } from './view.js';

/** The one loop that copies outboxes; a repository only wakes it and asks what it has copied. */
export interface Outbox {
  /** `events`: the outbox as it was just committed; without it the document is read. */
  wake(collection: string, id: string, events?: readonly OutboxEntry[]): void;
  /** True when the event log holds this event. */
  holds(eventId: string): Promise<boolean>;
}

/** Who causes a change: the part of a {@link Call} that commits need, also made by automatic moves. */
export interface Cause {
  readonly by: string;
  readonly requestId: string | null;
  readonly source: string | null;
  readonly operation?: string;
  readonly record: AppliedRecord | null;
}

/** A state together with the storage fields it was loaded with. */
export interface Loaded<State> {
  readonly state: State;
  readonly storage: Pick<AggregateDocument, 'eventNumber' | 'outbox' | 'appliedRecords'>;
}

/** What all repositories are given. */
export interface RepositoryServices {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly outbox: Outbox;
  /** Marks an idempotency record done before a document forgets it. */
  readonly settleRecord: (recordId: string, outcome: string | null) => Promise<void>;
  /** How long a document remembers the records that were applied to it. */
  readonly recordKeepMs: number;
}

export interface RepositoryParts<
  State extends AggregateState,
  E extends DomainEvent,
  Doc extends AggregateDocument,
> extends RepositoryServices {
  readonly collection: Collection<Doc>;
  readonly aggregate: Aggregate<State, E>;
  /** Guards and order keys that indexes need beside the state. */
  readonly derive: (state: State) => Partial<Doc>;
  /** Brings a document of an older format, or one that lacks newer fields, to the present one. */
  readonly upgrade?: (document: Doc) => Doc;
}

export interface UpdateOptions<State> {
  readonly expectedRevision?: number | null | undefined;
  /** A state that fails it answers like a missing one. */
  readonly visible?: (state: State) => boolean;
  /** Already as wanted: success without a change, whatever `expectedRevision` says. */
  readonly settled?: (state: State) => boolean;
}

const MAX_APPLIED_RECORDS = 32;
const UPDATE_ATTEMPTS = 4;
const READ_BACK_ATTEMPTS = 5;

/**
 * Loads and saves one kind of aggregate: state, events and idempotency record in one document, under the
 * version check. `update` is the one retry loop of the program.
 */
export function aggregateRepository<
  State extends AggregateState,
  E extends DomainEvent,
  Doc extends AggregateDocument,
>(parts: RepositoryParts<State, E, Doc>) {
  const { collection, aggregate, derive, clock, ids, outbox, settleRecord, recordKeepMs } = parts;

  function read(stored: Doc): Loaded<State> {
    const document = currentFormat(stored, aggregate, parts.upgrade);
    const { eventNumber, outbox: waiting, appliedRecords } = document;
    return { state: stateOf(document), storage: { eventNumber, outbox: waiting, appliedRecords } };
  }

  /** The state alone, without storage fields, guards and order keys. */
  function stateOf(document: Doc): State {
    return viewOf(document, Object.keys(derive(document as unknown as State))) as unknown as State;
  }

  async function find(id: string): Promise<Loaded<State> | null> {
    const document = await collection.get(id);
    return document && read(document);
  }

  async function load(id: string, visible?: (state: State) => boolean): Promise<Loaded<State>> {
    const document = await collection.get(id);
    // Asked before a state is made of the document, so that a hidden one takes no longer than a missing one.
    const isHidden = document && visible && !visible(document as unknown as State);
    if (!document || isHidden) throw notFound(aggregate.type, id);
    return read(document);
  }

  /** When a commit on this state is made; a clock that went back must not put it before the one above. */
  function commitTime(state: State | null): string {
    return state ? laterOf(clock.now(), state.updatedAt) : clock.now();
  }

  function commit(id: string, before: Loaded<State> | null, events: readonly E[], cause: Cause, at: string) {
    const revision = (before?.state.revision ?? 0) + 1;
    const position = {
      aggregateType: aggregate.type,
      aggregateId: id,
      schemaVersion: aggregate.schemaVersion,
      eventNumber: before?.storage.eventNumber ?? 0,
      revision,
    };
    const { by, requestId, source, operation } = cause;
    const from = { by, at, requestId, source, ...(operation === undefined ? {} : { operation }) };
    const recorded: Recorded<E>[] = record(events, position, from, ids);
    const state = apply(aggregate, before?.state ?? null, recorded);
    const applied = [...(before?.storage.appliedRecords ?? []), ...(cause.record ? [cause.record] : [])];
    const oldest = addMs(at, -recordKeepMs);
    const surplus = applied.length - MAX_APPLIED_RECORDS;
    const forgotten = applied.filter((each, index) => index < surplus || each.at < oldest);
    const document = {
      ...state,
      ...derive(state),
      schemaVersion: aggregate.schemaVersion,
      eventNumber: position.eventNumber + recorded.length,
      outbox: [...(before?.storage.outbox ?? []), ...recorded],
      hasOutbox: true,
      appliedRecords: applied.filter((each) => !forgotten.includes(each)),
    } as unknown as Doc;
    return { state, document, forgotten };
  }

  /**
   * Inserts a new aggregate. The own id decides first: a repeat of the same creation succeeds.
   * @throws DuplicateKey naming the unique index another document holds
   */
  async function insert(id: string, events: readonly E[], cause: Cause, at = clock.now()): Promise<State> {
    const { document, state } = commit(id, null, events, cause, at);
    try {
      await settled(() => collection.insert(document));
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      const own = await find(id);
      if (!own) throw error;
      return own.state;
    }
    outbox.wake(collection.name, id, document.outbox);
    return state;
  }

  /**
   * Saves under the revision that was loaded.
   * @throws RevisionConflict when the save surely did not happen, WriteOutcomeUnknown when that cannot be learned
   */
  async function save(
    loaded: Loaded<State>,
    events: readonly E[],
    cause: Cause,
    at = commitTime(loaded.state),
  ): Promise<State> {
    const { id, revision } = loaded.state;
    const { document, state, forgotten } = commit(id, loaded, events, cause, at);
    for (const old of forgotten) await settleRecord(old.id, old.outcome ?? null);
    try {
      await collection.replace(document, revision);
    } catch (error) {
      if (!(error instanceof WriteOutcomeUnknown)) throw error;
      await decide(document, revision);
    }
    outbox.wake(collection.name, id, document.outbox);
    return state;
  }

  /** After a replace of unknown outcome: own event stored means done, revision unchanged means once more. */
  async function decide(document: Doc, expected: number): Promise<void> {
    const own = document.outbox.at(-1) as OutboxEntry;
    await settled(async () => {
      for (let reading = 1; ; reading++) {
        const stored = await collection.get(document.id);
        if (stored?.outbox.some((event) => event.id === own.id) || (await outbox.holds(own.id))) return;
        const conflict = new RevisionConflict(expected, stored?.revision ?? 0);
        if (stored?.revision !== expected || reading > 2) throw conflict;
        try {
          return await collection.replace(document, expected);
        } catch (error) {
          // The first write may have arrived only now: its event tells.
          if (!(error instanceof RevisionConflict)) throw error;
        }
      }
    }, true);
  }

  /**
   * Loads, decides and saves; a lost race is decided anew, up to three times.
   * `changed` is false when there was nothing to do or the command's record had been applied before.
   */
  async function update(
    id: string,
    cause: Cause,
    decideEvents: (state: State, now: string) => readonly E[],
    options: UpdateOptions<State> = {},
  ): Promise<{ state: State; changed: boolean }> {
    for (let attempt = 1; ; attempt++) {
      const loaded = await load(id, options.visible);
      const { state } = loaded;
      if (isApplied(loaded, cause) || options.settled?.(state)) return { state, changed: false };
      assertRevision(state, options.expectedRevision);
      const now = commitTime(state);
      const events = decideEvents(state, now);
      if (events.length === 0) return { state, changed: false };
      try {
        return { state: await save(loaded, events, cause, now), changed: true };
      } catch (error) {
        // Looked at again also where a revision was expected: the winner may be this very command.
        if (!(error instanceof RevisionConflict) || attempt >= UPDATE_ATTEMPTS) throw error;
      }
    }
  }

  return { find, load, insert, save, update, commitTime, stateOf: (document: Doc) => read(document).state };
}

/** True when the document holds the effect of the command's idempotency record. */
export function isApplied(loaded: Loaded<unknown>, cause: Pick<Cause, 'record'>): boolean {
  return appliedRecord(loaded, cause) !== null;
}

/** The mark that the command's idempotency record left in the document, with its outcome. */
export function appliedRecord(
  { storage }: Loaded<unknown>,
  { record }: Pick<Cause, 'record'>,
): AppliedRecord | null {
  return (record && storage.appliedRecords.find(({ id }) => id === record.id)) ?? null;
}

/** @throws RevisionConflict when a revision was expected and it is not the state's */
export function assertRevision(state: AggregateState, expected: number | null | undefined): void {
  if (expected != null && expected !== state.revision) throw new RevisionConflict(expected, state.revision);
}

/** The cause of a caller's command. */
export function causeOf(call: Call): Cause {
  const { actor, requestId, source, operation, record: applied } = call;
  return { by: actor.subject, requestId, source, operation, record: applied };
}

/**
 * Repeats a write that is safe to repeat (it compares) while its outcome is unknown. Once that is so, a store that
 * cannot be reached leaves it unknown.
 */
async function settled(write: () => Promise<void>, isUnknown = false): Promise<void> {
  let unknown = isUnknown;
  for (let attempt = 1; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (unknown && error instanceof StoreUnavailable) {
        throw new WriteOutcomeUnknown('the store cannot be asked what became of a write', { cause: error });
      }
      if (!(error instanceof WriteOutcomeUnknown) || attempt >= READ_BACK_ATTEMPTS) throw error;
      unknown = true;
    }
  }
}
