/** Clients that leave while they are sent something: nothing failed, so nothing is said of it. */
import { getIntrospectionQuery } from 'graphql';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { startTestServer, type TestServer } from './support/server.js';
import { required } from './support/story.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});

afterAll(() => server?.close());

const open = async () => required((await server.server.context.metrics.sockets.get()).values[0]).value;

it('a socket that is cut while answers wait for it is no failure of the server', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const sent = vi.spyOn(WebSocket.prototype, 'send');
  try {
    const token = await server.token('ADMIN', 'root');
    const socket = new WebSocket(`${server.url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws');
    await once(socket, 'open');
    const payload = { authorization: `Bearer ${token}` };
    socket.send(JSON.stringify({ type: 'connection_init', payload }));
    await once(socket, 'message');
    socket.pause();
    const query = getIntrospectionQuery();
    for (let n = 0; n < 200; n++) {
      socket.send(JSON.stringify({ type: 'subscribe', id: `q${n}`, payload: { query } }));
    }
    // The buffers between the two are full: what follows waits in the server.
    const [peer] = await vi.waitFor(() => {
      const peers = sent.mock.contexts as WebSocket[];
      const waiting = peers.filter((each) => each !== socket && each.bufferedAmount > 500_000);
      expect(waiting.length).toBeGreaterThan(0);
      return waiting;
    }, 20_000);
    expect(await open()).toBe(1);
    socket.terminate();
    await once(required(peer), 'close');
    await vi.waitFor(async () => expect(await open()).toBe(0));
    expect(said.mock.calls).toEqual([]);
  } finally {
    vi.restoreAllMocks();
  }
});
