import type { HistoryEntry, LicenseType, Page } from './api.js';
import { document } from './request.js';

/** Documents about workers and their templates. */

export interface Capacity {
  readonly cpuCores: number;
  readonly memoryGb: number;
  readonly storageGb: number;
  readonly nodes: number | null;
}

export type WorkerStatus =
  'PENDING' | 'PROVISIONING' | 'RUNNING' | 'DRAINING' | 'STOPPING' | 'STOPPED' | 'FAILED' | 'TERMINATED';

export interface Worker {
  readonly id: string;
  readonly revision: number;
  readonly name: string;
  readonly templateName: string | null;
  readonly region: string;
  readonly instanceType: string;
  readonly licenseType: LicenseType;
  readonly status: WorkerStatus;
  readonly cmlVersion: string | null;
  readonly host: string | null;
  readonly nextStatuses: readonly WorkerStatus[];
  readonly warnings: readonly string[];
  readonly capacity: {
    readonly declared: Capacity;
    readonly allocated: Capacity;
    readonly available: Capacity;
  };
  readonly ports: {
    readonly range: { readonly start: number; readonly end: number };
    readonly available: number;
    readonly allocations: readonly {
      readonly instanceId: string;
      readonly ports: readonly { readonly name: string; readonly number: number }[];
    }[];
  };
  readonly history: readonly HistoryEntry[];
}

const CAPACITY = `{ cpuCores memoryGb storageGb nodes }`;

const WORKER = `fragment Worker on Worker {
  id revision name templateName region instanceType licenseType status cmlVersion host nextStatuses warnings
  capacity { declared ${CAPACITY} allocated ${CAPACITY} available ${CAPACITY} }
  ports { range { start end } available allocations { instanceId ports { name number } } }
  history { sequence from to at by reason }
}`;

export const WORKERS = document<{ workers: Page<Worker> }>(
  `query Workers { workers(first: 200) { nodes { ...Worker } pageInfo { hasNextPage endCursor } } } ${WORKER}`,
);

export interface RegisterWorkerInput {
  readonly name: string;
  readonly templateName: string;
  readonly region: string | null;
  readonly host: string | null;
  readonly cmlVersion: string | null;
  readonly nodeDefinitions: readonly string[] | null;
}

export const REGISTER_WORKER = document<
  { registerWorker: { worker: Worker; liveRevision: string | null } },
  { input: RegisterWorkerInput }
>(
  `mutation RegisterWorker($input: RegisterWorkerInput!) {
    registerWorker(input: $input) { worker { ...Worker } liveRevision }
  } ${WORKER}`,
);

interface TransitionInput {
  readonly id: string;
  readonly to: WorkerStatus;
  readonly reason: string | null;
  readonly force: boolean | null;
  readonly expectedRevision: number;
}

export const TRANSITION_WORKER = document<
  { transitionWorker: { worker: Worker; liveRevision: string | null } },
  { input: TransitionInput }
>(
  `mutation TransitionWorker($input: TransitionWorkerInput!) {
    transitionWorker(input: $input) { worker { ...Worker } liveRevision }
  } ${WORKER}`,
);

export interface Template {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly instanceType: string;
  readonly licenseType: LicenseType;
  readonly capacity: Capacity;
  readonly regions: readonly string[];
}

export const TEMPLATES = document<{ templates: Page<Template> }>(
  `query Templates {
    templates(first: 200) {
      nodes { id name description instanceType licenseType regions capacity ${CAPACITY} }
      pageInfo { hasNextPage endCursor }
    }
  }`,
);
