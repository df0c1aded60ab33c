/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Kinds of objects that change through events. */
export const AggregateType = {
  /** A `LabletDefinition`. */
  DEFINITION: 'DEFINITION',
  /** A `LabletInstance`. */
  INSTANCE: 'INSTANCE',
  /** A `WorkerTemplate`. */
  TEMPLATE: 'TEMPLATE',
  /** A `Worker`. */
  WORKER: 'WORKER'
} as const;

export type AggregateType = typeof AggregateType[keyof typeof AggregateType];
/** What an image must offer; all given parts must hold. */
export type AmiRequirementInput = {
  /** Highest CML version, included. */
  readonly maxVersion?: string | null | undefined;
  /** Lowest CML version, included. */
  readonly minVersion?: string | null | undefined;
  /** Image name; only `*` is special. */
  readonly namePattern?: string | null | undefined;
  /** Node definitions the image must offer. */
  readonly nodeDefinitions?: ReadonlyArray<string> | null | undefined;
};

/** Input of `archiveDefinition`. */
export type ArchiveDefinitionInput = {
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** The definition version, DEPRECATED. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
};

/** All given parts must hold. */
export type AuditFilter = {
  /** Before. */
  readonly before?: string | null | undefined;
  /** Made by this subject, or by `system:<part>`. */
  readonly caller?: string | null | undefined;
  /** At or after. */
  readonly from?: string | null | undefined;
  /** By this operation, as `scheduleInstance`. */
  readonly operation?: string | null | undefined;
  /** By this request, with all that followed from it. */
  readonly requestId?: string | null | undefined;
  /** Of this object. */
  readonly targetId?: string | null | undefined;
  /** Of objects of this type. */
  readonly targetType?: AuditTarget | null | undefined;
};

/** What a change can be about. */
export const AuditTarget = {
  /** No single object: a repair that was asked for, a file of templates that was loaded again. */
  CONTROL_PLANE: 'CONTROL_PLANE',
  /** A `LabletDefinition`. */
  DEFINITION: 'DEFINITION',
  /** A `LabletInstance`. */
  INSTANCE: 'INSTANCE',
  /** A `WorkerTemplate`. */
  TEMPLATE: 'TEMPLATE',
  /** A `Worker`. */
  WORKER: 'WORKER'
} as const;

export type AuditTarget = typeof AuditTarget[keyof typeof AuditTarget];
/** Input of `cancelWorkerDrain`. */
export type CancelWorkerDrainInput = {
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** The worker, DRAINING. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Why, up to 500 characters. */
  readonly reason?: string | null | undefined;
};

/** New room of a worker; absent is unchanged. */
export type CapacityChangeInput = {
  /** CPU cores, 1-4096. */
  readonly cpuCores?: number | null | undefined;
  /** Memory in GiB, 1-65536. */
  readonly memoryGb?: number | null | undefined;
  /** CML nodes, 1-10000; null: no limit. */
  readonly nodes?: number | null | undefined;
  /** Storage in GiB, 10-1000000. */
  readonly storageGb?: number | null | undefined;
};

/** What a worker has too little of. */
export const CapacityDimension = {
  /** Bytes to store its claims in. */
  CLAIM_BYTES: 'CLAIM_BYTES',
  /** CPU cores. */
  CPU_CORES: 'CPU_CORES',
  /** Memory, GiB. */
  MEMORY_GB: 'MEMORY_GB',
  /** CML nodes that count against a licence. */
  NODES: 'NODES',
  /** Storage, GiB. */
  STORAGE_GB: 'STORAGE_GB'
} as const;

export type CapacityDimension = typeof CapacityDimension[keyof typeof CapacityDimension];
/** Total room of a worker. */
export type CapacityInput = {
  /** CPU cores, 1-4096. */
  readonly cpuCores: number;
  /** Memory in GiB, 1-65536. */
  readonly memoryGb: number;
  /** CML nodes, 1-10000; null: no limit. */
  readonly nodes?: number | null | undefined;
  /** Storage in GiB, 10-1000000. */
  readonly storageGb: number;
};

/** Input of `createDefinition`. */
export type CreateDefinitionInput = {
  /** Read the lab file at once and take node count and ports from it; not together with them. */
  readonly extractTopology?: boolean | null | undefined;
  /** Where grading criteria are; stored, not fetched. */
  readonly gradingRulesUri?: string | null | undefined;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Where the lab file is: `file:`, `https:` or `s3:`, up to 2048 characters. */
  readonly labArtifactUri: string;
  /** Licences that may host it; all three by default. */
  readonly licenseAffinity?: ReadonlyArray<LicenseType> | null | undefined;
  /** Longest timeslot in minutes, 1-480; 60 by default. */
  readonly maxDurationMinutes?: number | null | undefined;
  /** Name of the new family, unique. */
  readonly name: string;
  /** Nodes that count against a licence, 1-500; 1 by default. */
  readonly nodeCount?: number | null | undefined;
  /** Whom to tell about instances. */
  readonly ownerNotification?: OwnerNotificationInput | null | undefined;
  /** Named ports, up to 64, in the order in which numbers are given. */
  readonly portTemplate?: ReadonlyArray<PortDefinitionInput> | null | undefined;
  /** Room one instance needs. */
  readonly resourceRequirements: ResourceRequirementsInput;
  /** Its first version. */
  readonly version: string;
  /** Labs to keep imported ahead of need, 0-10; 0 by default. */
  readonly warmPoolDepth?: number | null | undefined;
};

/** Input of `createDefinitionVersion`. */
export type CreateDefinitionVersionInput = {
  /** Read the lab file at once and take node count and ports from it; not together with them. */
  readonly extractTopology?: boolean | null | undefined;
  /** The version this one is based on; not archived. */
  readonly fromId: string;
  /** Where grading criteria are; stored, not fetched. */
  readonly gradingRulesUri?: string | null | undefined;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Where the lab file is: `file:`, `https:` or `s3:`, up to 2048 characters. */
  readonly labArtifactUri?: string | null | undefined;
  /** Licences that may host it; all three by default. */
  readonly licenseAffinity?: ReadonlyArray<LicenseType> | null | undefined;
  /** Longest timeslot in minutes, 1-480; 60 by default. */
  readonly maxDurationMinutes?: number | null | undefined;
  /** Nodes that count against a licence, 1-500; 1 by default. */
  readonly nodeCount?: number | null | undefined;
  /** Whom to tell about instances. */
  readonly ownerNotification?: OwnerNotificationInput | null | undefined;
  /** Named ports, up to 64, in the order in which numbers are given. */
  readonly portTemplate?: ReadonlyArray<PortDefinitionInput> | null | undefined;
  /** Room one instance needs. */
  readonly resourceRequirements?: ResourceRequirementsInput | null | undefined;
  /** Its number, above that of the base and not in use. */
  readonly version: string;
  /** Labs to keep imported ahead of need, 0-10; 0 by default. */
  readonly warmPoolDepth?: number | null | undefined;
};

/** Input of `createInstance`. */
export type CreateInstanceInput = {
  /** The version to run; or give `definitionName`. */
  readonly definitionId?: string | null | undefined;
  /** Name of the family; the latest version unless one is given. */
  readonly definitionName?: string | null | undefined;
  /** Version of `definitionName`. */
  readonly definitionVersion?: string | null | undefined;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** For whom; the caller by default. ADMIN and SERVICE only. */
  readonly ownerId?: string | null | undefined;
  /** Reference of an outside booking, unique. */
  readonly reservationId?: string | null | undefined;
  /** End of the slot, excluded; the longest allowed by default. */
  readonly timeslotEnd?: string | null | undefined;
  /** Start of the slot; now by default. At most 365 days ahead. */
  readonly timeslotStart?: string | null | undefined;
};

/** Input of `createTemplate`. */
export type CreateTemplateInput = {
  /** Image name; only * is special. */
  readonly amiPattern: string;
  /** Room of such a worker, as a whole. */
  readonly capacity: CapacityInput;
  /** Price of an hour in US dollars, up to 4 places; null: unknown. Unknown by default. */
  readonly costPerHourUsd?: number | null | undefined;
  /** What it is for. Empty by default. */
  readonly description?: string | null | undefined;
  /** Hours until a draining worker is stopped, 1-48. 4 by default. */
  readonly drainTimeoutHours?: number | null | undefined;
  /** False retires the template. True by default. */
  readonly enabled?: boolean | null | undefined;
  /** Port numbers that are never handed out. 9090 by default. */
  readonly excludedPorts?: ReadonlyArray<number> | null | undefined;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Machine type in the cloud. */
  readonly instanceType: string;
  /** Licence of its CML controller. */
  readonly licenseType: LicenseType;
  /** Name, unique and fixed. */
  readonly name: string;
  /** Port numbers that may be handed out. 2000-9999 by default. */
  readonly portRange?: PortRangeInput | null | undefined;
  /** Regions where it may be used; empty: any. Empty by default. */
  readonly regions?: ReadonlyArray<string> | null | undefined;
  /** Minutes until such a worker is ready, 1-120. 20 by default. */
  readonly startupTimeMinutes?: number | null | undefined;
  /** Labels of the machine. None by default. */
  readonly tags?: ReadonlyArray<TagInput> | null | undefined;
};

/** All given parts must hold. */
export type DefinitionFilter = {
  /** Of this family. */
  readonly name?: string | null | undefined;
  /** In this status; ACTIVE by default. */
  readonly status?: DefinitionStatus | null | undefined;
  /** Whose name contains this text of 2-50 characters, large and small letters alike. */
  readonly text?: string | null | undefined;
  /** With this version. */
  readonly version?: string | null | undefined;
  /** With a version in this range. */
  readonly versionRange?: VersionRange | null | undefined;
};

/** Order of a list of definitions; ties by id. */
export type DefinitionOrder = {
  /** ASC by default; DESC is the same order backwards. */
  readonly direction?: OrderDirection | null | undefined;
  /** By what. */
  readonly field: DefinitionOrderField;
};

/** What a list of definitions is ordered by. */
export const DefinitionOrderField = {
  /** Time of creation. */
  CREATED_AT: 'CREATED_AT',
  /** Name by its characters, capitals before small letters; the highest version of a name first. */
  NAME: 'NAME'
} as const;

export type DefinitionOrderField = typeof DefinitionOrderField[keyof typeof DefinitionOrderField];
/** Life of a definition version. */
export const DefinitionStatus = {
  /** Takes new instances. */
  ACTIVE: 'ACTIVE',
  /** Kept for the record only. */
  ARCHIVED: 'ARCHIVED',
  /** Takes no new instances; existing ones go on. */
  DEPRECATED: 'DEPRECATED'
} as const;

export type DefinitionStatus = typeof DefinitionStatus[keyof typeof DefinitionStatus];
/** Input of `deprecateDefinition`. */
export type DeprecateDefinitionInput = {
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** The definition version. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Why, up to 500 characters. */
  readonly reason: string;
  /** The version to use instead; not archived. */
  readonly replacementId?: string | null | undefined;
};

/** Input of `drainWorker`. */
export type DrainWorkerInput = {
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** The worker, RUNNING. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Why, up to 500 characters. */
  readonly reason?: string | null | undefined;
};

/** Codes in `errors[].extensions.code`. They never change meaning. */
export const ErrorCode = {
  /** A unique value is in use. Repeating the call does not help. */
  ALREADY_EXISTS: 'ALREADY_EXISTS',
  /** The scheme, root, host, bucket or address is not allowed. Repeating the call does not help. */
  ARTIFACT_NOT_ALLOWED: 'ARTIFACT_NOT_ALLOWED',
  /** The definition has no lab file text to render yet. Repeating the call does not help. */
  ARTIFACT_NOT_SYNCED: 'ARTIFACT_NOT_SYNCED',
  /** The lab file is above the size limit. Repeating the call does not help. */
  ARTIFACT_TOO_LARGE: 'ARTIFACT_TOO_LARGE',
  /** The lab file is missing, denied or could not be read in time. The same call may succeed later. */
  ARTIFACT_UNAVAILABLE: 'ARTIFACT_UNAVAILABLE',
  /** The worker has not enough room. The same call may succeed later. */
  CAPACITY_EXCEEDED: 'CAPACITY_EXCEEDED',
  /** The instance is already scheduled on another worker. Repeating the call does not help. */
  CLAIM_CONFLICT: 'CLAIM_CONFLICT',
  /** Every attempt to claim was overtaken by another caller. The same call may succeed later. */
  CLAIM_CONTENTION: 'CLAIM_CONTENTION',
  /** The claim belongs to another token. Repeating the call does not help. */
  CLAIM_NOT_OWNED: 'CLAIM_NOT_OWNED',
  /** Instances of the definition are not terminated yet. Repeating the call does not help. */
  DEFINITION_IN_USE: 'DEFINITION_IN_USE',
  /** The definition is deprecated or archived. Repeating the call does not help. */
  DEFINITION_NOT_ACTIVE: 'DEFINITION_NOT_ACTIVE',
  /** Only a deprecated definition can be archived. Repeating the call does not help. */
  DEFINITION_NOT_DEPRECATED: 'DEFINITION_NOT_DEPRECATED',
  /** The caller lacks a role that may do this. Repeating the call does not help. */
  FORBIDDEN: 'FORBIDDEN',
  /** The idempotency key was used with other input. Repeating the call does not help. */
  IDEMPOTENCY_CONFLICT: 'IDEMPOTENCY_CONFLICT',
  /** Anything else; the request id finds it in the log. Repeating the call does not help. */
  INTERNAL: 'INTERNAL',
  /** The move is not in the transition table. Repeating the call does not help. */
  INVALID_TRANSITION: 'INVALID_TRANSITION',
  /** The lab file breaks a rule of its format. Repeating the call does not help. */
  LAB_YAML_INVALID: 'LAB_YAML_INVALID',
  /** The object does not exist or the caller may not see it. Repeating the call does not help. */
  NOT_FOUND: 'NOT_FOUND',
  /** No worker template satisfies the requirements. Repeating the call does not help. */
  NO_TEMPLATE_FITS: 'NO_TEMPLATE_FITS',
  /** The body or message is above its limit. Repeating the call does not help. */
  PAYLOAD_TOO_LARGE: 'PAYLOAD_TOO_LARGE',
  /** The worker has too few free port numbers. The same call may succeed later. */
  PORTS_EXHAUSTED: 'PORTS_EXHAUSTED',
  /** The change would hit port numbers that are held. Repeating the call does not help. */
  PORT_IN_USE: 'PORT_IN_USE',
  /** The port range is invalid, or a number lies outside it. Repeating the call does not help. */
  PORT_OUT_OF_RANGE: 'PORT_OUT_OF_RANGE',
  /** The document exceeds a query limit. Repeating the call does not help. */
  QUERY_TOO_COSTLY: 'QUERY_TOO_COSTLY',
  /** The caller sends too many requests. The same call may succeed later. */
  RATE_LIMITED: 'RATE_LIMITED',
  /** The object changed since it was read. The same call may succeed later. */
  REVISION_CONFLICT: 'REVISION_CONFLICT',
  /** The subscriber lags too far behind; resume from the given revision. The same call may succeed later. */
  SLOW_READER: 'SLOW_READER',
  /** A store cannot be reached. The same call may succeed later. */
  STORE_UNAVAILABLE: 'STORE_UNAVAILABLE',
  /** The worker template file is broken. Repeating the call does not help. */
  TEMPLATE_FILE_INVALID: 'TEMPLATE_FILE_INVALID',
  /** The deadline passed. The same call may succeed later. */
  TIMEOUT: 'TIMEOUT',
  /** The timeslot breaks a rule. Repeating the call does not help. */
  TIMESLOT_INVALID: 'TIMESLOT_INVALID',
  /** No, expired or bad credentials. Repeating the call does not help. */
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  /** The input breaks rules; all of them are listed at once. Repeating the call does not help. */
  VALIDATION_FAILED: 'VALIDATION_FAILED',
  /** The version is not above the one it is based on. Repeating the call does not help. */
  VERSION_NOT_HIGHER: 'VERSION_NOT_HIGHER',
  /** Claims are held on the worker, or limits would be lowered while it runs. The same call may succeed later. */
  WORKER_BUSY: 'WORKER_BUSY',
  /** The worker is not RUNNING and takes no claims. The same call may succeed later. */
  WORKER_NOT_ACCEPTING: 'WORKER_NOT_ACCEPTING',
  /** Licence, image or node limit of the worker do not fit. Repeating the call does not help. */
  WORKER_NOT_ELIGIBLE: 'WORKER_NOT_ELIGIBLE'
} as const;

export type ErrorCode = typeof ErrorCode[keyof typeof ErrorCode];
/** All given parts must hold. */
export type EventFilter = {
  /** Of this object. */
  readonly aggregateId?: string | null | undefined;
  /** Of objects of this type. */
  readonly aggregateType?: AggregateType | null | undefined;
  /** Before. */
  readonly before?: string | null | undefined;
  /** At or after. */
  readonly from?: string | null | undefined;
  /** About this worker, also those of instances on it. */
  readonly workerId?: string | null | undefined;
};

/** Result of grading. */
export type GradingScoreInput = {
  /** Points by criterion, up to 200 lines. */
  readonly breakdown?: ReadonlyArray<ScoreLineInput>;
  /** Points possible. */
  readonly max: number;
  /** Whether it is a pass. */
  readonly passed: boolean;
  /** Points given, at most `max`. */
  readonly total: number;
};

/** Which fact of a worker excludes a definition. */
export const IneligibilityKind = {
  /** The name of its image. */
  IMAGE_NAME: 'IMAGE_NAME',
  /** Its version of CML. */
  IMAGE_VERSION: 'IMAGE_VERSION',
  /** Its licence is not among those of the definition. */
  LICENSE: 'LICENSE',
  /** A node definition is not installed. */
  NODE_DEFINITIONS: 'NODE_DEFINITIONS',
  /** Its licence never allows so many nodes. */
  NODE_LIMIT: 'NODE_LIMIT'
} as const;

export type IneligibilityKind = typeof IneligibilityKind[keyof typeof IneligibilityKind];
/** All given parts must hold. */
export type InstanceChangesFilter = {
  /** Runs of this definition version. */
  readonly definitionId?: string | null | undefined;
  /** One of these instances, up to 100. */
  readonly ids?: ReadonlyArray<string> | null | undefined;
  /** Of this owner. */
  readonly ownerId?: string | null | undefined;
  /** In one of these states; leaving them is announced as REMOVED. */
  readonly states?: ReadonlyArray<InstanceState> | null | undefined;
  /** On this worker. */
  readonly workerId?: string | null | undefined;
};

/** All given parts must hold. */
export type InstanceFilter = {
  /** Runs of this definition version. */
  readonly definitionId?: string | null | undefined;
  /** Of this owner. */
  readonly ownerId?: string | null | undefined;
  /** Slot starts before. */
  readonly startsBefore?: string | null | undefined;
  /** Slot starts at or after. */
  readonly startsFrom?: string | null | undefined;
  /** In one of these states; without it, every state but TERMINATED. */
  readonly states?: ReadonlyArray<InstanceState> | null | undefined;
  /** On this worker. */
  readonly workerId?: string | null | undefined;
};

/** Order of a list of instances; ties by id. */
export type InstanceOrder = {
  /** Which way. */
  readonly direction: OrderDirection;
  /** By what. */
  readonly field: InstanceOrderField;
};

/** Orders of a list of instances. */
export const InstanceOrderField = {
  /** By the time they were asked for. */
  CREATED_AT: 'CREATED_AT',
  /** By the start of the slot. */
  START: 'START'
} as const;

export type InstanceOrderField = typeof InstanceOrderField[keyof typeof InstanceOrderField];
/** State of an instance, from request to clean-up. */
export const InstanceState = {
  /** Results stored, ready for clean-up. */
  ARCHIVED: 'ARCHIVED',
  /** Evidence being read from the nodes. */
  COLLECTING: 'COLLECTING',
  /** Evidence being scored outside. */
  GRADING: 'GRADING',
  /** Lab being imported and started. */
  INSTANTIATING: 'INSTANTIATING',
  /** Asked for, no worker yet. */
  PENDING: 'PENDING',
  /** Usable by its owner. */
  RUNNING: 'RUNNING',
  /** Worker and ports fixed, waiting for its time. */
  SCHEDULED: 'SCHEDULED',
  /** Lab stopped, room still held. */
  STOPPED: 'STOPPED',
  /** Lab being stopped. */
  STOPPING: 'STOPPING',
  /** Everything released, final. */
  TERMINATED: 'TERMINATED'
} as const;

