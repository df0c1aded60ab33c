import { LabletError, type ErrorDetails } from '../errors.js';
import { addMs } from '../lib/clock.js';

/** Reserved time `[timeslotStart, timeslotEnd)`, in the stored form of times. */
export interface Timeslot {
  readonly timeslotStart: string;
  readonly timeslotEnd: string;
  /** True when no start was asked for. */
  readonly asSoonAsPossible: boolean;
}

/** The slot as it is asked for. */
export interface TimeslotWish {
  /** Absent or null: now. */
  readonly timeslotStart?: string | null;
  /** Absent or null: the longest time from the start. */
  readonly timeslotEnd?: string | null;
}

const MINUTE_MS = 60_000;
const MAX_AHEAD_MS = 365 * 24 * 60 * MINUTE_MS;

/**
 * The slot that is booked. Times are in UTC with milliseconds, so they compare as text.
 * @throws TIMESLOT_INVALID: start before `now` or more than 365 days ahead, end not after start, longer
 * than `maxDurationMinutes`, in this order; `limit` is the time that was passed
 */
export function resolveTimeslot(wish: TimeslotWish, maxDurationMinutes: number, now: string): Timeslot {
  const timeslotStart = wish.timeslotStart ?? now;
  const latestEnd = addMs(timeslotStart, maxDurationMinutes * MINUTE_MS);
  const timeslotEnd = wish.timeslotEnd ?? latestEnd;
  const latestStart = addMs(now, MAX_AHEAD_MS);
  // The start first: an end counted from one in the year 9999 has five digits of year, and is no text to compare.
  if (timeslotStart < now) throw invalid('START_IN_PAST', now, 'The timeslot starts in the past.');
  if (timeslotStart > latestStart) {
    throw invalid('TOO_FAR', latestStart, 'The timeslot starts more than 365 days ahead.');
  }
  if (timeslotEnd <= timeslotStart) {
    throw invalid('END_NOT_AFTER_START', timeslotStart, 'The timeslot must end after it starts.');
  }
  if (timeslotEnd > latestEnd) {
    throw invalid('TOO_LONG', latestEnd, `The timeslot is longer than ${maxDurationMinutes} minutes.`);
  }
  return { timeslotStart, timeslotEnd, asSoonAsPossible: wish.timeslotStart == null };
}

/** @throws TIMESLOT_INVALID (OVER) from the slot's end on */
export function assertNotOver({ timeslotEnd }: Pick<Timeslot, 'timeslotEnd'>, now: string): void {
  if (now >= timeslotEnd) throw invalid('OVER', timeslotEnd, 'The timeslot is over.');
}

/** Latest start of an instance that counts as approaching: at or before `now` plus the window in minutes. */
export function approachingUntil(now: string, windowMinutes: number): string {
  return addMs(now, windowMinutes * MINUTE_MS);
}

function invalid(rule: ErrorDetails['TIMESLOT_INVALID']['rule'], limit: string, message: string) {
  return new LabletError('TIMESLOT_INVALID', message, { rule, limit });
}
