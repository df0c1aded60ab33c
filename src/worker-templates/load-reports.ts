import type { Cause } from '../db/aggregate-repository.js';
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
  let before: Promise<unknown> = Promise.resolve();

  async function once(cause: Cause): Promise<LoadReport> {
    const report = await loadTemplates(deps, path, cause);
    const { file, templates, fault } = report;
    if (fault) logger.error({ ...fault.details }, fault.message);
    else logger.info({ file, templates }, 'the worker template file was loaded');
    return report;
  }

  function load(cause: Cause): Promise<LoadReport> {
    const loading = before.then(async () => (latest = await once(cause)));
    before = loading.catch(() => undefined);
    return loading;
  }

  return { load, latest: () => latest };
}

export type TemplateLoads = Awaited<ReturnType<typeof loadAtStart>>;
