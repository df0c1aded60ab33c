import { existsSync } from 'node:fs';
import { liveKeys } from '../claims/keys.js';
import type { Config } from '../config.js';
import { collectionsOf, MODELS } from '../context.js';
import type { RepositoryServices } from '../db/aggregate-repository.js';
import { definitionRepository } from '../definitions/definition-repository.js';
import { instanceRepository } from '../instances/instance-repository.js';
import { addMs, systemClock } from '../lib/clock.js';
import { Closing } from '../lib/closing.js';
import { systemIds } from '../lib/ids.js';
import { createLogger } from '../logger.js';
import { checkInstallation, type CheckOptions, type CheckReport } from '../repair/check-installation.js';
import { INVARIANTS, type Violation } from '../repair/violations.js';
import { explainStart } from '../server.js';
import { openStores, StartFailed } from '../stores.js';
import { templateRepository } from '../worker-templates/template-repository.js';
import { workerRepository } from '../workers/worker-repository.js';

/** Exit codes of `lablet check`. */
export const CHECK_EXIT = { clean: 0, violations: 1, cannotRun: 2 } as const;

const DAY_MS = 86_400_000;
/** Commands under way have ended by the second look. */
const SECOND_LOOK_MS = 1000;

/** Checks the installation of these settings and prints what it found; sets the exit code. */
export async function check(
  config: Config,
  { settleSeconds, json }: { readonly settleSeconds: number; readonly json: boolean },
): Promise<void> {
  try {
    const report = await checkStores(config, { settleMs: SECOND_LOOK_MS + settleSeconds * 1000 });
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : describe(report));
    process.exitCode = report.violations.length === 0 ? CHECK_EXIT.clean : CHECK_EXIT.violations;
  } catch (error) {
    const reason = explainStart(error) ?? (error as Error).message;
    process.stderr.write(`The check cannot run: ${reason}\n`);
    process.exitCode = CHECK_EXIT.cannotRun;
  }
}

/** Opens both stores as the server of these settings does, reads them whole, and closes them. @throws StartFailed */
export async function checkStores(config: Config, options: CheckOptions): Promise<CheckReport> {
  const embedded = config.mongodbUri === null || config.etcdEndpoints.length === 0;
  if (embedded && !existsSync(config.dataDir)) {
    throw new StartFailed(`there is no data folder ${config.dataDir}. Is DATA_DIR right?`, null);
  }
  const closing = new Closing();
  const logger = createLogger('silent');
  const keys = liveKeys(config.etcdPrefix);
  try {
    const stores = await openStores({ config, models: MODELS, keys, logger, closing, readOnly: true });
    const collections = collectionsOf(stores.documents);
    if ((await collections.deployments.count({}, { index: 'id' })) === 0) {
      throw new StartFailed(
        'the document store is empty: no server has run on it. Are the settings right?',
        null,
      );
    }
    // Reading needs none of them.
    const services: RepositoryServices = {
      clock: systemClock,
      ids: systemIds(),
      outbox: { wake: () => undefined, holds: async () => false },
      settleRecord: async () => undefined,
      recordKeepMs: 0,
    };
    const keptSince = addMs(systemClock.now(), -config.keepEventsDays * DAY_MS);
    const parts = {
      ...{ live: stores.live, keys, collections, clock: systemClock },
      definitions: definitionRepository(collections.definitions, services),
      instances: instanceRepository(collections.instances, services),
      workers: workerRepository(collections.workers, services),
      templates: templateRepository(collections.templates, services),
      isKept: (at: string) => at > keptSince,
    };
    return await checkInstallation(parts, options);
  } finally {
    await closing.close();
  }
}

function describe({ read, violations, unsettled }: CheckReport): string {
  const counts = Object.entries(read).map(([what, count]) => `${count} ${what}`);
  return [
    `Read ${counts.join(', ')}.`,
    ...section('Violations', violations),
    ...section('Not settled yet (younger than 30 s; look again with --settle 30)', unsettled),
    violations.length === 0 ? 'No violations.' : `${violations.length} violations.`,
    '',
  ].join('\n');
}

function section(title: string, found: readonly Violation[]): string[] {
  if (found.length === 0) return [];
  const used = [...new Set(found.map(({ invariant }) => invariant))].sort();
  return [
    '',
    `${title}:`,
    ...used.flatMap((each) => [
      `  ${each}: ${INVARIANTS[each]}`,
      ...found
        .filter(({ invariant }) => invariant === each)
        .map(({ rule, entityId, detail }) => `    ${rule} ${entityId}: ${detail}`),
    ]),
    '',
  ];
}
