import { byId } from '../db/batch.js';
import type { Collection } from '../db/document-store.js';
import { hasRole, type Actor } from '../lib/actor.js';
import { getRepairReport } from './get-repair-report.js';
import type { RepairReportDocument } from './report-model.js';

export const repairReportLoader = (reports: Collection<RepairReportDocument>, actor: Actor | null) =>
  byId(reports, (document) => (actor && hasRole(actor, ...getRepairReport.allow.roles) ? document : null));