export type InstanceState = typeof InstanceState[keyof typeof InstanceState];
/** How much a warning matters. */
export const LabWarningLevel = {
  /** Good to know. */
  INFO: 'INFO',
  /** The lab may not do what was meant. */
  WARNING: 'WARNING'
} as const;

export type LabWarningLevel = typeof LabWarningLevel[keyof typeof LabWarningLevel];
/** What a warning is about. */
export const LabWarningRule = {
  /** An annotation looks like a port tag, but will not show its number. */
  ANNOTATION_STAYS: 'ANNOTATION_STAYS',
  /** A configuration holds what looks like a placeholder; it stays as it is. */
  CONFIGURATION_STAYS: 'CONFIGURATION_STAYS',
  /** No tag leads to the console of a node of a kind that has one. */
  CONSOLE_MISSING: 'CONSOLE_MISSING',
  /** A tag holds a number, which every instance replaces; a placeholder says so. */
  HARD_CODED_PORT: 'HARD_CODED_PORT',
  /** Two nodes have one label. */
  LABEL_REPEATED: 'LABEL_REPEATED',
  /** More nodes than a type of licence allows. */
  LICENSE_LIMIT: 'LICENSE_LIMIT',
  /** A link leads to a node or an interface that is not there. */
  LINK_BROKEN: 'LINK_BROKEN',
  /** There are more warnings than are shown. */
  MORE_WARNINGS: 'MORE_WARNINGS',
  /** The name of a port holds the beginning of a long label only. */
  NAME_CUT: 'NAME_CUT',
  /** The name of a port got a number, since another port has the name. */
  NAME_SUFFIXED: 'NAME_SUFFIXED',
  /** An annotation holds the placeholder of a port that no node tag names. */
  PLACEHOLDER_UNKNOWN: 'PLACEHOLDER_UNKNOWN',
  /** A tag looks like a port but names none, and is ignored. */
  TAG_MISSPELT: 'TAG_MISSPELT'
} as const;

export type LabWarningRule = typeof LabWarningRule[keyof typeof LabWarningRule];
/** Licence kinds of a CML controller. */
export const LicenseType = {
  /** No limit of nodes. */
  ENTERPRISE: 'ENTERPRISE',
  /** At most 5 nodes on a worker, over all its instances together. */
  EVALUATION: 'EVALUATION',
  /** At most 20 nodes on a worker, over all its instances together. */
  PERSONAL: 'PERSONAL'
} as const;

export type LicenseType = typeof LicenseType[keyof typeof LicenseType];
/** What a message of a live stream says. */
export const LiveEventKind = {
  /** Nothing happened for a while; the position moved on. */
  BOOKMARK: 'BOOKMARK',
  /** An object changed, or came to match the filter. */
  CHANGED: 'CHANGED',
  /** An object no longer matches the filter. */
  REMOVED: 'REMOVED',
  /** The position is too old: a new snapshot follows; drop what it lacks. */
  RESYNC_REQUIRED: 'RESYNC_REQUIRED',
  /** An object as it is now; more may follow before SYNCED. */
  SNAPSHOT: 'SNAPSHOT',
  /** The snapshot, or what was missed, is complete. */
  SYNCED: 'SYNCED'
} as const;

export type LiveEventKind = typeof LiveEventKind[keyof typeof LiveEventKind];
/** Direction of a list. */
export const OrderDirection = {
  /** Lowest first. */
  ASC: 'ASC',
  /** Highest first. */
  DESC: 'DESC'
} as const;

export type OrderDirection = typeof OrderDirection[keyof typeof OrderDirection];
/** Whom to tell about instances. */
export type OwnerNotificationInput = {
  /** Mail address to tell. */
  readonly email?: string | null | undefined;
  /** When an instance ends; true by default. */
  readonly notifyOnComplete?: boolean | null | undefined;
  /** When something goes wrong; true by default. */
  readonly notifyOnError?: boolean | null | undefined;
  /** When an instance starts; true by default. */
  readonly notifyOnStart?: boolean | null | undefined;
  /** https address to call. */
  readonly webhookUrl?: string | null | undefined;
};

/** A named outside port, without its number. */
export type PortDefinitionInput = {
  /** What it is for, up to 200 characters. */
  readonly description?: string | null | undefined;
  /** Port inside the lab; required for PAT. */
  readonly insidePort?: number | null | undefined;
  /** OTHER by default. */
  readonly kind?: PortKind | null | undefined;
  /** Line of a serial console, 0-99; 0 by default. */
  readonly line?: number | null | undefined;
  /** Name, unique in the template. */
  readonly name: string;
  /** Label of the node behind it; required unless OTHER. */
  readonly nodeLabel?: string | null | undefined;
  /** TCP by default. */
  readonly protocol?: PortProtocol | null | undefined;
};

/** What is behind an outside port. */
export const PortKind = {
  /** Anything else. */
  OTHER: 'OTHER',
  /** A port of a node, translated. */
  PAT: 'PAT',
  /** A serial console of a node. */
  SERIAL: 'SERIAL',
  /** The screen of a node. */
  VNC: 'VNC'
} as const;

export type PortKind = typeof PortKind[keyof typeof PortKind];
/** Transport protocol of a port. */
export const PortProtocol = {
  /** Transmission Control Protocol. */
  TCP: 'TCP',
  /** User Datagram Protocol. */
  UDP: 'UDP'
} as const;

export type PortProtocol = typeof PortProtocol[keyof typeof PortProtocol];
/** Port numbers that may be handed out, both ends included. */
export type PortRangeInput = {
  /** Highest number. */
  readonly end: number;
  /** Lowest number, from 1024. */
  readonly start: number;
};

/** How far a controller has come with a port. */
export const PortStatus = {
  /** The number is held. */
  ALLOCATED: 'ALLOCATED',
  /** The controller has set it up. */
  CONFIGURED: 'CONFIGURED',
  /** It answers. */
  REACHABLE: 'REACHABLE'
} as const;

export type PortStatus = typeof PortStatus[keyof typeof PortStatus];
/** What a controller observes of one port. */
export type PortStatusInput = {
  /** Name of a port that the instance holds. */
  readonly name: string;
  /** How far it is. */
  readonly status: PortStatus;
};

/** Input of `recordGradingScore`. */
export type RecordGradingScoreInput = {
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** The instance, GRADING. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** What the grading found. */
  readonly score: GradingScoreInput;
};

/** Input of `registerWorker`. */
export type RegisterWorkerInput = {
  /** Image the machine runs. */
  readonly amiName?: string | null | undefined;
  /** Id of the machine in the cloud. */
  readonly cloudInstanceId?: string | null | undefined;
  /** Version of CML, for example 2.9.0. */
  readonly cmlVersion?: string | null | undefined;
  /** Total room; required unless the template has it. */
  readonly declaredCapacity?: CapacityInput | null | undefined;
  /** Longest drain in hours, 1-48; 4 by default. */
  readonly drainTimeoutHours?: number | null | undefined;
  /** https address of its CML controller. */
  readonly endpointUrl?: string | null | undefined;
  /** Numbers never handed out; 9090 by default. */
  readonly excludedPorts?: ReadonlyArray<number> | null | undefined;
  /** Host name or address where owners reach ports. */
  readonly host?: string | null | undefined;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Machine type; required unless the template has it. */
  readonly instanceType?: string | null | undefined;
  /** Licence; required unless the template has it. */
  readonly licenseType?: LicenseType | null | undefined;
  /** Unique name: a-z, 0-9 and "-", up to 63 characters. */
  readonly name: string;
  /** Node definitions it offers. */
  readonly nodeDefinitions?: ReadonlyArray<string> | null | undefined;
  /** Numbers that may be handed out; 2000-9999 by default. */
  readonly portRange?: PortRangeInput | null | undefined;
  /** Region; required unless the template has it, which then gives its first one. */
  readonly region?: string | null | undefined;
  /** Template to take values from; later edits of it change nothing here. */
  readonly templateName?: string | null | undefined;
};

/** Input of `reloadTemplates`. */
export type ReloadTemplatesInput = {
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
};

/** What was done about a finding. */
export const RepairAction = {
  /** Mended. */
  REPAIRED: 'REPAIRED',
  /** Left as it is. */
  REPORTED: 'REPORTED'
} as const;

export type RepairAction = typeof RepairAction[keyof typeof RepairAction];
/** What repair found. */
export const RepairFindingKind = {
  /** A live state that is newer than the document, or a key without a document. */
  AHEAD_STATE: 'AHEAD_STATE',
  /** The same, and its room or a number is taken by another one; only reported. */
  CLAIM_LOST: 'CLAIM_LOST',
  /** A key that cannot be read. */
  MALFORMED_KEY: 'MALFORMED_KEY',
  /** A document records a claim that is in no key. */
  MISSING_CLAIM: 'MISSING_CLAIM',
  /** A claim that no document supports. */
  ORPHAN_CLAIM: 'ORPHAN_CLAIM',
  /** A claim that is in some of its keys only. */
  PARTIAL_CLAIM: 'PARTIAL_CLAIM',
  /** Limits or openness of a worker differ from its document, or its claim keys are missing. */
  STALE_CONFIG: 'STALE_CONFIG',
  /** A live state that is older than the document, or missing. */
  STALE_STATE: 'STALE_STATE',
  /** A version that a sync replaced and that is still ACTIVE. */
  UNFINISHED_SYNC: 'UNFINISHED_SYNC',
  /** An event that waits in its document. */
  UNPUBLISHED_EVENT: 'UNPUBLISHED_EVENT',
  /** An instance on a worker that is STOPPED or TERMINATED. */
  WORKER_GONE: 'WORKER_GONE'
} as const;

export type RepairFindingKind = typeof RepairFindingKind[keyof typeof RepairFindingKind];
/** How far a pass of repair is. */
export const RepairReportStatus = {
  /** Finished. */
  DONE: 'DONE',
  /** Ended early, by a store for instance; ask again. */
  FAILED: 'FAILED',
  /** Waits for the leader. */
  REQUESTED: 'REQUESTED',
  /** Under way. */
  RUNNING: 'RUNNING'
} as const;

export type RepairReportStatus = typeof RepairReportStatus[keyof typeof RepairReportStatus];
/** What started a pass of repair. */
export const RepairTrigger = {
  /** A process took the lead. */
  LEAD: 'LEAD',
  /** `runRepair`. */
  REQUEST: 'REQUEST',
  /** The interval of the leader. */
  SWEEP: 'SWEEP'
} as const;

export type RepairTrigger = typeof RepairTrigger[keyof typeof RepairTrigger];
/** Why a pass mended nothing. */
export const RepairWithheld = {
  /** The documents are older than the live store; `force` accepts them. */
  DOCUMENTS_WENT_BACK: 'DOCUMENTS_WENT_BACK',
  /** It was asked to report only. */
  DRY_RUN: 'DRY_RUN',
  /** It would have taken away too much; `force` does it. */
  THRESHOLD: 'THRESHOLD'
} as const;

export type RepairWithheld = typeof RepairWithheld[keyof typeof RepairWithheld];
/** Input of `reportInstance`. */
export type ReportInstanceInput = {
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** The instance. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Ports, each at most once. */
  readonly portStatuses?: ReadonlyArray<PortStatusInput> | null | undefined;
  /** A failed start, INSTANTIATING only; the fourth is refused: terminate instead. */
  readonly startFailure?: StartFailureInput | null | undefined;
};

/** Input of `reportWorker`. */
export type ReportWorkerInput = {
  /** Image the machine runs. */
  readonly amiName?: string | null | undefined;
  /** Id of the machine in the cloud. */
  readonly cloudInstanceId?: string | null | undefined;
  /** Version of CML, for example 2.9.0. */
  readonly cmlVersion?: string | null | undefined;
  /** https address of its CML controller. */
  readonly endpointUrl?: string | null | undefined;
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** Host name or address where owners reach ports. */
  readonly host?: string | null | undefined;
  /** The worker, in any status. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Node definitions it offers. */
  readonly nodeDefinitions?: ReadonlyArray<string> | null | undefined;
  /** Load now; null: not known any more. */
  readonly telemetry?: TelemetryInput | null | undefined;
};

/** Room one instance needs on a worker. */
export type ResourceRequirementsInput = {
  /** Demands on the image, up to 10; all must hold. */
  readonly amiRequirements?: ReadonlyArray<AmiRequirementInput> | null | undefined;
  /** CPU cores, 1-64. */
  readonly cpuCores: number;
  /** Memory in GiB, 1-256. */
  readonly memoryGb: number;
  /** Whether the lab needs nested virtualisation; true by default. */
  readonly nestedVirt?: boolean | null | undefined;
  /** Storage in GiB, 1-1000. */
  readonly storageGb: number;
};

/** What a caller may be; rights of several roles add up. */
export const Role = {
  /** Platform administrator: everything, including repair and archiving. */
  ADMIN: 'ADMIN',
  /** Lab author: creates, versions, syncs and deprecates definitions. */
  AUTHOR: 'AUTHOR',
  /** Operator: workers, templates and all instances. */
  MANAGER: 'MANAGER',
  /** Scheduler, controllers, booking and assessment systems. */
  SERVICE: 'SERVICE',
  /** Candidate or learner: books, watches and ends own instances. */
  USER: 'USER'
} as const;

export type Role = typeof Role[keyof typeof Role];
/** Input of `runRepair`. */
export type RunRepairInput = {
  /** Only report; false by default. */
  readonly dryRun?: boolean;
  /** Mend also what a pass by itself only reports: when it would take much away, or the documents are older than the live store. False by default. */
  readonly force?: boolean;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
};

/** Input of `scheduleInstance`. */
export type ScheduleInstanceInput = {
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** The instance, PENDING. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** The worker that is to run it, RUNNING. */
  readonly workerId: string;
};

/** Points of one criterion. */
export type ScoreLineInput = {
  /** What was scored, up to 200 characters. */
  readonly criterion: string;
  /** Points possible. */
  readonly max: number;
  /** Points given, at most `max`. */
  readonly points: number;
};

/** A start that failed. */
export type StartFailureInput = {
  /** Code of the controller, up to 100 characters. */
  readonly code: string;
  /** What went wrong, for people; up to 500 characters. */
  readonly message: string;
};

/** Input of `syncDefinition`. */
export type SyncDefinitionInput = {
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** The definition version, ACTIVE. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
};

/** How a sync ended. */
export const SyncOutcome = {
  /** The text was read for the first time and is kept with the version. */
  FIRST_SYNC: 'FIRST_SYNC',
  /** The text has changed: a new version replaces this one, which is deprecated. */
  NEW_VERSION: 'NEW_VERSION',
  /** The text is the same as before. */
  UNCHANGED: 'UNCHANGED'
} as const;

export type SyncOutcome = typeof SyncOutcome[keyof typeof SyncOutcome];
/** Result of the latest sync with the lab file. */
export const SyncStatus = {
  /** The latest sync failed; see `lastSyncError`. */
  FAILED: 'FAILED',
  /** Not synced yet. */
  NEVER: 'NEVER',
  /** The latest sync succeeded. */
  SUCCESS: 'SUCCESS'
} as const;

export type SyncStatus = typeof SyncStatus[keyof typeof SyncStatus];
/** How declared ports and lab file differ. */
export const SyncWarningRule = {
  /** In the lab file, but not declared. */
  NOT_DECLARED: 'NOT_DECLARED',
  /** Declared, but no tag of the lab file has it. */
  NOT_IN_FILE: 'NOT_IN_FILE'
} as const;

export type SyncWarningRule = typeof SyncWarningRule[keyof typeof SyncWarningRule];
/** A label of the machine. */
export type TagInput = {
  /** Unique key. */
  readonly key: string;
  /** Value, may be empty. */
  readonly value: string;
};

/** Load of a worker. */
export type TelemetryInput = {
  /** CPU in use, 0-100. */
  readonly cpuPercent: number;
  /** Labs on the controller. */
  readonly labs: number;
  /** Memory in use, 0-100. */
  readonly memoryPercent: number;
  /** Storage in use, 0-100. */
  readonly storagePercent: number;
};

/** What a load of the file did to one template. */
export const TemplateLoadOutcome = {
  /** It is stored and the file does not name it; nothing was done. */
  ABSENT: 'ABSENT',
  /** It was not stored; the file made it. */
  INSERTED: 'INSERTED',
  /** It was edited or made by hand, so the file does not touch it. */
  KEPT: 'KEPT',
  /** Its entry had not changed. */
  UNCHANGED: 'UNCHANGED',
  /** Nobody had edited it, and its entry had changed. */
  UPDATED: 'UPDATED'
} as const;

export type TemplateLoadOutcome = typeof TemplateLoadOutcome[keyof typeof TemplateLoadOutcome];
/** Which demand a template does not meet. */
export const TemplateReasonKind = {
  /** Too few CPU cores. */
  CPU_CORES: 'CPU_CORES',
  /** The template is retired. */
  ENABLED: 'ENABLED',
  /** No image name matches both patterns. */
  IMAGE_NAME: 'IMAGE_NAME',
  /** No version of its images lies within the bounds. */
  IMAGE_VERSION: 'IMAGE_VERSION',
  /** Its licence is not in the licence affinity. */
  LICENSE: 'LICENSE',
  /** Too little memory. */
  MEMORY_GB: 'MEMORY_GB',
  /** Its own limit of nodes is too low. */
  NODES: 'NODES',
  /** More nodes than its licence allows. */
  NODE_LIMIT: 'NODE_LIMIT',
  /** Too few port numbers that may be handed out. */
  PORTS: 'PORTS',
  /** It may not be used in the region. */
  REGION: 'REGION',
  /** Too little storage. */
  STORAGE_GB: 'STORAGE_GB'
} as const;

export type TemplateReasonKind = typeof TemplateReasonKind[keyof typeof TemplateReasonKind];
/** What one instance needs of a worker. */
export type TemplateRequirementsInput = {
  /** Demands on the image, up to 10; all must hold. */
  readonly amiRequirements?: ReadonlyArray<AmiRequirementInput> | null | undefined;
  /** CPU cores, 1-64. */
  readonly cpuCores: number;
  /** Licences that may host it; all three by default. */
  readonly licenseAffinity?: ReadonlyArray<LicenseType> | null | undefined;
  /** Memory in GiB, 1-256. */
  readonly memoryGb: number;
  /** Whether the lab needs nested virtualisation; true by default. */
  readonly nestedVirt?: boolean | null | undefined;
  /** Nodes that count against a licence, 1-500; 1 by default. */
  readonly nodeCount?: number | null | undefined;
  /** Outside ports it needs, 0-64; 0 by default. */
  readonly portCount?: number | null | undefined;
  /** Storage in GiB, 1-1000. */
  readonly storageGb: number;
};

/** Input of `terminateInstance`. */
export type TerminateInstanceInput = {
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** The instance, in any state. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Why, up to 500 characters; a SERVICE must say it for a starting one. */
  readonly reason?: string | null | undefined;
};

/** Where node count and ports come from. */
export const TopologySource = {
  /** Given by the author. */
  DECLARED: 'DECLARED',
  /** Read from the lab file. */
  EXTRACTED: 'EXTRACTED'
} as const;

export type TopologySource = typeof TopologySource[keyof typeof TopologySource];
/** Input of `transitionInstance`. */
export type TransitionInstanceInput = {
  /** Id of the lab in CML; needed for the first RUNNING, and taken with RUNNING only. */
  readonly cmlLabId?: string | null | undefined;
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** The instance. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Why, up to 500 characters. */
  readonly reason?: string | null | undefined;
  /** The state that was reached. */
  readonly to: InstanceState;
};

/** Input of `transitionWorker`. */
export type TransitionWorkerInput = {
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** Stop although claims are held; ADMIN and SERVICE only. */
  readonly force?: boolean | null | undefined;
  /** The worker. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Why, up to 500 characters. */
  readonly reason?: string | null | undefined;
  /** The status that was reached or is ordered. */
  readonly to: WorkerStatus;
};

