import type { InstanceChangesSubscription, WorkerChangesSubscription } from '../../src/client/index.js';
import type { Written } from './live-writer.js';

export type Change = NonNullable<InstanceChangesSubscription['instanceChanges']>;
export type WorkerChange = NonNullable<WorkerChangesSubscription['workerChanges']>;

/** What a message of either stream says of a move. */
interface Told {
  readonly kind: Change['kind'];
  readonly instanceId?: string | null;
  readonly workerId?: string | null;
  readonly transition: { readonly sequence: number } | null;
}

/** A move that a subscriber is to be told of. */
interface Due {
  readonly kind: 'CHANGED' | 'REMOVED';
  readonly id: string;
  readonly seq: number;
}

/**
 * Judges what a subscriber was told by what was written: nothing lost without RESYNC_REQUIRED, nothing doubled, nothing
 * out of order, no snapshot that is older than what was told before it or that what follows does not go on from, and in
 * the end a view that equals what is there. `shows` is the subscriber's filter.
 */
export function audit(
  messages: readonly Told[],
  written: readonly Written[],
  shows: (move: Written) => boolean = () => true,
) {
  const expected = expectedOf(written, shows);
  const places = new Map(expected.map((due, place) => [textOf(due), place]));
  const problems: string[] = [];
  const view = new Map<string, number>();
  /** The latest move of each that was told, by an event or a snapshot. */
  const latest = new Map<string, number>();
  let [last, resyncs, events] = [-1, 0, 0];
  /** Since the latest one began, until the first event after it. */
  let snapshot: Map<string, number> | null = new Map();

  /** What was due between `last` and `place` has to be in the snapshot; without one, nothing may have been. */
  function passOver(place: number): void {
    const passed = expected.slice(last + 1, place);
    if (!snapshot) {
      const [first] = passed;
      if (first)
        problems.push(`${passed.length} lost before ${textOf(expected[place])}, from ${textOf(first)}`);
      return;
    }
    for (const [id, due] of new Map(passed.map((each) => [each.id, each]))) {
      const isIn = snapshot.get(id) === (due.kind === 'CHANGED' ? due.seq : undefined);
      if (!isIn) problems.push(`${textOf(due)} is neither in the snapshot nor told after it`);
    }
  }

  for (const { kind, instanceId, workerId, transition } of messages) {
    const id = instanceId ?? workerId ?? '';
    const seq = transition?.sequence ?? 0;
    if (kind === 'RESYNC_REQUIRED') {
      resyncs++;
      snapshot = new Map();
      view.clear();
    } else if (kind === 'SNAPSHOT') {
      if (seq < (latest.get(id) ?? 0))
        problems.push(`the snapshot has ${id} ${seq}, ${latest.get(id)} was told`);
      latest.set(id, Math.max(seq, latest.get(id) ?? 0));
      snapshot?.set(id, seq);
      view.set(id, seq);
    } else if (kind === 'CHANGED' || kind === 'REMOVED') {
      events++;
      const text = textOf({ kind, id, seq });
      const place = places.get(text);
      if (place === undefined) problems.push(`${text} is no news to this subscriber`);
      else if (place <= last || seq <= (latest.get(id) ?? 0))
        problems.push(`${text} came twice or out of order`);
      else passOver(place);
      last = Math.max(last, place ?? last);
      latest.set(id, Math.max(seq, latest.get(id) ?? 0));
      snapshot = null;
      if (kind === 'REMOVED') view.delete(id);
      else view.set(id, seq);
    }
  }
  const truth = new Map(written.map((move) => [move.id, move]));
  const shown = [...truth.values()].filter(shows).map(({ id, seq }) => [id, seq] as const);
  if (view.size !== shown.length || shown.some(([id, seq]) => view.get(id) !== seq)) {
    problems.push(`the view at the end has ${view.size} things, or older ones; there are ${shown.length}`);
  }
  return { problems: problems.slice(0, 10), resyncs, events, expected: expected.length };
}

function textOf(due: Due | undefined): string {
  return due ? `${due.kind} ${due.id} ${due.seq}` : 'nothing';
}

function expectedOf(written: readonly Written[], shows: (move: Written) => boolean): Due[] {
  const before = new Map<string, Written>();
  return written.flatMap((move): Due[] => {
    const previous = before.get(move.id);
    before.set(move.id, move);
    const { id, seq } = move;
    if (shows(move)) return [{ kind: 'CHANGED', id, seq }];
    return previous && shows(previous) ? [{ kind: 'REMOVED', id, seq }] : [];
  });
}
