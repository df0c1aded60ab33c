import { createClient, type Client } from 'graphql-ws';

const PING_MS = 10_000;
const PONG_WITHIN_MS = 5_000;

/**
 * The page's one socket. It never connects again by itself: each stream does, so that it can say where to go on.
 * A silent connection is closed after 15 s, or a cut network would look like a quiet one.
 */
export function openSockets(): Client {
  const url = new URL('/graphql', window.location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  let overdue: ReturnType<typeof setTimeout> | undefined;
  const client = createClient({
    url: url.href,
    lazy: true,
    retryAttempts: 0,
    keepAlive: PING_MS,
    on: {
      ping: (received) => {
        if (!received) overdue = setTimeout(() => client.terminate(), PONG_WITHIN_MS);
      },
      pong: () => clearTimeout(overdue),
      closed: () => clearTimeout(overdue),
    },
  });
  return client;
}
