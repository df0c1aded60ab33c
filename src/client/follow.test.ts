import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LabletClient } from './client.js';
import { ConnectionLost } from './errors.js';
import { followStream } from './follow.js';
import { InstanceChangesDocument } from './generated.js';

type Source = Pick<LabletClient, 'subscribe'>;

const message = (liveRevision: string) => ({ instanceChanges: { kind: 'CHANGED', liveRevision } });

/** Tells one message on each connection, then ends it as a server does that restarts. */
function restarting(hintMs: number) {
  const begun: { after: unknown; at: number }[] = [];
  const subscribe = async function* (_document: unknown, variables: { after?: unknown }) {
    begun.push({ after: variables.after, at: Date.now() });
    yield message(`r${begun.length}`);
    throw new ConnectionLost(1012, `Service restart; retryAfterMs=${hintMs}`, null);
  };
  return { begun, client: { subscribe } as unknown as Source };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('following a stream of a server that restarts', () => {
  it('comes back after its last message, and no earlier than the server asked', async () => {
    const { begun, client } = restarting(4321);
    const retries: [number, string][] = [];
    const stream = followStream(
      client,
      InstanceChangesDocument,
      { after: 'r0' },
      { onRetry: (failure, waitMs) => void retries.push([waitMs, failure.message]) },
    );
    const heard = [(await stream.next()).value];
    const second = stream.next();
    await vi.advanceTimersByTimeAsync(4320);
    expect(begun.map(({ after }) => after)).toEqual(['r0']);
    await vi.advanceTimersByTimeAsync(1);
    heard.push((await second).value);
    expect(heard).toEqual([message('r1'), message('r2')]);
    expect(begun.map(({ after }) => after)).toEqual(['r0', 'r1']);
    expect(retries).toEqual([[4321, expect.stringContaining('retryAfterMs=4321')]]);
    await stream.return(undefined);
  });

  it('waits by itself where the hint is shorter', async () => {
    const { begun, client } = restarting(1);
    const waits: number[] = [];
    const options = { onRetry: (_failure: Error, waitMs: number) => void waits.push(waitMs) };
    const stream = followStream(client, InstanceChangesDocument, {}, options);
    await stream.next();
    const second = stream.next();
    await vi.advanceTimersByTimeAsync(49);
    expect(begun).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(51);
    await second;
    expect(waits[0]).toBeGreaterThanOrEqual(50);
    await stream.return(undefined);
  });
});
