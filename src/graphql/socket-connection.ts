import { CloseCode, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Logger } from '../logger.js';
import { OperationTurns } from './operation-turns.js';
import { sendMessage, type Peer } from './socket-writes.js';

/** What graphql-ws hands back with every message of a socket, besides what is put there. */
export interface ConnectionExtra extends Record<PropertyKey, unknown>, Peer {
  readonly socket: WebSocket;
  readonly operations: OperationTurns;
}

/** A peer that has not answered a ping by the next one is gone, though no packet says so. */
const PING_MS = 12_000;

/** Speaks graphql-transport-ws over a socket of `ws` until it closes. `facts` go into the connection's extra. */
export function openConnection<Extra extends ConnectionExtra>(
  protocol: Server<Extra>,
  peer: Peer & { readonly socket: WebSocket },
  facts: Omit<Extra, keyof ConnectionExtra>,
  logger: Logger,
): void {
  const { socket } = peer;
  let deliver = (_text: string): Promise<void> => Promise.resolve();
  const operations = new OperationTurns({
    deliver: (text) => deliver(text),
    onTaken: (id) => socket.close(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`),
  });
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      send: (data) => sendMessage(peer, data),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) => void (deliver = take),
    },
    { ...facts, ...peer, operations } as unknown as Extra,
  );

  function failed(error: unknown): void {
    logger.error({ err: error }, 'a message of a socket failed unexpectedly');
    socket.close(CloseCode.InternalServerError, 'Internal server error');
  }
  socket.on('message', (data: Buffer) => {
    operations.take(data.toString()).catch(failed);
  });
  // What a client does wrong below the protocol, such as a frame that is too large, is closed by `ws` with its own code.
  socket.on('error', (error) => logger.debug({ err: error }, 'a socket failed'));

  let isAlive = true;
  const pings = setInterval(() => {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
  }, PING_MS);
  pings.unref();
  socket.on('pong', () => (isAlive = true));
  socket.once('close', (code, reason) => {
    clearInterval(pings);
    operations.close();
    Promise.resolve(closed(code, reason.toString())).catch(failed);
  });
}