/** Input of `updateTemplate`. */
export type UpdateTemplateInput = {
  /** Image name; only * is special. */
  readonly amiPattern?: string | null | undefined;
  /** Room of such a worker, as a whole. */
  readonly capacity?: CapacityInput | null | undefined;
  /** Price of an hour in US dollars, up to 4 places; null: unknown. */
  readonly costPerHourUsd?: number | null | undefined;
  /** What it is for. */
  readonly description?: string | null | undefined;
  /** Hours until a draining worker is stopped, 1-48. */
  readonly drainTimeoutHours?: number | null | undefined;
  /** False retires the template. */
  readonly enabled?: boolean | null | undefined;
  /** Port numbers that are never handed out. */
  readonly excludedPorts?: ReadonlyArray<number> | null | undefined;
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** The template; its name is fixed. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** Machine type in the cloud. */
  readonly instanceType?: string | null | undefined;
  /** Licence of its CML controller. */
  readonly licenseType?: LicenseType | null | undefined;
  /** Port numbers that may be handed out. */
  readonly portRange?: PortRangeInput | null | undefined;
  /** Regions where it may be used; empty: any. */
  readonly regions?: ReadonlyArray<string> | null | undefined;
  /** Minutes until such a worker is ready, 1-120. */
  readonly startupTimeMinutes?: number | null | undefined;
  /** Labels of the machine. */
  readonly tags?: ReadonlyArray<TagInput> | null | undefined;
};

/** Input of `updateWorker`. */
export type UpdateWorkerInput = {
  /** New room. */
  readonly declaredCapacity?: CapacityChangeInput | null | undefined;
  /** Longest drain in hours, 1-48. */
  readonly drainTimeoutHours?: number | null | undefined;
  /** All numbers never handed out, the old ones too. */
  readonly excludedPorts?: ReadonlyArray<number> | null | undefined;
  /** Revision the caller has read; a stale one is REVISION_CONFLICT. Absent: the command re-reads. */
  readonly expectedRevision?: number | null | undefined;
  /** The worker. */
  readonly id: string;
  /** Key of this command, kept 24 h: the same key and input have one effect, also when sent again. */
  readonly idempotencyKey?: string | null | undefined;
  /** New unique name: a-z, 0-9 and "-", up to 63 characters. */
  readonly name?: string | null | undefined;
  /** Numbers that may be handed out from now on. */
  readonly portRange?: PortRangeInput | null | undefined;
};

/** Versions compared number by number: 1.10.0 is above 1.9.0. */
export type VersionRange = {
  /** The lowest, included. */
  readonly from?: string | null | undefined;
  /** The highest, included. */
  readonly to?: string | null | undefined;
};

/** All given parts must hold. */
export type WorkerChangesFilter = {
  /** One of these workers, up to 100. */
  readonly ids?: ReadonlyArray<string> | null | undefined;
  /** In one of these statuses; leaving them is announced as REMOVED. */
  readonly statuses?: ReadonlyArray<WorkerStatus> | null | undefined;
  /** Registered from this template. */
  readonly templateName?: string | null | undefined;
};

/** All given parts must hold. */
export type WorkerFilter = {
  /** With this licence. */
  readonly licenseType?: LicenseType | null | undefined;
  /** In this status. */
  readonly status?: WorkerStatus | null | undefined;
  /** Registered from this template. */
  readonly templateName?: string | null | undefined;
};

/** Status of a worker; only RUNNING takes new claims. */
export const WorkerStatus = {
  /** Finishes what it has and takes nothing new. */
  DRAINING: 'DRAINING',
  /** Unreachable or broken; may come back. */
  FAILED: 'FAILED',
  /** Asked for. */
  PENDING: 'PENDING',
  /** Machine starting, CML not ready. */
  PROVISIONING: 'PROVISIONING',
  /** Ready; the only status that takes new claims. */
  RUNNING: 'RUNNING',
  /** Off, disk kept. */
  STOPPED: 'STOPPED',
  /** Being stopped. */
  STOPPING: 'STOPPING',
  /** Gone, final. */
  TERMINATED: 'TERMINATED'
} as const;

export type WorkerStatus = typeof WorkerStatus[keyof typeof WorkerStatus];
/** What an operator should look at. */
export const WorkerWarning = {
  /** The port range passes 7999, where that of CML ends. */
  PORT_RANGE_ABOVE_CML_DEFAULT: 'PORT_RANGE_ABOVE_CML_DEFAULT',
  /** RUNNING, but no report for 5 minutes. */
  REPORT_OVERDUE: 'REPORT_OVERDUE'
} as const;

export type WorkerWarning = typeof WorkerWarning[keyof typeof WorkerWarning];
export type DefinitionFieldsFragment = { readonly id: string, readonly name: string, readonly version: string, readonly status: DefinitionStatus, readonly labArtifactUri: string, readonly labYamlHash: string, readonly topologySource: TopologySource, readonly nodeCount: number, readonly licenseAffinity: ReadonlyArray<LicenseType>, readonly maxDurationMinutes: number, readonly previousVersionId: string | null, readonly supersedesId: string | null, readonly deprecationReason: string | null, readonly replacementId: string | null, readonly syncStatus: SyncStatus, readonly lastSyncedAt: string | null, readonly createdAt: string, readonly createdBy: string, readonly revision: number, readonly portTemplate: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null }>, readonly resourceRequirements: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nestedVirt: boolean, readonly amiRequirements: ReadonlyArray<{ readonly namePattern: string | null, readonly minVersion: string | null, readonly maxVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> }> }, readonly lastSyncError: { readonly code: string, readonly message: string, readonly at: string } | null, readonly ownerNotification: { readonly email: string | null, readonly webhookUrl: string | null, readonly notifyOnStart: boolean, readonly notifyOnComplete: boolean, readonly notifyOnError: boolean } | null };

export type SyncDefinitionMutationVariables = Exact<{
  input: SyncDefinitionInput;
}>;


export type SyncDefinitionMutation = { readonly syncDefinition: { readonly outcome: SyncOutcome, readonly oldHash: string, readonly newHash: string, readonly liveRevision: string | null, readonly definition: { readonly id: string, readonly name: string, readonly version: string, readonly status: DefinitionStatus, readonly labArtifactUri: string, readonly labYamlHash: string, readonly topologySource: TopologySource, readonly nodeCount: number, readonly licenseAffinity: ReadonlyArray<LicenseType>, readonly maxDurationMinutes: number, readonly previousVersionId: string | null, readonly supersedesId: string | null, readonly deprecationReason: string | null, readonly replacementId: string | null, readonly syncStatus: SyncStatus, readonly lastSyncedAt: string | null, readonly createdAt: string, readonly createdBy: string, readonly revision: number, readonly portTemplate: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null }>, readonly resourceRequirements: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nestedVirt: boolean, readonly amiRequirements: ReadonlyArray<{ readonly namePattern: string | null, readonly minVersion: string | null, readonly maxVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> }> }, readonly lastSyncError: { readonly code: string, readonly message: string, readonly at: string } | null, readonly ownerNotification: { readonly email: string | null, readonly webhookUrl: string | null, readonly notifyOnStart: boolean, readonly notifyOnComplete: boolean, readonly notifyOnError: boolean } | null }, readonly newVersion: { readonly id: string, readonly name: string, readonly version: string, readonly status: DefinitionStatus, readonly labArtifactUri: string, readonly labYamlHash: string, readonly topologySource: TopologySource, readonly nodeCount: number, readonly licenseAffinity: ReadonlyArray<LicenseType>, readonly maxDurationMinutes: number, readonly previousVersionId: string | null, readonly supersedesId: string | null, readonly deprecationReason: string | null, readonly replacementId: string | null, readonly syncStatus: SyncStatus, readonly lastSyncedAt: string | null, readonly createdAt: string, readonly createdBy: string, readonly revision: number, readonly portTemplate: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null }>, readonly resourceRequirements: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nestedVirt: boolean, readonly amiRequirements: ReadonlyArray<{ readonly namePattern: string | null, readonly minVersion: string | null, readonly maxVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> }> }, readonly lastSyncError: { readonly code: string, readonly message: string, readonly at: string } | null, readonly ownerNotification: { readonly email: string | null, readonly webhookUrl: string | null, readonly notifyOnStart: boolean, readonly notifyOnComplete: boolean, readonly notifyOnError: boolean } | null } | null, readonly warnings: ReadonlyArray<{ readonly rule: SyncWarningRule, readonly port: string, readonly message: string }> } | null };

export type CreateDefinitionMutationVariables = Exact<{
  input: CreateDefinitionInput;
}>;


export type CreateDefinitionMutation = { readonly createDefinition: { readonly liveRevision: string | null, readonly definition: { readonly id: string, readonly name: string, readonly version: string, readonly status: DefinitionStatus, readonly labArtifactUri: string, readonly labYamlHash: string, readonly topologySource: TopologySource, readonly nodeCount: number, readonly licenseAffinity: ReadonlyArray<LicenseType>, readonly maxDurationMinutes: number, readonly previousVersionId: string | null, readonly supersedesId: string | null, readonly deprecationReason: string | null, readonly replacementId: string | null, readonly syncStatus: SyncStatus, readonly lastSyncedAt: string | null, readonly createdAt: string, readonly createdBy: string, readonly revision: number, readonly portTemplate: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null }>, readonly resourceRequirements: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nestedVirt: boolean, readonly amiRequirements: ReadonlyArray<{ readonly namePattern: string | null, readonly minVersion: string | null, readonly maxVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> }> }, readonly lastSyncError: { readonly code: string, readonly message: string, readonly at: string } | null, readonly ownerNotification: { readonly email: string | null, readonly webhookUrl: string | null, readonly notifyOnStart: boolean, readonly notifyOnComplete: boolean, readonly notifyOnError: boolean } | null } } | null };

export type DefinitionQueryVariables = Exact<{
  id: string;
}>;


export type DefinitionQuery = { readonly definition: { readonly labYamlCached: string | null, readonly id: string, readonly name: string, readonly version: string, readonly status: DefinitionStatus, readonly labArtifactUri: string, readonly labYamlHash: string, readonly topologySource: TopologySource, readonly nodeCount: number, readonly licenseAffinity: ReadonlyArray<LicenseType>, readonly maxDurationMinutes: number, readonly previousVersionId: string | null, readonly supersedesId: string | null, readonly deprecationReason: string | null, readonly replacementId: string | null, readonly syncStatus: SyncStatus, readonly lastSyncedAt: string | null, readonly createdAt: string, readonly createdBy: string, readonly revision: number, readonly portTemplate: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null }>, readonly resourceRequirements: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nestedVirt: boolean, readonly amiRequirements: ReadonlyArray<{ readonly namePattern: string | null, readonly minVersion: string | null, readonly maxVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> }> }, readonly lastSyncError: { readonly code: string, readonly message: string, readonly at: string } | null, readonly ownerNotification: { readonly email: string | null, readonly webhookUrl: string | null, readonly notifyOnStart: boolean, readonly notifyOnComplete: boolean, readonly notifyOnError: boolean } | null } | null };

export type DefinitionByNameQueryVariables = Exact<{
  name: string;
  version?: string | null | undefined;
}>;


export type DefinitionByNameQuery = { readonly definitionByName: { readonly id: string, readonly name: string, readonly version: string, readonly status: DefinitionStatus, readonly labArtifactUri: string, readonly labYamlHash: string, readonly topologySource: TopologySource, readonly nodeCount: number, readonly licenseAffinity: ReadonlyArray<LicenseType>, readonly maxDurationMinutes: number, readonly previousVersionId: string | null, readonly supersedesId: string | null, readonly deprecationReason: string | null, readonly replacementId: string | null, readonly syncStatus: SyncStatus, readonly lastSyncedAt: string | null, readonly createdAt: string, readonly createdBy: string, readonly revision: number, readonly portTemplate: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null }>, readonly resourceRequirements: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nestedVirt: boolean, readonly amiRequirements: ReadonlyArray<{ readonly namePattern: string | null, readonly minVersion: string | null, readonly maxVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> }> }, readonly lastSyncError: { readonly code: string, readonly message: string, readonly at: string } | null, readonly ownerNotification: { readonly email: string | null, readonly webhookUrl: string | null, readonly notifyOnStart: boolean, readonly notifyOnComplete: boolean, readonly notifyOnError: boolean } | null } | null };

export type DefinitionsQueryVariables = Exact<{
  filter?: DefinitionFilter | null | undefined;
  orderBy?: DefinitionOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type DefinitionsQuery = { readonly definitions: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly id: string, readonly name: string, readonly version: string, readonly status: DefinitionStatus, readonly labArtifactUri: string, readonly labYamlHash: string, readonly topologySource: TopologySource, readonly nodeCount: number, readonly licenseAffinity: ReadonlyArray<LicenseType>, readonly maxDurationMinutes: number, readonly previousVersionId: string | null, readonly supersedesId: string | null, readonly deprecationReason: string | null, readonly replacementId: string | null, readonly syncStatus: SyncStatus, readonly lastSyncedAt: string | null, readonly createdAt: string, readonly createdBy: string, readonly revision: number, readonly portTemplate: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null }>, readonly resourceRequirements: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nestedVirt: boolean, readonly amiRequirements: ReadonlyArray<{ readonly namePattern: string | null, readonly minVersion: string | null, readonly maxVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> }> }, readonly lastSyncError: { readonly code: string, readonly message: string, readonly at: string } | null, readonly ownerNotification: { readonly email: string | null, readonly webhookUrl: string | null, readonly notifyOnStart: boolean, readonly notifyOnComplete: boolean, readonly notifyOnError: boolean } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } | null };

export type DefinitionVersionsQueryVariables = Exact<{
  name: string;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}>;


export type DefinitionVersionsQuery = { readonly definitionVersions: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly id: string, readonly name: string, readonly version: string, readonly status: DefinitionStatus, readonly labArtifactUri: string, readonly labYamlHash: string, readonly topologySource: TopologySource, readonly nodeCount: number, readonly licenseAffinity: ReadonlyArray<LicenseType>, readonly maxDurationMinutes: number, readonly previousVersionId: string | null, readonly supersedesId: string | null, readonly deprecationReason: string | null, readonly replacementId: string | null, readonly syncStatus: SyncStatus, readonly lastSyncedAt: string | null, readonly createdAt: string, readonly createdBy: string, readonly revision: number, readonly portTemplate: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null }>, readonly resourceRequirements: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nestedVirt: boolean, readonly amiRequirements: ReadonlyArray<{ readonly namePattern: string | null, readonly minVersion: string | null, readonly maxVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> }> }, readonly lastSyncError: { readonly code: string, readonly message: string, readonly at: string } | null, readonly ownerNotification: { readonly email: string | null, readonly webhookUrl: string | null, readonly notifyOnStart: boolean, readonly notifyOnComplete: boolean, readonly notifyOnError: boolean } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } | null };

export type CreateDefinitionVersionMutationVariables = Exact<{
  input: CreateDefinitionVersionInput;
}>;


export type CreateDefinitionVersionMutation = { readonly createDefinitionVersion: { readonly liveRevision: string | null, readonly definition: { readonly previousVersionId: string | null, readonly deprecatedAt: string | null, readonly deprecatedBy: string | null, readonly deprecationReason: string | null, readonly replacementId: string | null, readonly id: string, readonly name: string, readonly version: string, readonly status: DefinitionStatus, readonly labArtifactUri: string, readonly labYamlHash: string, readonly topologySource: TopologySource, readonly nodeCount: number, readonly licenseAffinity: ReadonlyArray<LicenseType>, readonly maxDurationMinutes: number, readonly supersedesId: string | null, readonly syncStatus: SyncStatus, readonly lastSyncedAt: string | null, readonly createdAt: string, readonly createdBy: string, readonly revision: number, readonly portTemplate: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null }>, readonly resourceRequirements: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nestedVirt: boolean, readonly amiRequirements: ReadonlyArray<{ readonly namePattern: string | null, readonly minVersion: string | null, readonly maxVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> }> }, readonly lastSyncError: { readonly code: string, readonly message: string, readonly at: string } | null, readonly ownerNotification: { readonly email: string | null, readonly webhookUrl: string | null, readonly notifyOnStart: boolean, readonly notifyOnComplete: boolean, readonly notifyOnError: boolean } | null } } | null };

export type DeprecateDefinitionMutationVariables = Exact<{
  input: DeprecateDefinitionInput;
}>;


export type DeprecateDefinitionMutation = { readonly deprecateDefinition: { readonly liveRevision: string | null, readonly definition: { readonly previousVersionId: string | null, readonly deprecatedAt: string | null, readonly deprecatedBy: string | null, readonly deprecationReason: string | null, readonly replacementId: string | null, readonly id: string, readonly name: string, readonly version: string, readonly status: DefinitionStatus, readonly labArtifactUri: string, readonly labYamlHash: string, readonly topologySource: TopologySource, readonly nodeCount: number, readonly licenseAffinity: ReadonlyArray<LicenseType>, readonly maxDurationMinutes: number, readonly supersedesId: string | null, readonly syncStatus: SyncStatus, readonly lastSyncedAt: string | null, readonly createdAt: string, readonly createdBy: string, readonly revision: number, readonly portTemplate: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null }>, readonly resourceRequirements: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nestedVirt: boolean, readonly amiRequirements: ReadonlyArray<{ readonly namePattern: string | null, readonly minVersion: string | null, readonly maxVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> }> }, readonly lastSyncError: { readonly code: string, readonly message: string, readonly at: string } | null, readonly ownerNotification: { readonly email: string | null, readonly webhookUrl: string | null, readonly notifyOnStart: boolean, readonly notifyOnComplete: boolean, readonly notifyOnError: boolean } | null } } | null };

export type ArchiveDefinitionMutationVariables = Exact<{
  input: ArchiveDefinitionInput;
}>;


export type ArchiveDefinitionMutation = { readonly archiveDefinition: { readonly liveRevision: string | null, readonly definition: { readonly previousVersionId: string | null, readonly deprecatedAt: string | null, readonly deprecatedBy: string | null, readonly deprecationReason: string | null, readonly replacementId: string | null, readonly id: string, readonly name: string, readonly version: string, readonly status: DefinitionStatus, readonly labArtifactUri: string, readonly labYamlHash: string, readonly topologySource: TopologySource, readonly nodeCount: number, readonly licenseAffinity: ReadonlyArray<LicenseType>, readonly maxDurationMinutes: number, readonly supersedesId: string | null, readonly syncStatus: SyncStatus, readonly lastSyncedAt: string | null, readonly createdAt: string, readonly createdBy: string, readonly revision: number, readonly portTemplate: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null }>, readonly resourceRequirements: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nestedVirt: boolean, readonly amiRequirements: ReadonlyArray<{ readonly namePattern: string | null, readonly minVersion: string | null, readonly maxVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> }> }, readonly lastSyncError: { readonly code: string, readonly message: string, readonly at: string } | null, readonly ownerNotification: { readonly email: string | null, readonly webhookUrl: string | null, readonly notifyOnStart: boolean, readonly notifyOnComplete: boolean, readonly notifyOnError: boolean } | null } } | null };

export type DefinitionDifferenceQueryVariables = Exact<{
  fromId: string;
  toId: string;
}>;


export type DefinitionDifferenceQuery = { readonly definitionDifference: { readonly portsReordered: boolean, readonly nodeCountFrom: number, readonly nodeCountTo: number, readonly labYamlHashFrom: string, readonly labYamlHashTo: string, readonly from: { readonly id: string, readonly version: string }, readonly to: { readonly id: string, readonly version: string }, readonly older: { readonly id: string, readonly version: string }, readonly fields: ReadonlyArray<{ readonly path: string, readonly from: string | null, readonly to: string | null }>, readonly portsAdded: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null, readonly description: string | null }>, readonly portsRemoved: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null, readonly description: string | null }>, readonly portsChanged: ReadonlyArray<{ readonly name: string, readonly fields: ReadonlyArray<string>, readonly from: { readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null, readonly description: string | null }, readonly to: { readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null, readonly description: string | null } }>, readonly unfinishedInstances: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly id: string, readonly state: InstanceState, readonly ownerId: string, readonly timeslotStart: string, readonly timeslotEnd: string }> } } | null };

export type PortFieldsFragment = { readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null, readonly description: string | null };

export type InspectLabYamlQueryVariables = Exact<{
  uri?: string | null | undefined;
  text?: string | null | undefined;
}>;


export type InspectLabYamlQuery = { readonly inspectLabYaml: { readonly hash: string, readonly nodeCount: number, readonly portTemplate: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly nodeLabel: string | null, readonly line: number | null, readonly insidePort: number | null }>, readonly warnings: ReadonlyArray<{ readonly rule: LabWarningRule, readonly level: LabWarningLevel, readonly message: string, readonly fix: string, readonly line: number, readonly column: number, readonly path: string }> } | null };

