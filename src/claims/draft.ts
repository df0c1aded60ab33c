import { add, amountsOf, shortfalls, subtract, sum, type Amounts, type Capacity } from './capacity.js';
import type { PortNumbers, PortRange } from './ports.js';
import { codecs, type CapacityClaim, type CapacityValue, type PortsValue } from './values.js';

/** The two claim values of one worker; they are always read and written together. */
export interface LiveValues {
  readonly capacity: CapacityValue;
  readonly ports: PortsValue;
}

/** One instance's claim: the room and every port number it holds on one worker. */
export interface Claim {
  readonly instanceId: string;
  readonly token: string;
  /** ISO 8601. */
  readonly claimedAt: string;
  readonly amounts: Amounts;
  readonly ports: PortNumbers;
}

/** The part of a worker's document that its claim values repeat. */
export interface WorkerLimits {
  /** `nodes` is the limit that counts: the lower of the declared one and the licence's. */
  readonly declared: Capacity;
  readonly range: PortRange;
  readonly excluded: readonly number[];
  readonly configRevision: number;
}

/** Whether a worker takes claims. */
export interface Accepting {
  readonly open: boolean;
  /** The worker's sequence the flag belongs to. */
  readonly seq: number;
}

/**
 * A working copy of a worker's claim values: read once, any number of claims and releases, written once,
 * so that merging many requests costs one pass. Nothing it was made from changes.
 */
