import { currentFormat } from '../db/current-format.js';
import type { Collection } from '../db/document-store.js';
import { viewOf } from '../db/view.js';
import { notFound } from '../errors.js';
import { madeOnce } from '../lib/frozen.js';
import { upgradeDefinition } from './definition-defaults.js';
import type { DefinitionState } from './definition-events.js';
import type { LabletDefinitionDocument } from './definition-model.js';
import { definitionAggregate } from './definition-state.js';

export interface DefinitionRef {
  readonly id?: string | null | undefined;
  readonly name?: string | null | undefined;
  /** Of `name`; the latest one when absent. */
  readonly version?: string | null | undefined;
}

/** What queries show of a stored definition. @throws NewerFormat */
export const viewDefinition = madeOnce((document: LabletDefinitionDocument): DefinitionState => {
  const current = currentFormat(document, definitionAggregate, upgradeDefinition);
  return viewOf(current, ['versionRank', 'familyGuard', 'searchText']);
});

/** The version that is meant: by id, by name and version, or the highest ACTIVE one of a name. @throws NOT_FOUND, NewerFormat */
export async function findDefinition(
  definitions: Collection<LabletDefinitionDocument>,
  { id, name, version }: DefinitionRef,
): Promise<DefinitionState> {
  if (id != null) {
    const found = await definitions.get(id);
    if (!found) throw notFound('LabletDefinition', id);
    return viewDefinition(found);
  }
  const key = name as string;
  const [found] =
    version == null
      ? await definitions.find(
          { name: key, status: 'ACTIVE' },
          { index: 'name_status_versionRank', limit: 1 },
        )
      : await definitions.find({ name: key, version }, { index: 'name_version', limit: 1 });
  if (!found) throw notFound('LabletDefinition', version == null ? key : `${key} ${version}`);
  return viewDefinition(found);
}