export type InstanceFieldsFragment = { readonly id: string, readonly definitionId: string, readonly definitionName: string, readonly definitionVersion: string, readonly ownerId: string, readonly reservationId: string | null, readonly timeslotStart: string, readonly timeslotEnd: string, readonly asSoonAsPossible: boolean, readonly state: InstanceState, readonly sequence: number, readonly workerId: string | null, readonly cmlLabId: string | null, readonly createdAt: string, readonly scheduledAt: string | null, readonly startedAt: string | null, readonly endedAt: string | null, readonly terminatedAt: string | null, readonly durationSeconds: number | null, readonly revision: number, readonly allocatedPorts: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly number: number, readonly status: PortStatus }>, readonly history: ReadonlyArray<{ readonly sequence: number, readonly from: InstanceState | null, readonly to: InstanceState, readonly at: string, readonly by: string, readonly reason: string | null }>, readonly terminationRequested: { readonly at: string, readonly by: string, readonly reason: string | null } | null };

export type CreateInstanceMutationVariables = Exact<{
  input: CreateInstanceInput;
}>;


export type CreateInstanceMutation = { readonly createInstance: { readonly liveRevision: string | null, readonly instance: { readonly id: string, readonly definitionId: string, readonly definitionName: string, readonly definitionVersion: string, readonly ownerId: string, readonly reservationId: string | null, readonly timeslotStart: string, readonly timeslotEnd: string, readonly asSoonAsPossible: boolean, readonly state: InstanceState, readonly sequence: number, readonly workerId: string | null, readonly cmlLabId: string | null, readonly createdAt: string, readonly scheduledAt: string | null, readonly startedAt: string | null, readonly endedAt: string | null, readonly terminatedAt: string | null, readonly durationSeconds: number | null, readonly revision: number, readonly allocatedPorts: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly number: number, readonly status: PortStatus }>, readonly history: ReadonlyArray<{ readonly sequence: number, readonly from: InstanceState | null, readonly to: InstanceState, readonly at: string, readonly by: string, readonly reason: string | null }>, readonly terminationRequested: { readonly at: string, readonly by: string, readonly reason: string | null } | null } } | null };

export type ScheduleInstanceMutationVariables = Exact<{
  input: ScheduleInstanceInput;
}>;


export type ScheduleInstanceMutation = { readonly scheduleInstance: { readonly liveRevision: string | null, readonly instance: { readonly id: string, readonly definitionId: string, readonly definitionName: string, readonly definitionVersion: string, readonly ownerId: string, readonly reservationId: string | null, readonly timeslotStart: string, readonly timeslotEnd: string, readonly asSoonAsPossible: boolean, readonly state: InstanceState, readonly sequence: number, readonly workerId: string | null, readonly cmlLabId: string | null, readonly createdAt: string, readonly scheduledAt: string | null, readonly startedAt: string | null, readonly endedAt: string | null, readonly terminatedAt: string | null, readonly durationSeconds: number | null, readonly revision: number, readonly allocatedPorts: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly number: number, readonly status: PortStatus }>, readonly history: ReadonlyArray<{ readonly sequence: number, readonly from: InstanceState | null, readonly to: InstanceState, readonly at: string, readonly by: string, readonly reason: string | null }>, readonly terminationRequested: { readonly at: string, readonly by: string, readonly reason: string | null } | null } } | null };

export type TransitionInstanceMutationVariables = Exact<{
  input: TransitionInstanceInput;
}>;


export type TransitionInstanceMutation = { readonly transitionInstance: { readonly liveRevision: string | null, readonly instance: { readonly id: string, readonly definitionId: string, readonly definitionName: string, readonly definitionVersion: string, readonly ownerId: string, readonly reservationId: string | null, readonly timeslotStart: string, readonly timeslotEnd: string, readonly asSoonAsPossible: boolean, readonly state: InstanceState, readonly sequence: number, readonly workerId: string | null, readonly cmlLabId: string | null, readonly createdAt: string, readonly scheduledAt: string | null, readonly startedAt: string | null, readonly endedAt: string | null, readonly terminatedAt: string | null, readonly durationSeconds: number | null, readonly revision: number, readonly allocatedPorts: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly number: number, readonly status: PortStatus }>, readonly history: ReadonlyArray<{ readonly sequence: number, readonly from: InstanceState | null, readonly to: InstanceState, readonly at: string, readonly by: string, readonly reason: string | null }>, readonly terminationRequested: { readonly at: string, readonly by: string, readonly reason: string | null } | null } } | null };

export type TerminateInstanceMutationVariables = Exact<{
  input: TerminateInstanceInput;
}>;


export type TerminateInstanceMutation = { readonly terminateInstance: { readonly liveRevision: string | null, readonly instance: { readonly id: string, readonly definitionId: string, readonly definitionName: string, readonly definitionVersion: string, readonly ownerId: string, readonly reservationId: string | null, readonly timeslotStart: string, readonly timeslotEnd: string, readonly asSoonAsPossible: boolean, readonly state: InstanceState, readonly sequence: number, readonly workerId: string | null, readonly cmlLabId: string | null, readonly createdAt: string, readonly scheduledAt: string | null, readonly startedAt: string | null, readonly endedAt: string | null, readonly terminatedAt: string | null, readonly durationSeconds: number | null, readonly revision: number, readonly allocatedPorts: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly number: number, readonly status: PortStatus }>, readonly history: ReadonlyArray<{ readonly sequence: number, readonly from: InstanceState | null, readonly to: InstanceState, readonly at: string, readonly by: string, readonly reason: string | null }>, readonly terminationRequested: { readonly at: string, readonly by: string, readonly reason: string | null } | null } } | null };

export type InstanceQueryVariables = Exact<{
  id: string;
  atLeast?: string | null | undefined;
}>;


export type InstanceQuery = { readonly instance: { readonly nextStates: ReadonlyArray<InstanceState>, readonly id: string, readonly definitionId: string, readonly definitionName: string, readonly definitionVersion: string, readonly ownerId: string, readonly reservationId: string | null, readonly timeslotStart: string, readonly timeslotEnd: string, readonly asSoonAsPossible: boolean, readonly state: InstanceState, readonly sequence: number, readonly workerId: string | null, readonly cmlLabId: string | null, readonly createdAt: string, readonly scheduledAt: string | null, readonly startedAt: string | null, readonly endedAt: string | null, readonly terminatedAt: string | null, readonly durationSeconds: number | null, readonly revision: number, readonly allocatedPorts: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly number: number, readonly status: PortStatus }>, readonly history: ReadonlyArray<{ readonly sequence: number, readonly from: InstanceState | null, readonly to: InstanceState, readonly at: string, readonly by: string, readonly reason: string | null }>, readonly terminationRequested: { readonly at: string, readonly by: string, readonly reason: string | null } | null } | null };

export type InstanceByReservationQueryVariables = Exact<{
  reservationId: string;
}>;


export type InstanceByReservationQuery = { readonly instanceByReservation: { readonly id: string, readonly definitionId: string, readonly definitionName: string, readonly definitionVersion: string, readonly ownerId: string, readonly reservationId: string | null, readonly timeslotStart: string, readonly timeslotEnd: string, readonly asSoonAsPossible: boolean, readonly state: InstanceState, readonly sequence: number, readonly workerId: string | null, readonly cmlLabId: string | null, readonly createdAt: string, readonly scheduledAt: string | null, readonly startedAt: string | null, readonly endedAt: string | null, readonly terminatedAt: string | null, readonly durationSeconds: number | null, readonly revision: number, readonly allocatedPorts: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly number: number, readonly status: PortStatus }>, readonly history: ReadonlyArray<{ readonly sequence: number, readonly from: InstanceState | null, readonly to: InstanceState, readonly at: string, readonly by: string, readonly reason: string | null }>, readonly terminationRequested: { readonly at: string, readonly by: string, readonly reason: string | null } | null } | null };

export type RenderedLabQueryVariables = Exact<{
  id: string;
}>;


export type RenderedLabQuery = { readonly instance: { readonly id: string, readonly renderedLabYaml: string | null } | null };

export type InstancesQueryVariables = Exact<{
  filter?: InstanceFilter | null | undefined;
  orderBy?: InstanceOrder | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
  atLeast?: string | null | undefined;
}>;


export type InstancesQuery = { readonly instances: { readonly liveRevision: string, readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly id: string, readonly definitionId: string, readonly definitionName: string, readonly definitionVersion: string, readonly ownerId: string, readonly reservationId: string | null, readonly timeslotStart: string, readonly timeslotEnd: string, readonly asSoonAsPossible: boolean, readonly state: InstanceState, readonly sequence: number, readonly workerId: string | null, readonly cmlLabId: string | null, readonly createdAt: string, readonly scheduledAt: string | null, readonly startedAt: string | null, readonly endedAt: string | null, readonly terminatedAt: string | null, readonly durationSeconds: number | null, readonly revision: number, readonly allocatedPorts: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly number: number, readonly status: PortStatus }>, readonly history: ReadonlyArray<{ readonly sequence: number, readonly from: InstanceState | null, readonly to: InstanceState, readonly at: string, readonly by: string, readonly reason: string | null }>, readonly terminationRequested: { readonly at: string, readonly by: string, readonly reason: string | null } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly hasPreviousPage: boolean, readonly startCursor: string | null, readonly endCursor: string | null } } | null };

export type ApproachingInstancesQueryVariables = Exact<{
  windowMinutes?: number | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type ApproachingInstancesQuery = { readonly approachingInstances: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly id: string, readonly definitionId: string, readonly definitionName: string, readonly definitionVersion: string, readonly ownerId: string, readonly reservationId: string | null, readonly timeslotStart: string, readonly timeslotEnd: string, readonly asSoonAsPossible: boolean, readonly state: InstanceState, readonly sequence: number, readonly workerId: string | null, readonly cmlLabId: string | null, readonly createdAt: string, readonly scheduledAt: string | null, readonly startedAt: string | null, readonly endedAt: string | null, readonly terminatedAt: string | null, readonly durationSeconds: number | null, readonly revision: number, readonly allocatedPorts: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly number: number, readonly status: PortStatus }>, readonly history: ReadonlyArray<{ readonly sequence: number, readonly from: InstanceState | null, readonly to: InstanceState, readonly at: string, readonly by: string, readonly reason: string | null }>, readonly terminationRequested: { readonly at: string, readonly by: string, readonly reason: string | null } | null }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type InstancesWithEdgesQueryVariables = Exact<{
  first?: number | null | undefined;
}>;


export type InstancesWithEdgesQuery = { readonly instances: { readonly nodes: ReadonlyArray<{ readonly id: string, readonly definition: { readonly id: string, readonly name: string, readonly versions: ReadonlyArray<{ readonly id: string, readonly version: string }> } | null, readonly worker: { readonly id: string, readonly name: string, readonly capacity: { readonly available: { readonly cpuCores: number } } } | null }> } | null };

export type InstanceGraphQueryVariables = Exact<{
  id: string;
}>;


export type InstanceGraphQuery = { readonly instance: { readonly id: string, readonly nextStates: ReadonlyArray<InstanceState>, readonly definition: { readonly id: string, readonly versions: ReadonlyArray<{ readonly version: string }> } | null, readonly worker: { readonly id: string, readonly name: string, readonly capacity: { readonly declared: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly allocated: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly available: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }, readonly ports: { readonly available: number, readonly range: { readonly start: number, readonly end: number }, readonly allocations: ReadonlyArray<{ readonly instanceId: string, readonly ports: ReadonlyArray<{ readonly name: string, readonly number: number }> }> }, readonly instances: ReadonlyArray<{ readonly id: string, readonly state: InstanceState }>, readonly template: { readonly name: string, readonly workers: ReadonlyArray<{ readonly id: string }> } | null } | null } | null };

export type InstanceTransitionsQueryVariables = Exact<{ [key: string]: never; }>;


export type InstanceTransitionsQuery = { readonly instanceTransitions: ReadonlyArray<{ readonly number: number, readonly from: InstanceState, readonly to: InstanceState, readonly commands: ReadonlyArray<string>, readonly event: string }> | null };

export type InstanceChangesSubscriptionVariables = Exact<{
  filter?: InstanceChangesFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type InstanceChangesSubscription = { readonly instanceChanges: { readonly kind: LiveEventKind, readonly liveRevision: string, readonly instanceId: string | null, readonly transition: { readonly from: InstanceState | null, readonly to: InstanceState, readonly at: string, readonly sequence: number } | null, readonly instance: { readonly id: string, readonly state: InstanceState, readonly sequence: number, readonly revision: number, readonly workerId: string | null } | null } };

export type RecordGradingScoreMutationVariables = Exact<{
  input: RecordGradingScoreInput;
}>;


export type RecordGradingScoreMutation = { readonly recordGradingScore: { readonly liveRevision: string | null, readonly instance: { readonly id: string, readonly definitionId: string, readonly definitionName: string, readonly definitionVersion: string, readonly ownerId: string, readonly reservationId: string | null, readonly timeslotStart: string, readonly timeslotEnd: string, readonly asSoonAsPossible: boolean, readonly state: InstanceState, readonly sequence: number, readonly workerId: string | null, readonly cmlLabId: string | null, readonly createdAt: string, readonly scheduledAt: string | null, readonly startedAt: string | null, readonly endedAt: string | null, readonly terminatedAt: string | null, readonly durationSeconds: number | null, readonly revision: number, readonly gradingScore: { readonly total: number, readonly max: number, readonly passed: boolean, readonly gradedAt: string, readonly breakdown: ReadonlyArray<{ readonly criterion: string, readonly points: number, readonly max: number }> } | null, readonly allocatedPorts: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly number: number, readonly status: PortStatus }>, readonly history: ReadonlyArray<{ readonly sequence: number, readonly from: InstanceState | null, readonly to: InstanceState, readonly at: string, readonly by: string, readonly reason: string | null }>, readonly terminationRequested: { readonly at: string, readonly by: string, readonly reason: string | null } | null } } | null };

export type ReportInstanceMutationVariables = Exact<{
  input: ReportInstanceInput;
}>;


export type ReportInstanceMutation = { readonly reportInstance: { readonly liveRevision: string | null, readonly instance: { readonly retryCount: number, readonly id: string, readonly definitionId: string, readonly definitionName: string, readonly definitionVersion: string, readonly ownerId: string, readonly reservationId: string | null, readonly timeslotStart: string, readonly timeslotEnd: string, readonly asSoonAsPossible: boolean, readonly state: InstanceState, readonly sequence: number, readonly workerId: string | null, readonly cmlLabId: string | null, readonly createdAt: string, readonly scheduledAt: string | null, readonly startedAt: string | null, readonly endedAt: string | null, readonly terminatedAt: string | null, readonly durationSeconds: number | null, readonly revision: number, readonly lastError: { readonly code: string, readonly message: string, readonly at: string } | null, readonly allocatedPorts: ReadonlyArray<{ readonly name: string, readonly protocol: PortProtocol, readonly kind: PortKind, readonly number: number, readonly status: PortStatus }>, readonly history: ReadonlyArray<{ readonly sequence: number, readonly from: InstanceState | null, readonly to: InstanceState, readonly at: string, readonly by: string, readonly reason: string | null }>, readonly terminationRequested: { readonly at: string, readonly by: string, readonly reason: string | null } | null } } | null };

export type RepairReportFieldsFragment = { readonly id: string, readonly status: RepairReportStatus, readonly trigger: RepairTrigger, readonly requestedBy: string, readonly dryRun: boolean, readonly force: boolean, readonly startedAt: string, readonly finishedAt: string | null, readonly found: number, readonly repaired: number, readonly withheld: RepairWithheld | null, readonly findings: ReadonlyArray<{ readonly kind: RepairFindingKind, readonly entityId: string, readonly workerId: string | null, readonly expected: string, readonly actual: string, readonly action: RepairAction }> };

export type RunRepairMutationVariables = Exact<{
  input: RunRepairInput;
}>;


export type RunRepairMutation = { readonly runRepair: { readonly liveRevision: string | null, readonly report: { readonly id: string, readonly status: RepairReportStatus, readonly trigger: RepairTrigger, readonly requestedBy: string, readonly dryRun: boolean, readonly force: boolean, readonly startedAt: string, readonly finishedAt: string | null, readonly found: number, readonly repaired: number, readonly withheld: RepairWithheld | null, readonly findings: ReadonlyArray<{ readonly kind: RepairFindingKind, readonly entityId: string, readonly workerId: string | null, readonly expected: string, readonly actual: string, readonly action: RepairAction }> } } | null };

export type RepairReportQueryVariables = Exact<{
  id: string;
}>;


export type RepairReportQuery = { readonly repairReport: { readonly id: string, readonly status: RepairReportStatus, readonly trigger: RepairTrigger, readonly requestedBy: string, readonly dryRun: boolean, readonly force: boolean, readonly startedAt: string, readonly finishedAt: string | null, readonly found: number, readonly repaired: number, readonly withheld: RepairWithheld | null, readonly findings: ReadonlyArray<{ readonly kind: RepairFindingKind, readonly entityId: string, readonly workerId: string | null, readonly expected: string, readonly actual: string, readonly action: RepairAction }> } | null };

export type RepairReportsQueryVariables = Exact<{
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type RepairReportsQuery = { readonly repairReports: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly id: string, readonly status: RepairReportStatus, readonly trigger: RepairTrigger, readonly requestedBy: string, readonly dryRun: boolean, readonly force: boolean, readonly startedAt: string, readonly finishedAt: string | null, readonly found: number, readonly repaired: number, readonly withheld: RepairWithheld | null, readonly findings: ReadonlyArray<{ readonly kind: RepairFindingKind, readonly entityId: string, readonly workerId: string | null, readonly expected: string, readonly actual: string, readonly action: RepairAction }> }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { readonly viewer: { readonly subject: string, readonly roles: ReadonlyArray<Role>, readonly expiresAt: string } | null };

export type LiveRevisionQueryVariables = Exact<{ [key: string]: never; }>;


export type LiveRevisionQuery = { readonly liveRevision: string | null };

export type ErrorCodesQueryVariables = Exact<{ [key: string]: never; }>;


export type ErrorCodesQuery = { readonly errorCodes: ReadonlyArray<ErrorCode> };

export type NodeQueryVariables = Exact<{
  id: string;
}>;


export type NodeQuery = { readonly node:
    | { readonly __typename: 'LabletDefinition', readonly id: string }
    | { readonly __typename: 'LabletInstance', readonly id: string }
    | { readonly __typename: 'RepairReport', readonly id: string }
    | { readonly __typename: 'Worker', readonly id: string }
    | { readonly __typename: 'WorkerTemplate', readonly id: string }
   | null };

export type NodesQueryVariables = Exact<{
  ids: ReadonlyArray<string> | string;
}>;


export type NodesQuery = { readonly nodes: ReadonlyArray<
    | { readonly __typename: 'LabletDefinition', readonly id: string }
    | { readonly __typename: 'LabletInstance', readonly id: string }
    | { readonly __typename: 'RepairReport', readonly id: string }
    | { readonly __typename: 'Worker', readonly id: string }
    | { readonly __typename: 'WorkerTemplate', readonly id: string }
   | null> | null };

export type EventsQueryVariables = Exact<{
  filter?: EventFilter | null | undefined;
  direction?: OrderDirection | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type EventsQuery = { readonly events: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly id: string, readonly type: string, readonly aggregateType: AggregateType, readonly aggregateId: string, readonly number: number, readonly revision: number, readonly at: string, readonly by: string, readonly requestId: string | null, readonly source: string | null, readonly workerId: string | null, readonly payload: ReadonlyArray<{ readonly path: string, readonly value: string | null }> }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type AuditRecordsQueryVariables = Exact<{
  filter?: AuditFilter | null | undefined;
  direction?: OrderDirection | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
}>;


export type AuditRecordsQuery = { readonly auditRecords: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly id: string, readonly at: string, readonly caller: string, readonly operation: string | null, readonly change: string, readonly targetType: AuditTarget, readonly targetId: string, readonly revision: number, readonly requestId: string | null, readonly source: string | null, readonly details: ReadonlyArray<{ readonly path: string, readonly value: string | null }> }>, readonly pageInfo: { readonly hasNextPage: boolean, readonly endCursor: string | null } } | null };

