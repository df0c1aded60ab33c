import { z } from 'zod';
import { ANYONE } from '../auth/policies.js';
import { query } from '../lib/operation.js';
import { WORKER_MOVES } from './transitions.js';

export const listWorkerTransitions = query({
  name: 'workerTransitions',
  summary: 'The 19 legal moves of a worker; every other one is INVALID_TRANSITION.',
  request: z.strictObject({}),
  allow: { roles: ANYONE },
  handle: async () => WORKER_MOVES,
});
