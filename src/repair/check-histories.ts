import { findMove, type InstanceStateName } from '../instances/transitions.js';
import { legalTargets, type WorkerStatus } from '../workers/transitions.js';
import type { Violation } from './violations.js';

interface HistoryEntry<State extends string> {
  readonly sequence: number;
  readonly from: State | null;
  readonly to: State;
  readonly at: string;
}

/** What a history belongs to, and where it must have led. */
export interface Told<State extends string = string> {
  readonly id: string;
  readonly updatedAt: string;
  readonly sequence: number;
  readonly state: State;
  readonly history: readonly HistoryEntry<State>[];
}

export const instanceHistory = (told: Told<InstanceStateName>): Violation[] =>
  faultsOf(told, (from, to) => findMove(from, to) !== null);

export const workerHistory = (told: Told<WorkerStatus>): Violation[] =>
  faultsOf(told, (from, to) => legalTargets(from).includes(to));

/** I3: consecutive from 1, each entry begins where the one above ended, by a legal move, and never before it. */
function faultsOf<State extends string>(
  { id, updatedAt, sequence, state, history }: Told<State>,
  isLegal: (from: State, to: State) => boolean,
): Violation[] {
  const faults: string[] = [];
  for (const [index, entry] of history.entries()) {
    const before = history[index - 1];
    const name = `entry ${index + 1}`;
    if (entry.sequence !== index + 1) faults.push(`${name} has sequence ${entry.sequence}`);
    if (entry.from !== (before?.to ?? null)) {
      faults.push(`${name} begins at ${entry.from}, not at ${before?.to ?? null}`);
    } else if (entry.from === null ? entry.to !== 'PENDING' : !isLegal(entry.from, entry.to)) {
      faults.push(`${name} moves from ${entry.from} to ${entry.to}`);
    }
    if (before && entry.at < before.at) faults.push(`${name} is before the one above it`);
  }
  const last = history.at(-1);
  if (last?.to !== state || last.sequence !== sequence) {
    faults.push(`it ends at ${last?.to} (${last?.sequence}), the document says ${state} (${sequence})`);
  }
  const about = { invariant: 'I3', rule: 'HISTORY_BROKEN', entityId: id, since: updatedAt } as const;
  return faults.map((detail) => ({ ...about, detail }));
}
