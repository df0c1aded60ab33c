import { z } from 'zod';
import { causeOf } from '../db/aggregate-repository.js';
import * as field from '../lib/fields.js';
import { command } from '../lib/operation.js';
import { reportPorts, reportStartFailure } from './instance-reports.js';
import type { InstanceRepository } from './instance-repository.js';
import { PORT_STATUSES } from './instance-terms.js';
import { unchangedInstance, type PublishDeps } from './publish-instance.js';

interface Deps extends PublishDeps {
  readonly instances: InstanceRepository;
}

const startFailure = z
  .strictObject({
    code: field.line(1, 100).describe('Code of the controller, up to 100 characters.'),
    message: field.prose(500).min(1).describe('What went wrong, for people; up to 500 characters.'),
  })
  .meta({ id: 'StartFailureInput', description: 'A start that failed.' });

const portReport = z
  .strictObject({
    name: field.line(1, 63).describe('Name of a port that the instance holds.'),
    status: z.enum(PORT_STATUSES).meta({ id: 'PortStatus' }).describe('How far it is.'),
  })
  .meta({ id: 'PortStatusInput', description: 'What a controller observes of one port.' });

const request = z
  .strictObject({
    id: field.id('ins').describe('The instance.'),
    startFailure: startFailure
      .nullish()
      .describe('A failed start, INSTANTIATING only; the fourth is refused: terminate instead.'),
    portStatuses: z.array(portReport).min(1).max(64).nullish().describe('Ports, each at most once.'),
    ...field.commandFields,
  })
  .refine(({ startFailure, portStatuses }) => startFailure != null || portStatuses != null, {
    path: ['portStatuses'],
    message: 'give startFailure, portStatuses or both',
  });

export const reportInstance = command({
  name: 'reportInstance',
  summary: 'Reports a failed start, or how far the ports of an instance are; the state stays as it is.',
  request,
  allow: { roles: ['ADMIN', 'SERVICE'] },
  async handle(deps: Deps, { id, startFailure, portStatuses, expectedRevision }, call) {
    const { state } = await deps.instances.update(
      id,
      causeOf(call),
      (instance) => [
        ...(startFailure ? reportStartFailure(instance, startFailure) : []),
        ...(portStatuses ? reportPorts(instance, { statuses: portStatuses }) : []),
      ],
      { expectedRevision },
    );
    // The live value tells of moves alone, and this is none.
    return unchangedInstance(deps, state);
  },
  async reread(deps: Deps, id) {
    const { state } = await deps.instances.load(id);
    return unchangedInstance(deps, state);
  },
});
