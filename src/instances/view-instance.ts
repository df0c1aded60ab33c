import { visibleInstances } from '../auth/policies.js';
import { currentFormat } from '../db/current-format.js';
import { viewOf } from '../db/view.js';
import { notFound } from '../errors.js';
import { madeOnce } from '../lib/frozen.js';
import type { Call } from '../lib/operation.js';
import type { InstanceDocument } from './instance-model.js';
import { instanceAggregate, upgradeInstance, type InstanceState } from './instance-state.js';

/** What queries show of a stored instance. @throws NewerFormat */
export const viewInstance = madeOnce((document: InstanceDocument): InstanceState => {
  const current = currentFormat(document, instanceAggregate, upgradeInstance);
  return viewOf(current, ['reservationGuard', 'finished']);
});

/** The instance, if the caller may see it. @throws NOT_FOUND */
export function assertVisible(instance: InstanceState, { actor }: Pick<Call, 'actor'>): InstanceState {
  if (visibleInstances(actor).sees(instance)) return instance;
  throw notFound('LabletInstance', instance.id);
}
