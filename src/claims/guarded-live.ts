import { LiveUnavailable, type Condition, type LiveStore } from '../live/live-store.js';

/** The live store as the ledger uses it: every transaction is bound to the life that claims are in. */
export interface GuardedLive extends Pick<LiveStore, 'txn'> {
  /** Asks whether claims go on; what was remembered of another life is dropped. @throws LiveUnavailable */
  look(): Promise<void>;
}

/**
 * Adds the guard's conditions to each transaction. A store that was emptied or restored counts its revisions anew, so
 * nothing that was remembered may be compared with it: `onNewLife` drops it.
 */
export function guardedLive(
  live: LiveStore,
  guard: () => Promise<readonly Condition[]>,
  onNewLife: () => void,
): GuardedLive {
  let known: { readonly text: string; readonly conditions: readonly Condition[] } | null = null;

  /** False when the life is another one than at the last call. */
  async function renew(): Promise<boolean> {
    const conditions = await guard();
    const text = JSON.stringify(conditions);
    const isSame = known === null || known.text === text;
    known = { text, conditions };
    if (!isSame) onNewLife();
    return isSame;
  }

  return {
    async look() {
      await renew();
    },
    async txn(transaction) {
      if (!(await renew())) throw new LiveUnavailable('the live store began another life');
      return live.txn({ ...transaction, when: [...transaction.when, ...(known?.conditions ?? [])] });
    },
  };
}
