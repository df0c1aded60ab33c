import { document } from './request.js';

/** What the console asks the API for, each document with the types of its variables and result: caller, instances. */

export type Role = 'ADMIN' | 'AUTHOR' | 'MANAGER' | 'USER' | 'SERVICE';
export type LicenseType = 'PERSONAL' | 'ENTERPRISE' | 'EVALUATION';

export interface Viewer {
  readonly subject: string;
  readonly roles: readonly Role[];
  readonly expiresAt: string;
}

export const VIEWER = document<{ viewer: Viewer }>(`query Viewer { viewer { subject roles expiresAt } }`);

export interface Page<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

const PAGE = `pageInfo { hasNextPage endCursor }`;

// Instances

export const INSTANCE_STATES = [
  'PENDING',
  'SCHEDULED',
  'INSTANTIATING',
  'RUNNING',
  'COLLECTING',
  'GRADING',
  'STOPPING',
  'STOPPED',
  'ARCHIVED',
  'TERMINATED',
] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

export interface InstanceRow {
  readonly id: string;
  readonly revision: number;
  readonly state: InstanceState;
  readonly definitionName: string;
  readonly definitionVersion: string;
  readonly ownerId: string;
  readonly timeslotStart: string;
  readonly timeslotEnd: string;
  readonly createdAt: string;
  readonly endpoint: { readonly workerName: string; readonly host: string | null } | null;
  readonly allocatedPorts: readonly { readonly name: string; readonly number: number }[];
  readonly terminationRequested: { readonly at: string } | null;
}

const INSTANCE_ROW = `fragment InstanceRow on LabletInstance {
  id revision state definitionName definitionVersion ownerId timeslotStart timeslotEnd createdAt
  endpoint { workerName host }
  allocatedPorts { name number }
  terminationRequested { at }
}`;

export interface HistoryEntry {
  readonly sequence: number;
  readonly from: string | null;
  readonly to: string;
  readonly at: string;
  readonly by: string;
  readonly reason: string | null;
}

export interface AllocatedPort {
  readonly name: string;
  readonly protocol: string;
  readonly kind: string;
  readonly number: number;
  readonly status: string;
}

export interface Instance extends Omit<InstanceRow, 'allocatedPorts' | 'terminationRequested'> {
  readonly definitionId: string;
  readonly reservationId: string | null;
  readonly cmlLabId: string | null;
  readonly retryCount: number;
  readonly lastError: { readonly code: string; readonly message: string; readonly at: string } | null;
  readonly terminationRequested: {
    readonly at: string;
    readonly by: string;
    readonly reason: string | null;
  } | null;
  readonly nextStates: readonly InstanceState[];
  readonly history: readonly HistoryEntry[];
  readonly allocatedPorts: readonly AllocatedPort[];
  readonly gradingScore: { readonly total: number; readonly max: number; readonly passed: boolean } | null;
}

const INSTANCE = `fragment Instance on LabletInstance {
  id revision state definitionId definitionName definitionVersion ownerId reservationId cmlLabId retryCount
  timeslotStart timeslotEnd createdAt nextStates
  endpoint { workerName host }
  allocatedPorts { name protocol kind number status }
  history { sequence from to at by reason }
  lastError { code message at }
  terminationRequested { at by reason }
  gradingScore { total max passed }
}`;

interface InstanceAnswer {
  readonly instance: Instance;
  readonly liveRevision: string | null;
}

export interface InstanceChange {
  readonly kind: 'SNAPSHOT' | 'SYNCED' | 'CHANGED' | 'REMOVED' | 'BOOKMARK' | 'RESYNC_REQUIRED';
  readonly liveRevision: string;
  readonly instanceId: string | null;
  readonly instance: InstanceRow | null;
}

export const INSTANCE_CHANGES = document<{ instanceChanges: InstanceChange }, { after: string | null }>(
  `subscription InstanceChanges($after: LiveRevision) {
    instanceChanges(after: $after) { kind liveRevision instanceId instance { ...InstanceRow } }
  } ${INSTANCE_ROW}`,
);

export const ENDED_INSTANCES = document<{ instances: Page<InstanceRow> }, { after: string | null }>(
  `query EndedInstances($after: String) {
    instances(filter: { states: [TERMINATED] }, first: 50, after: $after) { nodes { ...InstanceRow } ${PAGE} }
  } ${INSTANCE_ROW}`,
);

export const GET_INSTANCE = document<{ instance: Instance }, { id: string }>(
  `query GetInstance($id: ID!) { instance(id: $id) { ...Instance } } ${INSTANCE}`,
);

export const RENDERED_LAB = document<{ instance: { renderedLabYaml: string | null } }, { id: string }>(
  `query RenderedLab($id: ID!) { instance(id: $id) { id renderedLabYaml } }`,
);

export interface CreateInstanceInput {
  readonly definitionId: string;
  readonly timeslotStart: string | null;
  readonly timeslotEnd: string | null;
  readonly ownerId: string | null;
  readonly idempotencyKey: string;
}

export const CREATE_INSTANCE = document<{ createInstance: InstanceAnswer }, { input: CreateInstanceInput }>(
  `mutation CreateInstance($input: CreateInstanceInput!) {
    createInstance(input: $input) { instance { ...Instance } liveRevision }
  } ${INSTANCE}`,
);

interface ScheduleInput {
  readonly id: string;
  readonly workerId: string;
}

export const SCHEDULE_INSTANCE = document<{ scheduleInstance: InstanceAnswer }, { input: ScheduleInput }>(
  `mutation ScheduleInstance($input: ScheduleInstanceInput!) {
    scheduleInstance(input: $input) { instance { ...Instance } liveRevision }
  } ${INSTANCE}`,
);

interface TransitionInput {
  readonly id: string;
  readonly to: InstanceState;
  readonly cmlLabId: string | null;
  readonly reason: string | null;
  readonly expectedRevision: number;
}

export const TRANSITION_INSTANCE = document<
  { transitionInstance: InstanceAnswer },
  { input: TransitionInput }
>(
  `mutation TransitionInstance($input: TransitionInstanceInput!) {
    transitionInstance(input: $input) { instance { ...Instance } liveRevision }
  } ${INSTANCE}`,
);

export const TERMINATE_INSTANCE = document<
  { terminateInstance: InstanceAnswer },
  { input: { readonly id: string; readonly reason: string | null } }
>(
  `mutation TerminateInstance($input: TerminateInstanceInput!) {
    terminateInstance(input: $input) { instance { ...Instance } liveRevision }
  } ${INSTANCE}`,
);
