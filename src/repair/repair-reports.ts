import { RevisionConflict, type Collection } from '../db/document-store.js';
import type { Clock } from '../lib/clock.js';
import type { Ids } from '../lib/ids.js';
import type { PassResult } from './repair-pass.js';
import type { RepairReportDocument } from './report-model.js';

const KEPT_FINDINGS = 1000;

const EMPTY = { finishedAt: null, found: 0, repaired: 0, withheld: null, findings: [] };

/** A report that asks the leader for a pass. */
export function requestedReport(
  id: string,
  { by, at, dryRun, force }: { by: string; at: string; dryRun: boolean; force: boolean },
): RepairReportDocument {
  const head = { id, revision: 1, schemaVersion: 1, status: 'REQUESTED', trigger: 'REQUEST' } as const;
  return { ...head, requestedBy: by, dryRun, force, startedAt: at, ...EMPTY };
}

/** The leader's side of the reports. */
export function repairReports(parts: {
  readonly reports: Collection<RepairReportDocument>;
  readonly clock: Clock;
  readonly ids: Ids;
}) {
  const { reports, clock, ids } = parts;

  async function replace(report: RepairReportDocument, change: Partial<RepairReportDocument>) {
    const next = { ...report, ...change, revision: report.revision + 1 };
    await reports.replace(next, report.revision);
    return next;
  }

  function outcomeOf({ findings, withheld }: PassResult) {
    const repaired = findings.filter(({ action }) => action === 'REPAIRED').length;
    const kept = findings.slice(0, KEPT_FINDINGS).map((finding) => ({ ...finding }));
    return { found: findings.length, repaired, withheld, findings: kept };
  }

  return {
    /** Takes the oldest request, or one that a former leader left under way; null when there is none. */
    async next(): Promise<RepairReportDocument | null> {
      for (const status of ['RUNNING', 'REQUESTED'] as const) {
        const [found] = await reports.find({ status }, { index: 'status_startedAt', limit: 1 });
        if (!found) continue;
        try {
          return await replace(found, { status: 'RUNNING', startedAt: clock.now() });
        } catch (error) {
          if (!(error instanceof RevisionConflict)) throw error;
        }
      }
      return null;
    },
    finish: (report: RepairReportDocument, result: PassResult) =>
      replace(report, { status: 'DONE', finishedAt: clock.now(), ...outcomeOf(result) }),
    fail: (report: RepairReportDocument) => replace(report, { status: 'FAILED', finishedAt: clock.now() }),
    /** Keeps what a pass of the leader's own found. */
    async keep(trigger: 'LEAD' | 'SWEEP', startedAt: string, result: PassResult): Promise<void> {
      await reports.insert({
        id: ids.next('rep'),
        revision: 1,
        schemaVersion: 1,
        status: 'DONE',
        trigger,
        requestedBy: 'system:repair',
        dryRun: false,
        force: false,
        startedAt,
        finishedAt: clock.now(),
        ...outcomeOf(result),
      });
    },
  };
}
