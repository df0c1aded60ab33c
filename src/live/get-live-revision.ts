import { z } from 'zod';
import { ROLES } from '../lib/actor.js';
import { query } from '../lib/operation.js';
import type { LivePositions } from './live-positions.js';

export const getLiveRevision = query({
  name: 'liveRevision',
  summary: 'The live revision this process has reached; subscribing with it leaves no gap.',
  request: z.strictObject({}),
  allow: { roles: ROLES },
  handle: async ({ positions }: { positions: LivePositions }) => positions.now(),
});
