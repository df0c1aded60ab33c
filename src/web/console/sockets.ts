import type { Client } from 'graphql-ws';
import { openLiveSocket } from '../../client/live-socket.js';

/** The page's one socket; its token is the cookie. */
export function openSockets(): Client {
  const url = new URL('/graphql', window.location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  return openLiveSocket({ url: url.href });
}
