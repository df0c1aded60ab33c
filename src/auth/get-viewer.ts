import { z } from 'zod';
import { query } from '../lib/operation.js';
import { ANYONE } from './policies.js';

export const getViewer = query({
  name: 'viewer',
  summary: 'Who you are and what your token allows.',
  request: z.strictObject({}),
  allow: { roles: ANYONE },
  handle: async (_deps: object, _input, { actor }) => ({
    subject: actor.subject,
    roles: [...actor.roles],
    expiresAt: new Date(actor.expiresAt).toISOString(),
  }),
});
