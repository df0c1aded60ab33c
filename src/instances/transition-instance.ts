import { z } from 'zod';
import type { ClaimLedger } from '../claims/ledger.js';
import { causeOf } from '../db/aggregate-repository.js';
import type { Collection } from '../db/document-store.js';
import { viewDefinition } from '../definitions/find-definition.js';
import type { LabletDefinitionDocument } from '../definitions/definition-model.js';
import type { FieldFault } from '../errors.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import { viewWorker } from '../workers/find-worker.js';
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

const request = z
  .strictObject({
    id: field.id('ins').describe('The instance.'),
    to: z.enum(INSTANCE_STATES).meta({ id: 'InstanceState' }).describe('The state that was reached.'),
    reason: field.reason.nullish().describe('Why, up to 500 characters.'),
    cmlLabId: field
      .line(1, 100)
      .nullish()
      .describe('Id of the lab in CML; needed for the first RUNNING, and taken with RUNNING only.'),
    ...field.commandFields,
  })
  .check(field.together(labIdFaults));

/** No other state keeps it; a controller that gives it too early would believe that it is known. */
function labIdFaults({ to, cmlLabId }: field.Unchecked): FieldFault[] {
  const isTaken = to === 'RUNNING' || !INSTANCE_STATES.some((state) => state === to);
  if (isTaken || typeof cmlLabId !== 'string') return [];
  return [{ path: 'cmlLabId', rule: 'ONLY_WITH_RUNNING', message: 'is taken with RUNNING only' }];
}

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
  const labYamlHash = definition && viewDefinition(definition).labYamlHash;
  return { labYamlHash, host: worker && viewWorker(worker).host };
}
