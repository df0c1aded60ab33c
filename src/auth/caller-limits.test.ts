import { describe, expect, it } from 'vitest';
import { handClock } from '../../tests/support/by-hand.js';
import { LabletError } from '../errors.js';
import type { Role } from '../lib/actor.js';
import { callerLimits } from './caller-limits.js';
import { NOBODY, type Identity } from './identify.js';

const RATES = { callerPerSecond: 3, servicePerSecond: 5, failuresPerMinute: 2 };
const caller = (subject: string, role: Role = 'USER'): Identity => ({
  actor: { subject, roles: [role], expiresAt: 0 },
  refusal: null,
});
const refused = (reason: string): Identity => ({
  actor: null,
  refusal: new LabletError('UNAUTHENTICATED', 'no', { reason }),
});

/** How many of `times` requests are let in. */
async function admitted(
  limits: ReturnType<typeof callerLimits>,
  times: number,
  identity: Identity,
  address = '192.0.2.1',
): Promise<number> {
  let count = 0;
  for (let n = 0; n < times; n++) if ((await limits.refusal(identity, address)) === null) count++;
  return count;
}

describe('a caller', () => {
  it('may ask as often as its roles say, and others are not touched by it', async () => {
    const limits = callerLimits(RATES, handClock());
    expect(await admitted(limits, 9, caller('alice'))).toBe(3);
    expect(await admitted(limits, 9, caller('alice'), '192.0.2.2')).toBe(0);
    expect(await admitted(limits, 9, caller('bob'))).toBe(3);
    expect(await admitted(limits, 9, caller('robot', 'SERVICE'))).toBe(5);
    expect(await admitted(limits, 9, caller('root', 'ADMIN'))).toBe(5);
  });

  it('is told the limit and when to come back', async () => {
    const limits = callerLimits(RATES, handClock());
    await admitted(limits, 3, caller('alice'));
    const refusal = await limits.refusal(caller('alice'), null);
    expect(refusal).toMatchObject({ code: 'RATE_LIMITED', retryable: true, httpStatus: 429 });
    expect(refusal?.details).toEqual({ limit: 3, retryAfterMs: expect.any(Number) });
    expect(refusal?.details.retryAfterMs).toBeGreaterThan(0);
    expect(refusal?.details.retryAfterMs).toBeLessThanOrEqual(1000);
  });

  it('without a limit may ask for ever', async () => {
    const none = { callerPerSecond: 0, servicePerSecond: 0, failuresPerMinute: 0 };
    const limits = callerLimits(none, handClock());
    for (const one of [caller('alice'), caller('robot', 'SERVICE'), NOBODY, refused('SIGNATURE')])
      expect(await admitted(limits, 100, one)).toBe(100);
  });
});

describe('an address', () => {
  it('is limited where nobody says who calls', async () => {
    const limits = callerLimits(RATES, handClock());
    expect(await admitted(limits, 9, NOBODY)).toBe(3);
    expect(await admitted(limits, 9, NOBODY, '192.0.2.2')).toBe(3);
  });

  it('is limited in credentials that are refused, and good ones pass', async () => {
    const limits = callerLimits(RATES, handClock());
    expect(await admitted(limits, 9, refused('SIGNATURE'))).toBe(2);
    expect(await admitted(limits, 9, refused('EXPIRED'))).toBe(0);
    expect(await admitted(limits, 9, refused('EXPIRED'), '192.0.2.2')).toBe(2);
    expect(await admitted(limits, 1, caller('alice'))).toBe(1);
  });

  it('is not blamed for keys that are out of reach', async () => {
    const limits = callerLimits(RATES, handClock());
    expect(await admitted(limits, 50, refused('KEYS_UNAVAILABLE'))).toBe(50);
  });
});

it('callers beyond those that are remembered share one count, until the window is over', async () => {
  const clock = handClock();
  const limits = callerLimits(RATES, clock, { maxCallers: 10 });
  let count = 0;
  for (let n = 0; n < 100; n++) count += await admitted(limits, 1, caller(`guest-${n}`));
  expect(count).toBe(10 + 3);
  expect(await admitted(limits, 2, caller('guest-0'))).toBe(2);
  clock.advance(1000);
  expect(await admitted(limits, 1, caller('guest-99'))).toBe(1);
});