export type TemplateFieldsFragment = { readonly id: string, readonly name: string, readonly description: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiPattern: string, readonly regions: ReadonlyArray<string>, readonly excludedPorts: ReadonlyArray<number>, readonly drainTimeoutHours: number, readonly startupTimeMinutes: number, readonly costPerHourUsd: number | null, readonly enabled: boolean, readonly seededHash: string | null, readonly createdAt: string, readonly updatedAt: string, readonly revision: number, readonly capacity: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly portRange: { readonly start: number, readonly end: number }, readonly tags: ReadonlyArray<{ readonly key: string, readonly value: string }> };

export type TemplateReportFieldsFragment = { readonly file: string, readonly loadedAt: string, readonly templates: ReadonlyArray<{ readonly name: string, readonly outcome: TemplateLoadOutcome }>, readonly fault: { readonly message: string, readonly entry: string | null, readonly field: string | null, readonly line: number | null, readonly rule: string } | null };

export type TemplateFitFieldsFragment = { readonly sparePorts: number, readonly template: { readonly id: string, readonly name: string, readonly description: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiPattern: string, readonly regions: ReadonlyArray<string>, readonly excludedPorts: ReadonlyArray<number>, readonly drainTimeoutHours: number, readonly startupTimeMinutes: number, readonly costPerHourUsd: number | null, readonly enabled: boolean, readonly seededHash: string | null, readonly createdAt: string, readonly updatedAt: string, readonly revision: number, readonly capacity: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly portRange: { readonly start: number, readonly end: number }, readonly tags: ReadonlyArray<{ readonly key: string, readonly value: string }> }, readonly spare: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } };

export type CreateTemplateMutationVariables = Exact<{
  input: CreateTemplateInput;
}>;


export type CreateTemplateMutation = { readonly createTemplate: { readonly liveRevision: string | null, readonly template: { readonly id: string, readonly name: string, readonly description: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiPattern: string, readonly regions: ReadonlyArray<string>, readonly excludedPorts: ReadonlyArray<number>, readonly drainTimeoutHours: number, readonly startupTimeMinutes: number, readonly costPerHourUsd: number | null, readonly enabled: boolean, readonly seededHash: string | null, readonly createdAt: string, readonly updatedAt: string, readonly revision: number, readonly capacity: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly portRange: { readonly start: number, readonly end: number }, readonly tags: ReadonlyArray<{ readonly key: string, readonly value: string }> } } | null };

export type UpdateTemplateMutationVariables = Exact<{
  input: UpdateTemplateInput;
}>;


export type UpdateTemplateMutation = { readonly updateTemplate: { readonly liveRevision: string | null, readonly template: { readonly id: string, readonly name: string, readonly description: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiPattern: string, readonly regions: ReadonlyArray<string>, readonly excludedPorts: ReadonlyArray<number>, readonly drainTimeoutHours: number, readonly startupTimeMinutes: number, readonly costPerHourUsd: number | null, readonly enabled: boolean, readonly seededHash: string | null, readonly createdAt: string, readonly updatedAt: string, readonly revision: number, readonly capacity: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly portRange: { readonly start: number, readonly end: number }, readonly tags: ReadonlyArray<{ readonly key: string, readonly value: string }> } } | null };

export type ReloadTemplatesMutationVariables = Exact<{
  input: ReloadTemplatesInput;
}>;


export type ReloadTemplatesMutation = { readonly reloadTemplates: { readonly liveRevision: string | null, readonly report: { readonly file: string, readonly loadedAt: string, readonly templates: ReadonlyArray<{ readonly name: string, readonly outcome: TemplateLoadOutcome }>, readonly fault: { readonly message: string, readonly entry: string | null, readonly field: string | null, readonly line: number | null, readonly rule: string } | null } } | null };

export type TemplateQueryVariables = Exact<{
  id: string;
}>;


export type TemplateQuery = { readonly template: { readonly id: string, readonly name: string, readonly description: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiPattern: string, readonly regions: ReadonlyArray<string>, readonly excludedPorts: ReadonlyArray<number>, readonly drainTimeoutHours: number, readonly startupTimeMinutes: number, readonly costPerHourUsd: number | null, readonly enabled: boolean, readonly seededHash: string | null, readonly createdAt: string, readonly updatedAt: string, readonly revision: number, readonly capacity: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly portRange: { readonly start: number, readonly end: number }, readonly tags: ReadonlyArray<{ readonly key: string, readonly value: string }> } | null };

export type TemplateByNameQueryVariables = Exact<{
  name: string;
}>;


export type TemplateByNameQuery = { readonly templateByName: { readonly id: string, readonly name: string, readonly description: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiPattern: string, readonly regions: ReadonlyArray<string>, readonly excludedPorts: ReadonlyArray<number>, readonly drainTimeoutHours: number, readonly startupTimeMinutes: number, readonly costPerHourUsd: number | null, readonly enabled: boolean, readonly seededHash: string | null, readonly createdAt: string, readonly updatedAt: string, readonly revision: number, readonly capacity: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly portRange: { readonly start: number, readonly end: number }, readonly tags: ReadonlyArray<{ readonly key: string, readonly value: string }> } | null };

export type TemplateReportQueryVariables = Exact<{ [key: string]: never; }>;


export type TemplateReportQuery = { readonly templateReport: { readonly file: string, readonly loadedAt: string, readonly templates: ReadonlyArray<{ readonly name: string, readonly outcome: TemplateLoadOutcome }>, readonly fault: { readonly message: string, readonly entry: string | null, readonly field: string | null, readonly line: number | null, readonly rule: string } | null } | null };

export type SelectTemplateQueryVariables = Exact<{
  definitionId?: string | null | undefined;
  definitionName?: string | null | undefined;
  definitionVersion?: string | null | undefined;
  requirements?: TemplateRequirementsInput | null | undefined;
  region?: string | null | undefined;
}>;


export type SelectTemplateQuery = { readonly selectTemplate: { readonly chosen: { readonly sparePorts: number, readonly template: { readonly id: string, readonly name: string, readonly description: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiPattern: string, readonly regions: ReadonlyArray<string>, readonly excludedPorts: ReadonlyArray<number>, readonly drainTimeoutHours: number, readonly startupTimeMinutes: number, readonly costPerHourUsd: number | null, readonly enabled: boolean, readonly seededHash: string | null, readonly createdAt: string, readonly updatedAt: string, readonly revision: number, readonly capacity: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly portRange: { readonly start: number, readonly end: number }, readonly tags: ReadonlyArray<{ readonly key: string, readonly value: string }> }, readonly spare: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }, readonly others: ReadonlyArray<{ readonly sparePorts: number, readonly template: { readonly id: string, readonly name: string, readonly description: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiPattern: string, readonly regions: ReadonlyArray<string>, readonly excludedPorts: ReadonlyArray<number>, readonly drainTimeoutHours: number, readonly startupTimeMinutes: number, readonly costPerHourUsd: number | null, readonly enabled: boolean, readonly seededHash: string | null, readonly createdAt: string, readonly updatedAt: string, readonly revision: number, readonly capacity: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly portRange: { readonly start: number, readonly end: number }, readonly tags: ReadonlyArray<{ readonly key: string, readonly value: string }> }, readonly spare: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }>, readonly rejected: ReadonlyArray<{ readonly template: { readonly id: string, readonly name: string }, readonly reasons: ReadonlyArray<{ readonly kind: TemplateReasonKind, readonly need: string, readonly actual: string }> }> } | null };

export type CapacityFieldsFragment = { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null };

export type WorkerFieldsFragment = { readonly id: string, readonly name: string, readonly templateName: string | null, readonly region: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiName: string | null, readonly cmlVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> | null, readonly host: string | null, readonly status: WorkerStatus, readonly sequence: number, readonly revision: number, readonly configRevision: number, readonly warnings: ReadonlyArray<WorkerWarning>, readonly instanceIds: ReadonlyArray<string>, readonly capacity: { readonly declared: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly allocated: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly available: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }, readonly ports: { readonly excluded: ReadonlyArray<number>, readonly available: number, readonly range: { readonly start: number, readonly end: number }, readonly allocations: ReadonlyArray<{ readonly instanceId: string, readonly ports: ReadonlyArray<{ readonly name: string, readonly number: number }> }> } };

export type RegisterWorkerMutationVariables = Exact<{
  input: RegisterWorkerInput;
}>;


export type RegisterWorkerMutation = { readonly registerWorker: { readonly liveRevision: string | null, readonly worker: { readonly id: string, readonly name: string, readonly templateName: string | null, readonly region: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiName: string | null, readonly cmlVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> | null, readonly host: string | null, readonly status: WorkerStatus, readonly sequence: number, readonly revision: number, readonly configRevision: number, readonly warnings: ReadonlyArray<WorkerWarning>, readonly instanceIds: ReadonlyArray<string>, readonly capacity: { readonly declared: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly allocated: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly available: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }, readonly ports: { readonly excluded: ReadonlyArray<number>, readonly available: number, readonly range: { readonly start: number, readonly end: number }, readonly allocations: ReadonlyArray<{ readonly instanceId: string, readonly ports: ReadonlyArray<{ readonly name: string, readonly number: number }> }> } } } | null };

export type TransitionWorkerMutationVariables = Exact<{
  input: TransitionWorkerInput;
}>;


export type TransitionWorkerMutation = { readonly transitionWorker: { readonly liveRevision: string | null, readonly worker: { readonly id: string, readonly name: string, readonly templateName: string | null, readonly region: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiName: string | null, readonly cmlVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> | null, readonly host: string | null, readonly status: WorkerStatus, readonly sequence: number, readonly revision: number, readonly configRevision: number, readonly warnings: ReadonlyArray<WorkerWarning>, readonly instanceIds: ReadonlyArray<string>, readonly capacity: { readonly declared: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly allocated: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly available: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }, readonly ports: { readonly excluded: ReadonlyArray<number>, readonly available: number, readonly range: { readonly start: number, readonly end: number }, readonly allocations: ReadonlyArray<{ readonly instanceId: string, readonly ports: ReadonlyArray<{ readonly name: string, readonly number: number }> }> } } } | null };

export type DrainWorkerMutationVariables = Exact<{
  input: DrainWorkerInput;
}>;


export type DrainWorkerMutation = { readonly drainWorker: { readonly liveRevision: string | null, readonly worker: { readonly drainStartedAt: string | null, readonly id: string, readonly name: string, readonly templateName: string | null, readonly region: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiName: string | null, readonly cmlVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> | null, readonly host: string | null, readonly status: WorkerStatus, readonly sequence: number, readonly revision: number, readonly configRevision: number, readonly warnings: ReadonlyArray<WorkerWarning>, readonly instanceIds: ReadonlyArray<string>, readonly capacity: { readonly declared: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly allocated: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly available: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }, readonly ports: { readonly excluded: ReadonlyArray<number>, readonly available: number, readonly range: { readonly start: number, readonly end: number }, readonly allocations: ReadonlyArray<{ readonly instanceId: string, readonly ports: ReadonlyArray<{ readonly name: string, readonly number: number }> }> } } } | null };

export type CancelWorkerDrainMutationVariables = Exact<{
  input: CancelWorkerDrainInput;
}>;


export type CancelWorkerDrainMutation = { readonly cancelWorkerDrain: { readonly liveRevision: string | null, readonly worker: { readonly drainStartedAt: string | null, readonly id: string, readonly name: string, readonly templateName: string | null, readonly region: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiName: string | null, readonly cmlVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> | null, readonly host: string | null, readonly status: WorkerStatus, readonly sequence: number, readonly revision: number, readonly configRevision: number, readonly warnings: ReadonlyArray<WorkerWarning>, readonly instanceIds: ReadonlyArray<string>, readonly capacity: { readonly declared: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly allocated: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly available: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }, readonly ports: { readonly excluded: ReadonlyArray<number>, readonly available: number, readonly range: { readonly start: number, readonly end: number }, readonly allocations: ReadonlyArray<{ readonly instanceId: string, readonly ports: ReadonlyArray<{ readonly name: string, readonly number: number }> }> } } } | null };

export type UpdateWorkerMutationVariables = Exact<{
  input: UpdateWorkerInput;
}>;


export type UpdateWorkerMutation = { readonly updateWorker: { readonly liveRevision: string | null, readonly worker: { readonly drainTimeoutHours: number, readonly id: string, readonly name: string, readonly templateName: string | null, readonly region: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiName: string | null, readonly cmlVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> | null, readonly host: string | null, readonly status: WorkerStatus, readonly sequence: number, readonly revision: number, readonly configRevision: number, readonly warnings: ReadonlyArray<WorkerWarning>, readonly instanceIds: ReadonlyArray<string>, readonly capacity: { readonly declared: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly allocated: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly available: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }, readonly ports: { readonly excluded: ReadonlyArray<number>, readonly available: number, readonly range: { readonly start: number, readonly end: number }, readonly allocations: ReadonlyArray<{ readonly instanceId: string, readonly ports: ReadonlyArray<{ readonly name: string, readonly number: number }> }> } } } | null };

export type ReportWorkerMutationVariables = Exact<{
  input: ReportWorkerInput;
}>;


export type ReportWorkerMutation = { readonly reportWorker: { readonly liveRevision: string | null, readonly worker: { readonly cloudInstanceId: string | null, readonly endpointUrl: string | null, readonly lastReportedAt: string | null, readonly id: string, readonly name: string, readonly templateName: string | null, readonly region: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiName: string | null, readonly cmlVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> | null, readonly host: string | null, readonly status: WorkerStatus, readonly sequence: number, readonly revision: number, readonly configRevision: number, readonly warnings: ReadonlyArray<WorkerWarning>, readonly instanceIds: ReadonlyArray<string>, readonly telemetry: { readonly cpuPercent: number | null, readonly memoryPercent: number | null, readonly storagePercent: number | null, readonly labs: number | null } | null, readonly capacity: { readonly declared: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly allocated: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly available: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }, readonly ports: { readonly excluded: ReadonlyArray<number>, readonly available: number, readonly range: { readonly start: number, readonly end: number }, readonly allocations: ReadonlyArray<{ readonly instanceId: string, readonly ports: ReadonlyArray<{ readonly name: string, readonly number: number }> }> } } } | null };

export type WorkerQueryVariables = Exact<{
  id: string;
  atLeast?: string | null | undefined;
}>;


export type WorkerQuery = { readonly worker: { readonly nextStatuses: ReadonlyArray<WorkerStatus>, readonly id: string, readonly name: string, readonly templateName: string | null, readonly region: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiName: string | null, readonly cmlVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> | null, readonly host: string | null, readonly status: WorkerStatus, readonly sequence: number, readonly revision: number, readonly configRevision: number, readonly warnings: ReadonlyArray<WorkerWarning>, readonly instanceIds: ReadonlyArray<string>, readonly capacity: { readonly declared: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly allocated: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly available: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }, readonly ports: { readonly excluded: ReadonlyArray<number>, readonly available: number, readonly range: { readonly start: number, readonly end: number }, readonly allocations: ReadonlyArray<{ readonly instanceId: string, readonly ports: ReadonlyArray<{ readonly name: string, readonly number: number }> }> } } | null };

export type WorkerByNameQueryVariables = Exact<{
  name: string;
}>;


export type WorkerByNameQuery = { readonly workerByName: { readonly nextStatuses: ReadonlyArray<WorkerStatus>, readonly id: string, readonly name: string, readonly templateName: string | null, readonly region: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiName: string | null, readonly cmlVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> | null, readonly host: string | null, readonly status: WorkerStatus, readonly sequence: number, readonly revision: number, readonly configRevision: number, readonly warnings: ReadonlyArray<WorkerWarning>, readonly instanceIds: ReadonlyArray<string>, readonly capacity: { readonly declared: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly allocated: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly available: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }, readonly ports: { readonly excluded: ReadonlyArray<number>, readonly available: number, readonly range: { readonly start: number, readonly end: number }, readonly allocations: ReadonlyArray<{ readonly instanceId: string, readonly ports: ReadonlyArray<{ readonly name: string, readonly number: number }> }> } } | null };

export type WorkersQueryVariables = Exact<{
  filter?: WorkerFilter | null | undefined;
  first?: number | null | undefined;
  after?: string | null | undefined;
  atLeast?: string | null | undefined;
}>;


export type WorkersQuery = { readonly workers: { readonly liveRevision: string, readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly id: string, readonly name: string, readonly templateName: string | null, readonly region: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiName: string | null, readonly cmlVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> | null, readonly host: string | null, readonly status: WorkerStatus, readonly sequence: number, readonly revision: number, readonly configRevision: number, readonly warnings: ReadonlyArray<WorkerWarning>, readonly instanceIds: ReadonlyArray<string>, readonly capacity: { readonly declared: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly allocated: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly available: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }, readonly ports: { readonly excluded: ReadonlyArray<number>, readonly available: number, readonly range: { readonly start: number, readonly end: number }, readonly allocations: ReadonlyArray<{ readonly instanceId: string, readonly ports: ReadonlyArray<{ readonly name: string, readonly number: number }> }> } }> } | null };

export type WorkerChangesSubscriptionVariables = Exact<{
  filter?: WorkerChangesFilter | null | undefined;
  after?: string | null | undefined;
}>;


export type WorkerChangesSubscription = { readonly workerChanges: { readonly kind: LiveEventKind, readonly liveRevision: string, readonly workerId: string | null, readonly transition: { readonly from: WorkerStatus | null, readonly to: WorkerStatus, readonly at: string, readonly sequence: number } | null, readonly worker: { readonly id: string, readonly name: string, readonly templateName: string | null, readonly region: string, readonly instanceType: string, readonly licenseType: LicenseType, readonly amiName: string | null, readonly cmlVersion: string | null, readonly nodeDefinitions: ReadonlyArray<string> | null, readonly host: string | null, readonly status: WorkerStatus, readonly sequence: number, readonly revision: number, readonly configRevision: number, readonly warnings: ReadonlyArray<WorkerWarning>, readonly instanceIds: ReadonlyArray<string>, readonly capacity: { readonly declared: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly allocated: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly available: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null } }, readonly ports: { readonly excluded: ReadonlyArray<number>, readonly available: number, readonly range: { readonly start: number, readonly end: number }, readonly allocations: ReadonlyArray<{ readonly instanceId: string, readonly ports: ReadonlyArray<{ readonly name: string, readonly number: number }> }> } } | null } };

export type WorkerPortQueryVariables = Exact<{
  workerId: string;
  number: number;
}>;


export type WorkerPortQuery = { readonly workerPort: { readonly number: number, readonly liveRevision: string, readonly worker: { readonly id: string, readonly name: string, readonly revision: number }, readonly holder: { readonly instanceId: string, readonly name: string, readonly claimedAt: string } | null } | null };

export type PlacementPreviewQueryVariables = Exact<{
  definitionId?: string | null | undefined;
  definitionName?: string | null | undefined;
  definitionVersion?: string | null | undefined;
}>;


export type PlacementPreviewQuery = { readonly placementPreview: { readonly definitionId: string, readonly definitionVersion: string, readonly liveRevision: string, readonly eligible: ReadonlyArray<{ readonly worker: { readonly id: string, readonly name: string, readonly status: WorkerStatus, readonly revision: number }, readonly ports: ReadonlyArray<{ readonly name: string, readonly number: number }> }>, readonly rejected: ReadonlyArray<{ readonly worker: { readonly id: string, readonly name: string, readonly status: WorkerStatus, readonly revision: number }, readonly reasons: ReadonlyArray<{ readonly code: ErrorCode, readonly message: string, readonly status: WorkerStatus | null, readonly kind: IneligibilityKind | null, readonly required: string | null, readonly actual: string | null, readonly dimension: CapacityDimension | null, readonly need: number | null, readonly free: number | null, readonly range: { readonly start: number, readonly end: number } | null }> }> } | null };

export type WorkerTransitionsQueryVariables = Exact<{ [key: string]: never; }>;


export type WorkerTransitionsQuery = { readonly workerTransitions: ReadonlyArray<{ readonly number: number, readonly from: WorkerStatus, readonly to: WorkerStatus, readonly command: string }> | null };

export type TemplatesQueryVariables = Exact<{
  enabled?: boolean | null | undefined;
}>;


