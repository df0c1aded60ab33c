import { on, once } from 'node:events';
import { WebSocket, type ClientOptions } from 'ws';
import { StreamLog } from './stream-log.js';

/** A message of graphql-transport-ws. */
export interface SocketMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload?: any;
}

/** A socket that speaks graphql-transport-ws by hand, so that a test sees every message and the closing code. */
export interface RawSocket {
  readonly log: StreamLog<SocketMessage>;
  send(message: object): void;
  /** Sends an operation under this id. */
  subscribe(id: string, query: string, variables?: object): void;
  /** `extensions` of the error that answers the operation, or its data. */
  answer(id: string): Promise<any>;
  /** A ping, and the pong that shows that the socket is alive. */
  alive(): Promise<void>;
  /** The code and reason it was closed with. */
  closed(ms?: number): Promise<{ code: number; reason: string }>;
  close(): void;
}

export async function openSocket(
  url: string,
  { token, ...options }: ClientOptions & { readonly token?: string | null } = {},
): Promise<RawSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/graphql`, 'graphql-transport-ws', options);
  const closing = once(socket, 'close').then(([code, reason]) => ({
    code: code as number,
    reason: String(reason),
  }));
  const log = new StreamLog(messages(socket));
  await once(socket, 'open');
  const send = (message: object) => socket.send(JSON.stringify(message));
  send({ type: 'connection_init', ...(token ? { payload: { authorization: `Bearer ${token}` } } : {}) });
  await log.until(({ type }) => type === 'connection_ack');

  return {
    log,
    send,
    subscribe: (id, query, variables = {}) => send({ type: 'subscribe', id, payload: { query, variables } }),
    async answer(id) {
      const { payload } = await log.until((message) => message.id === id);
      const [error] = Array.isArray(payload) ? payload : (payload?.errors ?? []);
      return error ? error.extensions : payload.data;
    },
    async alive() {
      const { length } = log.seen;
      send({ type: 'ping' });
      await log.until(({ type }) => type === 'pong', 5000, length);
    },
    async closed(ms = 5000) {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`the socket is still open after ${ms} ms`)), ms);
      });
      return Promise.race([closing, late]).finally(() => clearTimeout(timer));
    },
    close: () => socket.close(),
  };
}

async function* messages(socket: WebSocket): AsyncGenerator<SocketMessage> {
  for await (const [data] of on(socket, 'message', { close: ['close'] })) {
    yield JSON.parse(String(data)) as SocketMessage;
  }
}
