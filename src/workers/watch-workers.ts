import { z } from 'zod';
import { WORKER_READERS } from '../auth/policies.js';
import * as field from '../lib/fields.js';
import { subscription } from '../lib/operation.js';
import { streamWorkers, type StreamDeps } from './stream-workers.js';
import { WORKER_STATUSES } from './transitions.js';

const filter = z
  .strictObject({
    ids: z.array(field.id('wrk')).min(1).max(100).nullish().describe('One of these workers, up to 100.'),
    statuses: z
      .array(z.enum(WORKER_STATUSES).meta({ id: 'WorkerStatus' }))
      .min(1)
      .max(WORKER_STATUSES.length)
      .nullish()
      .describe('In one of these statuses; leaving them is announced as REMOVED.'),
    templateName: field.slug.nullish().describe('Registered from this template.'),
  })
  .meta({ id: 'WorkerChangesFilter', description: 'All given parts must hold.' });

export const watchWorkers = subscription({
  name: 'workerChanges',
  summary:
    'Every change of the workers that match, without a gap, like `instanceChanges`. Changes of claims and limits come ' +
    'without `transition` and may be conflated; changes of the status never are.',
  request: z.strictObject({
    filter: filter.nullish().describe('Which workers; all that are not TERMINATED by default.'),
    after: field.liveRevision.nullish().describe('Go on after this position.'),
  }),
  allow: { roles: WORKER_READERS },
  accept: ({ tokens }: StreamDeps, { after }) => void (after != null && tokens.read(after, 'after')),
  handle: (deps: StreamDeps, input, call) =>
    streamWorkers(deps, input.filter ?? {}, input.after ?? null, call),
});
