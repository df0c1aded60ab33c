import { LabletError, type IneligibilityReason, type Shortfall } from '../errors.js';
import type { WorkerStatus } from '../workers/transitions.js';
import { shortfalls, type Amounts } from './capacity.js';
import { draftOf, freeCapacity, storedBytes, storedBytesWith, type Draft, type LiveValues } from './draft.js';
import { imageReasons, type ImageFacts, type ImageRequirement } from './image.js';
import { LICENSE_NODE_LIMITS, type LicenseType } from './license.js';
import { allocatePorts, type PortNumbers, type PortRange } from './ports.js';

/** Both claim values of a worker stay within one request of the live store together. */
export const MAX_CLAIM_BYTES = 1024 * 1024;

/** What is asked of a worker for one instance; a definition has this shape. */
export interface Need {
  readonly nodeCount: number;
  readonly resourceRequirements: {
    readonly cpuCores: number;
    readonly memoryGb: number;
    readonly storageGb: number;
    readonly amiRequirements: readonly ImageRequirement[];
  };
  readonly licenseAffinity: readonly LicenseType[];
  readonly portTemplate: readonly { readonly name: string }[];
}

/** What the worker's document says. */
export interface Candidate extends ImageFacts {
  readonly status: WorkerStatus;
  readonly licenseType: LicenseType;
}

/** One reason why an instance does not fit; `code` is the error it leads to. */
export type FitReason =
  | { readonly code: 'WORKER_NOT_ACCEPTING'; readonly status: WorkerStatus }
  | ({ readonly code: 'WORKER_NOT_ELIGIBLE' } & IneligibilityReason)
  | ({ readonly code: 'CAPACITY_EXCEEDED' } & Shortfall)
  | {
      readonly code: 'PORTS_EXHAUSTED';
      readonly need: number;
      readonly free: number;
      readonly range: PortRange;
    };

/** What an instance would get, or every reason against it. */
export type Fit =
  | { readonly fits: true; readonly amounts: Amounts; readonly ports: PortNumbers }
  | { readonly fits: false; readonly reasons: readonly FitReason[] };

/** The room an instance takes on any worker. */
export function amountsNeeded({ resourceRequirements, nodeCount }: Need): Amounts {
  const { cpuCores, memoryGb, storageGb } = resourceRequirements;
  return { cpuCores, memoryGb, storageGb, nodes: nodeCount };
}

/**
 * Whether an instance fits on a worker now: the one rule behind preview, scheduling and the claim itself.
 * Either the numbers it would get, or every reason against it, in the order: accepting, licence, image,
 * node limit, capacity, ports.
 */
export function fits(worker: Candidate, live: LiveValues, need: Need): Fit {
  return fitsIn(draftOf(live), worker, need);
}

/** {@link fits} on a working copy, for many requests against one worker. */
export function fitsIn(draft: Draft, worker: Candidate, need: Need): Fit {
  const amounts = amountsNeeded(need);
  const { range, excluded } = draft.origin.ports;
  const names = need.portTemplate.map(({ name }) => name);
  // What lies below is taken, so that the search is as short on a full worker as on an empty one.
  const searched = { start: draft.freeFrom, end: range.end };
  const allocation = allocatePorts(names, searched, excluded, draft.held);
  const short = shortfalls(amounts, freeCapacity(draft));
  if (allocation.granted) short.push(...byteShortfall(draft, amounts, allocation.ports));
  const reasons: FitReason[] = [
    ...acceptingReason(draft, worker),
    ...eligibility(worker, need).map((reason) => ({ code: 'WORKER_NOT_ELIGIBLE' as const, ...reason })),
    ...short.map((each) => ({ code: 'CAPACITY_EXCEEDED' as const, ...each })),
  ];
  if (!allocation.granted) {
    const { need: wanted, free } = allocation;
    reasons.push({ code: 'PORTS_EXHAUSTED', need: wanted, free, range });
  }
  if (!allocation.granted || reasons.length > 0) return { fits: false, reasons };
  return { fits: true, amounts, ports: allocation.ports };
}

