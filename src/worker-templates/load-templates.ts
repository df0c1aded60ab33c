import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DuplicateKey, type Collection } from '../db/document-store.js';
import { isLabletError, LabletError } from '../errors.js';
import type { Ids } from '../lib/ids.js';
import { viewTemplate } from './get-template.js';
import { parseTemplateFile } from './template-file.js';
import type { WorkerTemplateDocument } from './template-model.js';
import type { TemplateRepository } from './template-repository.js';
import { planLoad, seed, type LoadStep, type TemplateFields } from './template.js';

export interface LoadDeps {
  readonly templates: TemplateRepository;
  readonly collections: { readonly templates: Collection<WorkerTemplateDocument> };
  readonly ids: Ids;
}

/** What a load of the template file did, or why it did nothing. */
export interface LoadReport {
  readonly file: string;
  readonly steps: readonly Pick<LoadStep, 'name' | 'action'>[];
  readonly fault: LabletError<'TEMPLATE_FILE_INVALID'> | null;
}

const PAGE = 200;
const CAUSE = { by: 'system:templates', requestId: null, source: 'system:templates', record: null };

/** Reads the template file and applies it as a whole; a missing or faulty file changes nothing. */
export async function loadTemplates(deps: LoadDeps, path: string): Promise<LoadReport> {
  const file = basename(path);
  try {
    const entries = parseTemplateFile(await readTemplateFile(path, file), file);
    return { file, steps: await applyEntries(deps, entries), fault: null };
  } catch (error) {
    if (!isLabletError(error, 'TEMPLATE_FILE_INVALID')) throw error;
    return { file, steps: [], fault: error };
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

async function applyEntries(deps: LoadDeps, entries: readonly TemplateFields[]) {
  const stored = (await allTemplates(deps.collections.templates)).map(viewTemplate);
  const plan = planLoad(stored, entries);
  for (const step of plan) await apply(deps, step);
  return plan.map(({ name, action }) => ({ name, action }));
}

async function allTemplates(
  templates: Collection<WorkerTemplateDocument>,
): Promise<WorkerTemplateDocument[]> {
  const all: WorkerTemplateDocument[] = [];
  for (;;) {
    const last = all.at(-1);
    const after = last ? { after: templates.keyOf(last, 'name') } : {};
    const page = await templates.find({}, { index: 'name', limit: PAGE, ...after });
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}

/** One step; another process that loads the same file at the same moment may have done it already. */
async function apply({ templates, ids }: LoadDeps, { action, entry, id }: LoadStep): Promise<void> {
  if (!entry) return;
  if (action === 'UPDATED' && id) await templates.update(id, CAUSE, (state) => seed(state, entry));
  if (action !== 'INSERTED') return;
  try {
    await templates.insert(ids.next('tpl'), seed(null, entry), CAUSE);
  } catch (error) {
    if (!(error instanceof DuplicateKey)) throw error;
  }
}
