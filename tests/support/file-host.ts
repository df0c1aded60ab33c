import { once } from 'node:events';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** A server of lab files on a loopback address, honest or not, that counts who comes. */
export interface FileHost {
  readonly port: number;
  /** TCP connections so far, finished or not. */
  readonly connections: number;
  /** Requests so far. */
  readonly requests: number;
  /** Resolves once every connection is closed. */
  allClosed(): Promise<void>;
  close(): Promise<void>;
}

export interface FileHostOptions {
  /** Speaks plain HTTP if not given. */
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly address?: string;
  readonly port?: number;
}

const closed = (socket: Socket) => new Promise((resolve) => socket.once('close', resolve));

export async function startFileHost(
  answer: RequestListener,
  options: FileHostOptions = {},
): Promise<FileHost> {
  const { tls, address = '127.0.0.1', port = 0 } = options;
  const server = tls ? createTlsServer(tls, answer) : createPlainServer(answer);
  const open = new Set<Socket>();
  let connections = 0;
  let requests = 0;
  server.on('request', () => requests++);
  server.on('connection', (socket: Socket) => {
    connections++;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    // A client that goes away in the middle is what many tests are about.
    socket.on('error', () => {});
  });
  server.listen(port, address);
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    get requests() {
      return requests;
    },
    async allClosed() {
      while (open.size > 0) await Promise.all([...open].map(closed));
    },
    async close() {
      server.close();
      for (const socket of open) socket.destroy();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}
