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

/**
 * Judges what a subscriber was told by what was written: nothing lost without RESYNC_REQUIRED, nothing doubled, nothing
 * out of order, and in the end a view that equals what is there. `shows` is the subscriber's filter.
 */
export function audit(
  messages: readonly Told[],
  written: readonly Written[],
  shows: (move: Written) => boolean = () => true,
) {
  const expected = expectedOf(written, shows);
  const places = new Map(expected.map((text, place) => [text, place]));
  const problems: string[] = [];
  const view = new Map<string, number>();
  let [last, resyncs, events, mayHaveGap] = [-1, 0, 0, false];

  for (const { kind, instanceId, workerId, transition } of messages) {
    const id = instanceId ?? workerId ?? '';
    if (kind === 'RESYNC_REQUIRED') {
      resyncs++;
      mayHaveGap = true;
      view.clear();
    } else if (kind === 'SNAPSHOT') view.set(id, transition?.sequence ?? 0);
    else if (kind === 'CHANGED' || kind === 'REMOVED') {
      events++;
      const text = `${kind} ${id} ${transition?.sequence}`;
      const place = places.get(text);
      if (place === undefined) problems.push(`${text} is no news to this subscriber`);
      else if (place <= last) problems.push(`${text} came twice or out of order`);
      else if (place > last + 1 && !mayHaveGap) {
        problems.push(`${place - last - 1} lost before ${text}, from ${expected[last + 1]}`);
      }
      last = Math.max(last, place ?? last);
      mayHaveGap = false;
      if (kind === 'REMOVED') view.delete(id);
      else view.set(id, transition?.sequence ?? 0);
    }
  }
  const truth = new Map(written.map((move) => [move.id, move]));
  const shown = [...truth.values()].filter(shows).map(({ id, seq }) => [id, seq] as const);
  if (view.size !== shown.length || shown.some(([id, seq]) => view.get(id) !== seq)) {
    problems.push(`the view at the end has ${view.size} things, or older ones; there are ${shown.length}`);
  }
  return { problems: problems.slice(0, 10), resyncs, events, expected: expected.length };
}

function expectedOf(written: readonly Written[], shows: (move: Written) => boolean): string[] {
  const before = new Map<string, Written>();
  return written.flatMap((move) => {
    const previous = before.get(move.id);
    before.set(move.id, move);
    const text = `${move.id} ${move.seq}`;
    if (shows(move)) return [`CHANGED ${text}`];
    return previous && shows(previous) ? [`REMOVED ${text}`] : [];
  });
}
