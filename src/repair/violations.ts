import type { FindingKind } from './findings.js';

/** What must hold of an installation at rest. */
export const INVARIANTS = {
  I1: 'a port of a worker is in one live claim at most',
  I2: 'what is allocated is the sum of the live claims, never more than declared',
  I3: 'each history is a path of legal moves, and its last entry is the state',
  I4: 'live states and limits are those of the documents',
  I5: 'each claim has its instance, and each unfinished object its keys',
  I7: 'an idempotency key has one effect',
  LOG: 'the events of each object are all there and tell how it came to be as it is',
} as const;
export type Invariant = keyof typeof INVARIANTS;

/** How an invariant can be broken; the kinds of repair's findings among them. */
export type ViolationRule =
  | FindingKind
  | 'PORT_HELD_TWICE'
  | 'ROOM_OVERDRAWN'
  | 'ROOM_DIFFERS'
  | 'HISTORY_BROKEN'
  | 'EFFECT_TWICE'
  | 'EFFECT_MISSING'
  | 'EVENTS_BROKEN'
  | 'REPLAY_DIFFERS'
  | 'DOCUMENT_MISSING'
  | 'OTHER_EPOCH';

/** One fact that breaks an invariant; `detail` is for people and names no tokens. */
export interface Violation {
  readonly invariant: Invariant;
  readonly rule: ViolationRule;
  readonly entityId: string;
  readonly detail: string;
  /** When what it is about last changed, ISO 8601; null where nothing says. */
  readonly since: string | null;
}

/** The same fact, seen at another time. */
export const identityOf = ({ invariant, rule, entityId, detail }: Violation): string =>
  [invariant, rule, entityId, detail].join('\n');