export type TemplatesQuery = { readonly templates: { readonly totalCount: number, readonly nodes: ReadonlyArray<{ readonly id: string, readonly name: string, readonly licenseType: LicenseType, readonly seededHash: string | null, readonly costPerHourUsd: number | null, readonly capacity: { readonly cpuCores: number, readonly memoryGb: number, readonly storageGb: number, readonly nodes: number | null }, readonly tags: ReadonlyArray<{ readonly key: string, readonly value: string }> }> } | null };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const DefinitionFieldsFragmentDoc = new TypedDocumentString(`
    fragment DefinitionFields on LabletDefinition {
  id
  name
  version
  status
  labArtifactUri
  labYamlHash
  topologySource
  nodeCount
  portTemplate {
    name
    protocol
    kind
    nodeLabel
    line
    insidePort
  }
  resourceRequirements {
    cpuCores
    memoryGb
    storageGb
    nestedVirt
    amiRequirements {
      namePattern
      minVersion
      maxVersion
      nodeDefinitions
    }
  }
  licenseAffinity
  maxDurationMinutes
  previousVersionId
  supersedesId
  deprecationReason
  replacementId
  syncStatus
  lastSyncedAt
  lastSyncError {
    code
    message
    at
  }
  ownerNotification {
    email
    webhookUrl
    notifyOnStart
    notifyOnComplete
    notifyOnError
  }
  createdAt
  createdBy
  revision
}
    `, {"fragmentName":"DefinitionFields"}) as unknown as TypedDocumentString<DefinitionFieldsFragment, unknown>;
export const PortFieldsFragmentDoc = new TypedDocumentString(`
    fragment PortFields on PortDefinition {
  name
  protocol
  kind
  nodeLabel
  line
  insidePort
  description
}
    `, {"fragmentName":"PortFields"}) as unknown as TypedDocumentString<PortFieldsFragment, unknown>;
export const InstanceFieldsFragmentDoc = new TypedDocumentString(`
    fragment InstanceFields on LabletInstance {
  id
  definitionId
  definitionName
  definitionVersion
  ownerId
  reservationId
  timeslotStart
  timeslotEnd
  asSoonAsPossible
  state
  sequence
  workerId
  cmlLabId
  allocatedPorts {
    name
    protocol
    kind
    number
    status
  }
  history {
    sequence
    from
    to
    at
    by
    reason
  }
  terminationRequested {
    at
    by
    reason
  }
  createdAt
  scheduledAt
  startedAt
  endedAt
  terminatedAt
  durationSeconds
  revision
}
    `, {"fragmentName":"InstanceFields"}) as unknown as TypedDocumentString<InstanceFieldsFragment, unknown>;
export const RepairReportFieldsFragmentDoc = new TypedDocumentString(`
    fragment RepairReportFields on RepairReport {
  id
  status
  trigger
  requestedBy
  dryRun
  force
  startedAt
  finishedAt
  found
  repaired
  withheld
  findings {
    kind
    entityId
    workerId
    expected
    actual
    action
  }
}
    `, {"fragmentName":"RepairReportFields"}) as unknown as TypedDocumentString<RepairReportFieldsFragment, unknown>;
export const TemplateReportFieldsFragmentDoc = new TypedDocumentString(`
    fragment TemplateReportFields on TemplateReport {
  file
  loadedAt
  templates {
    name
    outcome
  }
  fault {
    message
    entry
    field
    line
    rule
  }
}
    `, {"fragmentName":"TemplateReportFields"}) as unknown as TypedDocumentString<TemplateReportFieldsFragment, unknown>;
export const CapacityFieldsFragmentDoc = new TypedDocumentString(`
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}
    `, {"fragmentName":"CapacityFields"}) as unknown as TypedDocumentString<CapacityFieldsFragment, unknown>;
export const TemplateFieldsFragmentDoc = new TypedDocumentString(`
    fragment TemplateFields on WorkerTemplate {
  id
  name
  description
  instanceType
  licenseType
  capacity {
    ...CapacityFields
  }
  amiPattern
  regions
  portRange {
    start
    end
  }
  excludedPorts
  drainTimeoutHours
  startupTimeMinutes
  costPerHourUsd
  tags {
    key
    value
  }
  enabled
  seededHash
  createdAt
  updatedAt
  revision
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}`, {"fragmentName":"TemplateFields"}) as unknown as TypedDocumentString<TemplateFieldsFragment, unknown>;
export const TemplateFitFieldsFragmentDoc = new TypedDocumentString(`
    fragment TemplateFitFields on TemplateFit {
  template {
    ...TemplateFields
  }
  spare {
    ...CapacityFields
  }
  sparePorts
}
    fragment TemplateFields on WorkerTemplate {
  id
  name
  description
  instanceType
  licenseType
  capacity {
    ...CapacityFields
  }
  amiPattern
  regions
  portRange {
    start
    end
  }
  excludedPorts
  drainTimeoutHours
  startupTimeMinutes
  costPerHourUsd
  tags {
    key
    value
  }
  enabled
  seededHash
  createdAt
  updatedAt
  revision
}
fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}`, {"fragmentName":"TemplateFitFields"}) as unknown as TypedDocumentString<TemplateFitFieldsFragment, unknown>;
export const WorkerFieldsFragmentDoc = new TypedDocumentString(`
    fragment WorkerFields on Worker {
  id
  name
  templateName
  region
  instanceType
  licenseType
  amiName
  cmlVersion
  nodeDefinitions
  host
  status
  sequence
  revision
  configRevision
  warnings
  capacity {
    declared {
      ...CapacityFields
    }
    allocated {
      ...CapacityFields
    }
    available {
      ...CapacityFields
    }
  }
  ports {
    range {
      start
      end
    }
    excluded
    available
    allocations {
      instanceId
      ports {
        name
        number
      }
    }
  }
  instanceIds
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}`, {"fragmentName":"WorkerFields"}) as unknown as TypedDocumentString<WorkerFieldsFragment, unknown>;
export const SyncDefinitionDocument = new TypedDocumentString(`
    mutation SyncDefinition($input: SyncDefinitionInput!) {
  syncDefinition(input: $input) {
    outcome
    definition {
      ...DefinitionFields
    }
    newVersion {
      ...DefinitionFields
    }
    oldHash
    newHash
    warnings {
      rule
      port
      message
    }
    liveRevision
  }
}
    fragment DefinitionFields on LabletDefinition {
  id
  name
  version
  status
  labArtifactUri
  labYamlHash
  topologySource
  nodeCount
  portTemplate {
    name
    protocol
    kind
    nodeLabel
    line
    insidePort
  }
  resourceRequirements {
    cpuCores
    memoryGb
    storageGb
    nestedVirt
    amiRequirements {
      namePattern
      minVersion
      maxVersion
      nodeDefinitions
    }
  }
  licenseAffinity
  maxDurationMinutes
  previousVersionId
  supersedesId
  deprecationReason
  replacementId
  syncStatus
  lastSyncedAt
  lastSyncError {
    code
    message
    at
  }
  ownerNotification {
    email
    webhookUrl
    notifyOnStart
    notifyOnComplete
    notifyOnError
  }
  createdAt
  createdBy
  revision
}`) as unknown as TypedDocumentString<SyncDefinitionMutation, SyncDefinitionMutationVariables>;
export const CreateDefinitionDocument = new TypedDocumentString(`
    mutation CreateDefinition($input: CreateDefinitionInput!) {
  createDefinition(input: $input) {
    definition {
      ...DefinitionFields
    }
    liveRevision
  }
}
    fragment DefinitionFields on LabletDefinition {
  id
  name
  version
  status
  labArtifactUri
  labYamlHash
  topologySource
  nodeCount
  portTemplate {
    name
    protocol
    kind
    nodeLabel
    line
    insidePort
  }
  resourceRequirements {
    cpuCores
    memoryGb
    storageGb
    nestedVirt
    amiRequirements {
      namePattern
      minVersion
      maxVersion
      nodeDefinitions
    }
  }
  licenseAffinity
  maxDurationMinutes
  previousVersionId
  supersedesId
  deprecationReason
  replacementId
  syncStatus
  lastSyncedAt
  lastSyncError {
    code
    message
    at
  }
  ownerNotification {
    email
    webhookUrl
    notifyOnStart
    notifyOnComplete
    notifyOnError
  }
  createdAt
  createdBy
  revision
}`) as unknown as TypedDocumentString<CreateDefinitionMutation, CreateDefinitionMutationVariables>;
export const DefinitionDocument = new TypedDocumentString(`
    query Definition($id: ID!) {
  definition(id: $id) {
    ...DefinitionFields
    labYamlCached
  }
}
    fragment DefinitionFields on LabletDefinition {
  id
  name
  version
  status
  labArtifactUri
  labYamlHash
  topologySource
  nodeCount
  portTemplate {
    name
    protocol
    kind
    nodeLabel
    line
    insidePort
  }
  resourceRequirements {
    cpuCores
    memoryGb
    storageGb
    nestedVirt
    amiRequirements {
      namePattern
      minVersion
      maxVersion
      nodeDefinitions
    }
  }
  licenseAffinity
  maxDurationMinutes
  previousVersionId
  supersedesId
  deprecationReason
  replacementId
  syncStatus
  lastSyncedAt
  lastSyncError {
    code
    message
    at
  }
  ownerNotification {
    email
    webhookUrl
    notifyOnStart
    notifyOnComplete
    notifyOnError
  }
  createdAt
  createdBy
  revision
}`) as unknown as TypedDocumentString<DefinitionQuery, DefinitionQueryVariables>;
export const DefinitionByNameDocument = new TypedDocumentString(`
    query DefinitionByName($name: String!, $version: SemVer) {
  definitionByName(name: $name, version: $version) {
    ...DefinitionFields
  }
}
    fragment DefinitionFields on LabletDefinition {
  id
  name
  version
  status
  labArtifactUri
  labYamlHash
  topologySource
  nodeCount
  portTemplate {
    name
    protocol
    kind
    nodeLabel
    line
    insidePort
  }
  resourceRequirements {
    cpuCores
    memoryGb
    storageGb
    nestedVirt
    amiRequirements {
      namePattern
      minVersion
      maxVersion
      nodeDefinitions
    }
  }
  licenseAffinity
  maxDurationMinutes
  previousVersionId
  supersedesId
  deprecationReason
  replacementId
  syncStatus
  lastSyncedAt
  lastSyncError {
    code
    message
    at
  }
  ownerNotification {
    email
    webhookUrl
    notifyOnStart
    notifyOnComplete
    notifyOnError
  }
  createdAt
  createdBy
  revision
}`) as unknown as TypedDocumentString<DefinitionByNameQuery, DefinitionByNameQueryVariables>;
export const DefinitionsDocument = new TypedDocumentString(`
    query Definitions($filter: DefinitionFilter, $orderBy: DefinitionOrder, $first: Int, $after: String, $last: Int, $before: String) {
  definitions(
    filter: $filter
    orderBy: $orderBy
    first: $first
    after: $after
    last: $last
    before: $before
  ) {
    nodes {
      ...DefinitionFields
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
    totalCount
  }
}
    fragment DefinitionFields on LabletDefinition {
  id
  name
  version
  status
  labArtifactUri
  labYamlHash
  topologySource
  nodeCount
  portTemplate {
    name
    protocol
    kind
    nodeLabel
    line
    insidePort
  }
  resourceRequirements {
    cpuCores
    memoryGb
    storageGb
    nestedVirt
    amiRequirements {
      namePattern
      minVersion
      maxVersion
      nodeDefinitions
    }
  }
  licenseAffinity
  maxDurationMinutes
  previousVersionId
  supersedesId
  deprecationReason
  replacementId
  syncStatus
  lastSyncedAt
  lastSyncError {
    code
    message
    at
  }
  ownerNotification {
    email
    webhookUrl
    notifyOnStart
    notifyOnComplete
    notifyOnError
  }
  createdAt
  createdBy
  revision
}`) as unknown as TypedDocumentString<DefinitionsQuery, DefinitionsQueryVariables>;
export const DefinitionVersionsDocument = new TypedDocumentString(`
    query DefinitionVersions($name: String!, $first: Int, $after: String, $last: Int, $before: String) {
  definitionVersions(
    name: $name
    first: $first
    after: $after
    last: $last
    before: $before
  ) {
    nodes {
      ...DefinitionFields
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
    totalCount
  }
}
    fragment DefinitionFields on LabletDefinition {
  id
  name
  version
  status
  labArtifactUri
  labYamlHash
  topologySource
  nodeCount
  portTemplate {
    name
    protocol
    kind
    nodeLabel
    line
    insidePort
  }
  resourceRequirements {
    cpuCores
    memoryGb
    storageGb
    nestedVirt
    amiRequirements {
      namePattern
      minVersion
      maxVersion
      nodeDefinitions
    }
  }
  licenseAffinity
  maxDurationMinutes
  previousVersionId
  supersedesId
  deprecationReason
  replacementId
  syncStatus
  lastSyncedAt
  lastSyncError {
    code
    message
    at
  }
  ownerNotification {
    email
    webhookUrl
    notifyOnStart
    notifyOnComplete
    notifyOnError
  }
  createdAt
  createdBy
  revision
}`) as unknown as TypedDocumentString<DefinitionVersionsQuery, DefinitionVersionsQueryVariables>;
export const CreateDefinitionVersionDocument = new TypedDocumentString(`
    mutation CreateDefinitionVersion($input: CreateDefinitionVersionInput!) {
  createDefinitionVersion(input: $input) {
    definition {
      ...DefinitionFields
      previousVersionId
      deprecatedAt
      deprecatedBy
      deprecationReason
      replacementId
    }
    liveRevision
  }
}
    fragment DefinitionFields on LabletDefinition {
  id
  name
  version
  status
  labArtifactUri
  labYamlHash
  topologySource
  nodeCount
  portTemplate {
    name
    protocol
    kind
    nodeLabel
    line
    insidePort
  }
  resourceRequirements {
    cpuCores
    memoryGb
    storageGb
    nestedVirt
    amiRequirements {
      namePattern
      minVersion
      maxVersion
      nodeDefinitions
    }
  }
  licenseAffinity
  maxDurationMinutes
  previousVersionId
  supersedesId
  deprecationReason
  replacementId
  syncStatus
  lastSyncedAt
  lastSyncError {
    code
    message
    at
  }
  ownerNotification {
    email
    webhookUrl
    notifyOnStart
    notifyOnComplete
    notifyOnError
  }
  createdAt
  createdBy
  revision
}`) as unknown as TypedDocumentString<CreateDefinitionVersionMutation, CreateDefinitionVersionMutationVariables>;
export const DeprecateDefinitionDocument = new TypedDocumentString(`
    mutation DeprecateDefinition($input: DeprecateDefinitionInput!) {
  deprecateDefinition(input: $input) {
    definition {
      ...DefinitionFields
      previousVersionId
      deprecatedAt
      deprecatedBy
      deprecationReason
      replacementId
    }
    liveRevision
  }
}
    fragment DefinitionFields on LabletDefinition {
  id
  name
  version
  status
  labArtifactUri
  labYamlHash
  topologySource
  nodeCount
  portTemplate {
    name
    protocol
    kind
    nodeLabel
    line
    insidePort
  }
  resourceRequirements {
    cpuCores
    memoryGb
    storageGb
    nestedVirt
    amiRequirements {
      namePattern
      minVersion
      maxVersion
      nodeDefinitions
    }
  }
  licenseAffinity
  maxDurationMinutes
  previousVersionId
  supersedesId
  deprecationReason
  replacementId
  syncStatus
  lastSyncedAt
  lastSyncError {
    code
    message
    at
  }
  ownerNotification {
    email
    webhookUrl
    notifyOnStart
    notifyOnComplete
    notifyOnError
  }
  createdAt
  createdBy
  revision
}`) as unknown as TypedDocumentString<DeprecateDefinitionMutation, DeprecateDefinitionMutationVariables>;
export const ArchiveDefinitionDocument = new TypedDocumentString(`
    mutation ArchiveDefinition($input: ArchiveDefinitionInput!) {
  archiveDefinition(input: $input) {
    definition {
      ...DefinitionFields
      previousVersionId
      deprecatedAt
      deprecatedBy
      deprecationReason
      replacementId
    }
    liveRevision
  }
}
    fragment DefinitionFields on LabletDefinition {
  id
  name
  version
  status
  labArtifactUri
  labYamlHash
  topologySource
  nodeCount
  portTemplate {
    name
    protocol
    kind
    nodeLabel
    line
    insidePort
  }
  resourceRequirements {
    cpuCores
    memoryGb
    storageGb
    nestedVirt
    amiRequirements {
      namePattern
      minVersion
      maxVersion
      nodeDefinitions
    }
  }
  licenseAffinity
  maxDurationMinutes
  previousVersionId
  supersedesId
  deprecationReason
  replacementId
  syncStatus
  lastSyncedAt
  lastSyncError {
    code
    message
    at
  }
  ownerNotification {
    email
    webhookUrl
    notifyOnStart
    notifyOnComplete
    notifyOnError
  }
  createdAt
  createdBy
  revision
}`) as unknown as TypedDocumentString<ArchiveDefinitionMutation, ArchiveDefinitionMutationVariables>;
export const DefinitionDifferenceDocument = new TypedDocumentString(`
    query DefinitionDifference($fromId: ID!, $toId: ID!) {
  definitionDifference(fromId: $fromId, toId: $toId) {
    from {
      id
      version
    }
    to {
      id
      version
    }
    older {
      id
      version
    }
    fields {
      path
      from
      to
    }
    portsAdded {
      ...PortFields
    }
    portsRemoved {
      ...PortFields
    }
    portsChanged {
      name
      from {
        ...PortFields
      }
      to {
        ...PortFields
      }
      fields
    }
    portsReordered
    nodeCountFrom
    nodeCountTo
    labYamlHashFrom
    labYamlHashTo
    unfinishedInstances {
      nodes {
        id
        state
        ownerId
        timeslotStart
        timeslotEnd
      }
      totalCount
    }
  }
}
    fragment PortFields on PortDefinition {
  name
  protocol
  kind
  nodeLabel
  line
  insidePort
  description
}`) as unknown as TypedDocumentString<DefinitionDifferenceQuery, DefinitionDifferenceQueryVariables>;
export const InspectLabYamlDocument = new TypedDocumentString(`
    query InspectLabYaml($uri: String, $text: String) {
  inspectLabYaml(uri: $uri, text: $text) {
    hash
    nodeCount
    portTemplate {
      name
      protocol
      kind
      nodeLabel
      line
      insidePort
    }
    warnings {
      rule
      level
      message
      fix
      line
      column
      path
    }
  }
}
    `) as unknown as TypedDocumentString<InspectLabYamlQuery, InspectLabYamlQueryVariables>;
