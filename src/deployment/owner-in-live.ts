import { codecs } from '../claims/values.js';
import type { LiveKeys } from '../claims/keys.js';
import type { Clock } from '../lib/clock.js';
import type { Entry, Lease, LiveStore } from '../live/live-store.js';
import type { OwnerPlace } from './owner.js';

/** The owner lease of a server with an embedded document store: a key bound to a lease of etcd. */
export function ownerInLive(parts: {
  readonly live: LiveStore;
  readonly keys: LiveKeys;
  readonly folderId: string;
  readonly ttlSeconds: number;
  readonly clock: Clock;
}): OwnerPlace {
  const { live, keys, folderId, ttlSeconds, clock } = parts;
  const key = keys.owner;
  let held: { lease: Lease; modRevision: number } | null = null;

  /** Puts the key under a lease of our own; false when it is not as it was read. */
  async function put(entry: Entry | null): Promise<boolean> {
    const lease = await live.lease(ttlSeconds);
    const value = codecs.owner.encode({ v: 1, folderId, since: clock.now() });
    try {
      const { succeeded, revision } = await live.txn({
        when: [entry ? { key, modRevision: entry.modRevision } : { key, absent: true }],
        then: [{ put: key, value, lease: lease.id }],
      });
      if (succeeded) {
        const former = held;
        held = { lease, modRevision: revision };
        // The key has left it.
        await former?.lease.revoke().catch(() => undefined);
        return true;
      }
    } catch (error) {
      // Should the key have been put, it goes with its lease.
      await lease.revoke().catch(() => undefined);
      throw error;
    }
    await lease.revoke();
    return false;
  }

  return {
    name: 'The live store',
    async claim() {
      const entry = await live.get(key);
      if (held && !held.lease.lost.aborted && entry?.modRevision === held.modRevision) return 'HELD';
      const owner = entry && codecs.owner.decode(entry.value);
      if (owner && !(owner.ok && owner.value.folderId === folderId)) return 'FOREIGN';
      return (await put(entry)) ? 'HELD' : 'UNDECIDED';
    },
    isLapsed: () => held === null || held.lease.lost.aborted,
    release: async () => held?.lease.revoke(),
  };
}
