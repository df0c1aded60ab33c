import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { DuplicateKey, type Collection } from '../db/document-store.js';
import { notFound } from '../errors.js';
import type { AuditLog } from '../events/audit-log.js';
import type { Clock } from '../lib/clock.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import { requestedReport } from './repair-reports.js';
import type { RepairReportDocument } from './report-model.js';

interface Deps {
  readonly collections: { readonly reports: Collection<RepairReportDocument> };
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly positions: LivePositions;
  /** How long a caller waits for the leader; then it gets the report as it is. */
  readonly repairWaitMs: number;
}

const POLL_MS = 100;

export const runRepair = command({
  name: 'runRepair',
  summary:
    'Has the leader compare both stores and mend what differs, and waits for its report; a long one is answered as RUNNING.',
  request: z.strictObject({
    dryRun: z.boolean().default(false).describe('Only report; false by default.'),
    force: z
      .boolean()
      .default(false)
      .describe(
        'Mend also what a pass by itself only reports: when it would take much away, or the documents are older than the live store. False by default.',
      ),
    idempotencyKey: field.idempotencyKey,
  }),
  allow: { roles: ['ADMIN'] },
  creates: 'rep',
  async handle(deps: Deps, { dryRun, force }, call) {
    const [id, by, at] = [call.newId as string, call.actor.subject, deps.clock.now()];
    await deps.audit.asked(call, 'RepairRequested', id, { dryRun, force });
    try {
      await deps.collections.reports.insert(requestedReport(id, { by, at, dryRun, force }));
    } catch (error) {
      // The same command, sent twice at once: both wait for one report.
      if (!(error instanceof DuplicateKey)) throw error;
    }
    return { report: await finished(deps, id), liveRevision: deps.positions.now() };
  },
  async reread(deps: Deps, id) {
    if (!(await deps.collections.reports.get(id))) return null;
    return { report: await finished(deps, id), liveRevision: deps.positions.now() };
  },
});

async function finished(
  { collections, clock, repairWaitMs }: Deps,
  id: string,
): Promise<RepairReportDocument> {
  const until = clock.monotonic() + repairWaitMs;
  for (;;) {
    const report = await collections.reports.get(id);
    if (!report) throw notFound('RepairReport', id);
    const done = report.status === 'DONE' || report.status === 'FAILED';
    if (done || clock.monotonic() >= until) return report;
    await delay(POLL_MS);
  }
}
