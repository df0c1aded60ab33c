import { z } from 'zod';
import { causeOf } from '../db/aggregate-repository.js';
import type { AuditLog } from '../events/audit-log.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import type { TemplateLoads } from './load-reports.js';
import type { LoadReport } from './load-templates.js';

interface Deps {
  readonly templateLoads: TemplateLoads;
  readonly positions: LivePositions;
  readonly audit: AuditLog;
}

export const reloadTemplates = command({
  name: 'reloadTemplates',
  summary: 'Loads the file of worker templates again; a faulty file changes nothing.',
  request: z.strictObject({ idempotencyKey: field.idempotencyKey }),
  allow: { roles: ['ADMIN', 'MANAGER'] },
  async handle({ templateLoads, positions, audit }: Deps, _input, call) {
    await audit.asked(call, 'TemplatesReloadRequested', null, {});
    // A template remembers nothing of the key: loading the file a second time has no second effect.
    const report = await templateLoads.load({ ...causeOf(call), record: null });
    if (report.fault) throw report.fault;
    return { report, liveRevision: positions.now() };
  },
  // The latest load may be another one, and another process has one of its own. A refused load leaves no outcome.
  outcome: ({ report: { file, at, templates } }) => JSON.stringify({ file, at, templates }),
  async reread({ positions }: Deps, _id, _call, outcome) {
    if (outcome === null) return null;
    const done = JSON.parse(outcome) as Omit<LoadReport, 'fault'>;
    return { report: { ...done, fault: null }, liveRevision: positions.now() };
  },
});
