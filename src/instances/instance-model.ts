import { index, modelOptions, prop } from '@typegoose/typegoose';
import { AggregateDocument } from '../db/stored-document.js';
import {
  AllocatedPort,
  ClaimRecord,
  GradingScore,
  InstanceHistoryEntry,
  StartFailure,
  TerminationRequest,
} from './instance-parts-model.js';
import { INSTANCE_STATES, type InstanceStateName } from './transitions.js';

/** One run of one definition version. */
@modelOptions({ schemaOptions: { collection: 'lablet_instances' } })
@index({ reservationGuard: 1 }, { name: 'reservationGuard', unique: true })
@index({ state: 1, timeslotStart: 1, _id: 1 }, { name: 'state_timeslotStart' })
@index({ workerId: 1, state: 1, _id: 1 }, { name: 'workerId_state' })
@index({ workerId: 1, createdAt: 1, _id: 1 }, { name: 'workerId_createdAt' })
@index({ ownerId: 1, state: 1, _id: 1 }, { name: 'ownerId_state' })
@index({ definitionId: 1, createdAt: 1, _id: 1 }, { name: 'definitionId_createdAt' })
@index({ timeslotEnd: 1, _id: 1 }, { name: 'timeslotEnd' })
@index({ hasOutbox: 1, _id: 1 }, { name: 'hasOutbox' })
@index({ createdAt: 1, _id: 1 }, { name: 'createdAt' })
@index({ finished: 1, createdAt: 1, _id: 1 }, { name: 'finished_createdAt' })
@index({ ownerId: 1, createdAt: 1, _id: 1 }, { name: 'ownerId_createdAt' })
@index({ ownerId: 1, finished: 1, createdAt: 1, _id: 1 }, { name: 'ownerId_finished_createdAt' })
@index({ timeslotStart: 1, _id: 1 }, { name: 'timeslotStart' })
@index({ finished: 1, timeslotStart: 1, _id: 1 }, { name: 'finished_timeslotStart' })
@index({ ownerId: 1, timeslotStart: 1, _id: 1 }, { name: 'ownerId_timeslotStart' })
@index({ ownerId: 1, finished: 1, timeslotStart: 1, _id: 1 }, { name: 'ownerId_finished_timeslotStart' })
@index({ workerId: 1, timeslotStart: 1, _id: 1 }, { name: 'workerId_timeslotStart' })
@index({ definitionId: 1, timeslotStart: 1, _id: 1 }, { name: 'definitionId_timeslotStart' })
export class InstanceDocument extends AggregateDocument {
  @prop({ type: () => String, required: true })
  definitionId!: string;

  @prop({ type: () => String, required: true })
  definitionName!: string;

  @prop({ type: () => String, required: true })
  definitionVersion!: string;

  @prop({ type: () => String, required: true })
  ownerId!: string;

  /** Reference of an outside booking. */
  @prop({ type: () => String, default: null })
  reservationId!: string | null;

  /** Start of the slot, included. */
  @prop({ type: () => String, required: true })
  timeslotStart!: string;

  /** End of the slot, excluded. */
  @prop({ type: () => String, required: true })
  timeslotEnd!: string;

  /** True when no start was asked for. */
  @prop({ type: () => Boolean, required: true })
  asSoonAsPossible!: boolean;

  @prop({ type: () => String, enum: INSTANCE_STATES, required: true })
  state!: InstanceStateName;

  /** Number of the latest history entry. */
  @prop({ type: () => Number, required: true })
  sequence!: number;

  @prop({ type: () => [InstanceHistoryEntry], required: true })
  history!: InstanceHistoryEntry[];

  /** Set by scheduling and kept after the end. */
  @prop({ type: () => String, default: null })
  workerId!: string | null;

  /** Id of the lab in CML. */
  @prop({ type: () => String, default: null })
  cmlLabId!: string | null;

  @prop({ type: () => [AllocatedPort], required: true })
  allocatedPorts!: AllocatedPort[];

  @prop({ type: () => ClaimRecord, default: null })
  claim!: ClaimRecord | null;

  @prop({ type: () => GradingScore, default: null })
  gradingScore!: GradingScore | null;

  @prop({ type: () => TerminationRequest, default: null })
  terminationRequested!: TerminationRequest | null;

  /** Failed starts that a controller reported, 0-3. */
  @prop({ type: () => Number, required: true })
  retryCount!: number;

  @prop({ type: () => StartFailure, default: null })
  lastError!: StartFailure | null;

  @prop({ type: () => String, required: true })
  createdAt!: string;

  @prop({ type: () => String, default: null })
  scheduledAt!: string | null;

  @prop({ type: () => String, default: null })
  startedAt!: string | null;

  @prop({ type: () => String, default: null })
  endedAt!: string | null;

  @prop({ type: () => String, default: null })
  terminatedAt!: string | null;

  /** Whole seconds from start to end. */
  @prop({ type: () => Number, default: null })
  durationSeconds!: number | null;

  @prop({ type: () => String, required: true })
  updatedAt!: string;

  /** `r:` and the reservation, or `i:` and the id: makes a reservation unique without a partial index. */
  @prop({ type: () => String, required: true })
  reservationGuard!: string;

  /** True in TERMINATED; lists leave those out by default. */
  @prop({ type: () => Boolean, required: true })
  finished!: boolean;
}
