import { addMs, laterOf } from '../lib/clock.js';
import type { WorkerState } from './worker-state.js';

export const WORKER_WARNINGS = ['PORT_RANGE_ABOVE_CML_DEFAULT', 'REPORT_OVERDUE'] as const;
export type WorkerWarning = (typeof WORKER_WARNINGS)[number];

/** CML's own range ends here; higher numbers have to be opened on the controller. */
const CML_DEFAULT_RANGE_END = 7999;
export const REPORT_OVERDUE_MS = 5 * 60_000;

/** What an operator should look at: a port range that passes 7999; no report for more than 5 minutes while RUNNING. */
export function workerWarnings(
  worker: Pick<WorkerState, 'status' | 'history' | 'portRange' | 'lastReportedAt' | 'createdAt'>,
  now: string,
  overdueMs: number = REPORT_OVERDUE_MS,
): WorkerWarning[] {
  const warnings: WorkerWarning[] = [];
  if (worker.portRange.end > CML_DEFAULT_RANGE_END) warnings.push('PORT_RANGE_ABOVE_CML_DEFAULT');
  if (worker.status === 'RUNNING') {
    // A worker that has just come up is given the same time for its first report.
    const runningSince = worker.history.at(-1)?.at ?? worker.createdAt;
    const lastHeard = laterOf(worker.lastReportedAt ?? runningSince, runningSince);
    if (now > addMs(lastHeard, overdueMs)) warnings.push('REPORT_OVERDUE');
  }
  return warnings;
}
