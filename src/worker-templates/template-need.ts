import { z } from 'zod';
import { amountsNeeded, type Need } from '../claims/fits.js';
import { LICENSE_TYPES } from '../claims/license.js';
import { definitionFields } from '../definitions/definition-input.js';
import { whole } from '../lib/fields.js';
import type { TemplateNeed } from './template-selection.js';

/** What a template must offer, wherever. */
type NeedAnywhere = Omit<TemplateNeed, 'region'>;

/** Requirements in a request, with the limits and defaults they have in a definition. */
export const requirements = z
  .strictObject({
    ...definitionFields.resourceRequirements.shape,
    nodeCount: definitionFields.nodeCount,
    licenseAffinity: definitionFields.licenseAffinity,
    portCount: whole(0, 64).nullish().describe('Outside ports it needs, 0-64; 0 by default.'),
  })
  .meta({ id: 'TemplateRequirementsInput', description: 'What one instance needs of a worker.' });

/** The need of stated requirements. */
export function needStated(given: z.output<typeof requirements>): NeedAnywhere {
  const { cpuCores, memoryGb, storageGb, nodeCount, amiRequirements, licenseAffinity, portCount } = given;
  return {
    amounts: { cpuCores, memoryGb, storageGb, nodes: nodeCount ?? 1 },
    amiRequirements: amiRequirements ?? [],
    licenseAffinity: licenseAffinity ?? LICENSE_TYPES,
    ports: portCount ?? 0,
  };
}

/** The need of one instance of a definition. */
export function needOfDefinition(definition: Need): NeedAnywhere {
  const { licenseAffinity, portTemplate, resourceRequirements } = definition;
  const { amiRequirements } = resourceRequirements;
  return { amounts: amountsNeeded(definition), amiRequirements, licenseAffinity, ports: portTemplate.length };
}
