import { z } from 'zod';
import { WORKER_READERS } from '../auth/policies.js';
import { LabletError } from '../errors.js';
import { endLostInstances, type LostDeps } from '../instances/end-lost-instances.js';
import { hasRole } from '../lib/actor.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import { changeWorkerStatus, type StatusDeps } from './change-worker-status.js';
import { letClaimsLapse, unchangedWorker } from './publish-worker.js';
import { WORKER_STATUSES } from './transitions.js';
import { changeStatus } from './worker.js';

type Deps = StatusDeps & LostDeps;

const request = z.strictObject({
  id: field.id('wrk').describe('The worker.'),
  to: z
    .enum(WORKER_STATUSES)
    .meta({ id: 'WorkerStatus' })
    .describe('The status that was reached or is ordered.'),
  reason: field.reason.nullish().describe('Why, up to 500 characters.'),
  force: z.boolean().nullish().describe('Stop although claims are held; ADMIN and SERVICE only.'),
  ...field.commandFields,
});

export const transitionWorker = command({
  name: 'transitionWorker',
  summary:
    'Moves a worker; see `workerTransitions` for the legal moves. At STOPPED and TERMINATED its instances are ended.',
  request,
  allow: {
    roles: WORKER_READERS,
    note: 'force: ADMIN and SERVICE only',
    check: (actor, { force }) => {
      if (!force || hasRole(actor, 'ADMIN', 'SERVICE')) return;
      const requiredRoles = ['ADMIN', 'SERVICE'];
      throw new LabletError('FORBIDDEN', 'Only ADMIN and SERVICE may force a stop.', { requiredRoles });
    },
  },
  async handle(deps: Deps, { id, to, reason = null, force, expectedRevision }, call) {
    const { worker, liveRevision, changed } = await changeWorkerStatus(
      deps,
      {
        id,
        to,
        expectedRevision,
        decide: (state, { heldBy, unfinished }) =>
          changeStatus(state, { to, reason, force: force ?? false, heldBy, unfinished }),
      },
      call,
    );
    if (changed && (to === 'STOPPED' || to === 'TERMINATED')) await endLostInstances(deps, worker, call);
    if (changed && to === 'TERMINATED') await letClaimsLapse(deps, worker);
    return { worker, liveRevision };
  },
  async reread(deps: Deps, id) {
    const { state } = await deps.workers.load(id);
    return unchangedWorker(deps, state);
  },
});
