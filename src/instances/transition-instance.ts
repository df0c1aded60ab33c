import { z } from 'zod';
import type { ClaimLedger } from '../claims/ledger.js';
import { causeOf } from '../db/aggregate-repository.js';
import type { Collection } from '../db/document-store.js';
import type { LabletDefinitionDocument } from '../definitions/definition-model.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import type { WorkerDocument } from '../workers/worker-model.js';
import { endClaim } from './end-claim.js';
import { move } from './instance.js';
import type { InstanceRepository } from './instance-repository.js';
import { publishInstance, unchangedInstance, type PublishDeps } from './publish-instance.js';
import { INSTANCE_STATES } from './transitions.js';

interface Deps extends PublishDeps {
  readonly instances: InstanceRepository;
  readonly collections: {
    readonly definitions: Collection<LabletDefinitionDocument>;
    readonly workers: Collection<WorkerDocument>;
  };
  readonly ledger: ClaimLedger;
}

const request = z.strictObject({
  id: field.id('ins').describe('The instance.'),
  to: z.enum(INSTANCE_STATES).meta({ id: 'InstanceState' }).describe('The state that was reached.'),
  reason: field.reason.nullish().describe('Why, up to 500 characters.'),
  cmlLabId: field.line(1, 100).nullish().describe('Id of the lab in CML; needed for the first RUNNING.'),
  ...field.commandFields,
});

export const transitionInstance = command({
  name: 'transitionInstance',
  summary: 'Reports that an instance reached its next state; see `instanceTransitions` for the legal moves.',
  request,
  allow: { roles: ['ADMIN', 'SERVICE'] },
  async handle(deps: Deps, input, call) {
    const { id, to, reason = null, cmlLabId = null, expectedRevision } = input;
    const facts = to === 'INSTANTIATING' || to === 'RUNNING' ? await surroundings(deps, id) : {};
    const { state, changed } = await deps.instances.update(
      id,
      causeOf(call),
      (instance, now) => move(instance, { to, reason, cmlLabId, ...facts, now }),
      { expectedRevision },
    );
    if (!changed) return unchangedInstance(deps, state);
    await endClaim(deps.ledger, state);
    return publishInstance(deps, state);
  },
  async reread(deps: Deps, id) {
    const { state } = await deps.instances.load(id);
    return unchangedInstance(deps, state);
  },
});

/** What events of starting carry beside the instance's own fields. */
async function surroundings({ instances, collections }: Deps, id: string) {
  const { state } = await instances.load(id);
  const [definition, worker] = await Promise.all([
    collections.definitions.get(state.definitionId),
    state.workerId === null ? null : collections.workers.get(state.workerId),
  ]);
  return { labYamlHash: definition?.labYamlHash ?? null, host: worker?.host ?? null };
}