export const CreateInstanceDocument = new TypedDocumentString(`
    mutation CreateInstance($input: CreateInstanceInput!) {
  createInstance(input: $input) {
    instance {
      ...InstanceFields
    }
    liveRevision
  }
}
    fragment InstanceFields on LabletInstance {
  id
  definitionId
  definitionName
  definitionVersion
  ownerId
  reservationId
  timeslotStart
  timeslotEnd
  asSoonAsPossible
  state
  sequence
  workerId
  cmlLabId
  allocatedPorts {
    name
    protocol
    kind
    number
    status
  }
  history {
    sequence
    from
    to
    at
    by
    reason
  }
  terminationRequested {
    at
    by
    reason
  }
  createdAt
  scheduledAt
  startedAt
  endedAt
  terminatedAt
  durationSeconds
  revision
}`) as unknown as TypedDocumentString<CreateInstanceMutation, CreateInstanceMutationVariables>;
export const ScheduleInstanceDocument = new TypedDocumentString(`
    mutation ScheduleInstance($input: ScheduleInstanceInput!) {
  scheduleInstance(input: $input) {
    instance {
      ...InstanceFields
    }
    liveRevision
  }
}
    fragment InstanceFields on LabletInstance {
  id
  definitionId
  definitionName
  definitionVersion
  ownerId
  reservationId
  timeslotStart
  timeslotEnd
  asSoonAsPossible
  state
  sequence
  workerId
  cmlLabId
  allocatedPorts {
    name
    protocol
    kind
    number
    status
  }
  history {
    sequence
    from
    to
    at
    by
    reason
  }
  terminationRequested {
    at
    by
    reason
  }
  createdAt
  scheduledAt
  startedAt
  endedAt
  terminatedAt
  durationSeconds
  revision
}`) as unknown as TypedDocumentString<ScheduleInstanceMutation, ScheduleInstanceMutationVariables>;
export const TransitionInstanceDocument = new TypedDocumentString(`
    mutation TransitionInstance($input: TransitionInstanceInput!) {
  transitionInstance(input: $input) {
    instance {
      ...InstanceFields
    }
    liveRevision
  }
}
    fragment InstanceFields on LabletInstance {
  id
  definitionId
  definitionName
  definitionVersion
  ownerId
  reservationId
  timeslotStart
  timeslotEnd
  asSoonAsPossible
  state
  sequence
  workerId
  cmlLabId
  allocatedPorts {
    name
    protocol
    kind
    number
    status
  }
  history {
    sequence
    from
    to
    at
    by
    reason
  }
  terminationRequested {
    at
    by
    reason
  }
  createdAt
  scheduledAt
  startedAt
  endedAt
  terminatedAt
  durationSeconds
  revision
}`) as unknown as TypedDocumentString<TransitionInstanceMutation, TransitionInstanceMutationVariables>;
export const TerminateInstanceDocument = new TypedDocumentString(`
    mutation TerminateInstance($input: TerminateInstanceInput!) {
  terminateInstance(input: $input) {
    instance {
      ...InstanceFields
    }
    liveRevision
  }
}
    fragment InstanceFields on LabletInstance {
  id
  definitionId
  definitionName
  definitionVersion
  ownerId
  reservationId
  timeslotStart
  timeslotEnd
  asSoonAsPossible
  state
  sequence
  workerId
  cmlLabId
  allocatedPorts {
    name
    protocol
    kind
    number
    status
  }
  history {
    sequence
    from
    to
    at
    by
    reason
  }
  terminationRequested {
    at
    by
    reason
  }
  createdAt
  scheduledAt
  startedAt
  endedAt
  terminatedAt
  durationSeconds
  revision
}`) as unknown as TypedDocumentString<TerminateInstanceMutation, TerminateInstanceMutationVariables>;
export const InstanceDocument = new TypedDocumentString(`
    query Instance($id: ID!, $atLeast: LiveRevision) {
  instance(id: $id, atLeast: $atLeast) {
    ...InstanceFields
    nextStates
  }
}
    fragment InstanceFields on LabletInstance {
  id
  definitionId
  definitionName
  definitionVersion
  ownerId
  reservationId
  timeslotStart
  timeslotEnd
  asSoonAsPossible
  state
  sequence
  workerId
  cmlLabId
  allocatedPorts {
    name
    protocol
    kind
    number
    status
  }
  history {
    sequence
    from
    to
    at
    by
    reason
  }
  terminationRequested {
    at
    by
    reason
  }
  createdAt
  scheduledAt
  startedAt
  endedAt
  terminatedAt
  durationSeconds
  revision
}`) as unknown as TypedDocumentString<InstanceQuery, InstanceQueryVariables>;
export const InstanceByReservationDocument = new TypedDocumentString(`
    query InstanceByReservation($reservationId: String!) {
  instanceByReservation(reservationId: $reservationId) {
    ...InstanceFields
  }
}
    fragment InstanceFields on LabletInstance {
  id
  definitionId
  definitionName
  definitionVersion
  ownerId
  reservationId
  timeslotStart
  timeslotEnd
  asSoonAsPossible
  state
  sequence
  workerId
  cmlLabId
  allocatedPorts {
    name
    protocol
    kind
    number
    status
  }
  history {
    sequence
    from
    to
    at
    by
    reason
  }
  terminationRequested {
    at
    by
    reason
  }
  createdAt
  scheduledAt
  startedAt
  endedAt
  terminatedAt
  durationSeconds
  revision
}`) as unknown as TypedDocumentString<InstanceByReservationQuery, InstanceByReservationQueryVariables>;
export const RenderedLabDocument = new TypedDocumentString(`
    query RenderedLab($id: ID!) {
  instance(id: $id) {
    id
    renderedLabYaml
  }
}
    `) as unknown as TypedDocumentString<RenderedLabQuery, RenderedLabQueryVariables>;
