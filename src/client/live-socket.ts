import { createClient, type Client, type ClientOptions } from 'graphql-ws';

/** How often an open connection is asked for a sign of life, by default. */
const PING_MS = 10_000;
/** A connection that says nothing for so long after it was asked is lost. */
const LONGEST_SILENCE_MS = 5_000;

/**
 * One socket for all subscriptions of a client. It never connects again by itself: each stream does, so that it can say
 * where to go on. A connection that falls silent is closed with 4499, or a cut network would look like a quiet one for
 * ever; one that is not open within `pingMs` is given up. With `pingMs` 0 there is no limit.
 */
export function openLiveSocket(
  { webSocketImpl, ...options }: Pick<ClientOptions, 'url' | 'connectionParams' | 'webSocketImpl'>,
  pingMs = PING_MS,
): Client {
  const silenceMs = Math.min(pingMs / 2, LONGEST_SILENCE_MS);
  const given = (webSocketImpl ?? globalThis.WebSocket) as typeof WebSocket | undefined;
  let overdue: ReturnType<typeof setTimeout> | undefined;
  let isAsked = false;
  const answered = () => {
    isAsked = false;
    clearTimeout(overdue);
  };
  const waitForSign = () => {
    clearTimeout(overdue);
    overdue = setTimeout(() => client.terminate(), silenceMs);
  };
  const client = createClient({
    ...options,
    webSocketImpl: given && pingMs > 0 ? openWithin(given, pingMs) : given,
    lazy: true,
    retryAttempts: 0,
    keepAlive: pingMs,
    on: {
      ping: (received) => {
        if (received) return;
        isAsked = true;
        waitForSign();
      },
      pong: (received) => void (received && answered()),
      // On a slow line the pong waits behind what was sent before it.
      message: () => void (isAsked && waitForSign()),
      closed: answered,
    },
  });
  return client;
}

/** Sockets that give up on a server which takes the connection and says nothing; nobody else has a limit for that. */
function openWithin(Given: typeof WebSocket, ms: number): typeof WebSocket {
  return class extends Given {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      const late = setTimeout(() => this.close(), ms);
      for (const end of ['open', 'close']) this.addEventListener(end, () => clearTimeout(late));
    }
  };
}
