import { z } from 'zod';
import { WORKER_READERS } from '../auth/policies.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import { changeWorkerStatus, type StatusDeps } from './change-worker-status.js';
import { unchangedWorker } from './publish-worker.js';
import { drain } from './worker.js';

const request = z.strictObject({
  id: field.id('wrk').describe('The worker, RUNNING.'),
  reason: field.reason.nullish().describe('Why, up to 500 characters.'),
  ...field.commandFields,
});

export const drainWorker = command({
  name: 'drainWorker',
  summary: 'Lets a worker finish what it has and take nothing new.',
  request,
  allow: { roles: WORKER_READERS },
  async handle(deps: StatusDeps, { id, reason = null, expectedRevision }, call) {
    const { worker, liveRevision } = await changeWorkerStatus(
      deps,
      {
        id,
        to: 'DRAINING',
        expectedRevision,
        decide: (state, { heldBy }) => drain(state, { reason, claimsHeld: heldBy.length }),
      },
      call,
    );
    return { worker, liveRevision };
  },
  async reread(deps: StatusDeps, id) {
    const { state } = await deps.workers.load(id);
    return unchangedWorker(deps, state);
  },
});
