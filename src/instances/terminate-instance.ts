import { z } from 'zod';
import { ANYONE, visibleInstances } from '../auth/policies.js';
import type { ClaimLedger } from '../claims/ledger.js';
import { causeOf } from '../db/aggregate-repository.js';
import { hasRole } from '../lib/actor.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import { endClaim } from './end-claim.js';
import { terminate } from './instance-ending.js';
import type { InstanceRepository } from './instance-repository.js';
import { publishInstance, unchangedInstance, type PublishDeps } from './publish-instance.js';
import { assertVisible } from './view-instance.js';

interface Deps extends PublishDeps {
  readonly instances: InstanceRepository;
  readonly ledger: ClaimLedger;
}

const request = z.strictObject({
  id: field.id('ins').describe('The instance, in any state.'),
  reason: field.reason
    .nullish()
    .describe('Why, up to 500 characters; a SERVICE must say it for a starting one.'),
  ...field.commandFields,
});

export const terminateInstance = command({
  name: 'terminateInstance',
  summary:
    'Ends an instance from any state: at once, or by recording the request where the lab has to be stopped first.',
  request,
  allow: { roles: ANYONE, note: 'AUTHOR and USER: own instances only' },
  async handle(deps: Deps, { id, reason = null, expectedRevision }, call) {
    const { actor } = call;
    const byService = hasRole(actor, 'SERVICE') && !hasRole(actor, 'ADMIN', 'MANAGER');
    const { state, changed } = await deps.instances.update(
      id,
      causeOf(call),
      (instance, now) => terminate(instance, { reason, byService, now }),
      {
        expectedRevision,
        visible: visibleInstances(actor).sees,
        settled: (instance) => instance.state === 'TERMINATED',
      },
    );
    if (!changed) return unchangedInstance(deps, state);
    await endClaim(deps.ledger, state);
    return publishInstance(deps, state);
  },
  async reread(deps: Deps, id, call) {
    const { state } = await deps.instances.load(id);
    return unchangedInstance(deps, assertVisible(state, call));
  },
});