function acceptingReason(draft: Draft, { status }: Candidate): FitReason[] {
  if (status === 'RUNNING' && draft.origin.capacity.accepting.open) return [];
  return [{ code: 'WORKER_NOT_ACCEPTING', status }];
}

/** Licence, image and the licence's own node limit; whether nodes are free is a matter of capacity. */
function eligibility(worker: Candidate, need: Need): IneligibilityReason[] {
  const reasons: IneligibilityReason[] = [];
  const { licenseType } = worker;
  if (!need.licenseAffinity.includes(licenseType)) {
    reasons.push({ kind: 'LICENSE', need: need.licenseAffinity.join(', '), actual: licenseType });
  }
  reasons.push(...imageReasons(need.resourceRequirements.amiRequirements, worker));
  const limit = LICENSE_NODE_LIMITS[licenseType];
  if (limit !== null && need.nodeCount > limit) {
    reasons.push({ kind: 'NODE_LIMIT', need: String(need.nodeCount), actual: String(limit) });
  }
  return reasons;
}

// Ids, tokens and times have one length each, so that a preview counts the same bytes as the claim.
const SAMPLE_ID = `ins_${'0'.repeat(26)}`;
const SAMPLE_TOKEN = '0'.repeat(26);
const SAMPLE_TIME = '2000-01-01T00:00:00.000Z';

/** More than one claim ever takes: 64 ports with names of 64 characters are far below it. */
const MOST_BYTES = 64 * 1024;

function byteShortfall(draft: Draft, amounts: Amounts, ports: PortNumbers): Shortfall[] {
  const before = storedBytes(draft);
  if (before + MOST_BYTES <= MAX_CLAIM_BYTES) return [];
  const sample = { instanceId: SAMPLE_ID, token: SAMPLE_TOKEN, claimedAt: SAMPLE_TIME, amounts, ports };
  const after = storedBytesWith(draft, sample);
  if (after <= MAX_CLAIM_BYTES) return [];
  return [{ dimension: 'CLAIM_BYTES', need: after - before, free: Math.max(0, MAX_CLAIM_BYTES - before) }];
}

/** The error for the first failing check, with everything that fails in the same way. */
export function refusal(reasons: readonly FitReason[]): LabletError {
  const first = reasons[0];
  switch (first?.code) {
    case 'WORKER_NOT_ACCEPTING':
      return new LabletError(first.code, notAccepting(first.status), { status: first.status });
    case 'WORKER_NOT_ELIGIBLE': {
      const failing = ofCode(reasons, first.code).map(({ kind, need, actual }) => ({ kind, need, actual }));
      const kinds = failing.map(({ kind }) => kind).join(', ');
      return new LabletError(first.code, `The worker does not fit: ${kinds}.`, { reasons: failing });
    }
    case 'CAPACITY_EXCEEDED': {
      const failing = ofCode(reasons, first.code);
      const short = failing.map(({ dimension, need, free }) => ({ dimension, need, free }));
      return capacityExceeded(short);
    }
    case 'PORTS_EXHAUSTED': {
      const { code, need, free, range } = first;
      return new LabletError(code, `The instance needs ${need} ports; ${free} are free.`, {
        need,
        free,
        range,
      });
    }
    case undefined:
      throw new TypeError('a refusal needs a reason');
  }
}

/** Room that is too small, each dimension named. */
export function capacityExceeded(short: readonly Shortfall[]): LabletError<'CAPACITY_EXCEEDED'> {
  const list = short.map(({ dimension, need, free }) => `${dimension} (need ${need}, free ${free})`);
  return new LabletError('CAPACITY_EXCEEDED', `Not enough room on the worker: ${list.join(', ')}.`, {
    shortfalls: short,
  });
}

function notAccepting(status: WorkerStatus): string {
  if (status === 'RUNNING') return 'The worker is about to leave RUNNING or has just entered it.';
  return `The worker is ${status}; only a RUNNING worker takes claims.`;
}

function ofCode<C extends FitReason['code']>(reasons: readonly FitReason[], code: C) {
  return reasons.filter((reason): reason is Extract<FitReason, { code: C }> => reason.code === code);
}
