import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../lib/clock.js';
import type { Ids } from '../lib/ids.js';
import type { Collection } from '../db/document-store.js';
import { FINDING_KINDS, type FindingAction, type FindingKind, type Withheld } from './findings.js';
import type { Term } from './fenced.js';
import { repairPass, type PassDeps, type PassResult } from './repair-pass.js';
import { repairReports } from './repair-reports.js';
import type { RepairReportDocument } from './report-model.js';

export interface RepairParts extends PassDeps {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly collections: PassDeps['collections'] & { readonly reports: Collection<RepairReportDocument> };
  /** Time between two passes of the leader's own. */
  readonly intervalMs: number;
  /** How often the leader looks for requests. */
  readonly pollMs: number;
  /** An administrator accepted that the documents went back. */
  readonly acceptDocuments: () => Promise<void>;
  /** What the latest pass found, by kind; 0 where it found nothing. */
  readonly onFindings: (kind: FindingKind, count: number) => void;
  readonly onAction: (kind: FindingKind, action: FindingAction) => void;
  /** Why the latest pass that was to mend left what it found as it was; null where it was free to, or none leads. */
  readonly onWithheld: (withheld: Withheld | null) => void;
  /** A pass came to its end. */
  readonly onPass: () => void;
}

/** Repairs while this process leads: at once, every interval, and whenever a request is there. */
export async function repairWhileLeading(parts: RepairParts, term: Term): Promise<void> {
  const { clock, logger, collections } = parts;
  const reports = repairReports({ reports: collections.reports, clock: parts.clock, ids: parts.ids });
  let due = clock.monotonic();
  let trigger: 'LEAD' | 'SWEEP' = 'LEAD';

  async function ownPass(): Promise<void> {
    due = clock.monotonic() + parts.intervalMs;
    const startedAt = clock.now();
    const result = await counted(parts, term, { dryRun: false, force: false });
    await reports.keep(trigger, startedAt, result);
    trigger = 'SWEEP';
  }

  async function requestedPass(report: RepairReportDocument): Promise<void> {
    try {
      if (report.force && !report.dryRun) await parts.acceptDocuments();
      await reports.finish(report, await counted(parts, term, report));
    } catch (error) {
      // A pass that ended with the lead is taken up by the next leader.
      if (!term.signal.aborted) await reports.fail(report);
      throw error;
    }
  }

  while (!term.signal.aborted) {
    try {
      const request = await reports.next();
      if (request) await requestedPass(request);
      // However many ask: a look that mends nothing must not keep it from mending.
      if (clock.monotonic() >= due) await ownPass();
    } catch (error) {
      if (!term.signal.aborted) logger.warn({ err: error }, 'repair has to wait');
    }
    await delay(parts.pollMs, undefined, { signal: term.signal, ref: false }).catch(() => undefined);
  }
  // Whoever leads from now on says what there is.
  for (const kind of FINDING_KINDS) parts.onFindings(kind, 0);
  parts.onWithheld(null);
}

/** Documents were accepted, so that what they say may be made true; the request is taken up again then. */
class Accepted extends Error {
  override readonly name = 'Accepted';
}

/**
 * The same while the live store is another one than that of the documents, and those are the older ones: what they
 * lack would be taken away. Ends when an administrator accepts them, and leaves that request to whoever repairs next.
 */
export async function repairUntilAccepted(parts: RepairParts, term: Term): Promise<void> {
  const accepted = new AbortController();
  const end = () => accepted.abort();
  term.signal.addEventListener('abort', end, { once: true });
  if (term.signal.aborted) end();
  async function acceptDocuments(): Promise<void> {
    await parts.acceptDocuments();
    end();
    throw new Accepted();
  }
  await repairWhileLeading({ ...parts, acceptDocuments }, { ...term, signal: accepted.signal });
  term.signal.removeEventListener('abort', end);
}

async function counted(
  parts: RepairParts,
  term: Term,
  options: { readonly dryRun: boolean; readonly force: boolean },
): Promise<PassResult> {
  const result = await repairPass(parts, term, options);
  for (const kind of FINDING_KINDS) {
    parts.onFindings(kind, result.findings.filter((finding) => finding.kind === kind).length);
  }
  for (const { kind, action } of result.findings) parts.onAction(kind, action);
  if (!options.dryRun) parts.onWithheld(result.withheld);
  parts.onPass();
  if (result.findings.length > 0) {
    const { findings, withheld } = result;
    parts.logger.warn(
      { findings: findings.slice(0, 20), count: findings.length, withheld },
      'repair found differences',
    );
  }
  return result;
}
