import { setImmediate, setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';

/** How long an idle connection stays open once nobody listens for new ones. */
const UNREAD_MS = 100;

/**
 * Keeps a stop from losing requests that a client has sent already. The function that is returned begins it: from then
 * on each answer closes its connection, so that few are left when the server closes.
 */
export function leaveInOrder(fastify: FastifyInstance): () => void {
  let isLeaving = false;
  fastify.addHook('onSend', async (_request, reply) => {
    if (isLeaving) void reply.header('connection', 'close');
  });
  // Connections that wait to be accepted are reset when nobody listens any more.
  fastify.addHook('preClose', polled);

  const { server } = fastify;
  const closeIdle = server.closeIdleConnections.bind(server);
  // `close` of Node's server calls it at once, and so would cut those whose request has come but was not read yet.
  server.closeIdleConnections = () => {
    void setTimeout(UNREAD_MS, null, { ref: false }).then(polled).then(closeIdle);
  };
  return () => {
    isLeaving = true;
  };
}

/** Resolves once the process has taken what has come: a busy loop may be late by more than any time that is waited. */
async function polled(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
