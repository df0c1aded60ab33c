import type { Cause } from '../db/aggregate-repository.js';
import { inTurn } from '../lib/in-turn.js';
import type { Logger } from '../logger.js';
import { loadTemplates, type LoadDeps, type LoadReport } from './load-templates.js';

const AT_START: Cause = { by: 'system:templates', requestId: null, source: 'system:templates', record: null };

/**
 * Loads the template file for the first time; then again whenever asked, one load after the other, so that the latest
 * report is that of the latest load. A faulty file is told in the report.
 * @throws what a store throws; a reload that fails so leaves the report as it was
 */
export async function loadAtStart(deps: LoadDeps & { readonly logger: Logger }, path: string) {
  const { logger } = deps;
  let latest = await once(AT_START);
  const turns = inTurn();

  async function once(cause: Cause): Promise<LoadReport> {
    const report = await loadTemplates(deps, path, cause);
    const { file, templates, fault } = report;
    if (fault) logger.error({ ...fault.details }, fault.message);
    else logger.info({ file, templates }, 'the worker template file was loaded');
    return report;
  }

  function load(cause: Cause): Promise<LoadReport> {
    return turns(path, async () => (latest = await once(cause)));
  }

  return { load, latest: () => latest };
}

export type TemplateLoads = Awaited<ReturnType<typeof loadAtStart>>;
