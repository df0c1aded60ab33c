import { LiveUnavailable, type Entry, type LiveStore } from '../live/live-store.js';
import type { Texts } from './claim-texts.js';
import type { LiveValues } from './draft.js';
import type { LiveKeys } from './keys.js';
import { codecs, type Codec, type InstanceWorkerValue } from './values.js';

/** Holds as long as the key is as it was read. */
export interface Guard {
  readonly key: string;
  readonly modRevision: number;
}

/** Both claim values of a worker as they were at one revision. */
export interface ValuesRead {
  readonly values: LiveValues;
  readonly texts: Texts;
  readonly guards: readonly Guard[];
}

/** The claim keys of one worker as they were at one revision. */
export interface ClaimsRead extends Omit<ValuesRead, 'texts'> {
  /** Who holds a claim for the instance asked for. */
  readonly holder: InstanceWorkerValue | null;
  readonly holderEntry: Entry | null;
}

/** Reads both claim values, and the instance's own key, linearizably and at one revision. */
export async function readClaims(
  live: Pick<LiveStore, 'txn'>,
  keys: LiveKeys,
  workerId: string,
  instanceId?: string,
): Promise<ClaimsRead> {
  const holderKey = instanceId === undefined ? null : keys.instanceWorker(instanceId);
  const claimKeys = [keys.workerCapacity(workerId), keys.workerPorts(workerId)];
  const reads = await readTogether(live, holderKey === null ? claimKeys : [...claimKeys, holderKey]);
  const { values, guards } = valuesFrom(reads, keys, workerId);
  const holderEntry = holderKey === null ? null : (reads.get(holderKey) ?? null);
  return {
    values,
    guards,
    holder: holderEntry && decode(codecs.instanceWorker, holderEntry, workerId),
    holderEntry,
  };
}

/** Those of the keys that exist, read linearizably and at one revision; none of them without the first. */
export async function readTogether(
  live: Pick<LiveStore, 'txn'>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Entry>> {
  // The comparison fails as long as the key exists, so this reads everything in one round and writes nothing.
  const when = keys.slice(0, 1).map((key) => ({ key, absent: true as const }));
  return (await live.txn({ when, then: [], orElse: keys })).reads;
}

/** @throws LiveUnavailable when a value is missing or unreadable */
export function valuesFrom(reads: ReadonlyMap<string, Entry>, keys: LiveKeys, workerId: string): ValuesRead {
  const capacity = reads.get(keys.workerCapacity(workerId));
  const ports = reads.get(keys.workerPorts(workerId));
  if (!capacity || !ports) throw claimsUnreadable(workerId, 'a claim key is missing');
  return {
    values: {
      capacity: decode(codecs.workerCapacity, capacity, workerId),
      ports: decode(codecs.workerPorts, ports, workerId),
    },
    texts: { capacity: capacity.value, ports: ports.value },
    guards: [capacity, ports].map(({ key, modRevision }) => ({ key, modRevision })),
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