export const InstancesDocument = new TypedDocumentString(`
    query Instances($filter: InstanceFilter, $orderBy: InstanceOrder, $first: Int, $after: String, $last: Int, $before: String, $atLeast: LiveRevision) {
  instances(
    filter: $filter
    orderBy: $orderBy
    first: $first
    after: $after
    last: $last
    before: $before
    atLeast: $atLeast
  ) {
    liveRevision
    nodes {
      ...InstanceFields
    }
    pageInfo {
      hasNextPage
      hasPreviousPage
      startCursor
      endCursor
    }
    totalCount
  }
}
    fragment InstanceFields on LabletInstance {
  id
  definitionId
  definitionName
  definitionVersion
  ownerId
  reservationId
  timeslotStart
  timeslotEnd
  asSoonAsPossible
  state
  sequence
  workerId
  cmlLabId
  allocatedPorts {
    name
    protocol
    kind
    number
    status
  }
  history {
    sequence
    from
    to
    at
    by
    reason
  }
  terminationRequested {
    at
    by
    reason
  }
  createdAt
  scheduledAt
  startedAt
  endedAt
  terminatedAt
  durationSeconds
  revision
}`) as unknown as TypedDocumentString<InstancesQuery, InstancesQueryVariables>;
export const ApproachingInstancesDocument = new TypedDocumentString(`
    query ApproachingInstances($windowMinutes: Int, $first: Int, $after: String) {
  approachingInstances(
    windowMinutes: $windowMinutes
    first: $first
    after: $after
  ) {
    nodes {
      ...InstanceFields
    }
    pageInfo {
      hasNextPage
      endCursor
    }
    totalCount
  }
}
    fragment InstanceFields on LabletInstance {
  id
  definitionId
  definitionName
  definitionVersion
  ownerId
  reservationId
  timeslotStart
  timeslotEnd
  asSoonAsPossible
  state
  sequence
  workerId
  cmlLabId
  allocatedPorts {
    name
    protocol
    kind
    number
    status
  }
  history {
    sequence
    from
    to
    at
    by
    reason
  }
  terminationRequested {
    at
    by
    reason
  }
  createdAt
  scheduledAt
  startedAt
  endedAt
  terminatedAt
  durationSeconds
  revision
}`) as unknown as TypedDocumentString<ApproachingInstancesQuery, ApproachingInstancesQueryVariables>;
export const InstancesWithEdgesDocument = new TypedDocumentString(`
    query InstancesWithEdges($first: Int) {
  instances(first: $first) {
    nodes {
      id
      definition {
        id
        name
        versions {
          id
          version
        }
      }
      worker {
        id
        name
        capacity {
          available {
            cpuCores
          }
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<InstancesWithEdgesQuery, InstancesWithEdgesQueryVariables>;
export const InstanceGraphDocument = new TypedDocumentString(`
    query InstanceGraph($id: ID!) {
  instance(id: $id) {
    id
    nextStates
    definition {
      id
      versions {
        version
      }
    }
    worker {
      id
      name
      capacity {
        declared {
          ...CapacityFields
        }
        allocated {
          ...CapacityFields
        }
        available {
          ...CapacityFields
        }
      }
      ports {
        range {
          start
          end
        }
        available
        allocations {
          instanceId
          ports {
            name
            number
          }
        }
      }
      instances {
        id
        state
      }
      template {
        name
        workers {
          id
        }
      }
    }
  }
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}`) as unknown as TypedDocumentString<InstanceGraphQuery, InstanceGraphQueryVariables>;
export const InstanceTransitionsDocument = new TypedDocumentString(`
    query InstanceTransitions {
  instanceTransitions {
    number
    from
    to
    commands
    event
  }
}
    `) as unknown as TypedDocumentString<InstanceTransitionsQuery, InstanceTransitionsQueryVariables>;
export const InstanceChangesDocument = new TypedDocumentString(`
    subscription InstanceChanges($filter: InstanceChangesFilter, $after: LiveRevision) {
  instanceChanges(filter: $filter, after: $after) {
    kind
    liveRevision
    instanceId
    transition {
      from
      to
      at
      sequence
    }
    instance {
      id
      state
      sequence
      revision
      workerId
    }
  }
}
    `) as unknown as TypedDocumentString<InstanceChangesSubscription, InstanceChangesSubscriptionVariables>;
export const RecordGradingScoreDocument = new TypedDocumentString(`
    mutation RecordGradingScore($input: RecordGradingScoreInput!) {
  recordGradingScore(input: $input) {
    instance {
      ...InstanceFields
      gradingScore {
        total
        max
        passed
        breakdown {
          criterion
          points
          max
        }
        gradedAt
      }
    }
    liveRevision
  }
}
    fragment InstanceFields on LabletInstance {
  id
  definitionId
  definitionName
  definitionVersion
  ownerId
  reservationId
  timeslotStart
  timeslotEnd
  asSoonAsPossible
  state
  sequence
  workerId
  cmlLabId
  allocatedPorts {
    name
    protocol
    kind
    number
    status
  }
  history {
    sequence
    from
    to
    at
    by
    reason
  }
  terminationRequested {
    at
    by
    reason
  }
  createdAt
  scheduledAt
  startedAt
  endedAt
  terminatedAt
  durationSeconds
  revision
}`) as unknown as TypedDocumentString<RecordGradingScoreMutation, RecordGradingScoreMutationVariables>;
export const ReportInstanceDocument = new TypedDocumentString(`
    mutation ReportInstance($input: ReportInstanceInput!) {
  reportInstance(input: $input) {
    instance {
      ...InstanceFields
      retryCount
      lastError {
        code
        message
        at
      }
    }
    liveRevision
  }
}
    fragment InstanceFields on LabletInstance {
  id
  definitionId
  definitionName
  definitionVersion
  ownerId
  reservationId
  timeslotStart
  timeslotEnd
  asSoonAsPossible
  state
  sequence
  workerId
  cmlLabId
  allocatedPorts {
    name
    protocol
    kind
    number
    status
  }
  history {
    sequence
    from
    to
    at
    by
    reason
  }
  terminationRequested {
    at
    by
    reason
  }
  createdAt
  scheduledAt
  startedAt
  endedAt
  terminatedAt
  durationSeconds
  revision
}`) as unknown as TypedDocumentString<ReportInstanceMutation, ReportInstanceMutationVariables>;
export const RunRepairDocument = new TypedDocumentString(`
    mutation RunRepair($input: RunRepairInput!) {
  runRepair(input: $input) {
    report {
      ...RepairReportFields
    }
    liveRevision
  }
}
    fragment RepairReportFields on RepairReport {
  id
  status
  trigger
  requestedBy
  dryRun
  force
  startedAt
  finishedAt
  found
  repaired
  withheld
  findings {
    kind
    entityId
    workerId
    expected
    actual
    action
  }
}`) as unknown as TypedDocumentString<RunRepairMutation, RunRepairMutationVariables>;
export const RepairReportDocument = new TypedDocumentString(`
    query RepairReport($id: ID!) {
  repairReport(id: $id) {
    ...RepairReportFields
  }
}
    fragment RepairReportFields on RepairReport {
  id
  status
  trigger
  requestedBy
  dryRun
  force
  startedAt
  finishedAt
  found
  repaired
  withheld
  findings {
    kind
    entityId
    workerId
    expected
    actual
    action
  }
}`) as unknown as TypedDocumentString<RepairReportQuery, RepairReportQueryVariables>;
export const RepairReportsDocument = new TypedDocumentString(`
    query RepairReports($first: Int, $after: String) {
  repairReports(first: $first, after: $after) {
    nodes {
      ...RepairReportFields
    }
    pageInfo {
      hasNextPage
      endCursor
    }
    totalCount
  }
}
    fragment RepairReportFields on RepairReport {
  id
  status
  trigger
  requestedBy
  dryRun
  force
  startedAt
  finishedAt
  found
  repaired
  withheld
  findings {
    kind
    entityId
    workerId
    expected
    actual
    action
  }
}`) as unknown as TypedDocumentString<RepairReportsQuery, RepairReportsQueryVariables>;
export const ViewerDocument = new TypedDocumentString(`
    query Viewer {
  viewer {
    subject
    roles
    expiresAt
  }
}
    `) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;
export const LiveRevisionDocument = new TypedDocumentString(`
    query LiveRevision {
  liveRevision
}
    `) as unknown as TypedDocumentString<LiveRevisionQuery, LiveRevisionQueryVariables>;
export const ErrorCodesDocument = new TypedDocumentString(`
    query ErrorCodes {
  errorCodes
}
    `) as unknown as TypedDocumentString<ErrorCodesQuery, ErrorCodesQueryVariables>;
export const NodeDocument = new TypedDocumentString(`
    query Node($id: ID!) {
  node(id: $id) {
    __typename
    id
  }
}
    `) as unknown as TypedDocumentString<NodeQuery, NodeQueryVariables>;
export const NodesDocument = new TypedDocumentString(`
    query Nodes($ids: [ID!]!) {
  nodes(ids: $ids) {
    __typename
    id
  }
}
    `) as unknown as TypedDocumentString<NodesQuery, NodesQueryVariables>;
export const EventsDocument = new TypedDocumentString(`
    query Events($filter: EventFilter, $direction: OrderDirection, $first: Int, $after: String) {
  events(filter: $filter, direction: $direction, first: $first, after: $after) {
    nodes {
      id
      type
      aggregateType
      aggregateId
      number
      revision
      at
      by
      requestId
      source
      workerId
      payload {
        path
        value
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
    totalCount
  }
}
    `) as unknown as TypedDocumentString<EventsQuery, EventsQueryVariables>;
export const AuditRecordsDocument = new TypedDocumentString(`
    query AuditRecords($filter: AuditFilter, $direction: OrderDirection, $first: Int, $after: String) {
  auditRecords(
    filter: $filter
    direction: $direction
    first: $first
    after: $after
  ) {
    nodes {
      id
      at
      caller
      operation
      change
      targetType
      targetId
      revision
      requestId
      source
      details {
        path
        value
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
    totalCount
  }
}
    `) as unknown as TypedDocumentString<AuditRecordsQuery, AuditRecordsQueryVariables>;
export const CreateTemplateDocument = new TypedDocumentString(`
    mutation CreateTemplate($input: CreateTemplateInput!) {
  createTemplate(input: $input) {
    template {
      ...TemplateFields
    }
    liveRevision
  }
}
    fragment TemplateFields on WorkerTemplate {
  id
  name
  description
  instanceType
  licenseType
  capacity {
    ...CapacityFields
  }
  amiPattern
  regions
  portRange {
    start
    end
  }
  excludedPorts
  drainTimeoutHours
  startupTimeMinutes
  costPerHourUsd
  tags {
    key
    value
  }
  enabled
  seededHash
  createdAt
  updatedAt
  revision
}
fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}`) as unknown as TypedDocumentString<CreateTemplateMutation, CreateTemplateMutationVariables>;
export const UpdateTemplateDocument = new TypedDocumentString(`
    mutation UpdateTemplate($input: UpdateTemplateInput!) {
  updateTemplate(input: $input) {
    template {
      ...TemplateFields
    }
    liveRevision
  }
}
    fragment TemplateFields on WorkerTemplate {
  id
  name
  description
  instanceType
  licenseType
  capacity {
    ...CapacityFields
  }
  amiPattern
  regions
  portRange {
    start
    end
  }
  excludedPorts
  drainTimeoutHours
  startupTimeMinutes
  costPerHourUsd
  tags {
    key
    value
  }
  enabled
  seededHash
  createdAt
  updatedAt
  revision
}
fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}`) as unknown as TypedDocumentString<UpdateTemplateMutation, UpdateTemplateMutationVariables>;
export const ReloadTemplatesDocument = new TypedDocumentString(`
    mutation ReloadTemplates($input: ReloadTemplatesInput!) {
  reloadTemplates(input: $input) {
    report {
      ...TemplateReportFields
    }
    liveRevision
  }
}
    fragment TemplateReportFields on TemplateReport {
  file
  loadedAt
  templates {
    name
    outcome
  }
  fault {
    message
    entry
    field
    line
    rule
  }
}`) as unknown as TypedDocumentString<ReloadTemplatesMutation, ReloadTemplatesMutationVariables>;
export const TemplateDocument = new TypedDocumentString(`
    query Template($id: ID!) {
  template(id: $id) {
    ...TemplateFields
  }
}
    fragment TemplateFields on WorkerTemplate {
  id
  name
  description
  instanceType
  licenseType
  capacity {
    ...CapacityFields
  }
  amiPattern
  regions
  portRange {
    start
    end
  }
  excludedPorts
  drainTimeoutHours
  startupTimeMinutes
  costPerHourUsd
  tags {
    key
    value
  }
  enabled
  seededHash
  createdAt
  updatedAt
  revision
}
fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}`) as unknown as TypedDocumentString<TemplateQuery, TemplateQueryVariables>;
export const TemplateByNameDocument = new TypedDocumentString(`
    query TemplateByName($name: String!) {
  templateByName(name: $name) {
    ...TemplateFields
  }
}
    fragment TemplateFields on WorkerTemplate {
  id
  name
  description
  instanceType
  licenseType
  capacity {
    ...CapacityFields
  }
  amiPattern
  regions
  portRange {
    start
    end
  }
  excludedPorts
  drainTimeoutHours
  startupTimeMinutes
  costPerHourUsd
  tags {
    key
    value
  }
  enabled
  seededHash
  createdAt
  updatedAt
  revision
}
fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}`) as unknown as TypedDocumentString<TemplateByNameQuery, TemplateByNameQueryVariables>;
export const TemplateReportDocument = new TypedDocumentString(`
    query TemplateReport {
  templateReport {
    ...TemplateReportFields
  }
}
    fragment TemplateReportFields on TemplateReport {
  file
  loadedAt
  templates {
    name
    outcome
  }
  fault {
    message
    entry
    field
    line
    rule
  }
}`) as unknown as TypedDocumentString<TemplateReportQuery, TemplateReportQueryVariables>;
export const SelectTemplateDocument = new TypedDocumentString(`
    query SelectTemplate($definitionId: ID, $definitionName: String, $definitionVersion: SemVer, $requirements: TemplateRequirementsInput, $region: String) {
  selectTemplate(
    definitionId: $definitionId
    definitionName: $definitionName
    definitionVersion: $definitionVersion
    requirements: $requirements
    region: $region
  ) {
    chosen {
      ...TemplateFitFields
    }
    others {
      ...TemplateFitFields
    }
    rejected {
      template {
        id
        name
      }
      reasons {
        kind
        need
        actual
      }
    }
  }
}
    fragment TemplateFields on WorkerTemplate {
  id
  name
  description
  instanceType
  licenseType
  capacity {
    ...CapacityFields
  }
  amiPattern
  regions
  portRange {
    start
    end
  }
  excludedPorts
  drainTimeoutHours
  startupTimeMinutes
  costPerHourUsd
  tags {
    key
    value
  }
  enabled
  seededHash
  createdAt
  updatedAt
  revision
}
fragment TemplateFitFields on TemplateFit {
  template {
    ...TemplateFields
  }
  spare {
    ...CapacityFields
  }
  sparePorts
}
fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}`) as unknown as TypedDocumentString<SelectTemplateQuery, SelectTemplateQueryVariables>;
export const RegisterWorkerDocument = new TypedDocumentString(`
    mutation RegisterWorker($input: RegisterWorkerInput!) {
  registerWorker(input: $input) {
    worker {
      ...WorkerFields
    }
    liveRevision
  }
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}
fragment WorkerFields on Worker {
  id
  name
  templateName
  region
  instanceType
  licenseType
  amiName
  cmlVersion
  nodeDefinitions
  host
  status
  sequence
  revision
  configRevision
  warnings
  capacity {
    declared {
      ...CapacityFields
    }
    allocated {
      ...CapacityFields
    }
    available {
      ...CapacityFields
    }
  }
  ports {
    range {
      start
      end
    }
    excluded
    available
    allocations {
      instanceId
      ports {
        name
        number
      }
    }
  }
  instanceIds
}`) as unknown as TypedDocumentString<RegisterWorkerMutation, RegisterWorkerMutationVariables>;
export const TransitionWorkerDocument = new TypedDocumentString(`
    mutation TransitionWorker($input: TransitionWorkerInput!) {
  transitionWorker(input: $input) {
    worker {
      ...WorkerFields
    }
    liveRevision
  }
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}
fragment WorkerFields on Worker {
  id
  name
  templateName
  region
  instanceType
  licenseType
  amiName
  cmlVersion
  nodeDefinitions
  host
  status
  sequence
  revision
  configRevision
  warnings
  capacity {
    declared {
      ...CapacityFields
    }
    allocated {
      ...CapacityFields
    }
    available {
      ...CapacityFields
    }
  }
  ports {
    range {
      start
      end
    }
    excluded
    available
    allocations {
      instanceId
      ports {
        name
        number
      }
    }
  }
  instanceIds
}`) as unknown as TypedDocumentString<TransitionWorkerMutation, TransitionWorkerMutationVariables>;
export const DrainWorkerDocument = new TypedDocumentString(`
    mutation DrainWorker($input: DrainWorkerInput!) {
  drainWorker(input: $input) {
    worker {
      ...WorkerFields
      drainStartedAt
    }
    liveRevision
  }
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}
fragment WorkerFields on Worker {
  id
  name
  templateName
  region
  instanceType
  licenseType
  amiName
  cmlVersion
  nodeDefinitions
  host
  status
  sequence
  revision
  configRevision
  warnings
  capacity {
    declared {
      ...CapacityFields
    }
    allocated {
      ...CapacityFields
    }
    available {
      ...CapacityFields
    }
  }
  ports {
    range {
      start
      end
    }
    excluded
    available
    allocations {
      instanceId
      ports {
        name
        number
      }
    }
  }
  instanceIds
}`) as unknown as TypedDocumentString<DrainWorkerMutation, DrainWorkerMutationVariables>;
export const CancelWorkerDrainDocument = new TypedDocumentString(`
    mutation CancelWorkerDrain($input: CancelWorkerDrainInput!) {
  cancelWorkerDrain(input: $input) {
    worker {
      ...WorkerFields
      drainStartedAt
    }
    liveRevision
  }
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}
fragment WorkerFields on Worker {
  id
  name
  templateName
  region
  instanceType
  licenseType
  amiName
  cmlVersion
  nodeDefinitions
  host
  status
  sequence
  revision
  configRevision
  warnings
  capacity {
    declared {
      ...CapacityFields
    }
    allocated {
      ...CapacityFields
    }
    available {
      ...CapacityFields
    }
  }
  ports {
    range {
      start
      end
    }
    excluded
    available
    allocations {
      instanceId
      ports {
        name
        number
      }
    }
  }
  instanceIds
}`) as unknown as TypedDocumentString<CancelWorkerDrainMutation, CancelWorkerDrainMutationVariables>;
export const UpdateWorkerDocument = new TypedDocumentString(`
    mutation UpdateWorker($input: UpdateWorkerInput!) {
  updateWorker(input: $input) {
    worker {
      ...WorkerFields
      drainTimeoutHours
    }
    liveRevision
  }
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}
fragment WorkerFields on Worker {
  id
  name
  templateName
  region
  instanceType
  licenseType
  amiName
  cmlVersion
  nodeDefinitions
  host
  status
  sequence
  revision
  configRevision
  warnings
  capacity {
    declared {
      ...CapacityFields
    }
    allocated {
      ...CapacityFields
    }
    available {
      ...CapacityFields
    }
  }
  ports {
    range {
      start
      end
    }
    excluded
    available
    allocations {
      instanceId
      ports {
        name
        number
      }
    }
  }
  instanceIds
}`) as unknown as TypedDocumentString<UpdateWorkerMutation, UpdateWorkerMutationVariables>;
export const ReportWorkerDocument = new TypedDocumentString(`
    mutation ReportWorker($input: ReportWorkerInput!) {
  reportWorker(input: $input) {
    worker {
      ...WorkerFields
      cloudInstanceId
      endpointUrl
      lastReportedAt
      telemetry {
        cpuPercent
        memoryPercent
        storagePercent
        labs
      }
    }
    liveRevision
  }
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}
fragment WorkerFields on Worker {
  id
  name
  templateName
  region
  instanceType
  licenseType
  amiName
  cmlVersion
  nodeDefinitions
  host
  status
  sequence
  revision
  configRevision
  warnings
  capacity {
    declared {
      ...CapacityFields
    }
    allocated {
      ...CapacityFields
    }
    available {
      ...CapacityFields
    }
  }
  ports {
    range {
      start
      end
    }
    excluded
    available
    allocations {
      instanceId
      ports {
        name
        number
      }
    }
  }
  instanceIds
}`) as unknown as TypedDocumentString<ReportWorkerMutation, ReportWorkerMutationVariables>;
export const WorkerDocument = new TypedDocumentString(`
    query Worker($id: ID!, $atLeast: LiveRevision) {
  worker(id: $id, atLeast: $atLeast) {
    ...WorkerFields
    nextStatuses
  }
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}
fragment WorkerFields on Worker {
  id
  name
  templateName
  region
  instanceType
  licenseType
  amiName
  cmlVersion
  nodeDefinitions
  host
  status
  sequence
  revision
  configRevision
  warnings
  capacity {
    declared {
      ...CapacityFields
    }
    allocated {
      ...CapacityFields
    }
    available {
      ...CapacityFields
    }
  }
  ports {
    range {
      start
      end
    }
    excluded
    available
    allocations {
      instanceId
      ports {
        name
        number
      }
    }
  }
  instanceIds
}`) as unknown as TypedDocumentString<WorkerQuery, WorkerQueryVariables>;
export const WorkerByNameDocument = new TypedDocumentString(`
    query WorkerByName($name: String!) {
  workerByName(name: $name) {
    ...WorkerFields
    nextStatuses
  }
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}
fragment WorkerFields on Worker {
  id
  name
  templateName
  region
  instanceType
  licenseType
  amiName
  cmlVersion
  nodeDefinitions
  host
  status
  sequence
  revision
  configRevision
  warnings
  capacity {
    declared {
      ...CapacityFields
    }
    allocated {
      ...CapacityFields
    }
    available {
      ...CapacityFields
    }
  }
  ports {
    range {
      start
      end
    }
    excluded
    available
    allocations {
      instanceId
      ports {
        name
        number
      }
    }
  }
  instanceIds
}`) as unknown as TypedDocumentString<WorkerByNameQuery, WorkerByNameQueryVariables>;
export const WorkersDocument = new TypedDocumentString(`
    query Workers($filter: WorkerFilter, $first: Int, $after: String, $atLeast: LiveRevision) {
  workers(filter: $filter, first: $first, after: $after, atLeast: $atLeast) {
    liveRevision
    nodes {
      ...WorkerFields
    }
    totalCount
  }
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}
fragment WorkerFields on Worker {
  id
  name
  templateName
  region
  instanceType
  licenseType
  amiName
  cmlVersion
  nodeDefinitions
  host
  status
  sequence
  revision
  configRevision
  warnings
  capacity {
    declared {
      ...CapacityFields
    }
    allocated {
      ...CapacityFields
    }
    available {
      ...CapacityFields
    }
  }
  ports {
    range {
      start
      end
    }
    excluded
    available
    allocations {
      instanceId
      ports {
        name
        number
      }
    }
  }
  instanceIds
}`) as unknown as TypedDocumentString<WorkersQuery, WorkersQueryVariables>;
export const WorkerChangesDocument = new TypedDocumentString(`
    subscription WorkerChanges($filter: WorkerChangesFilter, $after: LiveRevision) {
  workerChanges(filter: $filter, after: $after) {
    kind
    liveRevision
    workerId
    transition {
      from
      to
      at
      sequence
    }
    worker {
      ...WorkerFields
    }
  }
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}
fragment WorkerFields on Worker {
  id
  name
  templateName
  region
  instanceType
  licenseType
  amiName
  cmlVersion
  nodeDefinitions
  host
  status
  sequence
  revision
  configRevision
  warnings
  capacity {
    declared {
      ...CapacityFields
    }
    allocated {
      ...CapacityFields
    }
    available {
      ...CapacityFields
    }
  }
  ports {
    range {
      start
      end
    }
    excluded
    available
    allocations {
      instanceId
      ports {
        name
        number
      }
    }
  }
  instanceIds
}`) as unknown as TypedDocumentString<WorkerChangesSubscription, WorkerChangesSubscriptionVariables>;
export const WorkerPortDocument = new TypedDocumentString(`
    query WorkerPort($workerId: ID!, $number: Port!) {
  workerPort(workerId: $workerId, number: $number) {
    worker {
      id
      name
      revision
    }
    number
    holder {
      instanceId
      name
      claimedAt
    }
    liveRevision
  }
}
    `) as unknown as TypedDocumentString<WorkerPortQuery, WorkerPortQueryVariables>;
export const PlacementPreviewDocument = new TypedDocumentString(`
    query PlacementPreview($definitionId: ID, $definitionName: String, $definitionVersion: SemVer) {
  placementPreview(
    definitionId: $definitionId
    definitionName: $definitionName
    definitionVersion: $definitionVersion
  ) {
    definitionId
    definitionVersion
    eligible {
      worker {
        id
        name
        status
        revision
      }
      ports {
        name
        number
      }
    }
    rejected {
      worker {
        id
        name
        status
        revision
      }
      reasons {
        code
        message
        status
        kind
        required
        actual
        dimension
        need
        free
        range {
          start
          end
        }
      }
    }
    liveRevision
  }
}
    `) as unknown as TypedDocumentString<PlacementPreviewQuery, PlacementPreviewQueryVariables>;
export const WorkerTransitionsDocument = new TypedDocumentString(`
    query WorkerTransitions {
  workerTransitions {
    number
    from
    to
    command
  }
}
    `) as unknown as TypedDocumentString<WorkerTransitionsQuery, WorkerTransitionsQueryVariables>;
export const TemplatesDocument = new TypedDocumentString(`
    query Templates($enabled: Boolean) {
  templates(enabled: $enabled) {
    nodes {
      id
      name
      licenseType
      capacity {
        ...CapacityFields
      }
      seededHash
      costPerHourUsd
      tags {
        key
        value
      }
    }
    totalCount
  }
}
    fragment CapacityFields on Capacity {
  cpuCores
  memoryGb
  storageGb
  nodes
}`) as unknown as TypedDocumentString<TemplatesQuery, TemplatesQueryVariables>;

/** GraphQL type of each field of each input. */
export const INPUT_FIELD_TYPES: Readonly<Record<string, Readonly<Record<string, string>>>> =
{
  "AmiRequirementInput": {
    "maxVersion": "String",
    "minVersion": "String",
    "namePattern": "String",
    "nodeDefinitions": "[String!]"
  },
  "ArchiveDefinitionInput": {
    "expectedRevision": "Int",
    "id": "ID!",
    "idempotencyKey": "String"
  },
  "AuditFilter": {
    "before": "DateTime",
    "caller": "String",
    "from": "DateTime",
    "operation": "String",
    "requestId": "String",
    "targetId": "ID",
    "targetType": "AuditTarget"
  },
  "CancelWorkerDrainInput": {
    "expectedRevision": "Int",
    "id": "ID!",
    "idempotencyKey": "String",
    "reason": "String"
  },
  "CapacityChangeInput": {
    "cpuCores": "Int",
    "memoryGb": "Int",
    "nodes": "Int",
    "storageGb": "Int"
  },
  "CapacityInput": {
    "cpuCores": "Int!",
    "memoryGb": "Int!",
    "nodes": "Int",
    "storageGb": "Int!"
  },
  "CreateDefinitionInput": {
    "extractTopology": "Boolean",
    "gradingRulesUri": "String",
    "idempotencyKey": "String",
    "labArtifactUri": "String!",
    "licenseAffinity": "[LicenseType!]",
    "maxDurationMinutes": "Int",
    "name": "String!",
    "nodeCount": "Int",
    "ownerNotification": "OwnerNotificationInput",
    "portTemplate": "[PortDefinitionInput!]",
    "resourceRequirements": "ResourceRequirementsInput!",
    "version": "SemVer!",
    "warmPoolDepth": "Int"
  },
  "CreateDefinitionVersionInput": {
    "extractTopology": "Boolean",
    "fromId": "ID!",
    "gradingRulesUri": "String",
    "idempotencyKey": "String",
    "labArtifactUri": "String",
    "licenseAffinity": "[LicenseType!]",
    "maxDurationMinutes": "Int",
    "nodeCount": "Int",
    "ownerNotification": "OwnerNotificationInput",
    "portTemplate": "[PortDefinitionInput!]",
    "resourceRequirements": "ResourceRequirementsInput",
    "version": "SemVer!",
    "warmPoolDepth": "Int"
  },
  "CreateInstanceInput": {
    "definitionId": "ID",
    "definitionName": "String",
    "definitionVersion": "SemVer",
    "idempotencyKey": "String",
    "ownerId": "String",
    "reservationId": "String",
    "timeslotEnd": "DateTime",
    "timeslotStart": "DateTime"
  },
  "CreateTemplateInput": {
    "amiPattern": "String!",
    "capacity": "CapacityInput!",
    "costPerHourUsd": "Decimal",
    "description": "String",
    "drainTimeoutHours": "Int",
    "enabled": "Boolean",
    "excludedPorts": "[Port!]",
    "idempotencyKey": "String",
    "instanceType": "String!",
    "licenseType": "LicenseType!",
    "name": "String!",
    "portRange": "PortRangeInput",
    "regions": "[String!]",
    "startupTimeMinutes": "Int",
    "tags": "[TagInput!]"
  },
  "DefinitionFilter": {
    "name": "String",
    "status": "DefinitionStatus",
    "text": "String",
    "version": "SemVer",
    "versionRange": "VersionRange"
  },
  "DefinitionOrder": {
    "direction": "OrderDirection",
    "field": "DefinitionOrderField!"
  },
  "DeprecateDefinitionInput": {
    "expectedRevision": "Int",
    "id": "ID!",
    "idempotencyKey": "String",
    "reason": "String!",
    "replacementId": "ID"
  },
  "DrainWorkerInput": {
    "expectedRevision": "Int",
    "id": "ID!",
    "idempotencyKey": "String",
    "reason": "String"
  },
  "EventFilter": {
    "aggregateId": "ID",
    "aggregateType": "AggregateType",
    "before": "DateTime",
    "from": "DateTime",
    "workerId": "ID"
  },
  "GradingScoreInput": {
    "breakdown": "[ScoreLineInput!]!",
    "max": "Float!",
    "passed": "Boolean!",
    "total": "Float!"
  },
  "InstanceChangesFilter": {
    "definitionId": "ID",
    "ids": "[ID!]",
    "ownerId": "String",
    "states": "[InstanceState!]",
    "workerId": "ID"
  },
  "InstanceFilter": {
    "definitionId": "ID",
    "ownerId": "String",
    "startsBefore": "DateTime",
    "startsFrom": "DateTime",
    "states": "[InstanceState!]",
    "workerId": "ID"
  },
  "InstanceOrder": {
    "direction": "OrderDirection!",
    "field": "InstanceOrderField!"
  },
  "OwnerNotificationInput": {
    "email": "String",
    "notifyOnComplete": "Boolean",
    "notifyOnError": "Boolean",
    "notifyOnStart": "Boolean",
    "webhookUrl": "String"
  },
  "PortDefinitionInput": {
    "description": "String",
    "insidePort": "Port",
    "kind": "PortKind",
    "line": "Int",
    "name": "String!",
    "nodeLabel": "String",
    "protocol": "PortProtocol"
  },
  "PortRangeInput": {
    "end": "Port!",
    "start": "Port!"
  },
  "PortStatusInput": {
    "name": "String!",
    "status": "PortStatus!"
  },
  "RecordGradingScoreInput": {
    "expectedRevision": "Int",
    "id": "ID!",
    "idempotencyKey": "String",
    "score": "GradingScoreInput!"
  },
  "RegisterWorkerInput": {
    "amiName": "String",
    "cloudInstanceId": "String",
    "cmlVersion": "String",
    "declaredCapacity": "CapacityInput",
    "drainTimeoutHours": "Int",
    "endpointUrl": "String",
    "excludedPorts": "[Port!]",
    "host": "String",
    "idempotencyKey": "String",
    "instanceType": "String",
    "licenseType": "LicenseType",
    "name": "String!",
    "nodeDefinitions": "[String!]",
    "portRange": "PortRangeInput",
    "region": "String",
    "templateName": "String"
  },
  "ReloadTemplatesInput": {
    "idempotencyKey": "String"
  },
  "ReportInstanceInput": {
    "expectedRevision": "Int",
    "id": "ID!",
    "idempotencyKey": "String",
    "portStatuses": "[PortStatusInput!]",
    "startFailure": "StartFailureInput"
  },
  "ReportWorkerInput": {
    "amiName": "String",
    "cloudInstanceId": "String",
    "cmlVersion": "String",
    "endpointUrl": "String",
    "expectedRevision": "Int",
    "host": "String",
    "id": "ID!",
    "idempotencyKey": "String",
    "nodeDefinitions": "[String!]",
    "telemetry": "TelemetryInput"
  },
  "ResourceRequirementsInput": {
    "amiRequirements": "[AmiRequirementInput!]",
    "cpuCores": "Int!",
    "memoryGb": "Int!",
    "nestedVirt": "Boolean",
    "storageGb": "Int!"
  },
  "RunRepairInput": {
    "dryRun": "Boolean!",
    "force": "Boolean!",
    "idempotencyKey": "String"
  },
  "ScheduleInstanceInput": {
    "expectedRevision": "Int",
    "id": "ID!",
    "idempotencyKey": "String",
    "workerId": "ID!"
  },
  "ScoreLineInput": {
    "criterion": "String!",
    "max": "Float!",
    "points": "Float!"
  },
  "StartFailureInput": {
    "code": "String!",
    "message": "String!"
  },
  "SyncDefinitionInput": {
    "expectedRevision": "Int",
    "id": "ID!",
    "idempotencyKey": "String"
  },
  "TagInput": {
    "key": "String!",
    "value": "String!"
  },
  "TelemetryInput": {
    "cpuPercent": "Float!",
    "labs": "Int!",
    "memoryPercent": "Float!",
    "storagePercent": "Float!"
  },
  "TemplateRequirementsInput": {
    "amiRequirements": "[AmiRequirementInput!]",
    "cpuCores": "Int!",
    "licenseAffinity": "[LicenseType!]",
    "memoryGb": "Int!",
    "nestedVirt": "Boolean",
    "nodeCount": "Int",
    "portCount": "Int",
    "storageGb": "Int!"
  },
  "TerminateInstanceInput": {
    "expectedRevision": "Int",
    "id": "ID!",
    "idempotencyKey": "String",
    "reason": "String"
  },
  "TransitionInstanceInput": {
    "cmlLabId": "String",
    "expectedRevision": "Int",
    "id": "ID!",
    "idempotencyKey": "String",
    "reason": "String",
    "to": "InstanceState!"
  },
  "TransitionWorkerInput": {
    "expectedRevision": "Int",
    "force": "Boolean",
    "id": "ID!",
    "idempotencyKey": "String",
    "reason": "String",
    "to": "WorkerStatus!"
  },
  "UpdateTemplateInput": {
    "amiPattern": "String",
    "capacity": "CapacityInput",
    "costPerHourUsd": "Decimal",
    "description": "String",
    "drainTimeoutHours": "Int",
    "enabled": "Boolean",
    "excludedPorts": "[Port!]",
    "expectedRevision": "Int",
    "id": "ID!",
    "idempotencyKey": "String",
    "instanceType": "String",
    "licenseType": "LicenseType",
    "portRange": "PortRangeInput",
    "regions": "[String!]",
    "startupTimeMinutes": "Int",
    "tags": "[TagInput!]"
  },
  "UpdateWorkerInput": {
    "declaredCapacity": "CapacityChangeInput",
    "drainTimeoutHours": "Int",
    "excludedPorts": "[Port!]",
    "expectedRevision": "Int",
    "id": "ID!",
    "idempotencyKey": "String",
    "name": "String",
    "portRange": "PortRangeInput"
  },
  "VersionRange": {
    "from": "SemVer",
    "to": "SemVer"
  },
  "WorkerChangesFilter": {
    "ids": "[ID!]",
    "statuses": "[WorkerStatus!]",
    "templateName": "String"
  },
  "WorkerFilter": {
    "licenseType": "LicenseType",
    "status": "WorkerStatus",
    "templateName": "String"
  }
};
