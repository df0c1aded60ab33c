import type { Capacity } from '../claims/capacity.js';
import type { WorkerLimits } from '../claims/draft.js';
import { effectiveNodeLimit, type LicenseType } from '../claims/license.js';
import { DEFAULT_EXCLUDED_PORTS, DEFAULT_PORT_RANGE } from '../claims/ports.js';
import { VALUE_VERSION, type WorkerStateValue } from '../claims/values.js';
import type { StorageField } from '../db/stored-document.js';
import type { Aggregate, Recorded } from '../lib/aggregate.js';
import { withDefaults } from '../lib/with-defaults.js';
import type { WorkerEvent, WorkerFacts, WorkerSettings } from './worker-events.js';
import type { WorkerDocument } from './worker-model.js';

/** A worker without what only storage needs. */
export type WorkerState = Omit<WorkerDocument, StorageField>;

type Of<Type extends WorkerEvent['type']> = Recorded<Extract<WorkerEvent, { type: Type }>>;

export const workerAggregate: Aggregate<WorkerState, WorkerEvent> = {
  type: 'Worker',
  schemaVersion: 1,
  evolve: evolveWorker,
};

/** The state after an event; the only place that changes a worker, but for telemetry and report time. */
export function evolveWorker(state: WorkerState | null, event: Recorded<WorkerEvent>): WorkerState {
  if (event.type === 'WorkerRegistered') return registered(event);
  if (state === null) throw new Error(`${event.aggregateId}: the first event is ${event.type}`);
  switch (event.type) {
    case 'WorkerCapacityUpdated': {
      const { limitsChanged, ...settings } = event.payload;
      const configRevision = limitsChanged ? event.revision : state.configRevision;
      return { ...state, ...settingsOf(settings), configRevision };
    }
    case 'WorkerReported':
      return { ...state, ...factsOf({ ...state, ...event.payload.facts }) };
    case 'WorkerStatusChanged':
      return moved(state, event);
    case 'WorkerCloseRevoked':
      return state;
    default:
      throw new Error(`${state.id}: unknown event ${(event as Recorded).type}`);
  }
}

function registered({ aggregateId, at, by, revision, payload }: Of<'WorkerRegistered'>): WorkerState {
  const { templateName, region, instanceType, licenseType } = payload;
  return {
    id: aggregateId,
    revision,
    templateName,
    region,
    instanceType,
    licenseType,
    ...settingsOf(payload),
    ...factsOf(payload),
    status: 'PENDING',
    sequence: 1,
    history: [{ sequence: 1, from: null, to: 'PENDING', at, by, reason: null }],
    drainStartedAt: null,
    lastReportedAt: null,
    telemetry: null,
    createdAt: at,
    createdBy: by,
    updatedAt: at,
    configRevision: revision,
  };
}

function moved(state: WorkerState, { at, by, payload }: Of<'WorkerStatusChanged'>): WorkerState {
  const { from, to, reason } = payload;
  const sequence = state.sequence + 1;
  return {
    ...state,
    status: to,
    sequence,
    history: [...state.history, { sequence, from, to, at, by, reason }],
    drainStartedAt: to === 'DRAINING' ? at : null,
  };
}

function settingsOf(settings: WorkerSettings) {
  const { name, declaredCapacity, portRange, excludedPorts, drainTimeoutHours } = settings;
  const { cpuCores, memoryGb, storageGb, nodes } = declaredCapacity;
  return {
    name,
    declaredCapacity: { cpuCores, memoryGb, storageGb, nodes },
    portRange: { start: portRange.start, end: portRange.end },
    excludedPorts: [...excludedPorts],
    drainTimeoutHours,
  };
}

function factsOf(facts: WorkerFacts) {
  const { cloudInstanceId, amiName, cmlVersion, nodeDefinitions, endpointUrl, host } = facts;
  const installed = nodeDefinitions && [...nodeDefinitions];
  return { cloudInstanceId, amiName, cmlVersion, nodeDefinitions: installed, endpointUrl, host };
}

/** The value of the worker's status key in the live store. */
export function workerStateValue(worker: WorkerState): WorkerStateValue {
  const { id, status, sequence, revision } = worker;
  const last = worker.history.at(-1);
  return {
    v: VALUE_VERSION,
    id,
    status,
    from: last?.from ?? null,
    seq: sequence,
    revision,
    at: last?.at ?? worker.createdAt,
  };
}

/** What the worker's claim values repeat of its document. */
export function limitsOf(worker: WorkerState): WorkerLimits {
  const { declaredCapacity, portRange, excludedPorts, configRevision } = worker;
  return {
    declared: effectiveCapacity(worker.licenseType, declaredCapacity),
    range: portRange,
    excluded: excludedPorts,
    configRevision,
  };
}

/** Total room with the node limit that counts. */
export function effectiveCapacity(licenseType: LicenseType, declared: Capacity): Capacity {
  const { cpuCores, memoryGb, storageGb } = declared;
  return { cpuCores, memoryGb, storageGb, nodes: effectiveNodeLimit(licenseType, declared.nodes) };
}

export const DEFAULT_DRAIN_TIMEOUT_HOURS = 4;

const DEFAULTS = {
  templateName: null,
  licenseType: 'PERSONAL' as LicenseType,
  declaredCapacity: { cpuCores: 48, memoryGb: 192, storageGb: 500, nodes: 20 },
  portRange: { ...DEFAULT_PORT_RANGE },
  excludedPorts: [...DEFAULT_EXCLUDED_PORTS],
  drainTimeoutHours: DEFAULT_DRAIN_TIMEOUT_HOURS,
  cloudInstanceId: null,
  amiName: null,
  cmlVersion: null,
  nodeDefinitions: null,
  endpointUrl: null,
  host: null,
  drainStartedAt: null,
  lastReportedAt: null,
  telemetry: null,
  configRevision: 1,
} satisfies Partial<WorkerState>;

/** A stored document with the defaults of fields that it was written without. */
export function upgradeWorker<D extends Partial<WorkerState>>(document: D): D & typeof DEFAULTS {
  return withDefaults(document, DEFAULTS);
}
