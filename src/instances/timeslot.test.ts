import { describe, expect, it } from 'vitest';
import { addMs } from '../lib/clock.js';
import { approachingUntil, assertNotOver, resolveTimeslot } from './timeslot.js';

const NOW = '2027-02-10T08:00:00.000Z';
const minutes = (n: number) => addMs(NOW, n * 60_000);
const YEAR = 365 * 24 * 60;

const fault = (rule: string, limit: string) =>
  expect.objectContaining({ code: 'TIMESLOT_INVALID', details: { rule, limit } });

describe('resolveTimeslot', () => {
  it('takes now and the longest time when nothing is given', () => {
    const slot = { timeslotStart: NOW, timeslotEnd: minutes(60), asSoonAsPossible: true };
    expect(resolveTimeslot({}, 60, NOW)).toEqual(slot);
    expect(resolveTimeslot({ timeslotStart: null, timeslotEnd: null }, 60, NOW)).toEqual(slot);
  });

  it('keeps what is given and fills in the other end', () => {
    expect(resolveTimeslot({ timeslotStart: minutes(5) }, 60, NOW)).toEqual({
      timeslotStart: minutes(5),
      timeslotEnd: minutes(65),
      asSoonAsPossible: false,
    });
    expect(resolveTimeslot({ timeslotEnd: minutes(10) }, 60, NOW)).toEqual({
      timeslotStart: NOW,
      timeslotEnd: minutes(10),
      asSoonAsPossible: true,
    });
  });

  it('accepts each limit itself', () => {
    const start = minutes(YEAR);
    const slot = resolveTimeslot({ timeslotStart: start, timeslotEnd: minutes(YEAR + 60) }, 60, NOW);
    expect(slot.timeslotStart).toBe(start);
    expect(resolveTimeslot({ timeslotStart: NOW, timeslotEnd: addMs(NOW, 1) }, 60, NOW)).toBeDefined();
  });

  it('refuses an end that is not after the start', () => {
    for (const end of [minutes(5), minutes(4)]) {
      expect(() => resolveTimeslot({ timeslotStart: minutes(5), timeslotEnd: end }, 60, NOW)).toThrow(
        fault('END_NOT_AFTER_START', minutes(5)),
      );
    }
  });

  it('refuses a start in the past', () => {
    expect(() => resolveTimeslot({ timeslotStart: addMs(NOW, -1) }, 60, NOW)).toThrow(
      fault('START_IN_PAST', NOW),
    );
  });

  it('refuses a start more than 365 days ahead', () => {
    expect(() => resolveTimeslot({ timeslotStart: addMs(minutes(YEAR), 1) }, 60, NOW)).toThrow(
      fault('TOO_FAR', minutes(YEAR)),
    );
  });

  it('refuses a start so late that the end passes the year 9999', () => {
    expect(() => resolveTimeslot({ timeslotStart: '9999-12-31T23:59:00.000Z' }, 60, NOW)).toThrow(
      fault('TOO_FAR', minutes(YEAR)),
    );
  });

  it('refuses a slot one second too long', () => {
    expect(() => resolveTimeslot({ timeslotEnd: addMs(minutes(60), 1000) }, 60, NOW)).toThrow(
      fault('TOO_LONG', minutes(60)),
    );
  });
});

describe('a timeslot', () => {
  it('is over from its end on', () => {
    const slot = { timeslotEnd: minutes(60) };
    expect(() => assertNotOver(slot, addMs(minutes(60), -1))).not.toThrow();
    expect(() => assertNotOver(slot, minutes(60))).toThrow(fault('OVER', minutes(60)));
  });

  it('is approaching up to and including the end of the window', () => {
    expect(approachingUntil(NOW, 35)).toBe(minutes(35));
  });
});
