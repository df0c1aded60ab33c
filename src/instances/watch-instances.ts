import { z } from 'zod';
import { ANYONE } from '../auth/policies.js';
import * as field from '../lib/fields.js';
import { subscription } from '../lib/operation.js';
import { streamInstances, type StreamDeps } from './stream-instances.js';
import { INSTANCE_STATES } from './transitions.js';

const filter = z
  .strictObject({
    ids: z.array(field.id('ins')).min(1).max(100).nullish().describe('One of these instances, up to 100.'),
    states: z
      .array(z.enum(INSTANCE_STATES).meta({ id: 'InstanceState' }))
      .min(1)
      .max(INSTANCE_STATES.length)
      .nullish()
      .describe('In one of these states; leaving them is announced as REMOVED.'),
    workerId: field.id('wrk').nullish().describe('On this worker.'),
    ownerId: field.line(1, 255).nullish().describe('Of this owner.'),
    definitionId: field.id('def').nullish().describe('Runs of this definition version.'),
  })
  .meta({ id: 'InstanceChangesFilter', description: 'All given parts must hold.' });

export const watchInstances = subscription({
  name: 'instanceChanges',
  summary:
    'Every change of the instances that match, without a gap: SNAPSHOT items and SYNCED first (or what was missed ' +
    'since `after`), then CHANGED and REMOVED in order; BOOKMARK when quiet, RESYNC_REQUIRED before a new snapshot.',
  request: z.strictObject({
    filter: filter.nullish().describe('Which instances; all unfinished ones that you may see by default.'),
    after: field.liveRevision.nullish().describe('Go on after this position.'),
  }),
  allow: { roles: ANYONE, note: 'AUTHOR and USER: own instances only' },
  accept: ({ tokens }: StreamDeps, { after }) => void (after != null && tokens.read(after, 'after')),
  handle: (deps: StreamDeps, input, call) =>
    streamInstances(deps, input.filter ?? {}, input.after ?? null, call),
});
