import { modelOptions, prop } from '@typegoose/typegoose';
import { StoredDocument } from '../db/stored-document.js';

/** Id of the one document of this collection. */
export const DEPLOYMENT = 'deployment';

/** What names this deployment in both stores, and how far its live store has been seen. */
@modelOptions({ schemaOptions: { collection: 'deployment' } })
export class DeploymentDocument extends StoredDocument {
  /** Names the pair of stores; a mismatch ends the start. */
  @prop({ type: () => String, required: true })
  deploymentId!: string;

  /** Life of the live store that the claims in it belong to; null until it was created. */
  @prop({ type: () => String, default: null })
  epoch!: string | null;

  /** Number of the leader's latest tick, saved before the tick is put. */
  @prop({ type: () => Number, required: true })
  tick!: number;

  /** Highest revision of the live store that the leader has seen in this epoch. */
  @prop({ type: () => Number, default: 0 })
  liveRevision!: number;

  /** The same for its raft term. */
  @prop({ type: () => Number, default: 0 })
  raftTerm!: number;

  /** Number of a tick that was in the live store in this epoch for sure; a restore sets it back, whatever else it raises. */
  @prop({ type: () => Number, default: 0 })
  liveTick!: number;

  /** An epoch in which the live store was found to have gone back: not trusted any more, equal or not. */
  @prop({ type: () => String, default: null })
  lostEpoch!: string | null;

  /** With an embedded live store alone: id of the data folder whose process may write. */
  @prop({ type: () => String, default: null })
  ownerFolder!: string | null;

  /** Changes with every renewal of that lease; others watch it by their own clock. */
  @prop({ type: () => Number, default: 0 })
  ownerBeat!: number;
}
