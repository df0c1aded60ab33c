import { z } from 'zod';
import { WORKER_READERS } from '../auth/policies.js';
import { LabletError } from '../errors.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import { publishInstance, unchangedInstance } from './publish-instance.js';
import { schedulePass, type ScheduleDeps } from './schedule-pass.js';

const request = z.strictObject({
  id: field.id('ins').describe('The instance, PENDING.'),
  workerId: field.id('wrk').describe('The worker that is to run it, RUNNING.'),
  ...field.commandFields,
});

const PASSES = 4;

function overtaken(attempts: number): LabletError {
  return new LabletError('CLAIM_CONTENTION', 'Other callers keep changing this instance; try again.', {
    attempts,
  });
}

export const scheduleInstance = command({
  name: 'scheduleInstance',
  summary: 'Claims room and port numbers on a worker, all or nothing, and moves the instance to SCHEDULED.',
  request,
  allow: { roles: WORKER_READERS },
  async handle(deps: ScheduleDeps, input, call) {
    for (let pass = 1; ; pass++) {
      const result = await schedulePass(deps, input, call, { last: pass >= PASSES });
      if (result.outcome === 'SCHEDULED') return publishInstance(deps, result.instance);
      if (result.outcome === 'UNCHANGED') return unchangedInstance(deps, result.instance);
      if (pass >= PASSES) throw overtaken(pass);
    }
  },
  async reread(deps: ScheduleDeps, id) {
    const { state } = await deps.instances.load(id);
    return unchangedInstance(deps, state);
  },
});
