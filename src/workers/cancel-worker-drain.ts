import { z } from 'zod';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import { changeWorkerStatus, type StatusDeps } from './change-worker-status.js';
import { unchangedWorker } from './publish-worker.js';
import { cancelDrain } from './worker.js';

const request = z.strictObject({
  id: field.id('wrk').describe('The worker, DRAINING.'),
  reason: field.reason.nullish().describe('Why, up to 500 characters.'),
  ...field.commandFields,
});

export const cancelWorkerDrain = command({
  name: 'cancelWorkerDrain',
  summary: 'Ends draining: the worker takes new claims again.',
  request,
  allow: { roles: ['ADMIN', 'MANAGER'] },
  async handle(deps: StatusDeps, { id, reason = null, expectedRevision }, call) {
    const { worker, liveRevision } = await changeWorkerStatus(
      deps,
      {
        id,
        to: 'RUNNING',
        expectedRevision,
        decide: (state, { heldBy }) => cancelDrain(state, { reason, claimsHeld: heldBy.length }),
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
