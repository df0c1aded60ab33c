import DataLoader from 'dataloader';
import { byId } from '../db/batch.js';
import type { Collection } from '../db/document-store.js';
import type { Actor } from '../lib/actor.js';
import { viewTemplate } from './get-template.js';
import type { WorkerTemplateDocument } from './template-model.js';
import type { TemplateState } from './template.js';

export const templateLoader = (templates: Collection<WorkerTemplateDocument>, actor: Actor | null) =>
  byId(templates, (document) => (actor ? viewTemplate(document) : null));

export const templateByNameLoader = (templates: Collection<WorkerTemplateDocument>, actor: Actor | null) =>
  new DataLoader(async (names: readonly string[]): Promise<(TemplateState | null)[]> => {
    if (!actor) return names.map(() => null);
    const filter = { name: { $in: [...names] } };
    const found = await templates.find(filter, { index: 'name', limit: names.length });
    const byName = new Map(found.map((document) => [document.name, viewTemplate(document)]));
    return names.map((name) => byName.get(name) ?? null);
  });
