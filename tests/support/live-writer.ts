import type { LiveKeys } from '../../src/claims/keys.js';
import { codecs } from '../../src/claims/values.js';
import type { InstanceStateName } from '../../src/instances/transitions.js';
import type { LiveStore } from '../../src/live/live-store.js';

/** The states that made-up instances go through, again and again. */
export const ROUND: readonly InstanceStateName[] = [
  'PENDING',
  'SCHEDULED',
  'INSTANTIATING',
  'RUNNING',
  'STOPPING',
];

export interface Written {
  readonly id: string;
  readonly seq: number;
  readonly from: InstanceStateName | null;
  readonly to: InstanceStateName;
  readonly revision: number;
}

type Move = Omit<Written, 'revision'>;

/** The id of a made-up instance. */
export const madeUp = (n: number): string => `ins_${String(n).padStart(26, '0')}`;

/**
 * Writes live states of instances that have no documents, as fast as the store takes them, and keeps what was written
 * in order. Repair would delete them: the server needs a long `REPAIR_SECONDS`.
 */
export class LiveWriter {
  readonly written: Written[] = [];
  readonly #latest = new Map<string, Written>();

  constructor(
    readonly store: LiveStore,
    readonly keys: LiveKeys,
  ) {}

  /** The latest move of each instance. */
  get latest(): ReadonlyMap<string, Written> {
    return this.#latest;
  }

  /** Moves these instances on, all in one revision; the values are about `bytes` long. */
  async move(ids: readonly string[], bytes = 0): Promise<number> {
    const moves = ids.map((id) => this.#next(id));
    const then = moves.map((move) => ({ put: this.keys.instanceState(move.id), value: textOf(move, bytes) }));
    const { revision } = await this.store.txn({ when: [], then });
    for (const move of moves) {
      const written = { ...move, revision };
      this.written.push(written);
      this.#latest.set(move.id, written);
    }
    return revision;
  }

  #next(id: string): Move {
    const before = this.#latest.get(id);
    const seq = (before?.seq ?? 0) + 1;
    const to = ROUND[(seq - 1) % ROUND.length] as InstanceStateName;
    return { id, seq, from: before?.to ?? null, to };
  }
}

function textOf({ id, seq, from, to }: Move, bytes: number): string {
  const value = codecs.instanceState.encode({
    ...{ v: 1, id, state: to, from, seq, revision: seq, ownerId: 'made-up', workerId: null },
    ...{ definitionId: `def_${'0'.repeat(26)}`, at: '2027-02-10T08:30:00.000Z' },
  });
  // Readers ignore fields that they do not know.
  return `${value.slice(0, -1)},"pad":"${'x'.repeat(Math.max(0, bytes - value.length))}"}`;
}
