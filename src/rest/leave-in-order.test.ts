import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import Fastify from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { gate } from '../../tests/support/by-hand.js';
import { leaveInOrder } from './leave-in-order.js';

const REQUEST = 'GET / HTTP/1.1\r\nhost: here\r\n\r\n';
const POST = 'POST /held HTTP/1.1\r\nhost: here\r\ncontent-type: text/plain\r\n';
const WHOLE = `${POST}content-length: 4\r\n\r\ntext`;

async function started() {
  const fastify = Fastify({ forceCloseConnections: 'idle', return503OnClosing: false });
  onTestFinished(() => fastify.close());
  leaveInOrder(fastify);
  fastify.get('/', async () => 'fine');
  const [asked, held] = [gate(), gate()];
  fastify.post('/held', async () => {
    asked.open();
    return held.opened.then(() => 'fine');
  });
  await fastify.listen({ host: '127.0.0.1', port: 0 });
  const { port } = fastify.server.address() as AddressInfo;
  return { fastify, port, asked, held };
}

async function connected(port: number) {
  const socket: Socket = connect(port, '127.0.0.1').setEncoding('utf8');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return {
    ended: once(socket, 'close'),
    send: (text: string) => void socket.write(text),
    async ask(request = REQUEST): Promise<string> {
      socket.write(request);
      return String(await Promise.race([once(socket, 'data'), once(socket, 'close')]));
    },
  };
}

describe('a server that leaves in order', () => {
  it('answers what comes on an idle connection as it stops to listen, closes it, and ends the others', async () => {
    const { fastify, port } = await started();
    const [used, unused] = [await connected(port), await connected(port)];
    for (const { ask } of [used, unused]) expect(await ask()).toMatch(/connection: keep-alive[^]*fine/i);
    const closing = fastify.close();
    while (fastify.server.listening) await new Promise(setImmediate);
    expect(await used.ask()).toMatch(/connection: close[^]*fine/i);
    await Promise.all([used.ended, unused.ended, closing]);
  });

  it('answers on every connection that was made before it began to close', async () => {
    const { fastify, port } = await started();
    const count = 40;
    const connecting = Array.from({ length: count }, () => connected(port));
    const asked = Promise.all(connecting.map(async (each) => (await each).ask()));
    const closing = fastify.close();
    for (const answer of await asked) expect(answer).toMatch(/fine/);
    await closing;
  });

  const HALVES = [
    ['half a body', `${POST}content-length: 100\r\n\r\nte`],
    ['a piece of a body', `${POST}transfer-encoding: chunked\r\n\r\n4\r\ntext\r\n`],
    ['half its headers', POST],
    ['half of one more', REQUEST + POST],
  ] as const;
  it.each(HALVES)('waits for whole requests, and not for a client that sent %s', async (_, half) => {
    const { fastify, port, asked, held } = await started();
    const [whole, late] = [await connected(port), await connected(port)];
    const answer = whole.ask(WHOLE);
    const refusal = late.ask(half);
    await asked.opened;
    if (half.startsWith(REQUEST)) await refusal;
    const closing = fastify.close();
    await late.ended;
    if (!half.startsWith(REQUEST)) expect(await refusal).toMatch(/^HTTP\/1.1 408 /);
    held.open();
    expect(await answer).toMatch(/200 OK[^]*fine/);
    await closing;
  });

  it('takes what becomes whole a moment after idle connections were closed', async () => {
    const { fastify, port, held } = await started();
    held.open();
    const [idle, late] = [await connected(port), await connected(port)];
    await idle.ask();
    late.send(WHOLE.slice(0, 30));
    const closing = fastify.close();
    await idle.ended;
    expect(await late.ask(WHOLE.slice(30))).toMatch(/200 OK[^]*fine/);
    await closing;
  });
});
