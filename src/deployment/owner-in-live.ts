import { codecs } from '../claims/values.js';
import type { LiveKeys } from '../claims/keys.js';
import type { Clock } from '../lib/clock.js';
import type { Lease, LiveStore } from '../live/live-store.js';
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

  return {
    name: 'The live store',
    async claim() {
      const entry = await live.get(key);
      if (held && !held.lease.lost.aborted && entry?.modRevision === held.modRevision) return 'HELD';
      const owner = entry && codecs.owner.decode(entry.value);
      if (owner && !(owner.ok && owner.value.folderId === folderId)) return 'FOREIGN';
      const lease = await live.lease(ttlSeconds);
      const { succeeded, revision } = await live.txn({
        when: [entry ? { key, modRevision: entry.modRevision } : { key, absent: true }],
        then: [
          {
            put: key,
            value: codecs.owner.encode({ v: 1, folderId, since: clock.now() }),
            lease: lease.id,
          },
        ],
      });
      if (!succeeded) {
        await lease.revoke();
        return 'UNDECIDED';
      }
      // The key has left the former lease, which lapses or ends with nothing bound to it.
      await held?.lease.revoke().catch(() => undefined);
      held = { lease, modRevision: revision };
      return 'HELD';
    },
    isLapsed: () => held === null || held.lease.lost.aborted,
    release: async () => held?.lease.revoke(),
  };
}
