import fc from 'fast-check';
import { expect, it } from 'vitest';
import { START } from '../../tests/support/aggregate-run.js';
import { countedIds } from '../../tests/support/by-hand.js';
import { record } from './events.js';

const CAUSE = { by: 'system:repair', at: START, requestId: null, source: 'system:repair' };

it('gives every event an id of its own and the next number, and leaves the facts alone', () => {
  const facts = fc.array(fc.record({ type: fc.string(), payload: fc.object() }), { maxLength: 10 });
  fc.assert(
    fc.property(facts, fc.nat({ max: 1000 }), (events, eventNumber) => {
      const before = JSON.stringify(events);
      const position = {
        aggregateType: 'LabletInstance',
        aggregateId: 'ins_1',
        schemaVersion: 1,
        eventNumber,
        revision: 2,
      };
      const recorded = record(events, position, CAUSE, countedIds());
      expect(recorded.map(({ number }) => number)).toEqual(events.map((_, index) => eventNumber + index + 1));
      expect(new Set(recorded.map(({ id }) => id)).size).toBe(events.length);
      expect(recorded.map(({ type, payload }) => ({ type, payload }))).toEqual(
        events.map(({ type, payload }) => ({ type, payload })),
      );
      expect(
        recorded.every(({ by, at, revision }) => by === CAUSE.by && at === START && revision === 2),
      ).toBe(true);
      expect(JSON.stringify(events)).toBe(before);
    }),
  );
});

it('puts the envelope above what a fact might carry itself', () => {
  const sly = { type: 'X', payload: {}, id: 'evt_own', number: 99, by: 'nobody' };
  const position = {
    aggregateType: 'A',
    aggregateId: 'a',
    schemaVersion: 1,
    eventNumber: 0,
    revision: 1,
  };
  const [event] = record([sly], position, CAUSE, countedIds());
  expect(event).toMatchObject({ number: 1, by: 'system:repair' });
  expect(event?.id).not.toBe('evt_own');
});
