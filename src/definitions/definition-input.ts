import { z } from 'zod';
import { LICENSE_TYPES } from '../claims/license.js';
import type { FieldFault } from '../errors.js';
import * as field from '../lib/fields.js';
import { withoutNulls } from '../lib/with-defaults.js';
import {
  DEFINITION_DEFAULTS,
  IMAGE_DEFAULTS,
  NOTIFICATION_DEFAULTS,
  portDefaults,
  REQUIREMENT_DEFAULTS,
} from './definition-defaults.js';
import type { AuthoredFields } from './definition-events.js';
import type { AmiRequirement, OwnerNotification, PortDefinition } from './definition-model.js';
import { MAX_PORTS, nodeCountFaults, portTemplateFaults, type Topology } from './definition-rules.js';
import { PORT_KINDS, PORT_PROTOCOLS } from './definition-terms.js';

/** Fields of definitions in requests, with their limits and defaults. */

export const licenseType = z.enum(LICENSE_TYPES).meta({ id: 'LicenseType' });

const cmlVersion = z
  .string()
  .trim()
  .regex(/^\d{1,6}(\.\d{1,6}){0,3}$/, { message: 'must be numbers with dots, for example 2.9.0' });

const amiRequirement = z
  .strictObject({
    namePattern: field.line(1, 200).nullish().describe('Image name; only `*` is special.'),
    minVersion: cmlVersion.nullish().describe('Lowest CML version, included.'),
    maxVersion: cmlVersion.nullish().describe('Highest CML version, included.'),
    nodeDefinitions: z
      .array(field.line(1, 100))
      .max(50)
      .nullish()
      .describe('Node definitions the image must offer.'),
  })
  .refine(
    ({ namePattern, minVersion, maxVersion, nodeDefinitions }) =>
      namePattern != null || minVersion != null || maxVersion != null || (nodeDefinitions?.length ?? 0) > 0,
    { message: 'must ask for at least one thing' },
  )
  .meta({ id: 'AmiRequirementInput', description: 'What an image must offer; all given parts must hold.' });

const resourceRequirements = z
  .strictObject({
    cpuCores: field.whole(1, 64).describe('CPU cores, 1-64.'),
    memoryGb: field.whole(1, 256).describe('Memory in GiB, 1-256.'),
    storageGb: field.whole(1, 1000).describe('Storage in GiB, 1-1000.'),
    nestedVirt: z
      .boolean()
      .nullish()
      .describe('Whether the lab needs nested virtualisation; true by default.'),
    amiRequirements: z
      .array(amiRequirement)
      .max(10)
      .nullish()
      .describe('Demands on the image, up to 10; all must hold.'),
  })
  .meta({ id: 'ResourceRequirementsInput', description: 'Room one instance needs on a worker.' });

const portDefinition = z
  .strictObject({
    name: z
      .string()
      .trim()
      .regex(/^[a-z][a-z0-9_]{0,62}$/, { message: 'must be a-z, 0-9 and "_", up to 63 characters' })
      .describe('Name, unique in the template.'),
    protocol: z.enum(PORT_PROTOCOLS).meta({ id: 'PortProtocol' }).nullish().describe('TCP by default.'),
    kind: z.enum(PORT_KINDS).meta({ id: 'PortKind' }).nullish().describe('OTHER by default.'),
    nodeLabel: field.line(1, 255).nullish().describe('Label of the node behind it; required unless OTHER.'),
    line: field.whole(0, 99).nullish().describe('Line of a serial console, 0-99; 0 by default.'),
    insidePort: z
      .int()
      .min(1)
      .max(65_535)
      .meta({ graphql: 'Port' })
      .nullish()
      .describe('Port inside the lab; required for PAT.'),
    description: field.line(0, 200).nullish().describe('What it is for, up to 200 characters.'),
  })
  .meta({ id: 'PortDefinitionInput', description: 'A named outside port, without its number.' });

const webUrl = field.uri(/^https$/, 'must be an https URL');

const ownerNotification = z
  .strictObject({
    email: field.email.nullish().describe('Mail address to tell.'),
    webhookUrl: webUrl.nullish().describe('https address to call.'),
    notifyOnStart: z.boolean().nullish().describe('When an instance starts; true by default.'),
    notifyOnComplete: z.boolean().nullish().describe('When an instance ends; true by default.'),
    notifyOnError: z.boolean().nullish().describe('When something goes wrong; true by default.'),
  })
  .refine(({ email, webhookUrl }) => email != null || webhookUrl != null, {
    message: 'needs an email or a webhookUrl',
  })
  .meta({ id: 'OwnerNotificationInput', description: 'Whom to tell about instances.' });

const artifactUri = field.uri(/^(file|https|s3)$/, 'must be a file:, https: or s3: URI');

const gradingUri = field.uri(/^(https|s3)$/, 'must be an https: or s3: URI');

