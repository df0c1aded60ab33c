import { expect } from 'vitest';
import type { Context } from '../../src/context.js';
import { addMs } from '../../src/lib/clock.js';
import { checkInstallation, type CheckReport } from '../../src/repair/check-installation.js';

/** What the checker finds in the stores of a server, old or young. */
export async function checked(
  context: Context,
  { settleMs = 0, ageMs = 0 }: { settleMs?: number; ageMs?: number } = {},
): Promise<CheckReport> {
  const clock = { ...context.clock, now: () => addMs(context.clock.now(), ageMs) };
  return checkInstallation({ ...context, clock, isKept: () => true }, { settleMs });
}

/** Fails unless nothing is wrong, not even for a moment. */
export async function expectSound(context: Context, hint = ''): Promise<CheckReport> {
  await context.outbox.idle();
  const report = await checked(context);
  expect({ ...report, at: '', read: {} }, hint).toEqual({ at: '', read: {}, violations: [], unsettled: [] });
  return report;
}
