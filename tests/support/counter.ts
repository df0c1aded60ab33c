import { index, modelOptions, prop } from '@typegoose/typegoose';
import { aggregateRepository, type Cause, type RepositoryParts } from '../../src/db/aggregate-repository.js';
import type { Collection } from '../../src/db/document-store.js';
import { AggregateDocument } from '../../src/db/stored-document.js';
import type { Aggregate, AggregateState, DomainEvent } from '../../src/lib/aggregate.js';
import { countedIds, handClock, overriding } from './by-hand.js';

/** The smallest aggregate there is: a named total. */
export interface Counter extends AggregateState {
  readonly name: string;
  readonly total: number;
}
export type CounterEvent = DomainEvent<'Made', { name: string }> | DomainEvent<'Added', { amount: number }>;

@modelOptions({ schemaOptions: { collection: 'counters' } })
@index({ name: 1 }, { name: 'name', unique: true })
@index({ total: 1, _id: 1 }, { name: 'total' })
@index({ hasOutbox: 1, _id: 1 }, { name: 'hasOutbox' })
export class CounterDocument extends AggregateDocument {
  @prop({ type: () => String, required: true })
  name!: string;

  @prop({ type: () => Number, required: true })
  total!: number;

  @prop({ type: () => String, required: true })
  updatedAt!: string;

  /** An order key that indexes need beside the state. */
  @prop({ type: () => String, default: null })
  rank!: string | null;
}

export const counterAggregate: Aggregate<Counter, CounterEvent> = {
  type: 'Counter',
  schemaVersion: 2,
  evolve: (state, event) =>
    event.type === 'Made'
      ? { id: event.aggregateId, name: event.payload.name, total: 0, revision: 0, updatedAt: '' }
      : { ...(state as Counter), total: (state?.total ?? 0) + event.payload.amount },
};

export const made = (name: string): CounterEvent => ({ type: 'Made', payload: { name } });
export const added = (amount: number): CounterEvent => ({ type: 'Added', payload: { amount } });
export const CAUSE: Cause = { by: 'u-1', requestId: 'r-1', source: '127.0.0.1', record: null };
export const withRecord = (id: string): Cause => ({ ...CAUSE, record: { id, at: 'then' } });

/** A repository of counters whose collection, outbox and records can be disturbed. */
export function counterRepository(
  stored: Collection<CounterDocument>,
  more: Partial<RepositoryParts<Counter, CounterEvent, CounterDocument>> = {},
) {
  const clock = handClock();
  const woken: string[] = [];
  const settled: string[] = [];
  const replaced: Partial<Collection<CounterDocument>> = {};
  const collection = overriding(stored, replaced);
  const outbox = {
    wake: (name: string, id: string) => void woken.push(`${name}/${id}`),
    holds: async (_eventId: string) => false,
  };
  const repository = aggregateRepository({
    collection,
    aggregate: counterAggregate,
    derive: ({ name }: Counter) => ({ rank: name.toUpperCase() }),
    clock,
    ids: countedIds(),
    outbox,
    settleRecord: async (id) => void settled.push(id),
    recordKeepMs: 86_400_000,
    ...more,
  });
  return { repository, stored, replaced, clock, outbox, woken, settled };
}
