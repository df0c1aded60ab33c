import { setImmediate, setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** How long an idle connection stays open once nobody listens for new ones. */
const UNREAD_MS = 100;
/** More than can wait to be accepted. */
const MAX_TURNS = 1000;

/** Keeps the closing of a server from losing requests that clients have sent already. */
export function leaveInOrder(fastify: FastifyInstance): void {
  const { server } = fastify;
  let isLeaving = false;
  let accepted = 0;
  server.on('connection', () => accepted++);

  fastify.addHook('onSend', async (_request, reply) => {
    // A connection that is kept alive would keep the server from closing.
    if (isLeaving) void reply.header('connection', 'close');
  });
  // What waits to be accepted is reset when nobody listens any more, and each turn of the loop accepts one connection.
  fastify.addHook('preClose', async () => {
    isLeaving = true;
    for (let [turn, before] = [0, -1]; turn < MAX_TURNS && before !== accepted; turn++) {
      before = accepted;
      await turns();
    }
  });

  const closeIdle = server.closeIdleConnections.bind(server);
  // `close` of Node's server calls it at once, and so would cut those whose request has come but was not read yet.
  server.closeIdleConnections = () => {
    void setTimeout(UNREAD_MS, null, { ref: false }).then(turns).then(closeIdle);
  };
}

/** The process has taken what has come: a busy loop may be late by more than any time that is waited. */
async function turns(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
