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
  /** What the latest pass of the leader's own left as it was, and the report that says so. */
  let standing: { readonly text: string; readonly reportId: string } | null = null;

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
    /**
     * Keeps what a pass of the leader's own found, unless the pass before found the same and both left it as it is:
     * what waits for an administrator is told once, not every interval.
     */
    async keep(trigger: 'LEAD' | 'SWEEP', startedAt: string, result: PassResult): Promise<void> {
      const outcome = outcomeOf(result);
      const text = outcome.found > 0 && outcome.repaired === 0 ? JSON.stringify(result) : null;
      // Reports go when their time is over; what still stands is then told again.
      const isTold = text !== null && standing?.text === text && (await reports.get(standing.reportId));
      if (isTold) return;
      standing = null;
      if (outcome.found === 0) return;
      const id = ids.next('rep');
      await reports.insert({
        id,
        revision: 1,
        schemaVersion: 1,
        status: 'DONE',
        trigger,
        requestedBy: 'system:repair',
        dryRun: false,
        force: false,
        startedAt,
        finishedAt: clock.now(),
        ...outcome,
      });
      if (text !== null) standing = { text, reportId: id };
    },
  };
}
