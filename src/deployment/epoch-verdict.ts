import { codecs } from '../claims/values.js';
import type { Standing } from '../live/live-store.js';
import type { DeploymentDocument } from './deployment-model.js';

/** A life of the live store, as far as it has been seen. */
export interface Life {
  readonly epoch: string;
  /** Of the epoch key; a claim compares it. */
  readonly modRevision: number;
  readonly revision: number;
  readonly raftTerm: number;
  /** Number of the leader's tick in it; 0 without one. */
  readonly tick: number;
}

export type Verdict =
  | { readonly is: 'SOUND'; readonly life: Life }
  /** Emptied, restored or being rebuilt. `wentBack`: in the very epoch that the documents name. */
  | { readonly is: 'LOST'; readonly why: string; readonly wentBack: string | null }
  /** One of the stores is another deployment's; nothing may be written. */
  | { readonly is: 'FOREIGN'; readonly why: string };

export interface EpochFacts {
  readonly deploymentId: string;
  /** The life this process has relied on; null at first. */
  readonly known: Life | null;
  /** An epoch that this process has seen go back. */
  readonly lostEpoch: string | null;
  /** Read before the live store: what it says was true then already. */
  readonly document: DeploymentDocument | null;
  /** A linearizable read of the epoch key. */
  readonly standing: Standing;
  /** Number of the tick in the live store, read after the document too; 0 without one. */
  readonly tick: number;
  /** True when the documents were restored from an older backup: the live store has seen a later tick than they know. */
  readonly documentsAreOlder: boolean;
}

/** What stops and for how long, for those who read it in `/readyz` and in the log. */
const UNTIL_REBUILT = '; claims stop until the leader has made its keys anew from the documents';
const UNTIL_ACCEPTED =
  ', and the documents are older than it; claims stop until an administrator has looked at repairReports and accepts the documents with runRepair and force';

/** Whether claims may go on: both stores carry equal epochs, and nothing that was seen in it is missing. */
export function judgeEpoch(facts: EpochFacts): Verdict {
  const { deploymentId, known, lostEpoch, document, standing, tick } = facts;
  if (document?.deploymentId !== deploymentId) {
    return { is: 'FOREIGN', why: 'the document store holds another deployment, or none' };
  }
  const { entry, revision, raftTerm } = standing;
  const lost = (why: string, wentBack: string | null = null): Verdict => ({
    is: 'LOST',
    why: `${why}${facts.documentsAreOlder ? UNTIL_ACCEPTED : UNTIL_REBUILT}`,
    wentBack,
  });
  if (!entry) return lost('the live store was emptied');
  const decoded = codecs.epoch.decode(entry.value);
  if (!decoded.ok) {
    if (decoded.why === 'NEWER') return { is: 'FOREIGN', why: 'a newer server wrote the epoch' };
    return lost('the epoch of the live store cannot be read');
  }
  const { epoch } = decoded.value;
  if (decoded.value.deploymentId !== deploymentId) {
    return { is: 'FOREIGN', why: 'the live store holds another deployment' };
  }
  if (epoch !== document.epoch) return lost('the live store has another epoch than the documents');
  if (epoch === document.lostEpoch || epoch === lostEpoch) return lost('the live store went back', epoch);
  const same = known?.epoch === epoch ? known : null;
  const highest = {
    revision: Math.max(document.liveRevision, same?.revision ?? 0),
    raftTerm: Math.max(document.raftTerm, same?.raftTerm ?? 0),
    tick: Math.max(document.liveTick, same?.tick ?? 0),
  };
  const moved = same !== null && same.modRevision !== entry.modRevision;
  // A restore may raise the revision, and a young store has no term that it could lose: its tick goes back all the same.
  if (moved || revision < highest.revision || raftTerm < highest.raftTerm || tick < highest.tick) {
    return lost('the live store went back', epoch);
  }
  return { is: 'SOUND', life: { epoch, modRevision: entry.modRevision, revision, raftTerm, tick } };
}
