import { index, modelOptions, prop } from '@typegoose/typegoose';
import { StoredDocument } from '../db/stored-document.js';
import {
  FINDING_ACTIONS,
  FINDING_KINDS,
  REPORT_STATUSES,
  REPORT_TRIGGERS,
  WITHHELD_REASONS,
  type FindingAction,
  type FindingKind,
  type ReportStatus,
  type ReportTrigger,
  type Withheld,
} from './findings.js';

/** One difference that a pass found. */
@modelOptions({ schemaOptions: { _id: false } })
export class ReportedFinding {
  @prop({ type: () => String, required: true, enum: FINDING_KINDS })
  kind!: FindingKind;

  @prop({ type: () => String, required: true })
  entityId!: string;

  @prop({ type: () => String, default: null })
  workerId!: string | null;

  @prop({ type: () => String, default: '' })
  expected!: string;

  @prop({ type: () => String, default: '' })
  actual!: string;

  @prop({ type: () => String, required: true, enum: FINDING_ACTIONS })
  action!: FindingAction;
}

/** A pass of repair: asked for, under way, or done. Kept for 90 days. */
@modelOptions({ schemaOptions: { collection: 'repair_reports' } })
@index({ startedAt: 1, _id: 1 }, { name: 'startedAt' })
@index({ status: 1, startedAt: 1, _id: 1 }, { name: 'status_startedAt' })
export class RepairReportDocument extends StoredDocument {
  @prop({ type: () => String, required: true, enum: REPORT_STATUSES })
  status!: ReportStatus;

  @prop({ type: () => String, required: true, enum: REPORT_TRIGGERS })
  trigger!: ReportTrigger;

  /** The administrator who asked for it, or `system:repair`. */
  @prop({ type: () => String, required: true })
  requestedBy!: string;

  @prop({ type: () => Boolean, required: true })
  dryRun!: boolean;

  @prop({ type: () => Boolean, required: true })
  force!: boolean;

  /** Of a requested one: when it was asked for, until it starts. */
  @prop({ type: () => String, required: true })
  startedAt!: string;

  @prop({ type: () => String, default: null })
  finishedAt!: string | null;

  /** Number of all findings; `findings` holds the first 1000. */
  @prop({ type: () => Number, required: true })
  found!: number;

  @prop({ type: () => Number, required: true })
  repaired!: number;

  @prop({ type: () => String, default: null, enum: [...WITHHELD_REASONS, null] })
  withheld!: Withheld | null;

  @prop({ type: () => [ReportedFinding], required: true })
  findings!: ReportedFinding[];
}
