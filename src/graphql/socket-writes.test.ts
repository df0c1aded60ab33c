import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { sendText } from './socket-writes.js';

const http = createServer();
const wss = new WebSocketServer({ server: http });
let url = '';

beforeAll(async () => {
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`;
});

afterAll(() => {
  wss.close();
  http.close();
});

/** Both ends of a socket, and what the client is sent. */
async function connected() {
  const accepted = once(wss, 'connection');
  const client = new WebSocket(url);
  const messages: { text: string; isBinary: boolean }[] = [];
  client.on('message', (data: Buffer, isBinary) => messages.push({ text: data.toString(), isBinary }));
  const [socket, { socket: stream }] = await accepted;
  await once(client, 'open');
  const closed = once(client, 'close');
  return { server: socket as WebSocket, stream: stream as Duplex, client, messages, closed };
}

type Ends = Awaited<ReturnType<typeof connected>>;

const sent = ({ server: socket, stream }: Ends, head: string, rest: string) =>
  new Promise<Error | undefined>((resolve) =>
    sendText({ socket, stream }, Buffer.from(head), Buffer.from(rest), resolve),
  );

describe('a text of two parts', () => {
  // The length of a frame has three forms, and large rests are not copied.
  it.each([0, 1, 121, 122, 123, 16_383, 16_384, 65_531, 65_532, 65_533, 200_000])(
    'with a rest of %i bytes arrives as one message, in its order with others',
    async (length) => {
      const ends = await connected();
      const { server, client, messages, closed } = ends;
      const rest = 'x'.repeat(length);
      server.send('before');
      expect(await sent(ends, 'höd', rest)).toBeUndefined();
      server.send('after');
      server.close();
      await closed;
      expect(messages).toEqual(['before', `höd${rest}`, 'after'].map((text) => ({ text, isBinary: false })));
      client.terminate();
    },
  );

  it('leaves the shared bytes as they were', async () => {
    const { server: socket, stream, closed } = await connected();
    const rest = Buffer.from('shared'.repeat(5000));
    const before = Buffer.from(rest);
    sendText({ socket, stream }, Buffer.from('a'), rest);
    socket.close();
    await closed;
    expect(rest.equals(before)).toBe(true);
  });

  it.each(['short', 'long'.repeat(10_000)])(
    'is not sent once the socket closes, and says so',
    async (rest) => {
      const ends = await connected();
      const { server, messages, closed } = ends;
      server.close(4000);
      expect(await sent(ends, 'late', rest)).toMatchObject({
        message: expect.stringContaining('not open'),
      });
      expect((await closed)[0]).toBe(4000);
      expect(messages).toEqual([]);
    },
  );

  it('is no failure where the peer has left', async () => {
    const ends = await connected();
    const { server, stream, client } = ends;
    stream.destroy();
    // The end of the stream is told in a later turn, so that the socket seems open.
    expect(server.readyState).toBe(server.OPEN);
    expect(await sent(ends, 'a', 'b')).toBeUndefined();
    client.terminate();
  });
});
