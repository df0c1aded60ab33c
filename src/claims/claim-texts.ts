import { amountsOf, type Amounts } from './capacity.js';
import type { PortNumbers } from './ports.js';
import { codecs, type CapacityClaim, type CapacityValue, type PortsValue } from './values.js';

/** Text of the two claim values, or of a part of each. */
export interface Texts {
  readonly capacity: string;
  readonly ports: string;
}

interface Values {
  readonly capacity: CapacityValue;
  readonly ports: PortsValue;
}

/** Both values end with their claims. */
const TAIL = '}}';

function headsOf({ capacity, ports }: Values): Texts {
  const head = (encoded: string) => encoded.slice(0, -TAIL.length);
  return {
    capacity: head(codecs.workerCapacity.encode({ ...capacity, claims: {} })),
    ports: head(codecs.workerPorts.encode({ ...ports, claims: {} })),
  };
}

/** The values as texts to store, given their claims as texts; what the codecs would encode, without the work. */
export function withClaims(values: Values, claims: Texts): Texts {
  const heads = headsOf(values);
  return { capacity: heads.capacity + claims.capacity + TAIL, ports: heads.ports + claims.ports + TAIL };
}

/** What lies between the braces of the claims; null unless both texts were written just as they would be now. */
export function claimsIn(values: Values, stored: Texts): Texts | null {
  const heads = headsOf(values);
  const between = (text: string, head: string) =>
    text.startsWith(head) && text.endsWith(TAIL) ? text.slice(head.length, -TAIL.length) : null;
  const capacity = between(stored.capacity, heads.capacity);
  const ports = between(stored.ports, heads.ports);
  return capacity === null || ports === null ? null : { capacity, ports };
}

/** One instance's part of the `capacity` claims, its fields in stored order. */
export function capacityText(instanceId: string, claim: CapacityClaim): string {
  const { token, claimedAt } = claim;
  return `${JSON.stringify(instanceId)}:${JSON.stringify({ token, claimedAt, ...amountsOf(claim) })}`;
}

/** One instance's part of the `ports` claims. */
export function portsText(instanceId: string, numbers: PortNumbers): string {
  return `${JSON.stringify(instanceId)}:${JSON.stringify(numbers)}`;
}

/** Both parts of one claim. */
export function textsOf(claim: {
  readonly instanceId: string;
  readonly token: string;
  readonly claimedAt: string;
  readonly amounts: Amounts;
  readonly ports: PortNumbers;
}): Texts {
  const { instanceId, token, claimedAt, amounts, ports } = claim;
  return {
    capacity: capacityText(instanceId, { token, claimedAt, ...amounts }),
    ports: portsText(instanceId, ports),
  };
}

/** The claims with one more behind them. */
export function withOneMore(claims: Texts, added: Texts): Texts {
  const both = (before: string, more: string) => (before === '' ? more : `${before},${more}`);
  return { capacity: both(claims.capacity, added.capacity), ports: both(claims.ports, added.ports) };
}

/** UTF-8 bytes of both. */
export function bytesOf({ capacity, ports }: Texts): number {
  return Buffer.byteLength(capacity) + Buffer.byteLength(ports);
}
