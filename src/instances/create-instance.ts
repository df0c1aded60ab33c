import { ANYONE, mayBookForOthers, visibleInstances } from '../auth/policies.js';
import { causeOf } from '../db/aggregate-repository.js';
import { DuplicateKey, type Collection } from '../db/document-store.js';
import { findDefinition } from '../definitions/find-definition.js';
import type { LabletDefinitionDocument } from '../definitions/definition-model.js';
import { LabletError } from '../errors.js';
import type { Clock } from '../lib/clock.js';
import { command, type Call } from '../lib/operation.js';
import { request as requestInstance } from './instance.js';
import { newInstance as request } from './instance-input.js';
import type { InstanceDocument } from './instance-model.js';
import type { InstanceRepository } from './instance-repository.js';
import { publishInstance, unchangedInstance, type PublishDeps } from './publish-instance.js';
import { assertVisible } from './view-instance.js';

interface Deps extends PublishDeps {
  readonly instances: InstanceRepository;
  readonly collections: {
    readonly definitions: Collection<LabletDefinitionDocument>;
    readonly instances: Collection<InstanceDocument>;
  };
  readonly clock: Clock;
}

export const createInstance = command({
  name: 'createInstance',
  summary: 'Asks for a run of a definition in a timeslot; the instance starts as PENDING.',
  request,
  allow: {
    roles: ANYONE,
    note: 'ownerId: ADMIN and SERVICE only',
    check: (actor, { ownerId }) => {
      if (ownerId == null || ownerId === actor.subject || mayBookForOthers(actor)) return;
      const requiredRoles = ['ADMIN', 'SERVICE'];
      throw new LabletError('FORBIDDEN', 'Only ADMIN and SERVICE may book for others.', { requiredRoles });
    },
  },
  creates: 'ins',
  async handle(deps: Deps, input, call) {
    const { definitionId: id, definitionName: name, definitionVersion: version, ...wish } = input;
    const definition = await findDefinition(deps.collections.definitions, { id, name, version });
    const ownerId = input.ownerId ?? call.actor.subject;
    const now = deps.clock.now();
    const events = requestInstance({ ...wish, definition, ownerId, now });
    try {
      const instance = await deps.instances.insert(call.newId as string, events, causeOf(call), now);
      return await publishInstance(deps, instance);
    } catch (error) {
      if (!(error instanceof DuplicateKey)) throw error;
      throw await reservationInUse(deps, input.reservationId, call);
    }
  },
  async reread(deps: Deps, id, call) {
    const found = await deps.instances.find(id);
    return found && unchangedInstance(deps, assertVisible(found.state, call));
  },
});

/** Names the instance that has the reservation, if the caller may see it. */
async function reservationInUse(
  { collections }: Deps,
  reservationId: string | null | undefined,
  { actor }: Call,
): Promise<LabletError> {
  const filter = { reservationGuard: `r:${reservationId}` };
  const [holder] = await collections.instances.find(filter, { index: 'reservationGuard', limit: 1 });
  const existingId = holder && visibleInstances(actor).sees(holder) ? holder.id : null;
  const details = { entity: 'LabletInstance', key: 'reservationId', existingId };
  return new LabletError('ALREADY_EXISTS', 'The reservation has an instance already.', details);
}
