import type { LiveKeys } from '../../src/claims/keys.js';
import { codecs } from '../../src/claims/values.js';
import type { InstanceStateName } from '../../src/instances/transitions.js';
import type { LiveStore } from '../../src/live/live-store.js';
import type { WorkerStatus } from '../../src/workers/transitions.js';

/** The states that made-up instances go through, again and again. */
export const ROUND: readonly InstanceStateName[] = [
  'PENDING',
  'SCHEDULED',
  'INSTANTIATING',
  'RUNNING',
  'STOPPING',
];

export interface Written<State extends string = string> {
  readonly id: string;
  readonly seq: number;
  readonly from: State | null;
  readonly to: State;
  readonly revision: number;
}

type Move<State extends string> = Omit<Written<State>, 'revision'>;

/** What moves, and how a move of it is written. */
interface Kind<State extends string> {
  readonly round: readonly State[];
  key(keys: LiveKeys, id: string): string;
  encode(move: Move<State>): string;
}

const AT = '2027-02-10T08:30:00.000Z';

const instances: Kind<InstanceStateName> = {
  round: ROUND,
  key: (keys, id) => keys.instanceState(id),
  encode: ({ id, seq, from, to }) =>
    codecs.instanceState.encode({
      ...{ v: 1, id, state: to, from, seq, revision: seq, ownerId: 'made-up', workerId: null },
      ...{ definitionId: `def_${'0'.repeat(26)}`, at: AT },
    }),
};

/** Made-up workers, for a {@link LiveWriter} of them. */
export const workers: Kind<WorkerStatus> = {
  round: ['PENDING', 'PROVISIONING', 'RUNNING', 'STOPPING', 'STOPPED'],
  key: (keys, id) => keys.workerState(id),
  encode: ({ id, seq, from, to }) =>
    codecs.workerState.encode({ v: 1, id, status: to, from, seq, revision: seq, at: AT }),
};

/** The id of a made-up instance. */
export const madeUp = (n: number): string => `ins_${String(n).padStart(26, '0')}`;

export const madeUpWorker = (n: number): string => `wrk_${String(n).padStart(26, '0')}`;

/**
 * Writes live states of instances, or workers, that have no documents, as fast as the store takes them, and keeps what was written
 * in order. Repair would delete them: the server needs a long `REPAIR_SECONDS`.
 */
export class LiveWriter<State extends string = InstanceStateName> {
  readonly written: Written<State>[] = [];
  readonly #latest = new Map<string, Written<State>>();
  readonly #kind: Kind<State>;

  constructor(store: LiveStore, keys: LiveKeys);
  constructor(store: LiveStore, keys: LiveKeys, kind: Kind<State>);
  constructor(
    readonly store: LiveStore,
    readonly keys: LiveKeys,
    kind: Kind<any> = instances,
  ) {
    this.#kind = kind;
  }

  /** The latest move of each. */
  get latest(): ReadonlyMap<string, Written<State>> {
    return this.#latest;
  }

  /** Moves these on, all in one revision; the values are about `bytes` long. */
  async move(ids: readonly string[], bytes = 0): Promise<number> {
    const moves = ids.map((id) => this.#next(id));
    const then = moves.map((move) => ({
      put: this.#kind.key(this.keys, move.id),
      value: padded(this.#kind.encode(move), bytes),
    }));
    const { revision } = await this.store.txn({ when: [], then });
    for (const move of moves) {
      const written = { ...move, revision };
      this.written.push(written);
      this.#latest.set(move.id, written);
    }
    return revision;
  }

  #next(id: string): Move<State> {
    const before = this.#latest.get(id);
    const seq = (before?.seq ?? 0) + 1;
    const { round } = this.#kind;
    return { id, seq, from: before?.to ?? null, to: round[(seq - 1) % round.length] as State };
  }
}

/** Readers ignore fields that they do not know. */
function padded(value: string, bytes: number): string {
  return `${value.slice(0, -1)},"pad":"${'x'.repeat(Math.max(0, bytes - value.length))}"}`;
}
