import { LiveUnavailable, type Condition, type Entry, type LiveStore } from '../live/live-store.js';
import type { LiveValues } from './draft.js';
import type { LiveKeys } from './keys.js';
import { codecs, type Codec, type InstanceWorkerValue } from './values.js';

/** The claim keys of one worker as they were at one revision. */
export interface ClaimsRead {
  readonly values: LiveValues;
  /** Holds as long as both values are as they were read. */
  readonly guards: readonly Condition[];
  /** Who holds a claim for the instance asked for. */
  readonly holder: InstanceWorkerValue | null;
  readonly holderEntry: Entry | null;
}

/** Reads both claim values, and the instance's own key, linearizably and at one revision. */
export async function readClaims(
  live: LiveStore,
  keys: LiveKeys,
  workerId: string,
  instanceId?: string,
): Promise<ClaimsRead> {
  const capacityKey = keys.workerCapacity(workerId);
  const portsKey = keys.workerPorts(workerId);
  const holderKey = instanceId === undefined ? null : keys.instanceWorker(instanceId);
  // The comparison fails as long as the key exists, so this reads everything in one round and writes nothing.
  const { reads } = await live.txn({
    when: [{ key: capacityKey, absent: true }],
    then: [],
    orElse: [capacityKey, portsKey, ...(holderKey ? [holderKey] : [])],
  });
  const capacityEntry = reads.get(capacityKey);
  const portsEntry = reads.get(portsKey);
  if (!capacityEntry || !portsEntry) throw claimsUnreadable(workerId, 'a claim key is missing');
  const holderEntry = holderKey === null ? null : (reads.get(holderKey) ?? null);
  return {
    values: {
      capacity: decode(codecs.workerCapacity, capacityEntry, workerId),
      ports: decode(codecs.workerPorts, portsEntry, workerId),
    },
    guards: [capacityEntry, portsEntry].map(({ key, modRevision }) => ({ key, modRevision })),
    holder: holderEntry && decode(codecs.instanceWorker, holderEntry, workerId),
    holderEntry,
  };
}

/** Claims of this worker cannot be decided until repair has rebuilt its keys. */
export function claimsUnreadable(workerId: string, why: string): LiveUnavailable {
  return new LiveUnavailable(`claims of ${workerId} cannot be decided: ${why}`);
}

function decode<T>(codec: Codec<T>, entry: Entry, workerId: string): T {
  const decoded = codec.decode(entry.value);
  if (decoded.ok) return decoded.value;
  throw claimsUnreadable(workerId, `${entry.key} is ${decoded.why}`);
}
