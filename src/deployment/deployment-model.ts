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
}