export interface Draft {
  readonly origin: LiveValues;
  /** Sum of all claims. */
  allocated: Amounts;
  readonly held: Set<number>;
  readonly capacityClaims: Map<string, CapacityClaim>;
  readonly portClaims: Map<string, PortNumbers>;
  /** Counter of both values; +1 for each change, the higher one first where they differ. */
  seq: number;
  /** Bytes of both encoded values without their counters and commas between claims. */
  bytes: number;
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
const entryBytes = (id: string, entry: unknown): number => bytesOf(id) + 1 + bytesOf(entry);
const commas = (entries: number): number => Math.max(0, entries - 1);

/** A working copy of these values; one pass over all claims. */
export function draftOf(live: LiveValues): Draft {
  const { capacity, ports } = live;
  const draft: Draft = {
    origin: live,
    allocated: sum(Object.values(capacity.claims)),
    held: heldNumbers(ports),
    capacityClaims: new Map(Object.entries(capacity.claims)),
    portClaims: new Map(Object.entries(ports.claims)),
    seq: Math.max(capacity.seq, ports.seq),
    bytes: headerBytes(live),
  };
  for (const [id, claim] of draft.capacityClaims) draft.bytes += entryBytes(id, claim);
  for (const [id, numbers] of draft.portClaims) draft.bytes += entryBytes(id, numbers);
  return draft;
}

function headerBytes({ capacity, ports }: LiveValues): number {
  const texts = [
    codecs.workerCapacity.encode({ ...capacity, seq: 0, claims: {} }),
    codecs.workerPorts.encode({ ...ports, seq: 0, claims: {} }),
  ];
  return texts.reduce((total, text) => total + Buffer.byteLength(text) - '0'.length, 0);
}

/** Every held number and who holds it, ascending. */
export function holdersOf(ports: PortsValue): { readonly number: number; readonly instanceId: string }[] {
  return Object.entries(ports.claims)
    .flatMap(([instanceId, held]) => Object.values(held).map((number) => ({ number, instanceId })))
    .sort((a, b) => a.number - b.number);
}

/** Every number that some claim holds. */
export function heldNumbers(ports: PortsValue): Set<number> {
  return new Set(Object.values(ports.claims).flatMap((numbers) => Object.values(numbers)));
}

/** Room that is left under the limits of the values. */
export function freeCapacity(draft: Draft): Capacity {
  return subtract(draft.origin.capacity.declared, draft.allocated);
}

/** Bytes of both values as they would be stored now. */
export function storedBytes(draft: Draft): number {
  const { bytes, seq, capacityClaims, portClaims } = draft;
  return bytes + 2 * String(seq).length + commas(capacityClaims.size) + commas(portClaims.size);
}

/** Bytes of both values once this claim is added. */
export function storedBytesWith(draft: Draft, claim: Claim): number {
  const { bytes, seq, capacityClaims, portClaims } = draft;
  const { instanceId } = claim;
  const added = entryBytes(instanceId, entryOf(claim)) + entryBytes(instanceId, claim.ports);
  return bytes + added + 2 * String(seq + 1).length + capacityClaims.size + portClaims.size;
}

/** Adds the claim as it is, in place of what its instance holds here. */
export function place(draft: Draft, claim: Claim): void {
  const { instanceId, ports } = claim;
  remove(draft, instanceId);
  const entry = entryOf(claim);
  draft.capacityClaims.set(instanceId, entry);
  draft.portClaims.set(instanceId, ports);
  draft.allocated = add(draft.allocated, claim.amounts);
  for (const number of Object.values(ports)) draft.held.add(number);
  draft.bytes += entryBytes(instanceId, entry) + entryBytes(instanceId, ports);
  draft.seq++;
}

/** What a release found. */
export type Release = 'RELEASED' | 'ABSENT' | 'FOREIGN';

/**
 * Takes the instance's claim out if its token matches. A claim that is not there counts as a change too:
 * the rewritten values make a late arrival of that claim fail its comparison. Another token's claim is
 * FOREIGN and stays.
 */
export function release(draft: Draft, instanceId: string, token: string): Release {
  const claim = draft.capacityClaims.get(instanceId);
  if (claim && claim.token !== token) return 'FOREIGN';
  draft.seq++;
  if (!claim) return 'ABSENT';
  remove(draft, instanceId);
  return 'RELEASED';
}

/**
 * What keeps a claim with given numbers from being placed: dimensions that are short and numbers that other
 * instances hold. What the claim's own instance holds here counts as free.
 */
export function obstaclesTo(draft: Draft, claim: Claim) {
  const without = draftOf(valuesOf(draft));
  drop(without, claim.instanceId);
  const wanted = new Set(Object.values(claim.ports));
  return {
    shortfalls: shortfalls(claim.amounts, freeCapacity(without)),
    ports: holdersOf(valuesOf(without).ports).filter(({ number }) => wanted.has(number)),
  };
}

/** Takes out whatever the instance holds here, whole or in part, whatever its token; for repair. */
export function drop(draft: Draft, instanceId: string): void {
  remove(draft, instanceId);
  draft.seq++;
}

/** The draft as values to store, with the other fields as they were read. */
export function valuesOf(draft: Draft): LiveValues {
  const { origin, seq } = draft;
  return {
    capacity: { ...origin.capacity, seq, claims: Object.fromEntries(draft.capacityClaims) },
    ports: { ...origin.ports, seq, claims: Object.fromEntries(draft.portClaims) },
  };
}

function remove(draft: Draft, instanceId: string): void {
  const claim = draft.capacityClaims.get(instanceId);
  if (claim) {
    draft.capacityClaims.delete(instanceId);
    draft.bytes -= entryBytes(instanceId, claim);
    draft.allocated = add(draft.allocated, negative(claim));
  }
  const numbers = draft.portClaims.get(instanceId);
  if (numbers) {
    draft.portClaims.delete(instanceId);
    draft.bytes -= entryBytes(instanceId, numbers);
    for (const number of Object.values(numbers)) draft.held.delete(number);
  }
}

const negative = ({ cpuCores, memoryGb, storageGb, nodes }: Amounts): Amounts => ({
  cpuCores: -cpuCores,
  memoryGb: -memoryGb,
  storageGb: -storageGb,
  nodes: -nodes,
});

/** The claim as the capacity value holds it, its fields in stored order. */
function entryOf({ token, claimedAt, amounts }: Claim): CapacityClaim {
  return { token, claimedAt, ...amountsOf(amounts) };
}
