import type { Overrides } from '../../src/context.js';
import { StoreUnavailable } from '../../src/db/document-store.js';
import { LiveUnavailable } from '../../src/live/live-store.js';
import { intercepted, type StoreCall } from './intercepted-stores.js';

/** Which call of the stores a process does not survive, and whether that call still has its effect. */
export interface Death {
  /** Counted from 1 over what a command does. */
  readonly at: number;
  readonly performed: boolean;
}

const WRITE =
  /\.(?:insert|insertMissing|replace|amend|pullEvents|remove|deleteOlderThan|txn|put|delete|lease)$/;
export const isWrite = (name: string): boolean => WRITE.test(name);

/**
 * Stores that answer no more after one call, as those of a process that died there. Calls for leadership are left
 * out of the count, and refused, so that a process that dies never leads.
 */
export function doomed(leaderTtlSeconds: number) {
  let death: Death | null = null;
  let dead = false;
  let calls: string[] = [];

  const forLeading = ({ name, args }: StoreCall): boolean =>
    name === 'live.lease' ? args[0] === leaderTtlSeconds : JSON.stringify(args).includes('/leader"');

  async function around(call: StoreCall): Promise<unknown> {
    if (dead) throw gone(call.name);
    if (forLeading(call)) {
      if (call.name === 'live.get') return call.go();
      throw gone(call.name);
    }
    calls.push(call.name);
    if (calls.length !== death?.at) return call.go();
    dead = true;
    if (death.performed) await call.go();
    throw gone(call.name);
  }

  return {
    overrides: { wrapStores: intercepted(around) } satisfies Overrides,
    /** Begins to count. */
    expect(next: Death | null): void {
      [death, calls] = [next, []];
    },
    /** Names of the calls since. */
    calls: () => calls,
    died: () => dead,
  };
}

function gone(name: string): Error {
  const message = 'the process ended here';
  return name.startsWith('live.') ? new LiveUnavailable(message) : new StoreUnavailable(message);
}
