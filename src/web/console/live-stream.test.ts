import { getEventListeners } from 'node:events';
import type { Client } from 'graphql-ws';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LiveStream } from './live-stream.js';
import type { LiveKind, LiveMessage } from './live-table.js';
import { document, onSignedOut } from './request.js';

interface Row {
  readonly id: string;
  readonly revision: number;
}

const told = (kind: LiveKind, liveRevision: string): LiveMessage<Row> => ({
  ...{ kind, liveRevision },
  ...{ id: null, item: null },
});
const closed = (code: number, reason: string) => ({ code, reason });

let streams: LiveStream<LiveMessage<Row>, Row>[];

beforeEach(() => {
  streams = [];
  vi.useFakeTimers();
  vi.stubGlobal('window', new EventTarget());
});
afterEach(() => {
  for (const stream of streams) stream.stop();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

/** A stream that is told `SYNCED` on each connection, which then ends with the failure. */
async function ending(failure: unknown) {
  const after: unknown[] = [];
  const sockets = {
    async *iterate({ variables }: { variables: { after: unknown } }) {
      after.push(variables.after);
      yield { data: told('SYNCED', `r${after.length}`) };
      throw failure;
    },
  } as unknown as Client;
  const stream = new LiveStream<LiveMessage<Row>, Row>(sockets, {
    operation: document('subscription { x }'),
    message: (message) => message,
  });
  streams.push(stream);
  void stream.run();
  await vi.advanceTimersByTimeAsync(100);
  return { stream, after };
}

describe('a stream of the console', () => {
  it('comes back after its last message, and no earlier than a server asked that restarts', async () => {
    const { after } = await ending(closed(1012, 'Service restart; retryAfterMs=4321'));
    await vi.advanceTimersByTimeAsync(4220);
    expect(after).toEqual([null]);
    await vi.advanceTimersByTimeAsync(1);
    expect(after).toEqual([null, 'r1']);
  });

  it('goes on after its last message as a slow reader', async () => {
    const extensions = { code: 'SLOW_READER', retryable: true, details: { liveRevision: 'r1' } };
    const { stream, after } = await ending([{ message: 'lags', extensions }]);
    expect(stream.view()).toMatchObject({
      connection: 'RECONNECTING',
      error: { faults: [{ code: 'SLOW_READER' }] },
    });
    await vi.advanceTimersByTimeAsync(150);
    expect(after.slice(0, 2)).toEqual([null, 'r1']);
  });

  it('waits as long as a refusal asks', async () => {
    const extensions = { code: 'RATE_LIMITED', retryable: true, details: { retryAfterMs: 3000 } };
    const { after } = await ending([{ message: 'too many', extensions }]);
    await vi.advanceTimersByTimeAsync(2899);
    expect(after).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(after).toHaveLength(2);
  });

  it('says that the caller is signed out when its token has expired, and ends', async () => {
    const heard = vi.fn();
    const forget = onSignedOut(heard);
    const { after } = await ending(closed(4403, 'Forbidden'));
    await vi.advanceTimersByTimeAsync(60_000);
    forget();
    expect(heard).toHaveBeenCalledOnce();
    expect(after).toHaveLength(1);
  });

  it('leaves nothing behind on each connection', async () => {
    const listen = vi.spyOn(AbortSignal.prototype, 'addEventListener');
    const { after } = await ending(closed(1006, ''));
    await vi.advanceTimersByTimeAsync(5_000);
    const [signal] = listen.mock.contexts;
    listen.mockRestore();
    expect(after.length).toBeGreaterThan(5);
    expect(getEventListeners(signal as AbortSignal, 'abort').length).toBeLessThanOrEqual(2);
  });
});
