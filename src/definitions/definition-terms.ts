/** The words of definitions: the values of their enums, shared by the stored form, the aggregate and the APIs. */

export const DEFINITION_STATUSES = ['ACTIVE', 'DEPRECATED', 'ARCHIVED'] as const;
export type DefinitionStatus = (typeof DEFINITION_STATUSES)[number];

export const DEFINITION_ORDER_FIELDS = ['NAME', 'CREATED_AT'] as const;
export type DefinitionOrderField = (typeof DEFINITION_ORDER_FIELDS)[number];

/** Where node count and ports come from: given by the author, or read from the lab file. */
export const TOPOLOGY_SOURCES = ['DECLARED', 'EXTRACTED'] as const;
export type TopologySource = (typeof TOPOLOGY_SOURCES)[number];

export const SYNC_STATUSES = ['NEVER', 'SUCCESS', 'FAILED'] as const;
export type SyncStatus = (typeof SYNC_STATUSES)[number];

export const SYNC_OUTCOMES = ['FIRST_SYNC', 'UNCHANGED', 'NEW_VERSION'] as const;
export type SyncOutcome = (typeof SYNC_OUTCOMES)[number];

export const PORT_PROTOCOLS = ['TCP', 'UDP'] as const;
export type PortProtocol = (typeof PORT_PROTOCOLS)[number];

export const PORT_KINDS = ['SERIAL', 'VNC', 'PAT', 'OTHER'] as const;
export type PortKind = (typeof PORT_KINDS)[number];
