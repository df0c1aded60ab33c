import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openLiveSocket } from './live-socket.js';

/** A socket whose server says what the test lets it say. */
class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;
  static latest: FakeSocket;

  readyState = FakeSocket.CONNECTING;
  readonly sent: string[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: object) => void) | null = null;
  onerror: ((error: Error) => void) | null = null;

  constructor() {
    super();
    FakeSocket.latest = this;
  }

  send(text: string): void {
    this.sent.push((JSON.parse(text) as { type: string }).type);
  }

  open(): void {
    this.readyState = FakeSocket.OPEN;
    this.onopen?.();
    this.dispatchEvent(new Event('open'));
  }

  says(type: string): void {
    this.onmessage?.({ data: JSON.stringify(type === 'next' ? { type, id: '1', payload: {} } : { type }) });
  }

  close(code = 1006): void {
    this.readyState = FakeSocket.CLOSED;
    this.onclose?.({ code, reason: '' });
    this.dispatchEvent(new Event('close'));
  }
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** What ended a subscription on a new socket, once it has ended. */
function subscribed() {
  const ends: unknown[] = [];
  const client = openLiveSocket({ url: 'ws://server/graphql', webSocketImpl: FakeSocket });
  client.subscribe(
    { query: 'subscription { x }' },
    { next: () => undefined, error: (error) => void ends.push(error), complete: () => undefined },
  );
  return ends;
}

async function acknowledged() {
  const ends = subscribed();
  const socket = FakeSocket.latest;
  await vi.advanceTimersByTimeAsync(0);
  socket.open();
  await vi.advanceTimersByTimeAsync(0);
  socket.says('connection_ack');
  return { socket, ends };
}

describe('a socket of live streams', () => {
  it('is kept while the server answers, and closed 5 s after a question that has no answer', async () => {
    const { socket, ends } = await acknowledged();
    for (let n = 0; n < 3; n++) {
      await vi.advanceTimersByTimeAsync(10_000);
      expect(socket.sent.at(-1)).toBe('ping');
      socket.says('pong');
    }
    await vi.advanceTimersByTimeAsync(14_999);
    expect(ends).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toMatchObject([{ code: 4499 }]);
  });

  it('is kept while other messages come before the answer, and closed when they end', async () => {
    const { socket, ends } = await acknowledged();
    await vi.advanceTimersByTimeAsync(10_000);
    for (let n = 0; n < 5; n++) {
      await vi.advanceTimersByTimeAsync(4_000);
      socket.says('next');
    }
    await vi.advanceTimersByTimeAsync(4_999);
    expect(ends).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toMatchObject([{ code: 4499 }]);
  });

  it('is given up when it is not open within 10 s', async () => {
    const ends = subscribed();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(ends).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(ends).toMatchObject([{ code: 1006 }]);
  });
});
