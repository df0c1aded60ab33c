import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import Fastify from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { leaveInOrder } from './leave-in-order.js';

const REQUEST = 'GET / HTTP/1.1\r\nhost: here\r\n\r\n';

async function started() {
  const fastify = Fastify({ forceCloseConnections: 'idle', return503OnClosing: false });
  onTestFinished(() => fastify.close());
  leaveInOrder(fastify);
  fastify.get('/', async () => 'fine');
  await fastify.listen({ host: '127.0.0.1', port: 0 });
  const { port } = fastify.server.address() as AddressInfo;
  return { fastify, port };
}

async function connected(port: number) {
  const socket: Socket = connect(port, '127.0.0.1').setEncoding('utf8');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return {
    ended: once(socket, 'close'),
    async ask(): Promise<string> {
      socket.write(REQUEST);
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
});
