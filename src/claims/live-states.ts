import type { Clock } from '../lib/clock.js';
import { LeaseGone, LiveOutcomeUnknown, type LeaseId, type LiveStore } from '../live/live-store.js';
import type { Logger } from '../logger.js';
import type { LiveKeys } from './keys.js';
import { codecs, type Codec, type InstanceStateValue, type WorkerStateValue } from './values.js';

export interface LiveStatesParts {
  readonly live: LiveStore;
  readonly keys: LiveKeys;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a terminal state stays readable. */
  readonly terminalTtlSeconds: number;
  readonly onWrite: (result: 'written' | 'older' | 'failed') => void;
}

const ATTEMPTS = 5;
/** Values that lapse together share a lease for this long, so that there is not one lease per instance. */
const LEASE_SHARE_MS = 600_000;

/**
 * Mirrors the states of documents into the live store, after their commit and only forward: a value is written
 * only if its `seq` is newer than the stored one. A write that fails is left to repair.
 */
export function liveStates(parts: LiveStatesParts) {
  const { live, keys, clock, logger, onWrite } = parts;
  let shared: { id: Promise<LeaseId>; until: number } | null = null;

  function terminalLease(): Promise<LeaseId> {
    const now = clock.monotonic();
    if (!shared || shared.until < now) {
      const ttl = parts.terminalTtlSeconds + LEASE_SHARE_MS / 1000;
      const id = live.lease(ttl, { keepAlive: false }).then((lease) => lease.id);
      const fresh = { id, until: now + LEASE_SHARE_MS };
      shared = fresh;
      id.catch(() => forget(fresh));
    }
    return shared.id;
  }

  function forget(lease: typeof shared): void {
    if (shared === lease) shared = null;
  }

  /** The revision at which the value, or a newer one, stands. */
  async function putIfNewer<T extends { seq: number }>(
    key: string,
    codec: Codec<T>,
    value: T,
    lapses: boolean,
  ) {
    for (let attempt = 1; ; attempt++) {
      const stored = await live.get(key);
      const known = stored && codec.decode(stored.value);
      const ahead = known && (known.ok ? known.value.seq >= value.seq : known.why === 'NEWER');
      if (stored && ahead) {
        onWrite('older');
        return stored.modRevision;
      }
      const lease = lapses ? { lease: await terminalLease() } : {};
      const used = shared;
      try {
        const { succeeded, revision } = await live.txn({
          when: [stored ? { key, modRevision: stored.modRevision } : { key, absent: true }],
          then: [{ put: key, value: codec.encode(value), ...lease }],
        });
        if (succeeded) {
          onWrite('written');
          return revision;
        }
      } catch (error) {
        if (error instanceof LeaseGone) forget(used);
        else if (!(error instanceof LiveOutcomeUnknown)) throw error;
        if (attempt >= ATTEMPTS) throw error;
      }
      if (attempt >= ATTEMPTS) throw new LiveOutcomeUnknown(`${key} changes too often`);
    }
  }

  async function publish<T extends { seq: number }>(key: string, codec: Codec<T>, value: T, lapses: boolean) {
    try {
      return await putIfNewer(key, codec, value, lapses);
    } catch (error) {
      onWrite('failed');
      logger.warn({ err: error, key }, 'the live state could not be written; repair will');
      return null;
    }
  }

  return {
    /** The lease that terminal values of this process share just now. */
    terminalLease,
    /** The live store was lost, and the lease with it. */
    forgetLease: () => forget(shared),
    /** The live revision of the write, or null when it failed. Never throws. */
    instance: (value: InstanceStateValue): Promise<number | null> =>
      publish(keys.instanceState(value.id), codecs.instanceState, value, value.state === 'TERMINATED'),
    worker: (value: WorkerStateValue): Promise<number | null> =>
      publish(keys.workerState(value.id), codecs.workerState, value, value.status === 'TERMINATED'),
  };
}

export type LiveStates = ReturnType<typeof liveStates>;
