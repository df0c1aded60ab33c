import { z } from 'zod';
import { causeOf } from '../db/aggregate-repository.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import { recordScore } from './instance-reports.js';
import type { InstanceRepository } from './instance-repository.js';
import { publishInstance, unchangedInstance, type PublishDeps } from './publish-instance.js';

interface Deps extends PublishDeps {
  readonly instances: InstanceRepository;
}

const points = z.number().min(0);

const line = z
  .strictObject({
    criterion: field.line(1, 200).describe('What was scored, up to 200 characters.'),
    points: points.describe('Points given, at most `max`.'),
    max: points.describe('Points possible.'),
  })
  .meta({ id: 'ScoreLineInput', description: 'Points of one criterion.' });

const score = z
  .strictObject({
    total: points.describe('Points given, at most `max`.'),
    max: points.describe('Points possible.'),
    passed: z.boolean().describe('Whether it is a pass.'),
    breakdown: z.array(line).max(200).default([]).describe('Points by criterion, up to 200 lines.'),
  })
  .meta({ id: 'GradingScoreInput', description: 'Result of grading.' });

const request = z.strictObject({
  id: field.id('ins').describe('The instance, GRADING.'),
  score: score.describe('What the grading found.'),
  ...field.commandFields,
});

export const recordGradingScore = command({
  name: 'recordGradingScore',
  summary: 'Stores the result of grading and moves the instance from GRADING to STOPPING.',
  request,
  allow: { roles: ['ADMIN', 'SERVICE'] },
  async handle(deps: Deps, { id, score, expectedRevision }, call) {
    const { state, changed } = await deps.instances.update(
      id,
      causeOf(call),
      (instance, now) => recordScore(instance, { score, now }),
      { expectedRevision },
    );
    return changed ? publishInstance(deps, state) : unchangedInstance(deps, state);
  },
  async reread(deps: Deps, id) {
    const { state } = await deps.instances.load(id);
    return unchangedInstance(deps, state);
  },
});
