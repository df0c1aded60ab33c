import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LabletClient } from './client.js';
import { ApiError, ConnectionLost } from './errors.js';
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

describe('following a stream as a slow reader', () => {
  it('goes on after the last message that came', async () => {
    const after: unknown[] = [];
    const slow = {
      ...{ code: 'SLOW_READER', message: 'lags', retryable: true, httpStatus: 503 },
      ...{ details: { liveRevision: 'r2' }, requestId: '' },
    };
    const client = {
      async *subscribe(_document: unknown, variables: { after?: unknown }): AsyncGenerator {
        after.push(variables.after);
        if (after.length > 1) return yield message('r3');
        yield* [message('r1'), message('r2')];
        throw new ApiError([slow]);
      },
    } as unknown as Source;
    const stream = followStream(client, InstanceChangesDocument, {});
    const heard: unknown[] = [];
    const reading = (async () => {
      for await (const each of stream) if (heard.push(each) === 3) return;
    })();
    await vi.advanceTimersByTimeAsync(100);
    await reading;
    expect(heard).toEqual([message('r1'), message('r2'), message('r3')]);
    expect(after).toEqual([null, 'r2']);
  });
});
