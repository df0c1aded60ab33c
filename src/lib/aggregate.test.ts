import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { START, deepFreeze } from '../../tests/support/aggregate-run.js';
import { countedIds } from '../../tests/support/by-hand.js';
import { apply, type Aggregate, type AggregateState, type DomainEvent } from './aggregate.js';
import { addMs } from './clock.js';
import { record } from './events.js';

interface Account extends AggregateState {
  readonly balance: number;
}
type Paid = DomainEvent<'Paid', { readonly amount: number }>;

const account: Aggregate<Account, Paid> = {
  type: 'Account',
  schemaVersion: 3,
  evolve: (state, { aggregateId, payload }) => ({
    // What evolve says of revision and time does not count.
    ...(state ?? { id: aggregateId, revision: 99, updatedAt: 'never', balance: 0 }),
    balance: (state?.balance ?? 0) + payload.amount,
  }),
};

const paid = (amount: number): Paid => ({ type: 'Paid', payload: { amount } });
const CAUSE = { by: 'u-1', at: START, requestId: 'r-1', source: '127.0.0.1' };
const POSITION = {
  aggregateType: 'Account',
  aggregateId: 'acc_1',
  schemaVersion: 3,
  eventNumber: 4,
  revision: 7,
};

describe('the envelope of a commit', () => {
  it('numbers its events on from the latest, under one revision and cause', () => {
    const ids = countedIds();
    expect(record([paid(5), paid(6)], POSITION, CAUSE, ids)).toEqual(
      [5, 6].map((amount, index) => ({
        type: 'Paid',
        payload: { amount },
        id: `evt_${String(index + 1).padStart(26, '0')}`,
        schemaVersion: 3,
        aggregateType: 'Account',
        aggregateId: 'acc_1',
        number: 5 + index,
        revision: 7,
        at: START,
        by: 'u-1',
        requestId: 'r-1',
        source: '127.0.0.1',
      })),
    );
  });

  it('around nothing is nothing', () => {
    expect(record([], POSITION, CAUSE, countedIds())).toEqual([]);
  });
});

describe('the state after events', () => {
  it('takes revision and time from the events, whatever the aggregate says', () => {
    const [first] = record([paid(5)], { ...POSITION, eventNumber: 0, revision: 1 }, CAUSE, countedIds());
    expect(apply(account, null, [first!])).toEqual({
      id: 'acc_1',
      revision: 1,
      updatedAt: START,
      balance: 5,
    });
  });

  it('is the state itself where there are none, and nothing can come from nothing', () => {
    const state = { id: 'acc_1', revision: 1, updatedAt: START, balance: 5 };
    expect(apply(account, state, [])).toBe(state);
    expect(() => apply(account, null, [])).toThrow('Account: no events to build a state from');
  });

  it('is the same however the stream is cut into commits, and changes nothing it was made from', () => {
    const amounts = fc.array(fc.integer(), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(amounts, fc.nat(), (list, at) => {
        const ids = countedIds();
        const events = list.flatMap((amount, index) =>
          record(
            [paid(amount)],
            { ...POSITION, eventNumber: index, revision: index + 1 },
            { ...CAUSE, at: addMs(START, index) },
            ids,
          ),
        );
        deepFreeze(events);
        const cut = at % (events.length + 1);
        const whole = apply(account, null, events);
        const begun = cut === 0 ? null : deepFreeze(apply(account, null, events.slice(0, cut)));
        expect(begun === null ? whole : apply(account, begun, events.slice(cut))).toEqual(whole);
        expect(whole).toMatchObject({ revision: list.length, updatedAt: addMs(START, list.length - 1) });
      }),
    );
  });
});
