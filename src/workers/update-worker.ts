import { z } from 'zod';
import { DuplicateKey, type Collection } from '../db/document-store.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import { changeWorkerLimits, type LimitDeps } from './change-worker-limits.js';
import { findNameHolder } from './find-worker.js';
import { unchangedWorker } from './publish-worker.js';
import * as input from './worker-input.js';
import type { WorkerDocument } from './worker-model.js';

interface Deps extends LimitDeps {
  readonly collections: { readonly workers: Collection<WorkerDocument> };
}

const request = z.strictObject({
  id: field.id('wrk').describe('The worker.'),
  name: field.slug.optional().describe('New unique name: a-z, 0-9 and "-", up to 63 characters.'),
  declaredCapacity: input.capacityChange.optional().describe('New room.'),
  portRange: input.portRange.optional().describe('Numbers that may be handed out from now on.'),
  excludedPorts: input.excludedPorts.optional().describe('All numbers never handed out, the old ones too.'),
  drainTimeoutHours: field.whole(1, 48).optional().describe('Longest drain in hours, 1-48.'),
  ...field.commandFields,
});

export const updateWorker = command({
  name: 'updateWorker',
  summary:
    'Changes name, limits and drain time; absent is unchanged. Raising and widening is always allowed. Lowering, ' +
    'narrowing and excluding more needs a status other than RUNNING, and never cuts off what claims hold.',
  request,
  allow: { roles: ['ADMIN', 'MANAGER'] },
  async handle(deps: Deps, { idempotencyKey: _key, ...change }, call) {
    try {
      return await changeWorkerLimits(deps, change, call);
    } catch (error) {
      if (!(error instanceof DuplicateKey) || change.name === undefined) throw error;
      throw await findNameHolder(deps.collections.workers, change.name);
    }
  },
  async reread(deps: Deps, id) {
    const { state } = await deps.workers.load(id);
    return unchangedWorker(deps, state);
  },
});
