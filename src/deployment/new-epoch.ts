import { codecs } from '../claims/values.js';
import type { LiveKeys } from '../claims/keys.js';
import type { Collection } from '../db/document-store.js';
import type { Ids } from '../lib/ids.js';
import { LiveUnavailable, type Condition, type LiveStore } from '../live/live-store.js';
import { changeDeployment } from './deployment-document.js';
import type { DeploymentDocument } from './deployment-model.js';
import { tickNumber } from './tick.js';

interface EpochParts {
  readonly live: LiveStore;
  readonly keys: LiveKeys;
  readonly deployments: Collection<DeploymentDocument>;
  readonly deploymentId: string;
  readonly ids: Ids;
}

/**
 * Begins a new life of the live store, as leader: from here on no claim of an older one can be written. The answer
 * holds for as long as this life does.
 * @throws LiveUnavailable when this process leads no more, or another epoch came first
 */
export async function beginEpoch(
  { live, keys, deploymentId, ids }: EpochParts,
  term: { readonly fence: Condition },
): Promise<Condition> {
  const key = keys.epoch;
  const old = await live.get(key);
  const { succeeded, revision: modRevision } = await live.txn({
    when: [old ? { key, modRevision: old.modRevision } : { key, absent: true }, term.fence],
    then: [{ put: key, value: codecs.epoch.encode({ v: 1, epoch: ids.ulid(), deploymentId }) }],
  });
  if (!succeeded) throw new LiveUnavailable('the epoch changed, or this process leads no more');
  return { key, modRevision };
}

/**
 * The last step of a rebuild: saves the epoch with its revision and raft term in the documents, so that claims go
 * on. Before it a leader that died leaves epochs that differ, and the next one begins again.
 * @throws LiveUnavailable when that life is over, or this process leads no more
 */
export async function completeEpoch(
  { live, keys, deployments }: EpochParts,
  term: { readonly fence: Condition },
  life: Condition,
): Promise<void> {
  await changeDeployment(deployments, async () => {
    // After the document was read: a later leader that saved its epoch since makes the save fail.
    const { succeeded } = await live.txn({ when: [life, term.fence], then: [] });
    const { entry, revision: liveRevision, raftTerm } = await live.standing(keys.epoch);
    const decoded = entry && codecs.epoch.decode(entry.value);
    if (!succeeded || !decoded?.ok) throw new LiveUnavailable('the epoch changed during the rebuild');
    const liveTick = await tickNumber({ live, keys });
    return { epoch: decoded.value.epoch, liveRevision, raftTerm, liveTick, lostEpoch: null };
  });
}