/** Every field an author can set, all but name, version and URI optional. */
export const definitionFields = {
  labArtifactUri: artifactUri.describe(
    'Where the lab file is: `file:`, `https:` or `s3:`, up to 2048 characters.',
  ),
  resourceRequirements: resourceRequirements.describe('Room one instance needs.'),
  licenseAffinity: z
    .array(licenseType)
    .min(1)
    .max(LICENSE_TYPES.length)
    .refine((licenses) => new Set(licenses).size === licenses.length, { message: 'must be distinct' })
    .nullish()
    .describe('Licences that may host it; all three by default.'),
  nodeCount: field
    .whole(1, 500)
    .nullish()
    .describe('Nodes that count against a licence, 1-500; 1 by default.'),
  portTemplate: z
    .array(portDefinition)
    .max(MAX_PORTS)
    .nullish()
    .describe('Named ports, up to 64, in the order in which numbers are given.'),
  gradingRulesUri: gradingUri.nullish().describe('Where grading criteria are; stored, not fetched.'),
  maxDurationMinutes: field
    .whole(1, 480)
    .nullish()
    .describe('Longest timeslot in minutes, 1-480; 60 by default.'),
  warmPoolDepth: field
    .whole(0, 10)
    .nullish()
    .describe('Labs to keep imported ahead of need, 0-10; 0 by default.'),
  ownerNotification: ownerNotification.nullish().describe('Whom to tell about instances.'),
  extractTopology: z
    .boolean()
    .nullish()
    .describe('Read the lab file at once and take node count and ports from it; not together with them.'),
};

interface TopologyInput {
  extractTopology?: boolean | null | undefined;
  nodeCount?: number | null | undefined;
  portTemplate?: z.output<typeof portDefinition>[] | null | undefined;
}

/** `nodeCount` and `portTemplate` are either given or read from the file. */
export function oneTopology(input: field.Unchecked): FieldFault[] {
  if (input['extractTopology'] !== true) return [];
  const message = 'must be absent when the topology is read from the lab file';
  return (['nodeCount', 'portTemplate'] as const)
    .filter((path) => input[path] != null)
    .map((path) => ({ path, rule: 'NOT_ALLOWED', message }));
}

/** Rules of a new definition that concern several fields; the aggregate keeps them too. */
export function declaredRules(input: field.Unchecked): FieldFault[] {
  const { nodeCount, licenseAffinity } = fitting(input);
  return [
    ...oneTopology(input),
    ...declaredPortFaults(input),
    ...nodeCountFaults(nodeCount ?? 1, licenseAffinity ?? LICENSE_TYPES),
  ];
}

/** Faults between the ports that are given; what is wrong with a single one is told elsewhere. */
export function declaredPortFaults({ portTemplate }: field.Unchecked): FieldFault[] {
  if (!Array.isArray(portTemplate)) return [];
  const ports = portTemplate.slice(0, MAX_PORTS).map((given, index) => {
    const port = portDefinition.safeParse(given).data;
    // No name, so that it clashes with none; its place counts.
    return port ? portOf(port) : portOf({ name: `#${index}` });
  });
  return portTemplateFaults(ports);
}

/** Node count and licences, each where it is one. */
export function fitting(input: field.Unchecked) {
  return {
    nodeCount: definitionFields.nodeCount.safeParse(input['nodeCount']).data,
    licenseAffinity: definitionFields.licenseAffinity.safeParse(input['licenseAffinity']).data,
  };
}

/** Node count and ports as an author declares them, with defaults. */
export function declaredTopology({ nodeCount, portTemplate }: TopologyInput): Topology {
  return {
    nodeCount: nodeCount ?? DEFINITION_DEFAULTS.nodeCount,
    portTemplate: (portTemplate ?? []).map(portOf),
  };
}

function portOf(port: z.output<typeof portDefinition>): PortDefinition {
  const { name, ...given } = withoutNulls(port);
  return { name, ...portDefaults(port), ...given };
}

type Authored = { name: string; version: string } & z.output<z.ZodObject<typeof definitionFields>>;

/** What an author wrote, with defaults filled in. */
export function authoredFields(input: Authored): AuthoredFields {
  const { cpuCores, memoryGb, storageGb, nestedVirt, amiRequirements } = input.resourceRequirements;
  return {
    name: input.name,
    version: input.version,
    labArtifactUri: input.labArtifactUri,
    resourceRequirements: {
      cpuCores,
      memoryGb,
      storageGb,
      nestedVirt: nestedVirt ?? REQUIREMENT_DEFAULTS.nestedVirt,
      amiRequirements: (amiRequirements ?? []).map(imageRequirementOf),
    },
    licenseAffinity: input.licenseAffinity ?? [...DEFINITION_DEFAULTS.licenseAffinity],
    gradingRulesUri: input.gradingRulesUri ?? null,
    maxDurationMinutes: input.maxDurationMinutes ?? DEFINITION_DEFAULTS.maxDurationMinutes,
    warmPoolDepth: input.warmPoolDepth ?? DEFINITION_DEFAULTS.warmPoolDepth,
    ownerNotification: input.ownerNotification ? notificationOf(input.ownerNotification) : null,
  };
}

function imageRequirementOf(given: z.output<typeof amiRequirement>): AmiRequirement {
  return { ...IMAGE_DEFAULTS, ...withoutNulls(given) };
}

function notificationOf(given: z.output<typeof ownerNotification>): OwnerNotification {
  return { ...NOTIFICATION_DEFAULTS, ...withoutNulls(given) };
}
