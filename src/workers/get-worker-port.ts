import { z } from 'zod';
import { WORKER_READERS } from '../auth/policies.js';
import { assertUsablePort } from '../claims/ports.js';
import type { Collection } from '../db/document-store.js';
import * as field from '../lib/fields.js';
import { query } from '../lib/operation.js';
import type { LivePositions } from '../live/live-positions.js';
import { findWorker } from './find-worker.js';
import { claimsOf, type LiveReader } from './worker-claims.js';
import { port } from './worker-input.js';
import type { WorkerDocument } from './worker-model.js';

interface Deps extends LiveReader {
  readonly collections: { readonly workers: Collection<WorkerDocument> };
  readonly positions: LivePositions;
}

export const getWorkerPort = query({
  name: 'workerPort',
  summary:
    'Who holds a port number of a worker. PORT_OUT_OF_RANGE for a number that the worker never hands out.',
  request: z.strictObject({
    workerId: field.id('wrk').describe('The worker.'),
    number: port.describe('The number.'),
    atLeast: field.atLeast,
  }),
  allow: { roles: WORKER_READERS },
  async handle({ collections, positions, ...live }: Deps, { workerId, number, atLeast }) {
    await positions.seen(atLeast);
    const worker = await findWorker(collections.workers, workerId);
    const { range, excluded, allocations } = claimsOf(live, worker).ports;
    const [holder] = allocations.flatMap(({ instanceId, ports, claimedAt }) =>
      ports.filter((held) => held.number === number).map(({ name }) => ({ instanceId, name, claimedAt })),
    );
    if (!holder) assertUsablePort(number, range, excluded);
    return { worker, number, holder: holder ?? null, liveRevision: positions.now() };
  },
});
