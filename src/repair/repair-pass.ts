import { setTimeout as delay } from 'node:timers/promises';
import { RevisionConflict } from '../db/document-store.js';
import type { DefinitionRepository } from '../definitions/definition-repository.js';
import { supersede } from '../definitions/definition-sync.js';
import type { Logger } from '../logger.js';
import { Overtaken, REPAIR_CAUSE, type Term } from './fenced.js';
import {
  exceedsThreshold,
  type Difference,
  type Finding,
  type FindingAction,
  type Withheld,
} from './findings.js';
import { instanceDifferences } from './instance-differences.js';
import { mendInstance, type MendDeps } from './mend-instance.js';
import { mendWorker } from './mend-worker.js';
import { readInstance, readWorker } from './read-facts.js';
import type { RebuildDeps } from './rebuild-worker.js';
import { scan, type ScanDeps, type Suspect } from './scan.js';
import { workerDifferences } from './worker-differences.js';

export interface PassDeps extends MendDeps, ScanDeps, RebuildDeps {
  readonly collections: ScanDeps['collections'];
  readonly definitions: DefinitionRepository;
  /** Copies the events of one document to the log. */
  readonly copyEvents: (collection: string, id: string) => Promise<void>;
  readonly logger: Logger;
  /** Time between the first look at a difference and the second one. */
  readonly confirmMs: number;
  /** True when the documents are older than what the live store has seen of them. */
  readonly documentsWentBack: () => Promise<boolean>;
}

export interface PassResult {
  readonly findings: readonly Finding[];
  readonly withheld: Withheld | null;
}

export interface PassOptions {
  readonly dryRun: boolean;
  /** An administrator asked for what the threshold, or documents that went back, withhold. */
  readonly force: boolean;
}

interface Confirmed {
  readonly suspect: Suspect;
  readonly differences: readonly Difference[];
}

/**
 * Compares both stores, looks a second time at what seemed wrong, and mends what is. A difference is acted on only
 * if its document did not change in between and the keys are still as they were read.
 */
export async function repairPass(deps: PassDeps, term: Term, options: PassOptions): Promise<PassResult> {
  const { suspects, claimsAndKeys } = await scan(deps);
  if (suspects.length === 0) return { findings: [], withheld: null };
  await delay(deps.confirmMs, undefined, { signal: term.signal, ref: false });
  const confirmed: Confirmed[] = [];
  for (const suspect of suspects) {
    const differences = await confirm(deps, suspect);
    if (differences.length > 0) confirmed.push({ suspect, differences });
  }
  const all = confirmed.flatMap(({ differences }) => differences);
  const withheld = await withheldBy(deps, all, claimsAndKeys, options);
  const findings: Finding[] = [];
  for (const each of confirmed.sort((a, b) => urgency(a) - urgency(b))) {
    const action = withheld ? 'REPORTED' : await mend(deps, term, each.suspect);
    findings.push(...each.differences.map(({ counted: _counted, ...finding }) => ({ ...finding, action })));
  }
  return { findings, withheld };
}

async function withheldBy(
  deps: PassDeps,
  differences: readonly Difference[],
  claimsAndKeys: number,
  { dryRun, force }: PassOptions,
): Promise<Withheld | null> {
  if (dryRun) return 'DRY_RUN';
  if (force || differences.length === 0) return null;
  if (await deps.documentsWentBack()) return 'DOCUMENTS_WENT_BACK';
  return exceedsThreshold(differences, claimsAndKeys) ? 'THRESHOLD' : null;
}

/** Lost workers first, then workers, whose claim keys their instances need. */
function urgency({ suspect: { what }, differences }: Confirmed): number {
  if (differences.some(({ kind }) => kind === 'WORKER_GONE')) return 0;
  return what === 'worker' ? 1 : 2;
}

/** The differences that are still there; none when the document changed since. */
async function confirm(deps: PassDeps, suspect: Suspect): Promise<readonly Difference[]> {
  const { what, id, revision, about } = suspect;
  switch (what) {
    case 'instance': {
      const read = await readInstance(deps, id, about);
      if (!read || (read.facts.state?.revision ?? null) !== revision) return [];
      return stillThere(suspect, instanceDifferences(read.facts, read.view));
    }
    case 'worker': {
      const read = await readWorker(deps, id);
      if (!read || (read.state?.revision ?? null) !== revision) return [];
      return stillThere(suspect, workerDifferences(id, read.state, read.view));
    }
    case 'sync': {
      const found = await deps.definitions.find(id);
      return found?.state.status === 'ACTIVE' && found.state.revision === revision ? suspect.differences : [];
    }
    case 'outbox': {
      const [collection, eventId] = about;
      const source = deps.outboxes.find(({ name }) => name === collection);
      const document = await source?.get(id);
      return document?.outbox[0]?.id === eventId ? suspect.differences : [];
    }
  }
}

function stillThere({ differences }: Suspect, now: readonly Difference[]): readonly Difference[] {
  const kinds = new Set(differences.map(({ kind }) => kind));
  return now.filter(({ kind }) => kinds.has(kind));
}

/** What could not be mended now is reported; the next pass looks at it again. */
async function mend(deps: PassDeps, term: Term, { what, id, about }: Suspect): Promise<FindingAction> {
  try {
    switch (what) {
      case 'instance':
        return await mendInstance(deps, term, { id, workerIds: about });
      case 'worker':
        return await mendWorker(deps, term, id);
      case 'sync':
        return await finishSync(deps, id, about[0] as string);
      case 'outbox':
        await deps.copyEvents(about[0] as string, id);
        return 'REPAIRED';
    }
  } catch (error) {
    if (!(error instanceof Overtaken || error instanceof RevisionConflict)) {
      deps.logger.warn({ err: error, id }, 'repair has to look at this again');
    }
    return 'REPORTED';
  }
}

async function finishSync(
  { definitions }: PassDeps,
  id: string,
  successorId: string,
): Promise<FindingAction> {
  const { state: successor } = await definitions.load(successorId);
  await definitions.update(id, REPAIR_CAUSE, (old) => supersede(old, successor));
  return 'REPAIRED';
}
