import type { Cause } from '../db/aggregate-repository.js';
import type { Condition, LiveStore, Write } from '../live/live-store.js';

/** The leader's term: its writes to the live store compare the leader key, so that a former leader's fail. */
export interface Term {
  readonly signal: AbortSignal;
  readonly fence: Condition;
}

/** Who changes documents on behalf of repair. */
export const REPAIR_CAUSE: Cause = {
  by: 'system:repair',
  requestId: null,
  source: 'system:repair',
  record: null,
};

/** What was read has changed meanwhile, or this process leads no more; the next pass looks again. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/** Writes as leader, all or nothing. @throws Overtaken */
export async function writeFenced(
  live: LiveStore,
  { signal, fence }: Term,
  when: readonly Condition[],
  then: readonly Write[],
): Promise<void> {
  if (signal.aborted) throw new Overtaken('this process leads no more');
  const { succeeded } = await live.txn({ when: [...when, fence], then });
  if (!succeeded) throw new Overtaken('a key changed while it was mended');
}
