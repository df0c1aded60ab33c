import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to a server of the tests that can be broken in every way a network breaks. */
export interface TcpProxy {
  readonly port: number;
  readonly url: string;
  /** Connections open now. */
  readonly connections: number;
  /** Breaks every connection; new ones are taken. */
  cut(): void;
  /** Breaks every connection and refuses new ones, until {@link accept}. */
  refuse(): Promise<void>;
  accept(): Promise<void>;
  /** New connections lead to this port from now on. */
  lead(port: number): void;
  /** Nothing gets through on the connections open now, and nobody is told. New ones work, unless `alsoNew`. */
  blackHole(options?: { alsoNew?: boolean }): void;
  /** What the server says is thrown away from now on; what it is told still arrives. Heals by {@link cut}. */
  loseReplies(): void;
  /** Every piece arrives `ms` later, in order. */
  delay(ms: number): void;
  close(): Promise<void>;
}

interface Pipe {
  readonly client: Socket;
  readonly upstream: Socket;
  isHole: boolean;
  losesReplies: boolean;
}

export async function startTcpProxy(serverPort: number): Promise<TcpProxy> {
  const pipes = new Set<Pipe>();
  let delayMs = 0;
  let swallowsNew = false;
  let target = serverPort;
  let server = await listen(0);
  const { port } = server.address() as AddressInfo;

  async function listen(at: number): Promise<Server> {
    const listening = createServer(open).listen(at, '127.0.0.1');
    await once(listening, 'listening');
    return listening;
  }

  function open(client: Socket): void {
    const upstream = connect(target, '127.0.0.1');
    const pipe: Pipe = { client, upstream, isHole: swallowsNew, losesReplies: false };
    pipes.add(pipe);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        // The other end of a black hole hears nothing of this either.
        if (!pipe.isHole) destroy(pipe);
      });
    }
    forward(pipe, client, upstream, () => pipe.isHole);
    forward(pipe, upstream, client, () => pipe.isHole || pipe.losesReplies);
  }

  function forward(pipe: Pipe, from: Socket, to: Socket, isLost: () => boolean): void {
    /** Pieces on their way; also those after a shorter delay wait for them. */
    let delayed = 0;
    let previous = Promise.resolve();
    from.on('data', (piece) => {
      if (isLost()) return;
      if (delayMs === 0 && delayed === 0) {
        if (!to.write(piece)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
        return;
      }
      delayed++;
      const due = new Promise((resolve) => setTimeout(resolve, delayMs));
      previous = Promise.all([previous, due]).then(() => {
        delayed--;
        if (!isLost() && pipes.has(pipe)) to.write(piece);
      });
    });
  }

  function destroy(pipe: Pipe): void {
    pipes.delete(pipe);
    pipe.client.destroy();
    pipe.upstream.destroy();
  }

  function cut(): void {
    for (const pipe of pipes) destroy(pipe);
  }

  async function stopListening(): Promise<void> {
    const closed = server.listening ? once(server, 'close') : null;
    server.close();
    cut();
    await closed;
  }

  return {
    port,
    url: `http://127.0.0.1:${port}`,
    get connections() {
      return pipes.size;
    },
    cut,
    refuse: stopListening,
    async accept() {
      swallowsNew = false;
      if (!server.listening) server = await listen(port);
    },
    lead(to) {
      target = to;
    },
    blackHole({ alsoNew = false } = {}) {
      swallowsNew = alsoNew;
      for (const pipe of pipes) pipe.isHole = true;
    },
    loseReplies() {
      for (const pipe of pipes) pipe.losesReplies = true;
    },
    delay(ms) {
      delayMs = ms;
    },
    close: stopListening,
  };
}
