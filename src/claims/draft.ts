import { add, amountsOf, shortfalls, subtract, sum, type Amounts, type Capacity } from './capacity.js';
import {
  bytesOf,
  capacityText,
  claimsIn,
  portsText,
  textsOf,
  withClaims,
  withOneMore,
  type Texts,
} from './claim-texts.js';
import type { PortNumbers, PortRange } from './ports.js';
import type { CapacityClaim, CapacityValue, PortsValue } from './values.js';

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
  /** No number of the range below this one is free. */
  freeFrom: number;
  readonly capacityClaims: Map<string, CapacityClaim>;
  readonly portClaims: Map<string, PortNumbers>;
  /** The claims as they are stored, so that adding one encodes that one alone; null until encoded again. */
  texts: Texts | null;
  /** Counter of both values; +1 for each change, the higher one first where they differ. */
  seq: number;
  /** Bytes of both encoded values without their counters and commas between claims. */
  bytes: number;
}

const commas = (entries: number): number => Math.max(0, entries - 1);

/** A working copy of these values, in one pass over all claims; `stored` are the texts they were read from. */
export function draftOf(live: LiveValues, stored?: Texts): Draft {
  const { capacity, ports } = live;
  const draft: Draft = {
    origin: live,
    allocated: sum(Object.values(capacity.claims)),
    held: heldNumbers(ports),
    freeFrom: ports.range.start,
    capacityClaims: new Map(Object.entries(capacity.claims)),
    portClaims: new Map(Object.entries(ports.claims)),
    texts: stored ? claimsIn(live, stored) : null,
    seq: Math.max(capacity.seq, ports.seq),
    bytes: 0,
  };
  skipTaken(draft);
  draft.bytes = bytesOf(encodedValues(draft)) - variableBytes(draft);
  return draft;
}

/** The two texts to store: the encoded {@link valuesOf}. */
export function encodedValues(draft: Draft): Texts {
  const { origin, seq } = draft;
  draft.texts ??= {
    capacity: Array.from(draft.capacityClaims, ([id, claim]) => capacityText(id, claim)).join(','),
    ports: Array.from(draft.portClaims, ([id, numbers]) => portsText(id, numbers)).join(','),
  };
  const { capacity, ports } = origin;
  return withClaims({ capacity: { ...capacity, seq }, ports: { ...ports, seq } }, draft.texts);
}

/** Bytes of the counters and of the commas between claims. */
function variableBytes({ seq, capacityClaims, portClaims }: Draft): number {
  return 2 * String(seq).length + commas(capacityClaims.size) + commas(portClaims.size);
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
  return draft.bytes + variableBytes(draft);
}

/** Bytes of both values once this claim is added. */
export function storedBytesWith(draft: Draft, claim: Claim): number {
  const { bytes, seq, capacityClaims, portClaims } = draft;
  const added = bytesOf(textsOf(claim));
  return bytes + added + 2 * String(seq + 1).length + capacityClaims.size + portClaims.size;
}

/** Adds the claim as it is, in place of what its instance holds here. */
export function place(draft: Draft, claim: Claim): void {
  const { instanceId, token, claimedAt, amounts, ports } = claim;
  remove(draft, instanceId);
  const texts = textsOf(claim);
  draft.texts &&= withOneMore(draft.texts, texts);
  draft.bytes += bytesOf(texts);
  draft.capacityClaims.set(instanceId, { token, claimedAt, ...amountsOf(amounts) });
  draft.portClaims.set(instanceId, ports);
  draft.allocated = add(draft.allocated, amounts);
  for (const number of Object.values(ports)) draft.held.add(number);
  skipTaken(draft);
  draft.seq++;
}

function skipTaken(draft: Draft): void {
  const { range, excluded } = draft.origin.ports;
  const isTaken = (number: number) => draft.held.has(number) || excluded.includes(number);
  while (draft.freeFrom <= range.end && isTaken(draft.freeFrom)) draft.freeFrom++;
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
    draft.bytes -= Buffer.byteLength(capacityText(instanceId, claim));
    draft.allocated = add(draft.allocated, negative(claim));
    draft.texts = null;
  }
  const numbers = draft.portClaims.get(instanceId);
  if (!numbers) return;
  draft.portClaims.delete(instanceId);
  draft.bytes -= Buffer.byteLength(portsText(instanceId, numbers));
  draft.texts = null;
  for (const number of Object.values(numbers)) {
    draft.held.delete(number);
    if (number >= draft.origin.ports.range.start) draft.freeFrom = Math.min(draft.freeFrom, number);
  }
  skipTaken(draft);
}

const negative = ({ cpuCores, memoryGb, storageGb, nodes }: Amounts): Amounts => ({
  cpuCores: -cpuCores,
  memoryGb: -memoryGb,
  storageGb: -storageGb,
  nodes: -nodes,
});
