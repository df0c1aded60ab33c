import type { LabletClient } from './client.js';
import type { FollowOptions } from './follow.js';
import {
  InstanceChangesDocument,
  InstanceDocument,
  type InstanceQuery,
  type InstanceState,
} from './generated.js';

export interface WaitOptions extends FollowOptions {
  /** How long to wait at most; a minute by default. */
  readonly timeoutMs?: number;
}

/** An instance did not come to the state that was awaited. */
export class WaitFailed extends Error {
  override readonly name = 'WaitFailed';

  constructor(
    readonly reason: 'TIMEOUT' | 'ENDED' | 'ABORTED',
    readonly id: string,
    readonly states: readonly InstanceState[],
    /** State it was last seen in; null if it was not seen. */
    readonly lastState: InstanceState | null,
    why: string,
  ) {
    super(`${id} did not come to ${states.join(' or ')}${why}; last seen: ${lastState ?? 'nothing'}`);
  }
}

type Instance = NonNullable<InstanceQuery['instance']>;

const DEFAULT_TIMEOUT_MS = 60_000;

/** Waits on the live stream until the instance has come to one of the states. @throws WaitFailed, ApiError */
export async function waitForState(
  client: Pick<LabletClient, 'request' | 'follow'>,
  id: string,
  states: readonly InstanceState[],
  { timeoutMs = DEFAULT_TIMEOUT_MS, signal, onRetry }: WaitOptions = {},
): Promise<Instance> {
  let last: InstanceState | null = null;
  /** Sequence of the latest move that was looked at; null until the wait has seen the instance. */
  let seen: number | null = null;
  const over = new AbortController();
  const end = () => over.abort();
  const timer = setTimeout(end, timeoutMs);
  if (signal?.aborted) end();
  signal?.addEventListener('abort', end, { once: true });

  async function read(atLeast: string | null) {
    const { instance } = await client.request(InstanceDocument, { id, atLeast });
    return instance as Instance;
  }
  /** The instance, if it came to one of the states since the latest move that was looked at. */
  async function reachedIn(atLeast: string | null) {
    const instance = await read(atLeast);
    const before = seen ?? instance.sequence - 1;
    [seen, last] = [instance.sequence, instance.state];
    return instance.history.some(({ sequence, to }) => sequence > before && states.includes(to))
      ? instance
      : null;
  }
  const failed = (reason: WaitFailed['reason'], why: string) => new WaitFailed(reason, id, states, last, why);

  try {
    const options = { signal: over.signal, ...(onRetry ? { onRetry } : {}) };
    const stream = client.follow(InstanceChangesDocument, { filter: { ids: [id] } }, options);
    let isUnfinished = false;
    for await (const { instanceChanges } of stream) {
      const { kind, transition, liveRevision } = instanceChanges;
      if (kind === 'RESYNC_REQUIRED') isUnfinished = false;
      if (transition) isUnfinished = true;
      let reached: Instance | null = null;
      // A snapshot holds what is unfinished; the rest is asked for.
      if (kind === 'SYNCED' && !isUnfinished) reached = await reachedIn(null);
      // Sequences skip where the live write of a move was overtaken; the history alone has the moves between.
      else if (transition && seen !== null && transition.sequence > seen + 1) {
        reached = await reachedIn(liveRevision);
      } else if (transition && (kind === 'SNAPSHOT' || transition.sequence > (seen ?? 0))) {
        [seen, last] = [transition.sequence, transition.to];
        if (states.includes(last)) reached = await read(liveRevision);
      }
      if (reached) return reached;
      if (last === 'TERMINATED') throw failed('ENDED', ' before it ended');
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
  throw signal?.aborted
    ? failed('ABORTED', ' before the wait was given up')
    : failed('TIMEOUT', ` within ${timeoutMs} ms`);
}
