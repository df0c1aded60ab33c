import type { Cause } from '../db/aggregate-repository.js';
import type { DefinitionState } from './definition.js';
import type { DefinitionRepository } from './definition-repository.js';
import { supersede } from './definition-sync.js';

/** The second step of a sync that made a new version: deprecates the old one, unless it is done already. */
export async function deprecateSuperseded(
  definitions: DefinitionRepository,
  id: string,
  successor: Pick<DefinitionState, 'id' | 'labYamlHash'>,
  cause: Cause,
): Promise<DefinitionState> {
  const { state } = await definitions.update(id, cause, (old) => supersede(old, successor));
  return state;
}
