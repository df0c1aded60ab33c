import type { Collection } from '../db/document-store.js';
import { viewTemplate } from './get-template.js';
import type { WorkerTemplateDocument } from './template-model.js';
import type { TemplateState } from './template.js';

type Templates = Collection<WorkerTemplateDocument>;

const PAGE = 200;

/** Every template there is, by name, retired ones too. */
export async function allTemplates(templates: Templates): Promise<TemplateState[]> {
  const all: WorkerTemplateDocument[] = [];
  for (;;) {
    const last = all.at(-1);
    const after = last ? { after: templates.keyOf(last, 'name') } : {};
    const page = await templates.find({}, { index: 'name', limit: PAGE, ...after });
    all.push(...page);
    if (page.length < PAGE) return all.map(viewTemplate);
  }
}

/** The template of this name, or null. */
export async function templateNamed(templates: Templates, name: string): Promise<TemplateState | null> {
  const [found] = await templates.find({ name }, { index: 'name', limit: 1 });
  return found ? viewTemplate(found) : null;
}
