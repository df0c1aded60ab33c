import { viewOf } from '../db/view.js';
import type { InstanceDocument } from './instance-model.js';
import { upgradeInstance, type InstanceState } from './instance-state.js';

/** What queries show of a stored instance. */
export function viewInstance(document: InstanceDocument): InstanceState {
  return viewOf(upgradeInstance(document) as InstanceDocument, ['reservationGuard', 'finished']);
}
