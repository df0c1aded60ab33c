import proxyAddr from '@fastify/proxy-addr';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

/** Where a request or the opening of a socket comes from; null once its connection is gone. */
export type CallerAddress = (request: Pick<IncomingMessage, 'headers' | 'socket'>) => string | null;

/**
 * The address at the other end of the connection; where that is one of the proxies we trust, the nearest one in its
 * `X-Forwarded-For` that is none of them. Anybody can send that header, so it counts from them alone, and only as far
 * as it names addresses.
 */
export function callerAddress(trusted: readonly string[]): CallerAddress {
  if (trusted.length === 0) return ({ socket }) => socket.remoteAddress ?? null;
  const isTrusted = proxyAddr.compile([...trusted]);
  return (request) =>
    proxyAddr
      .all(request as IncomingMessage, isTrusted)
      .findLast((address: string | undefined) => isIP(address ?? '') > 0) ?? null;
}
