import { setImmediate, setTimeout } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** How long an idle connection stays open once nobody listens for new ones. */
const UNREAD_MS = 100;
/** How long a request that has begun to come may take to be whole; Node looks at no timeout any more by then. */
const WHOLE_MS = 1000;
/** More than can wait to be accepted. */
const MAX_TURNS = 1000;

/** Keeps the closing of a server from losing requests that clients have sent already, and from waiting for the others. */
export function leaveInOrder(fastify: FastifyInstance): void {
  const { server } = fastify;
  const connections = openConnections(server);
  let isLeaving = false;
  let accepted = 0;
  server.on('connection', () => accepted++);

  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    // A connection that is kept alive would keep the server from closing.
    if (isLeaving) void reply.header('connection', 'close');
    done();
  });
  // What waits to be accepted is reset when nobody listens any more, and each turn of the loop accepts one connection.
  fastify.addHook('preClose', async () => {
    isLeaving = true;
    for (let [turn, before] = [0, -1]; turn < MAX_TURNS && before !== accepted; turn++) {
      before = accepted;
      await turns();
    }
    void endLate();
  });

  const closeIdle = server.closeIdleConnections.bind(server);
  // `close` of Node's server calls it at once, and so would cut those whose request has come but was not read yet.
  server.closeIdleConnections = () => {
    void pause(UNREAD_MS).then(turns).then(closeIdle);
  };

  /** Ends what is not, and will not be, answered: the server would wait for it for ever. */
  async function endLate(): Promise<void> {
    for (let ms = WHOLE_MS; connections.size > 0; ms = UNREAD_MS) {
      await pause(ms);
      await turns();
      closeIdle();
      for (const [socket, requests] of connections) {
        if (!socket.destroyed && ![...requests].some(({ complete }) => complete)) refuse(server, socket);
      }
    }
  }
}

/** The open connections of a server, each with its requests that are not answered yet. */
function openConnections(server: Server): ReadonlyMap<Socket, ReadonlySet<IncomingMessage>> {
  const connections = new Map<Socket, Set<IncomingMessage>>();
  server.on('connection', (socket: Socket) => {
    connections.set(socket, new Set());
    socket.once('close', () => connections.delete(socket));
  });
  server.on('request', (request, response) => {
    const requests = connections.get(request.socket);
    requests?.add(request);
    response.once('close', () => requests?.delete(request));
  });
  return connections;
}

/** As Node does with a request that did not come in time. */
function refuse(server: Server, socket: Socket): void {
  const late = Object.assign(new Error('the server stops'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
  server.emit('clientError', late, socket);
}

const pause = (ms: number): Promise<void> => setTimeout(ms, undefined, { ref: false });

/** The process has taken what has come: a busy loop may be late by more than any time that is waited. */
async function turns(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
