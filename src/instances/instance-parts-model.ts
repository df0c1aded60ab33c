import { modelOptions, prop } from '@typegoose/typegoose';
import {
  PORT_KINDS,
  PORT_PROTOCOLS,
  type PortKind,
  type PortProtocol,
} from '../definitions/definition-terms.js';
import { PORT_STATUSES, type PortStatus } from './instance-terms.js';
import { INSTANCE_STATES, type InstanceStateName } from './transitions.js';

/** One entry of the append-only history; the last one gives state and sequence. */
@modelOptions({ schemaOptions: { _id: false } })
export class InstanceHistoryEntry {
  @prop({ type: () => Number, required: true })
  sequence!: number;

  @prop({ type: () => String, enum: INSTANCE_STATES, default: null })
  from!: InstanceStateName | null;

  @prop({ type: () => String, enum: INSTANCE_STATES, required: true })
  to!: InstanceStateName;

  @prop({ type: () => String, required: true })
  at!: string;

  @prop({ type: () => String, required: true })
  by!: string;

  @prop({ type: () => String, default: null })
  reason!: string | null;
}

/** A port the instance got, in the order of its definition's template. */
@modelOptions({ schemaOptions: { _id: false } })
export class AllocatedPort {
  @prop({ type: () => String, required: true })
  name!: string;

  @prop({ type: () => String, enum: PORT_PROTOCOLS, required: true })
  protocol!: PortProtocol;

  @prop({ type: () => String, enum: PORT_KINDS, required: true })
  kind!: PortKind;

  @prop({ type: () => Number, required: true })
  number!: number;

  @prop({ type: () => String, enum: PORT_STATUSES, required: true })
  status!: PortStatus;
}

@modelOptions({ schemaOptions: { _id: false } })
export class ClaimedPort {
  @prop({ type: () => String, required: true })
  name!: string;

  @prop({ type: () => Number, required: true })
  number!: number;
}

/** Copy of the claim; what repair restores it from. The token is never shown. */
@modelOptions({ schemaOptions: { _id: false } })
export class ClaimRecord {
  @prop({ type: () => String, required: true })
  workerId!: string;

  @prop({ type: () => String, required: true })
  token!: string;

  @prop({ type: () => Number, required: true })
  cpuCores!: number;

  @prop({ type: () => Number, required: true })
  memoryGb!: number;

  @prop({ type: () => Number, required: true })
  storageGb!: number;

  @prop({ type: () => Number, required: true })
  nodes!: number;

  @prop({ type: () => [ClaimedPort], required: true })
  ports!: ClaimedPort[];

  @prop({ type: () => String, required: true })
  claimedAt!: string;

  /** When the instance ended; null while the claim is held. */
  @prop({ type: () => String, default: null })
  releasedAt!: string | null;
}

@modelOptions({ schemaOptions: { _id: false } })
export class ScoreLine {
  @prop({ type: () => String, required: true })
  criterion!: string;

  @prop({ type: () => Number, required: true })
  points!: number;

  @prop({ type: () => Number, required: true })
  max!: number;
}

@modelOptions({ schemaOptions: { _id: false } })
export class GradingScore {
  @prop({ type: () => Number, required: true })
  total!: number;

  @prop({ type: () => Number, required: true })
  max!: number;

  @prop({ type: () => Boolean, required: true })
  passed!: boolean;

  @prop({ type: () => [ScoreLine], required: true })
  breakdown!: ScoreLine[];

  @prop({ type: () => String, required: true })
  gradedAt!: string;
}

@modelOptions({ schemaOptions: { _id: false } })
export class TerminationRequest {
  @prop({ type: () => String, required: true })
  at!: string;

  @prop({ type: () => String, required: true })
  by!: string;

  @prop({ type: () => String, default: null })
  reason!: string | null;
}

@modelOptions({ schemaOptions: { _id: false } })
export class StartFailure {
  @prop({ type: () => String, required: true })
  code!: string;

  @prop({ type: () => String, required: true })
  message!: string;

  @prop({ type: () => String, required: true })
  at!: string;
}
