import fc from 'fast-check';
import { expect, it } from 'vitest';
import { addMs, laterOf, systemClock } from './clock.js';

const time = fc
  .date({ min: new Date('1970-01-01T00:00:00Z'), max: new Date('9000-01-01T00:00:00Z'), noInvalidDate: true })
  .map((date) => date.toISOString());

it('the system clock gives UTC with milliseconds, and milliseconds that never go back', () => {
  expect(systemClock.now()).toMatch(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
  expect(Math.abs(Date.parse(systemClock.now()) - Date.now())).toBeLessThan(1000);
  const readings = Array.from({ length: 100 }, () => systemClock.monotonic());
  expect([...readings].sort((a, b) => a - b)).toEqual(readings);
});

it('milliseconds are added across days, and taken away when negative', () => {
  expect(addMs('2027-02-28T23:59:59.999Z', 1)).toBe('2027-03-01T00:00:00.000Z');
  expect(addMs('2027-03-01T00:00:00.000Z', -1)).toBe('2027-02-28T23:59:59.999Z');
});

it('the later of two times is the one that comes later, whatever their order', () => {
  fc.assert(
    fc.property(time, time, (a, b) => {
      const later = laterOf(a, b);
      expect(later).toBe(laterOf(b, a));
      expect(Date.parse(later)).toBe(Math.max(Date.parse(a), Date.parse(b)));
    }),
  );
});

it('adding and taking away comes back to where it began', () => {
  fc.assert(
    fc.property(time, fc.integer({ min: 0, max: 10 ** 10 }), (start, ms) => {
      expect(addMs(addMs(start, ms), -ms)).toBe(start);
      expect(addMs(start, ms) >= start).toBe(true);
    }),
  );
});
