import { amountsOf } from '../claims/capacity.js';
import type { Claim } from '../claims/draft.js';
import { VALUE_VERSION, type InstanceStateValue } from '../claims/values.js';
import type { StorageField } from '../db/stored-document.js';
import type { Aggregate, Recorded } from '../lib/aggregate.js';
import { withDefaults } from '../lib/with-defaults.js';
import type { InstanceEvent, InstanceScheduled } from './instance-events.js';
import type { InstanceDocument } from './instance-model.js';
import { targetOf, type InstanceMoveEvent } from './transitions.js';

/** An instance without what only storage needs. */
export type InstanceState = Omit<InstanceDocument, StorageField | 'reservationGuard' | 'finished'>;

type Created = Recorded<Extract<InstanceEvent, { type: 'InstanceCreated' }>>;
type MoveEvent = Recorded<Extract<InstanceEvent, { type: InstanceMoveEvent }>>;

export const instanceAggregate: Aggregate<InstanceState, InstanceEvent> = {
  type: 'LabletInstance',
  schemaVersion: 1,
  evolve: evolveInstance,
};

/** The state after an event; the only place that changes an instance. */
export function evolveInstance(state: InstanceState | null, event: Recorded<InstanceEvent>): InstanceState {
  if (event.type === 'InstanceCreated') return created(event);
  if (state === null) throw new Error(`${event.aggregateId}: the first event is ${event.type}`);
  switch (event.type) {
    case 'InstanceScheduled':
      return { ...moved(state, event), ...scheduled(event.payload), scheduledAt: event.at };
    case 'InstanceRunning': {
      const { cmlLabId, startedAt } = event.payload;
      return { ...moved(state, event), cmlLabId, startedAt };
    }
    case 'InstanceResumed': {
      const { cmlLabId } = event.payload;
      return { ...moved(state, event), cmlLabId, endedAt: null, durationSeconds: null };
    }
    case 'InstanceStopped': {
      const { endedAt, durationSeconds } = event.payload;
      return { ...moved(state, event), endedAt, durationSeconds };
    }
    case 'InstanceTerminated': {
      const claim = state.claim && { ...state.claim, releasedAt: event.at };
      return { ...moved(state, event), claim, terminatedAt: event.at };
    }
    case 'InstanceInstantiating':
    case 'InstanceCollecting':
    case 'InstanceGrading':
    case 'InstanceStopping':
    case 'InstanceArchived':
      return moved(state, event);
    case 'InstanceGraded':
      return { ...state, gradingScore: event.payload.score };
    case 'InstanceTerminationRequested': {
      const { at, by, payload } = event;
      return { ...state, terminationRequested: { at, by, reason: payload.reason } };
    }
    case 'InstanceStartFailed': {
      const { error, retryCount } = event.payload;
      return { ...state, retryCount, lastError: { ...error, at: event.at } };
    }
    case 'InstancePortsReported': {
      const reported = new Map(event.payload.statuses.map(({ name, status }) => [name, status]));
      const allocatedPorts = state.allocatedPorts.map((port) => ({
        ...port,
        status: reported.get(port.name) ?? port.status,
      }));
      return { ...state, allocatedPorts };
    }
    case 'InstanceClaimRevoked':
    case 'WorkerPortsAllocated':
    case 'WorkerPortsReleased':
      return state;
    default:
      throw new Error(`${state.id}: unknown event ${(event as Recorded).type}`);
  }
}

function created({ aggregateId, at, by, revision, payload }: Created): InstanceState {
  return {
    ...payload,
    id: aggregateId,
    revision,
    state: 'PENDING',
    sequence: 1,
    history: [{ sequence: 1, from: null, to: 'PENDING', at, by, reason: null }],
    workerId: null,
    cmlLabId: null,
    allocatedPorts: [],
    claim: null,
    gradingScore: null,
    terminationRequested: null,
    retryCount: 0,
    lastError: null,
    createdAt: at,
    scheduledAt: null,
    startedAt: null,
    endedAt: null,
    terminatedAt: null,
    durationSeconds: null,
    updatedAt: at,
  };
}

function moved(state: InstanceState, event: MoveEvent): InstanceState {
  const { at, by } = event;
  const reason = 'reason' in event.payload ? event.payload.reason : null;
  const sequence = state.sequence + 1;
  const to = targetOf(event.type);
  const entry = { sequence, from: state.state, to, at, by, reason };
  return { ...state, state: to, sequence, history: [...state.history, entry] };
}

function scheduled({ workerId, ports, amounts, token, claimedAt }: InstanceScheduled) {
  return {
    workerId,
    allocatedPorts: ports.map((port) => ({ ...port, status: 'ALLOCATED' as const })),
    claim: {
      workerId,
      token,
      ...amountsOf(amounts),
      ports: ports.map(({ name, number }) => ({ name, number })),
      claimedAt,
      releasedAt: null,
    },
  };
}

/** Guards and order keys that are stored beside the state. */
export function storedKeys({ id, reservationId, state }: InstanceState) {
  return {
    reservationGuard: reservationId === null ? `i:${id}` : `r:${reservationId}`,
    finished: state === 'TERMINATED',
  };
}

/** The value of the instance's key in the live store. */
export function instanceStateValue(instance: InstanceState): InstanceStateValue {
  const { id, state, sequence, revision, ownerId, definitionId, workerId } = instance;
  const last = instance.history.at(-1);
  return {
    v: VALUE_VERSION,
    id,
    state,
    from: last?.from ?? null,
    seq: sequence,
    revision,
    ownerId,
    definitionId,
    workerId,
    at: last?.at ?? instance.createdAt,
  };
}

/** The claim that the document says is held; null before scheduling and after the end. */
export function heldClaim({ id, claim }: InstanceState): (Claim & { readonly workerId: string }) | null {
  if (claim === null || claim.releasedAt !== null) return null;
  const { workerId, token, claimedAt } = claim;
  const ports = Object.fromEntries(claim.ports.map(({ name, number }) => [name, number]));
  return { workerId, instanceId: id, token, claimedAt, amounts: amountsOf(claim), ports };
}

const DEFAULTS = {
  reservationId: null,
  asSoonAsPossible: false,
  workerId: null,
  cmlLabId: null,
  allocatedPorts: [],
  claim: null,
  gradingScore: null,
  terminationRequested: null,
  retryCount: 0,
  lastError: null,
  scheduledAt: null,
  startedAt: null,
  endedAt: null,
  terminatedAt: null,
  durationSeconds: null,
} satisfies Partial<InstanceState>;

/** A stored document with the defaults of fields that it was written without. */
export function upgradeInstance<D extends Partial<InstanceState>>(document: D): D & typeof DEFAULTS {
  return withDefaults(document, DEFAULTS);
}
