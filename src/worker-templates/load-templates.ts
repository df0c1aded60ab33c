import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Cause } from '../db/aggregate-repository.js';
import { DuplicateKey, type Collection } from '../db/document-store.js';
import { isLabletError, LabletError } from '../errors.js';
import type { Clock } from '../lib/clock.js';
import type { Ids } from '../lib/ids.js';
import { allTemplates, templateNamed } from './find-templates.js';
import { parseTemplateFile } from './template-file.js';
import type { WorkerTemplateDocument } from './template-model.js';
import type { TemplateRepository } from './template-repository.js';
import {
  loadOutcome,
  planLoad,
  seed,
  type LoadOutcome,
  type LoadStep,
  type TemplateFields,
} from './template.js';

export interface LoadDeps {
  readonly templates: TemplateRepository;
  readonly collections: { readonly templates: Collection<WorkerTemplateDocument> };
  readonly ids: Ids;
  readonly clock: Clock;
}

/** What a load of the template file did, or why it did nothing. */
export interface LoadReport {
  /** Name of the file, without its folder. */
  readonly file: string;
  /** When the load ended, ISO 8601. */
  readonly at: string;
  /** The entries of the file in their order, then the stored templates it does not name. */
  readonly templates: readonly { readonly name: string; readonly outcome: LoadOutcome }[];
  readonly fault: LabletError<'TEMPLATE_FILE_INVALID'> | null;
}

/** Reads the template file and applies it as a whole; a missing or faulty file changes nothing. */
export async function loadTemplates(deps: LoadDeps, path: string, cause: Cause): Promise<LoadReport> {
  const file = basename(path);
  const ended = (templates: LoadReport['templates'], fault: LoadReport['fault']) => {
    return { file, at: deps.clock.now(), templates, fault };
  };
  try {
    const entries = parseTemplateFile(await readTemplateFile(path, file), file);
    return ended(await applyEntries(deps, entries, cause), null);
  } catch (error) {
    if (!isLabletError(error, 'TEMPLATE_FILE_INVALID')) throw error;
    return ended([], error);
  }
}

async function readTemplateFile(path: string, file: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const rule = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'FILE_MISSING' : 'FILE_UNREADABLE';
    const details = { file, entry: null, field: null, line: null, rule };
    throw new LabletError('TEMPLATE_FILE_INVALID', `The template file ${file} cannot be read.`, details, {
      cause: error,
    });
  }
}

async function applyEntries(deps: LoadDeps, entries: readonly TemplateFields[], cause: Cause) {
  const plan = planLoad(await allTemplates(deps.collections.templates), entries);
  const done: { name: string; outcome: LoadOutcome }[] = [];
  for (const step of plan) {
    const { name, entry } = step;
    done.push({ name, outcome: entry ? await apply(deps, step, entry, cause) : step.outcome });
  }
  return done;
}

/**
 * One step, and what became of it: another process may load the same file at the same moment, and somebody may have
 * edited the template since the plan was made.
 */
async function apply(
  deps: LoadDeps,
  { outcome, id }: LoadStep,
  entry: TemplateFields,
  cause: Cause,
): Promise<LoadOutcome> {
  if (outcome === 'UPDATED' && id !== null) return reseed(deps, id, entry, cause);
  if (outcome !== 'INSERTED') return outcome;
  try {
    await deps.templates.insert(deps.ids.next('tpl'), seed(null, entry), cause);
    return outcome;
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error;
    const other = await templateNamed(deps.collections.templates, entry.name);
    if (!other) throw error;
    return reseed(deps, other.id, entry, cause);
  }
}

async function reseed({ templates }: LoadDeps, id: string, entry: TemplateFields, cause: Cause) {
  const { state, changed } = await templates.update(id, cause, (stored) => seed(stored, entry));
  return changed ? 'UPDATED' : loadOutcome(state, entry);
}
