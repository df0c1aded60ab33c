import { z } from 'zod';
import { causeOf } from '../db/aggregate-repository.js';
import type { Collection } from '../db/document-store.js';
import type { Clock } from '../lib/clock.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import { unchangedWorker, type PublishDeps } from './publish-worker.js';
import { report } from './worker.js';
import { factFields, telemetry } from './worker-input.js';
import type { WorkerDocument } from './worker-model.js';
import type { WorkerRepository } from './worker-repository.js';

interface Deps extends PublishDeps {
  readonly workers: WorkerRepository;
  readonly collections: { readonly workers: Collection<WorkerDocument> };
  readonly clock: Clock;
}

const request = z.strictObject({
  id: field.id('wrk').describe('The worker, in any status.'),
  ...factFields,
  telemetry: telemetry.nullish().describe('Load now; null: not known any more.'),
  ...field.commandFields,
});

export const reportWorker = command({
  name: 'reportWorker',
  summary:
    'Takes over what a controller observes of a worker: absent is unchanged, null is no longer known. ' +
    'With neither fact nor load it says that the worker was heard of. Load alone leaves `revision` as it is.',
  request,
  allow: { roles: ['ADMIN', 'SERVICE'] },
  async handle(deps: Deps, { id, telemetry, expectedRevision, idempotencyKey: _key, ...facts }, call) {
    // Reports are frequent and may be repeated: they would push the records of other commands out.
    const cause = { ...causeOf(call), record: null };
    const { state } = await deps.workers.update(id, cause, (worker) => report(worker, facts), {
      expectedRevision,
    });
    const heard = { lastReportedAt: deps.clock.now(), ...(telemetry === undefined ? {} : { telemetry }) };
    await deps.collections.workers.amend(id, heard);
    return unchangedWorker(deps, { ...state, ...heard });
  },
  async reread(deps: Deps, id) {
    const { state } = await deps.workers.load(id);
    return unchangedWorker(deps, state);
  },
});
