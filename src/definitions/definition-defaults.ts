import { LICENSE_TYPES, type LicenseType } from '../claims/license.js';
import { eachWithDefaults, withDefaults } from '../lib/with-defaults.js';
import type { DefinitionState } from './definition-events.js';
import type {
  AmiRequirement,
  OwnerNotification,
  PortDefinition,
  ResourceRequirements,
} from './definition-model.js';
import type { DefinitionStatus, SyncStatus, TopologySource } from './definition-terms.js';

/** What stands for a field that an author leaves out or that an older document lacks. */
export const DEFINITION_DEFAULTS = {
  labYamlHash: '',
  topologySource: 'DECLARED' as TopologySource,
  licenseAffinity: [...LICENSE_TYPES] as LicenseType[],
  nodeCount: 1,
  portTemplate: [] as PortDefinition[],
  gradingRulesUri: null,
  maxDurationMinutes: 60,
  warmPoolDepth: 0,
  ownerNotification: null,
  status: 'ACTIVE' as DefinitionStatus,
  previousVersionId: null,
  supersedesId: null,
  deprecatedAt: null,
  deprecatedBy: null,
  deprecationReason: null,
  replacementId: null,
  syncStatus: 'NEVER' as SyncStatus,
  lastSyncedAt: null,
  lastSyncError: null,
} satisfies Partial<DefinitionState>;

export const REQUIREMENT_DEFAULTS = {
  nestedVirt: true,
  amiRequirements: [] as AmiRequirement[],
} satisfies Partial<ResourceRequirements>;

export const IMAGE_DEFAULTS = {
  namePattern: null,
  minVersion: null,
  maxVersion: null,
  nodeDefinitions: [] as string[],
} satisfies AmiRequirement;

const PORT_DEFAULTS = {
  protocol: 'TCP',
  kind: 'OTHER',
  nodeLabel: null,
  line: null,
  insidePort: null,
  description: null,
} satisfies Partial<PortDefinition>;

const SERIAL_DEFAULTS = { ...PORT_DEFAULTS, line: 0 } satisfies Partial<PortDefinition>;

export const NOTIFICATION_DEFAULTS = {
  email: null,
  webhookUrl: null,
  notifyOnStart: true,
  notifyOnComplete: true,
  notifyOnError: true,
} satisfies OwnerNotification;

/** A stored document with the defaults of fields, and of parts of them, that it was written without. */
export function upgradeDefinition<D extends Partial<DefinitionState>>(
  document: D,
): D & typeof DEFINITION_DEFAULTS {
  const filled = withDefaults(document, DEFINITION_DEFAULTS);
  const { resourceRequirements: room, portTemplate, ownerNotification } = filled as Partial<DefinitionState>;
  const parts = {
    ...(room && { resourceRequirements: withRequirements(room) }),
    ...(portTemplate && { portTemplate: eachWithDefaults(portTemplate, portDefaults) }),
    ...(ownerNotification && { ownerNotification: withDefaults(ownerNotification, NOTIFICATION_DEFAULTS) }),
  };
  const isWhole = Object.entries(parts).every(([name, part]) => part === filled[name as keyof typeof parts]);
  return isWhole ? filled : ({ ...filled, ...parts } as typeof filled);
}

export function portDefaults({ kind }: { readonly kind?: string | null | undefined }) {
  return kind === 'SERIAL' ? SERIAL_DEFAULTS : PORT_DEFAULTS;
}

function withRequirements(room: ResourceRequirements): ResourceRequirements {
  const filled = withDefaults(room, REQUIREMENT_DEFAULTS);
  const amiRequirements = eachWithDefaults(filled.amiRequirements, () => IMAGE_DEFAULTS);
  return amiRequirements === filled.amiRequirements ? filled : { ...filled, amiRequirements };
}
