import { z } from 'zod';
import { ANYONE } from '../auth/policies.js';
import { query } from '../lib/operation.js';
import { INSTANCE_MOVES } from './transitions.js';

export const listInstanceTransitions = query({
  name: 'instanceTransitions',
  summary: 'The 15 legal moves of an instance; every other one is INVALID_TRANSITION.',
  request: z.strictObject({}),
  allow: { roles: ANYONE },
  handle: async () => INSTANCE_MOVES,
});
